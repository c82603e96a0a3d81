package io.earshot.sensor.cli;

import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.capture.PcapFileSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Says on stderr how far a long run has come: a bar on a terminal, a line now and then otherwise.
 *
 * <p>Nothing is said in the first two seconds.
 */
final class Progress implements AutoCloseable {
  private static final int BAR_WIDTH = 40;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("progress").factory());
  private final String label;
  private final PacketSource source;
  private final boolean terminal = Terminals.stderrIsTerminal();
  private boolean barShown;

  private Progress(String label, PacketSource source) {
    this.label = label;
    this.source = source;
  }

  static Progress of(String label, PacketSource source) {
    Progress progress = new Progress(label, source);
    int period = progress.terminal ? 1 : 5;
    var unused = progress.timer.scheduleWithFixedDelay(progress::tick, 2, period, TimeUnit.SECONDS);
    return progress;
  }

  private synchronized void tick() {
    long frames = source.stats().framesReceived();
    if (source instanceof PcapFileSource file && file.sizeBytes() > 0) {
      double share = (double) file.positionBytes() / file.sizeBytes();
      if (terminal) {
        int full = (int) (share * BAR_WIDTH);
        System.err.printf(
            "\r%s [%s%s] %3.0f %%  %,d packets ",
            label, "#".repeat(full), " ".repeat(BAR_WIDTH - full), share * 100, frames);
        barShown = true;
      } else {
        Earshot.say("%s: %.0f %%, %,d packets".formatted(label, share * 100, frames));
      }
    } else if (terminal) {
      System.err.printf("\r%s: %,d packets ", label, frames);
      barShown = true;
    } else {
      Earshot.say("%s: %,d packets".formatted(label, frames));
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    synchronized (this) {
      if (barShown) {
        System.err.println();
      }
    }
  }
}
