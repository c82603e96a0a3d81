package io.earshot.sensor.cli;

import io.earshot.sensor.capture.PacketSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Ctrl-C and SIGTERM: the source is stopped, and what is known by then is still printed. */
final class Interruption implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 10;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::interrupted, "interruption");
  private volatile boolean requested;
  private volatile @Nullable PacketSource source;

  private Interruption() {}

  /** From now on until {@link #close} a signal stops the source that is watched. */
  static Interruption install() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  private void interrupted() {
    requested = true;
    PacketSource current = source;
    if (current != null) {
      current.stop();
    }
    try {
      if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        Earshot.say("did not come to an end in " + PATIENCE_SECONDS + " s, leaving");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void watch(PacketSource newSource) {
    source = newSource;
    if (requested) {
      newSource.stop();
    }
  }

  boolean requested() {
    return requested;
  }

  @Override
  public void close() {
    done.countDown();
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        requested = true; // the signal came just now: the program is ending anyway
      }
    }
  }
}
