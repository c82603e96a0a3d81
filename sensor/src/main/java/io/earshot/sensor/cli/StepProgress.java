package io.earshot.sensor.cli;

/** Says on stderr how many of a known number of steps are done, from the third second on. */
final class StepProgress {
  private static final long QUIET_NANOS = 2_000_000_000L;
  private static final long PERIOD_NANOS = 5_000_000_000L;

  private final String what;
  private final int total;
  private final boolean terminal = Terminals.stderrIsTerminal();
  private long nextNanos = System.nanoTime() + QUIET_NANOS;
  private boolean shown;

  StepProgress(String what, int total) {
    this.what = what;
    this.total = total;
  }

  void done(int steps) {
    long now = System.nanoTime();
    if (now < nextNanos) {
      return;
    }
    if (terminal) {
      System.err.printf("\r%s %,d of %,d ", what, steps, total);
      shown = true;
      nextNanos = now + PERIOD_NANOS / 20;
    } else {
      Earshot.say("%s %,d of %,d".formatted(what, steps, total));
      nextNanos = now + PERIOD_NANOS;
    }
  }

  void end() {
    if (shown) {
      System.err.println();
    }
  }
}
