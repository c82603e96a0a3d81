package io.earshot.sensor.flow;

/** What the next stage wants of a flow from now on. */
public enum Disposition {
  /** Not known yet: hand over every packet. */
  UNDECIDED,
  /** Cannot name itself any more and waits for a name from elsewhere: hand over every packet. */
  WAITING,
  /** One of ours: hand over every packet and measure it. */
  TRACKED,
  /** Not ours, but each packet is read for what it tells about others (DNS). */
  INSPECTED,
  /** Not ours: count its packets and forget the rest. */
  FOREIGN
}
