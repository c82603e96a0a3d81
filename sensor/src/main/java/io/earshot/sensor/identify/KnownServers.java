package io.earshot.sensor.identify;

import io.earshot.enrichment.LearnedEndpoint;
import io.earshot.enrichment.LearnedEndpoints;
import io.earshot.enrichment.PoolMatch;
import io.earshot.enrichment.ServiceCatalogue;
import io.earshot.enrichment.ServiceMatch;
import io.earshot.sensor.flow.FlowKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Names that server addresses have had: from the client's own look-ups, and from the hellos of
 * other flows.
 *
 * <p>Only names of the service that is followed are kept. Bounded: the entry that was confirmed
 * longest ago makes room. Owner: the capture thread; read per flow, not per packet.
 */
final class KnownServers {
  private static final int MAX_ENTRIES = 65_536;

  /** A name may be used for this long after its record has expired, nanoseconds. */
  private static final long GRACE_NANOS = 600_000_000_000L;

  /** What trust remains where the flow's client has named no server of the service. */
  private static final double WITHOUT_SECOND_SIGN = 0.8;

  /** What trust remains where the address is in nobody's pool in particular. */
  private static final double IN_SHARED_POOL = 0.7;

  /** Exchanges of audio's shape that a server in a shared pool must have answered. */
  private static final int SHARED_POOL_EXCHANGES = 2;

  private final ServiceCatalogue catalogue;
  private final Map<Addresses, DnsName> resolved = bounded();
  private final LearnedEndpoints endpoints;
  private final Map<Addresses, Long> clients = bounded();

  /** Servers in a pool that have carried a name of something else. */
  private final Map<Addresses, Boolean> others = bounded();

  /** What is asked for; {@link #find} comes once a request, so it allocates nothing. */
  private final Addresses asked = new Addresses();

  private int generation;

  KnownServers(ServiceCatalogue catalogue, LearnedEndpoints endpoints) {
    this.catalogue = catalogue;
    this.endpoints = endpoints;
  }

  /** The client was told that {@code name} has this address. */
  void resolved(
      long clientHi,
      long clientLo,
      long addrHi,
      long addrLo,
      String name,
      long ttlSeconds,
      long nowNanos) {
    Optional<ServiceMatch> match = catalogue.byName(name);
    Addresses pair = new Addresses().of(clientHi, clientLo, addrHi, addrLo);
    resolved.remove(pair);
    if (match.isEmpty() || !match.get().isSpotify()) {
      // The address is shared, and what the client wants there now is something else.
      other(addrHi, addrLo);
      return;
    }
    others.remove(asked.of(addrHi, addrLo, 0, 0));
    long ttlNanos = Math.min(ttlSeconds, 86_400) * 1_000_000_000L;
    Identification known = new Identification(name, match.get(), Evidence.DNS, false);
    resolved.put(pair, new DnsName(known, nowNanos + ttlNanos + GRACE_NANOS));
    generation++;
    listens(clientHi, clientLo, nowNanos);
  }

  /** A flow to the server carried a name of the service that is followed. */
  void learned(FlowKey key, Identification identification, long nowNanos) {
    ServiceMatch match = identification.match();
    if (match != null) {
      others.remove(asked.of(key.serverHi(), key.serverLo(), 0, 0));
      endpoints.learn(
          key.serverHi(),
          key.serverLo(),
          key.serverPort(),
          match,
          identification.serverName(),
          identification.evidence().label(),
          nowNanos);
    }
  }

  /** A flow to the server carried a name of another service: the server is shared. */
  void foreign(FlowKey key) {
    endpoints.shared(key.serverHi(), key.serverLo(), key.serverPort());
    other(key.serverHi(), key.serverLo());
  }

  private void other(long serverHi, long serverLo) {
    if (catalogue.byPool(serverHi, serverLo).isPresent()) {
      others.put(new Addresses().of(serverHi, serverLo, 0, 0), true);
    }
  }

  /** The client named the service that is followed, or speaks as only its clients do. */
  void listens(FlowKey key, long nowNanos) {
    listens(key.clientHi(), key.clientLo(), nowNanos);
  }

  private void listens(long clientHi, long clientLo, long nowNanos) {
    Addresses client = new Addresses().of(clientHi, clientLo, 0, 0);
    Long before = clients.remove(client);
    clients.put(client, nowNanos);
    if (before == null || nowNanos - before > GRACE_NANOS) {
      generation++;
    }
  }

  /**
   * The best that is known of the flow's server without a name in the flow.
   *
   * @param shape how the flow asks and is answered so far
   */
  @Nullable Identification find(FlowKey key, RequestShape shape, long nowNanos) {
    DnsName name =
        resolved.get(asked.of(key.clientHi(), key.clientLo(), key.serverHi(), key.serverLo()));
    if (name != null && nowNanos <= name.validUntilNanos()) {
      return name.identification();
    }
    boolean listens = listensNow(key, nowNanos);
    LearnedEndpoint elsewhere =
        endpoints.find(key.serverHi(), key.serverLo(), key.serverPort(), nowNanos);
    if (elsewhere != null && (listens || elsewhere.established())) {
      double trust = elsewhere.confidence(nowNanos) * (listens ? 1 : WITHOUT_SECOND_SIGN);
      return new Identification(
          elsewhere.name(), elsewhere.match(), Evidence.LEARNED, trust, false);
    }
    return inPool(key, shape, listens, nowNanos);
  }

  /**
   * Servers are shared with others: what one was called in a flow or two counts only for a client
   * that has just used the service by name.
   */
  private boolean listensNow(FlowKey key, long nowNanos) {
    Long seen = clients.get(asked.of(key.clientHi(), key.clientLo(), 0, 0));
    return seen != null && Math.abs(nowNanos - seen) <= GRACE_NANOS;
  }

  private @Nullable Identification inPool(
      FlowKey key, RequestShape shape, boolean listens, long nowNanos) {
    PoolMatch pool = catalogue.byPool(key.serverHi(), key.serverLo()).orElse(null);
    if (pool == null || others.containsKey(asked.of(key.serverHi(), key.serverLo(), 0, 0))) {
      return null;
    }
    if (pool.shared()) {
      return listens && shape.audioExchanges() >= SHARED_POOL_EXCHANGES
          ? new Identification(
              null,
              pool.match(),
              Evidence.PREFIX,
              Evidence.PREFIX.confidence() * IN_SHARED_POOL,
              false)
          : null;
    }
    boolean shaped =
        switch (pool.match().role()) {
          case AUDIO -> shape.largeAnswers() > 0;
          case CONTROL -> shape.heartbeat();
          default -> false;
        };
    if (shaped) {
      listens(key, nowNanos);
    }
    return listens || shaped
        ? new Identification(null, pool.match(), Evidence.PREFIX, false)
        : null;
  }

  /** Changes whenever {@link #find} could answer differently for a flow of the same shape. */
  int generation() {
    return generation + endpoints.generation();
  }

  private static <K, V> Map<K, V> bounded() {
    return new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MAX_ENTRIES;
      }
    };
  }

  /** One address or two as a key, which stays as it is once it is in a map. */
  private static final class Addresses {
    private long hi;
    private long lo;
    private long otherHi;
    private long otherLo;

    Addresses of(long oneHi, long oneLo, long secondHi, long secondLo) {
      hi = oneHi;
      lo = oneLo;
      otherHi = secondHi;
      otherLo = secondLo;
      return this;
    }

    @Override
    public boolean equals(@Nullable Object object) {
      return object instanceof Addresses its
          && hi == its.hi
          && lo == its.lo
          && otherHi == its.otherHi
          && otherLo == its.otherLo;
    }

    @Override
    public int hashCode() {
      return ((Long.hashCode(hi) * 31 + Long.hashCode(lo)) * 31 + Long.hashCode(otherHi)) * 31
          + Long.hashCode(otherLo);
    }
  }

  private record DnsName(Identification identification, long validUntilNanos) {}
}
