package io.earshot.sensor.daemon;

import io.earshot.enrichment.place.PlaceFiles;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Reads files of places again when they change or when it is asked to, on a thread of its own: a
 * large directory takes seconds, and nothing else may wait for it.
 *
 * <p>Owner: the thread that runs it; {@link #use} from any.
 */
final class PlaceWatch implements Runnable {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  private final PlaceFiles files;
  private final BlockingQueue<PlaceFiles.Settings> wanted = new LinkedBlockingQueue<>();

  PlaceWatch(PlaceFiles files) {
    this.files = files;
  }

  /** Has these files read from now on. */
  void use(PlaceFiles.Settings settings) {
    wanted.add(settings);
  }

  /** Until the thread is interrupted. */
  @Override
  public void run() {
    try {
      while (true) {
        PlaceFiles.Settings next = wanted.poll(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        if (next == null) {
          files.look();
        } else {
          files.use(next);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
