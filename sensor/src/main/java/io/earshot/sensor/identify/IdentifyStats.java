package io.earshot.sensor.identify;

import java.util.EnumMap;
import java.util.Map;

/** Counters of the {@link FlowIdentifier}. Owner: the capture thread. */
@SuppressWarnings("EnumOrdinal") // a counter per evidence
public final class IdentifyStats {
  long spotifyFlows;
  long hellosGivenUp;
  long hellosMalformed;
  long hellosUnsupported;
  long conflictingBytes;
  long overruled;
  long dnsMalformed;
  long dnsGivenUp;
  long lanDiscoveryPackets;
  long waitingRefused;
  private final long[] named = new long[Evidence.values().length];

  void countNamed(Evidence evidence) {
    named[evidence.ordinal()]++;
  }

  /** Flows that were followed. */
  public long spotifyFlows() {
    return spotifyFlows;
  }

  /** Hellos that never became whole: gaps, bounds. */
  public long hellosGivenUp() {
    return hellosGivenUp;
  }

  /** Hellos whose lengths lie. */
  public long hellosMalformed() {
    return hellosMalformed;
  }

  /** First messages of kinds that are known and not read: DTLS, Google's QUIC before TLS. */
  public long hellosUnsupported() {
    return hellosUnsupported;
  }

  /** Bytes of hellos that came twice with different values; the first copy counted. */
  public long conflictingBytes() {
    return conflictingBytes;
  }

  /** Flows whose own name came late and contradicted what they had been held to be. */
  public long overruled() {
    return overruled;
  }

  /** DNS conversations over TCP that were given up: a gap that stays, too long a message. */
  public long dnsGivenUp() {
    return dnsGivenUp;
  }

  /** DNS messages that could not be read. */
  public long dnsMalformed() {
    return dnsMalformed;
  }

  /** Announcements of players on the local network: presence, not a stream. */
  public long lanDiscoveryPackets() {
    return lanDiscoveryPackets;
  }

  /** Nameless flows that were dropped because too many were waiting for a name. */
  public long waitingRefused() {
    return waitingRefused;
  }

  /** Flows named, by evidence. */
  public Map<Evidence, Long> named() {
    Map<Evidence, Long> counted = new EnumMap<>(Evidence.class);
    for (Evidence evidence : Evidence.values()) {
      if (named[evidence.ordinal()] > 0) {
        counted.put(evidence, named[evidence.ordinal()]);
      }
    }
    return Map.copyOf(counted);
  }
}
