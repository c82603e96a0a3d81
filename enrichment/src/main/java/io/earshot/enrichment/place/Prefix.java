package io.earshot.enrichment.place;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * A network in its usual notation, or one address.
 *
 * @param hi upper 64 bits, IPv4 as IPv4-mapped IPv6
 * @param lo lower 64 bits; all bits beyond the length are zero
 * @param bits length in the 128 bits
 */
record Prefix(long hi, long lo, int bits) {
  static final int MOST_BITS = 128;
  private static final int IPV4_BITS = 32;
  private static final long V4_MAPPED = 0xffffL << 32;

  /**
   * Reads {@code 192.0.2.0/24}, {@code 2001:db8::/32} or an address.
   *
   * @throws IllegalArgumentException with the reason, where it is none
   */
  static Prefix parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address = address(slash < 0 ? text : text.substring(0, slash));
    int most = address instanceof Inet4Address ? IPV4_BITS : MOST_BITS;
    int length = slash < 0 ? most : length(text, slash + 1, most);
    int bits = MOST_BITS - most + length;
    long hi = hi(address);
    long lo = lo(address);
    if ((hi & ~hiMask(bits)) != 0 || (lo & ~loMask(bits)) != 0) {
      throw new IllegalArgumentException("'" + text + "' has bits set beyond its length");
    }
    return new Prefix(hi, lo, bits);
  }

  private static InetAddress address(String text) {
    boolean ipv6 = text.indexOf(':') >= 0 && text.indexOf('%') < 0;
    int dots = 0;
    for (int i = 0; i < text.length(); i++) {
      dots += text.charAt(i) == '.' ? 1 : 0;
    }
    try {
      // InetAddress.ofLiteral tries IPv4 first, which costs an exception for each IPv6 address.
      if (ipv6) {
        return Inet6Address.ofLiteral(text);
      } else if (dots == 3) {
        return Inet4Address.ofLiteral(text);
      }
    } catch (IllegalArgumentException e) {
      // Said below, in the same words for every kind of mistake.
    }
    throw new IllegalArgumentException("'" + text + "' is no address");
  }

  private static int length(String text, int from, int most) {
    int length = 0;
    for (int i = from; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      length = digit < 0 || digit > 9 ? most + 1 : Math.min(most + 1, length * 10 + digit);
    }
    if (from == text.length() || length > most) {
      throw new IllegalArgumentException("'" + text + "' must end with a length of 0 to " + most);
    }
    return length;
  }

  /** Upper 64 bits of an address, IPv4 as IPv4-mapped IPv6. */
  static long hi(InetAddress address) {
    return address instanceof Inet4Address ? 0 : ByteBuffer.wrap(address.getAddress()).getLong();
  }

  /** Lower 64 bits of an address. */
  static long lo(InetAddress address) {
    ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
    return address instanceof Inet4Address
        ? V4_MAPPED | (octets.getInt() & 0xffff_ffffL)
        : octets.getLong(Long.BYTES);
  }

  static long hiMask(int bits) {
    return bits >= 64 ? -1L : bits == 0 ? 0 : -1L << (64 - bits);
  }

  static long loMask(int bits) {
    return bits <= 64 ? 0 : -1L << (MOST_BITS - bits);
  }
}
