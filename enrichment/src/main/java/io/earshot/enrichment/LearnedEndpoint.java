package io.earshot.enrichment;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A server's address that has had a name of a service.
 *
 * @param hi upper 64 bits of the address, IPv4 as IPv4-mapped IPv6
 * @param lo lower 64 bits
 * @param port server port
 * @param match service and role that the name stands for
 * @param name the name it had last, null where only the protocol gave the service away
 * @param firstSeenNanos packet time of the first flow, nanoseconds since the epoch
 * @param lastSeenNanos packet time of the last one
 * @param timesSeen flows that named it so, since it was last seen to be shared
 * @param sources kinds of evidence that named it, for example {@code sni}
 */
public record LearnedEndpoint(
    long hi,
    long lo,
    int port,
    ServiceMatch match,
    @Nullable String name,
    long firstSeenNanos,
    long lastSeenNanos,
    long timesSeen,
    Set<String> sources) {
  /** How far a fresh entry is trusted: less than a look-up of the client itself. Chosen by hand. */
  public static final double FRESH_CONFIDENCE = 0.7;

  /** Trust halves in this time: addresses of content networks change hands. Chosen by hand. */
  public static final long HALF_LIFE_NANOS = 14L * 86_400 * 1_000_000_000;

  /** An entry that is trusted less than this is forgotten. */
  public static final double LEAST_CONFIDENCE = 0.35;

  /** Flows after which an address counts for clients that have named no server of the service. */
  public static final int ESTABLISHED = 3;

  public LearnedEndpoint {
    if (port < 0 || port > 0xffff || timesSeen < 1 || lastSeenNanos < firstSeenNanos) {
      throw new IllegalArgumentException("a learned endpoint that cannot be");
    }
    sources = Collections.unmodifiableSet(new TreeSet<>(sources));
  }

  /** Trust at a packet time, between 0 and {@link #FRESH_CONFIDENCE}. */
  public double confidence(long nowNanos) {
    double age = Math.max(0, nowNanos - lastSeenNanos);
    return FRESH_CONFIDENCE * Math.pow(0.5, age / HALF_LIFE_NANOS);
  }

  /** Seen often enough to count for a client that has said nothing of the service itself. */
  public boolean established() {
    return timesSeen >= ESTABLISHED;
  }

  LearnedEndpoint seenAgain(
      ServiceMatch as, @Nullable String called, String source, long nowNanos) {
    Set<String> all = new TreeSet<>(sources);
    all.add(source);
    return new LearnedEndpoint(
        hi,
        lo,
        port,
        as,
        called,
        Math.min(firstSeenNanos, nowNanos),
        Math.max(lastSeenNanos, nowNanos),
        timesSeen + 1,
        all);
  }
}
