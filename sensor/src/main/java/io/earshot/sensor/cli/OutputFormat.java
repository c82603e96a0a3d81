package io.earshot.sensor.cli;

/** How {@code analyze} prints its results. */
enum OutputFormat {
  /** For people. */
  TEXT,
  /** One object per capture. */
  JSON,
  /** The documents that would be indexed, one per line. */
  NDJSON
}
