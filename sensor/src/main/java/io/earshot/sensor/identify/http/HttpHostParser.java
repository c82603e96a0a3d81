package io.earshot.sensor.identify.http;

import io.earshot.sensor.identify.tls.HostNames;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds the host an HTTP/1 request asks for.
 *
 * <p>Guarantee: looks at no more than {@value #MAX_HEADER} bytes, once each; nothing is allocated
 * unless there is a name; never throws on any input. The bytes given must start with the request; a
 * caller with a split header gives the joined bytes again. Stateless; any thread. Source: RFC 9112
 * section 3, RFC 9110 section 7.2.
 */
public final class HttpHostParser {
  /** Most bytes of a header that are searched. */
  public static final int MAX_HEADER = 8 * 1024;

  /** Most characters of the request target that are kept. */
  public static final int MAX_PATH = 256;

  private static final byte[][] METHODS = {
    ascii("GET "),
    ascii("POST "),
    ascii("HEAD "),
    ascii("PUT "),
    ascii("OPTIONS "),
    ascii("DELETE "),
    ascii("PATCH "),
    ascii("TRACE "),
    ascii("PROPFIND "),
    ascii("REPORT "),
    ascii("NOTIFY "),
    ascii("M-SEARCH "),
    ascii("SUBSCRIBE "),
  };
  private static final byte[] VERSION = ascii(" HTTP/1.");
  private static final byte[] HOST = ascii("host:");
  private static final byte[] SCHEME = ascii("http://");

  private HttpHostParser() {}

  /**
   * Reads the start of a flow's payload.
   *
   * @param data holds the payload at {@code offset}
   * @param offset offset of the payload
   * @param length captured length of the payload, bytes
   */
  public static HttpResult parse(MemorySegment data, long offset, int length) {
    int method = methodLength(data, offset, length);
    if (method <= 0) {
      return method < 0 ? HttpResult.Unnamed.NEED_MORE : HttpResult.Unnamed.NOT_HTTP;
    }
    long limit = offset + Math.min(length, MAX_HEADER);
    boolean cut = length < MAX_HEADER;
    long lineEnd = lineEnd(data, offset, limit);
    if (lineEnd < 0) {
      return cut ? HttpResult.Unnamed.NEED_MORE : HttpResult.Unnamed.NOT_HTTP;
    }
    long target = offset + method;
    long targetEnd = withoutReturn(data, target, lineEnd) - VERSION.length - 1;
    if (targetEnd <= target || !startsWith(data, targetEnd, lineEnd, VERSION)) {
      return HttpResult.Unnamed.NOT_HTTP;
    }
    if (startsWith(data, target, targetEnd, SCHEME)) {
      // The absolute form overrules the Host field (RFC 9112 section 3.2.2).
      long from = target + SCHEME.length;
      long to = from;
      while (to < targetEnd && "/?#".indexOf(u8(data, to)) < 0) {
        to++;
      }
      return named(data, from, to, to, targetEnd);
    }
    long line = lineEnd + 1;
    while (true) {
      lineEnd = lineEnd(data, line, limit);
      if (lineEnd < 0) {
        return cut ? HttpResult.Unnamed.NEED_MORE : HttpResult.Unnamed.NONE;
      }
      long contentEnd = withoutReturn(data, line, lineEnd);
      if (contentEnd == line) {
        return HttpResult.Unnamed.NONE;
      }
      if (startsWith(data, line, contentEnd, HOST)) {
        return named(data, line + HOST.length, contentEnd, target, targetEnd);
      }
      line = lineEnd + 1;
    }
  }

  /** Length of the method with its space; 0 where there is none, -1 where it may go on. */
  private static int methodLength(MemorySegment data, long offset, int length) {
    for (byte[] method : METHODS) {
      int common = Math.min(length, method.length);
      int i = 0;
      while (i < common && u8(data, offset + i) == method[i]) {
        i++;
      }
      if (i == method.length) {
        return i;
      }
      if (i == length) {
        return -1;
      }
    }
    return 0;
  }

  private static HttpResult named(
      MemorySegment data, long from, long to, long target, long targetEnd) {
    String host = host(data, from, to);
    if (host == null) {
      return HttpResult.Unnamed.NONE;
    }
    byte[] path = new byte[(int) Math.min(MAX_PATH, targetEnd - target)];
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, target, path, 0, path.length);
    return new HttpResult.Named(host, new String(path, StandardCharsets.ISO_8859_1));
  }

  /** {@code host [":" port]} between blanks; an IPv6 literal is no name. */
  private static @Nullable String host(MemorySegment data, long from, long to) {
    long start = from;
    while (start < to && isBlank(u8(data, start))) {
      start++;
    }
    long end = start;
    while (end < to && u8(data, end) != ':' && !isBlank(u8(data, end))) {
      end++;
    }
    long rest = end;
    if (rest < to && u8(data, rest) == ':') {
      rest++;
      while (rest < to && u8(data, rest) >= '0' && u8(data, rest) <= '9') {
        rest++;
      }
    }
    while (rest < to && isBlank(u8(data, rest))) {
      rest++;
    }
    return rest == to ? HostNames.normalize(data, start, (int) (end - start)) : null;
  }

  private static long lineEnd(MemorySegment data, long from, long limit) {
    for (long i = from; i < limit; i++) {
      if (u8(data, i) == '\n') {
        return i;
      }
    }
    return -1;
  }

  private static long withoutReturn(MemorySegment data, long from, long end) {
    return end > from && u8(data, end - 1) == '\r' ? end - 1 : end;
  }

  /** Compares without regard to ASCII case; {@code prefix} is compared as it folds. */
  private static boolean startsWith(MemorySegment data, long from, long end, byte[] prefix) {
    if (end - from < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (HostNames.lowerCase(u8(data, from + i)) != HostNames.lowerCase(prefix[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean isBlank(int c) {
    return c == ' ' || c == '\t';
  }

  private static int u8(MemorySegment data, long offset) {
    return data.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
