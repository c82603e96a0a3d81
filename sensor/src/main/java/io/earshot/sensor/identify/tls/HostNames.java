package io.earshot.sensor.identify.tls;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The one spelling of host names: lower case, no trailing dot, letters, digits, {@code . - _} only,
 * at most 255 bytes. Whatever a packet says beyond that is no name.
 *
 * <p>Stateless; any thread. Source: RFC 1035 section 2.3.4, RFC 6066 section 3; the underscore is
 * seen in real server names.
 */
public final class HostNames {
  /** Longest name, bytes. */
  public static final int MAX_BYTES = 255;

  private HostNames() {}

  /**
   * The name in {@code length} bytes at {@code offset}, or null where they are no host name. The
   * caller has checked the bounds.
   */
  public static @Nullable String normalize(MemorySegment data, long offset, int length) {
    int end = length;
    if (end > 0 && data.get(ValueLayout.JAVA_BYTE, offset + end - 1) == '.') {
      end--;
    }
    if (end == 0 || end > MAX_BYTES) {
      return null;
    }
    byte[] name = new byte[end];
    boolean labelEmpty = true;
    for (int i = 0; i < end; i++) {
      int c = lowerCase(data.get(ValueLayout.JAVA_BYTE, offset + i));
      if (c == '.' ? labelEmpty : !isLabelByte(c)) {
        return null;
      }
      labelEmpty = c == '.';
      name[i] = (byte) c;
    }
    return labelEmpty ? null : new String(name, StandardCharsets.ISO_8859_1);
  }

  /** True for a byte that may stand in a label of a host name. */
  public static boolean isLabelByte(int lowerCased) {
    return (lowerCased >= 'a' && lowerCased <= 'z')
        || (lowerCased >= '0' && lowerCased <= '9')
        || lowerCased == '-'
        || lowerCased == '_';
  }

  /** ASCII lower case; other bytes as they are. */
  public static int lowerCase(int c) {
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  }
}
