package io.earshot.sensor.cli;

import java.util.Locale;

/** How {@code analyze} prints its results. */
enum OutputFormat {
  /** For people. */
  TEXT,
  /** One object per capture. */
  JSON,
  /** The documents that would be indexed, one per line. */
  NDJSON;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
