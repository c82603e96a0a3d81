package io.earshot.sensor.document;

import java.net.Inet6Address;
import java.net.InetAddress;

/** The one spelling of an address in documents: dotted decimal, or IPv6 as in RFC 5952. */
public final class AddressText {
  private static final int GROUPS = 8;

  private AddressText() {}

  /** The address as text, without a scope. */
  public static String of(InetAddress address) {
    return address instanceof Inet6Address ? rfc5952(address.getAddress()) : dotted(address);
  }

  private static String dotted(InetAddress address) {
    byte[] octets = address.getAddress();
    return (octets[0] & 0xff)
        + "."
        + (octets[1] & 0xff)
        + "."
        + (octets[2] & 0xff)
        + "."
        + (octets[3] & 0xff);
  }

  /** RFC 5952 section 4: lower case, no leading zeros, the first longest run of zeros as ::. */
  private static String rfc5952(byte[] octets) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = (octets[2 * i] & 0xff) << 8 | (octets[2 * i + 1] & 0xff);
    }
    int runStart = -1;
    int runLength = 1; // a single zero group is not shortened (section 4.2.2)
    for (int i = 0; i < GROUPS; i++) {
      int end = i;
      while (end < GROUPS && groups[end] == 0) {
        end++;
      }
      if (end - i > runLength) {
        runStart = i;
        runLength = end - i;
      }
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < GROUPS; i++) {
      if (i == runStart) {
        text.append("::");
        i += runLength - 1;
      } else {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
