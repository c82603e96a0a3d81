package io.earshot.sensor.output;

/** What happens to a new document when the spool has no room for it. */
public enum FullSpool {
  /** Whoever brings it waits until there is room; for captures from files. */
  BLOCK,
  /** The oldest document that is not on its way makes room; for live traffic: news first. */
  DROP_OLDEST,
  /** The new document is given up; for live traffic: the beginning of an outage is kept. */
  DROP_NEWEST
}
