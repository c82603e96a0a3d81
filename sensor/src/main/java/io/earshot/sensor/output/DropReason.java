package io.earshot.sensor.output;

import java.util.Locale;

/** Why a document was given up undelivered. */
public enum DropReason {
  /** The spool was full, and the oldest one made room. */
  SPOOL_FULL_OLDEST,
  /** The spool was full, and the new one was not taken. */
  SPOOL_FULL_NEWEST,
  /** It came back from the spool damaged. */
  DAMAGED,
  /** It was refused for good, and the dead-letter file has no room. */
  DEAD_LETTERS_FULL,
  /** It could not be written to its file. */
  WRITE_FAILED;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Lower-case name, as in figures and documents. */
  public String label() {
    return label;
  }
}
