package io.earshot.enrichment;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Addresses under a prefix, or those of them whose last octet (IPv4) or last group (IPv6) is one of
 * a few.
 *
 * @param hi upper 64 bits of the prefix, IPv4 as IPv4-mapped IPv6
 * @param lo lower 64 bits
 * @param bits length of the prefix in the 128 bits
 * @param lastMask which of the lower bits {@code last} speaks of
 * @param last values of those bits; empty where all belong to the pool
 * @param match what the pool serves, null where it only tells whose it is
 */
record AddressPool(
    long hi, long lo, int bits, long lastMask, Set<Long> last, @Nullable PoolMatch match) {
  private static final long V4_MAPPED = 0xffffL << 32;

  AddressPool {
    last = Set.copyOf(last);
  }

  /**
   * A pool in its usual notation.
   *
   * @throws IllegalArgumentException where the prefix is none
   */
  static AddressPool of(String prefix, List<Integer> last, @Nullable PoolMatch match) {
    int slash = prefix.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException(prefix + " is not a prefix: the length is missing");
    }
    InetAddress address = InetAddress.ofLiteral(prefix.substring(0, slash));
    int bits = Integer.parseInt(prefix.substring(slash + 1));
    Set<Long> values = Set.copyOf(last.stream().map(Integer::longValue).toList());
    if (address instanceof Inet4Address) {
      long lo = V4_MAPPED | (ByteBuffer.wrap(address.getAddress()).getInt() & 0xffffffffL);
      return new AddressPool(0, lo, 96 + bits, 0xff, values, match);
    }
    ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
    return new AddressPool(octets.getLong(), octets.getLong(), bits, 0xffff, values, match);
  }

  boolean contains(long addressHi, long addressLo) {
    long hiMask = bits >= 64 ? -1L : bits == 0 ? 0 : -1L << (64 - bits);
    long loMask = bits <= 64 ? 0 : -1L << (128 - bits);
    return ((addressHi ^ hi) & hiMask) == 0
        && ((addressLo ^ lo) & loMask) == 0
        && (last.isEmpty() || last.contains(addressLo & lastMask));
  }
}
