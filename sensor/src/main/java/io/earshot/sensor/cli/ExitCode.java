package io.earshot.sensor.cli;

/** Exit codes; those above 63 are of sysexits.h. */
final class ExitCode {
  static final int DONE = 0;

  /** {@code evaluate --require}: a figure misses its target. */
  static final int MISSED = 1;

  static final int USAGE = 2;

  /** EX_DATAERR: a capture or dataset that cannot be read. */
  static final int UNREADABLE = 65;

  /** EX_UNAVAILABLE: Elasticsearch cannot be reached. */
  static final int UNAVAILABLE = 69;

  /** EX_SOFTWARE: a mistake of ours. */
  static final int SOFTWARE = 70;

  /** EX_CANTCREAT: an output file cannot be written. */
  static final int CANNOT_CREATE = 73;

  /** EX_NOPERM: no permission to capture. */
  static final int NO_PERMISSION = 77;

  /** EX_CONFIG: bad configuration or model bundle. */
  static final int CONFIGURATION = 78;

  private ExitCode() {}
}
