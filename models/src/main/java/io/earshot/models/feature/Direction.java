package io.earshot.models.feature;

/** Which way a packet goes, seen from the listener. */
public enum Direction {
  /** From the listener to the server. */
  UP,
  /** From the server to the listener. */
  DOWN
}
