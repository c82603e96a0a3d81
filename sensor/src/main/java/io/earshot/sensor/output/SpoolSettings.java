package io.earshot.sensor.output;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where the spool is and how much it may hold.
 *
 * @param directory its folder, of its own; made where it is missing
 * @param mostBytes documents beyond this many bytes meet {@code whenFull}; the file is somewhat
 *     larger
 * @param whenFull what happens to a document without room
 * @param commitEvery longest time until a document is safe from the end of this process
 * @param syncEvery longest time until it is safe from the loss of power, as far as the file system
 *     and the disk keep what they promise
 */
public record SpoolSettings(
    Path directory, long mostBytes, FullSpool whenFull, Duration commitEvery, Duration syncEvery) {
  /** The least that can be asked for. */
  public static final long LEAST_BYTES = 1 << 20;

  private static final Duration COMMIT_EVERY = Duration.ofMillis(100);
  private static final Duration SYNC_EVERY = Duration.ofSeconds(1);

  public SpoolSettings {
    if (mostBytes < LEAST_BYTES) {
      throw new IllegalArgumentException("a spool needs at least 1 MiB, not " + mostBytes + " B");
    }
  }

  /** The usual times. */
  public static SpoolSettings of(Path directory, long mostBytes, FullSpool whenFull) {
    return new SpoolSettings(directory, mostBytes, whenFull, COMMIT_EVERY, SYNC_EVERY);
  }
}
