package io.earshot.enrichment.place;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of addresses at one time. Immutable; any thread.
 *
 * @param sites local networks, VLANs and virtual networks
 * @param subscribers who has which address
 * @param cities where addresses are, null without a database
 * @param systems who announces them, null without a database
 */
public record Places(
    SiteTable sites,
    SubscriberDirectory subscribers,
    @Nullable GeoDatabase cities,
    @Nullable GeoDatabase systems) {
  /** Knows nothing. */
  public static final Places NOTHING =
      new Places(SiteTable.EMPTY, SubscriberDirectory.EMPTY, null, null);

  /** Who has the address at that time. */
  public Optional<Subscriber> subscriber(InetAddress address, Instant time) {
    return subscribers.at(address, time);
  }

  /** The site of the address, from its network, VLAN or VNI (negative for none). */
  public Optional<String> site(InetAddress address, int vlan, int vni) {
    return sites.of(address, vlan, vni);
  }

  /** Where the address is. */
  public Optional<GeoPlace> place(InetAddress address) {
    return cities == null ? Optional.empty() : cities.place(address);
  }

  /** Who announces the address. */
  public Optional<AutonomousSystem> autonomousSystem(InetAddress address) {
    return systems == null ? Optional.empty() : systems.autonomousSystem(address);
  }
}
