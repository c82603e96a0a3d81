package io.earshot.sensor.identify;

import java.util.EnumMap;
import java.util.Map;

/** Counters of the {@link FlowIdentifier}. Owner: the capture thread. */
public final class IdentifyStats {
  long spotifyFlows;
  long hellosGivenUp;
  long hellosMalformed;
  long dnsMalformed;
  long lanDiscoveryPackets;
  long waitingRefused;
  final Map<Evidence, Long> named = new EnumMap<>(Evidence.class);

  void countNamed(Evidence evidence) {
    named.merge(evidence, 1L, Long::sum);
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
    return Map.copyOf(named);
  }
}
