package io.earshot.sensor.identify;

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
 * <p>Only names of catalogued services are kept, so foreign look-ups cost nothing. Bounded: the
 * oldest entry makes room. Owner: the capture thread; read per flow, not per packet.
 */
final class KnownServers {
  private static final int MAX_ENTRIES = 65_536;

  /** A name may be used for this long after its record has expired, nanoseconds. */
  private static final long GRACE_NANOS = 600_000_000_000L;

  private final ServiceCatalogue catalogue;
  private final Map<Pair, DnsName> resolved = bounded();
  private final Map<Server, Identification> learned = bounded();
  private final Map<Client, Long> clients = bounded();
  private int generation;

  KnownServers(ServiceCatalogue catalogue) {
    this.catalogue = catalogue;
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
    Pair pair = new Pair(clientHi, clientLo, addrHi, addrLo);
    if (match.isEmpty()) {
      return;
    }
    long ttlNanos = Math.min(ttlSeconds, 86_400) * 1_000_000_000L;
    Identification known = new Identification(name, match.get(), Evidence.DNS, false);
    resolved.put(pair, new DnsName(known, nowNanos + ttlNanos + GRACE_NANOS));
    generation++;
  }

  /** A flow to the server carried a name of a catalogued service. */
  void learned(FlowKey key, Identification identification) {
    Server server = new Server(key.serverHi(), key.serverLo(), key.serverPort());
    Identification known =
        new Identification(
            identification.serverName(), identification.match(), Evidence.LEARNED, false);
    if (!known.equals(learned.put(server, known))) {
      generation++;
    }
  }

  /** A flow to the server carried a name of another service: the server is shared. */
  void foreign(FlowKey key) {
    learned.remove(new Server(key.serverHi(), key.serverLo(), key.serverPort()));
  }

  /** A flow of the client carried a name of the service that is followed. */
  void listens(FlowKey key, long nowNanos) {
    Client client = new Client(key.clientHi(), key.clientLo());
    Long before = clients.remove(client);
    clients.put(client, nowNanos);
    if (before == null || nowNanos - before > GRACE_NANOS) {
      generation++;
    }
  }

  /** The best that is known of the flow's server without the flow's own words. */
  @Nullable Identification find(FlowKey key, long nowNanos) {
    DnsName name =
        resolved.get(new Pair(key.clientHi(), key.clientLo(), key.serverHi(), key.serverLo()));
    if (name != null && nowNanos <= name.validUntilNanos()) {
      return name.identification();
    }
    if (!listensNow(key, nowNanos)) {
      return null;
    }
    Identification elsewhere =
        learned.get(new Server(key.serverHi(), key.serverLo(), key.serverPort()));
    return elsewhere == null ? inPool(key) : elsewhere;
  }

  /**
   * Servers are shared with others: what they were called elsewhere counts only for a client that
   * has just used the service by name.
   */
  private boolean listensNow(FlowKey key, long nowNanos) {
    Long seen = clients.get(new Client(key.clientHi(), key.clientLo()));
    return seen != null && Math.abs(nowNanos - seen) <= GRACE_NANOS;
  }

  private @Nullable Identification inPool(FlowKey key) {
    return catalogue
        .byPool(key.serverHi(), key.serverLo())
        .map(match -> new Identification(null, match, Evidence.PREFIX, false))
        .orElse(null);
  }

  /** Changes whenever {@link #find} could answer differently. */
  int generation() {
    return generation;
  }

  private static <K, V> Map<K, V> bounded() {
    return new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MAX_ENTRIES;
      }
    };
  }

  private record Pair(long clientHi, long clientLo, long serverHi, long serverLo) {}

  private record Client(long hi, long lo) {}

  private record Server(long hi, long lo, int port) {}

  private record DnsName(Identification identification, long validUntilNanos) {}
}
