package io.earshot.enrichment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Server addresses seen with a name of a service, for flows whose own hello was not seen.
 *
 * <p>Bounded at {@value #MAX_ENTRIES}: the one not seen for longest makes room. An address that is
 * then called by another name is forgotten, since it is shared. Lives as long as its owner keeps
 * it: one capture, one run, or, through {@link LearnedEndpointFile}, many. Time is packet time.
 *
 * <p>Owner: the capture thread.
 */
public final class LearnedEndpoints {
  static final int MAX_ENTRIES = 65_536;

  private final Map<Server, LearnedEndpoint> endpoints = new LinkedHashMap<>();

  /** What is asked for; {@link #find} comes once a request, so it allocates nothing. */
  private final Server asked = new Server();

  private int generation;
  private long forgotten;

  /** None. */
  public LearnedEndpoints() {}

  /** Those of an earlier run; of too many, the ones seen last. */
  public LearnedEndpoints(List<LearnedEndpoint> earlier) {
    earlier.stream()
        .sorted(Comparator.comparingLong(LearnedEndpoint::lastSeenNanos))
        .forEach(this::put);
  }

  /**
   * A flow to the server gave it a name of the service.
   *
   * @param source kind of evidence in lower case, for example {@code sni}
   */
  public void learn(
      long hi,
      long lo,
      int port,
      ServiceMatch match,
      @Nullable String name,
      String source,
      long nowNanos) {
    LearnedEndpoint before = endpoints.remove(asked.of(hi, lo, port));
    if (before == null || !before.match().service().equals(match.service())) {
      put(new LearnedEndpoint(hi, lo, port, match, name, nowNanos, nowNanos, 1, Set.of(source)));
      generation++;
      return;
    }
    LearnedEndpoint now = before.seenAgain(match, name, source, nowNanos);
    put(now);
    if (!now.match().equals(before.match())
        || now.established() != before.established()
        || now.lastSeenNanos() - before.lastSeenNanos() > LearnedEndpoint.HALF_LIFE_NANOS) {
      generation++;
    }
  }

  /** A flow to the server gave it a name of something else: the address is shared. */
  public void shared(long hi, long lo, int port) {
    endpoints.remove(asked.of(hi, lo, port));
  }

  /** What is known of the server at a packet time; null where nothing, or nothing that is fresh. */
  public @Nullable LearnedEndpoint find(long hi, long lo, int port, long nowNanos) {
    LearnedEndpoint found = endpoints.get(asked.of(hi, lo, port));
    return found == null || found.confidence(nowNanos) < LearnedEndpoint.LEAST_CONFIDENCE
        ? null
        : found;
  }

  /** All, those seen last at the end. */
  public List<LearnedEndpoint> all() {
    return new ArrayList<>(endpoints.values());
  }

  /** Changes whenever {@link #find} could answer better than before. */
  public int generation() {
    return generation;
  }

  /** Entries that had to make room. */
  public long forgotten() {
    return forgotten;
  }

  private void put(LearnedEndpoint endpoint) {
    endpoints.put(new Server().of(endpoint.hi(), endpoint.lo(), endpoint.port()), endpoint);
    if (endpoints.size() > MAX_ENTRIES) {
      endpoints.remove(endpoints.keySet().iterator().next());
      forgotten++;
    }
  }

  /** A server as a key, which stays as it is once it is in a map. */
  private static final class Server {
    private long hi;
    private long lo;
    private int port;

    Server of(long itsHi, long itsLo, int itsPort) {
      hi = itsHi;
      lo = itsLo;
      port = itsPort;
      return this;
    }

    @Override
    public boolean equals(@Nullable Object object) {
      return object instanceof Server its && hi == its.hi && lo == its.lo && port == its.port;
    }

    @Override
    public int hashCode() {
      return (Long.hashCode(hi) * 31 + Long.hashCode(lo)) * 31 + port;
    }
  }
}
