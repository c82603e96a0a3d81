package io.earshot.sensor.flow;

/**
 * Counters of a {@link FlowTable}. Owner: the capture thread.
 *
 * <p>Law: packets handed in = foreign + undecided + tracked + inspected + refused + duplicate.
 */
public final class FlowStats {
  long opened;
  long expired;
  long evicted;
  long refused;
  long undecidedDropped;
  long foreignPackets;
  long undecidedPackets;
  long trackedPackets;
  long inspectedPackets;
  long duplicatePackets;

  public long opened() {
    return opened;
  }

  public long expired() {
    return expired;
  }

  /** Foreign flows that had to make room. */
  public long evicted() {
    return evicted;
  }

  /** Undecided flows that were taken for foreign because too many were undecided at once. */
  public long undecidedDropped() {
    return undecidedDropped;
  }

  /** Packets of new flows that found no room. */
  public long refused() {
    return refused;
  }

  public long foreignPackets() {
    return foreignPackets;
  }

  public long undecidedPackets() {
    return undecidedPackets;
  }

  public long trackedPackets() {
    return trackedPackets;
  }

  public long inspectedPackets() {
    return inspectedPackets;
  }

  /** Copies of packets of flows that are not foreign, as a double mirror makes them. */
  public long duplicatePackets() {
    return duplicatePackets;
  }

  /** Packets accounted for. */
  public long packets() {
    return foreignPackets
        + undecidedPackets
        + trackedPackets
        + inspectedPackets
        + refused
        + duplicatePackets;
  }
}
