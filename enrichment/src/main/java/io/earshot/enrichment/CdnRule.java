package io.earshot.enrichment;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How the servers of a delivery network are known. Immutable.
 *
 * @param name of the network
 * @param pop its point of presence where it has one only, null otherwise
 * @param names whole names in lower case; a group called {@code pop} names the point of presence
 * @param pools addresses
 */
record CdnRule(String name, @Nullable String pop, List<Pattern> names, List<AddressPool> pools) {
  private static final String POP = "pop";
  private static final long V4_MAPPED = 0xffffL << 32;

  CdnRule {
    names = List.copyOf(names);
    pools = List.copyOf(pools);
  }

  /** What the name tells; empty where it is none of this network's. */
  Optional<Cdn> byName(String hostName) {
    for (Pattern pattern : names) {
      Matcher matcher = pattern.matcher(hostName);
      if (matcher.matches()) {
        String named = pattern.namedGroups().containsKey(POP) ? matcher.group(POP) : null;
        return Optional.of(new Cdn(name, named == null ? pop : named.toUpperCase(Locale.ROOT)));
      }
    }
    return Optional.empty();
  }

  /** What the address tells; empty where it is none of this network's. */
  Optional<Cdn> byAddress(InetAddress address) {
    ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
    boolean ipv4 = address instanceof Inet4Address;
    long hi = ipv4 ? 0 : octets.getLong();
    long lo = ipv4 ? V4_MAPPED | (octets.getInt() & 0xffff_ffffL) : octets.getLong();
    return pools.stream().anyMatch(pool -> pool.contains(hi, lo))
        ? Optional.of(new Cdn(name, pop))
        : Optional.empty();
  }
}
