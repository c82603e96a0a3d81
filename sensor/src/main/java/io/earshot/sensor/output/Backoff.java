package io.earshot.sensor.output;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How to wait between two tries: pauses that double, each cut by a random part of up to a half, so
 * that many sensors do not come back at the same moment. There is no last try.
 *
 * @param firstPause longest pause after the first failure
 * @param longestPause bound of the pauses
 */
public record Backoff(Duration firstPause, Duration longestPause) {
  /** For a command that somebody waits for. */
  public static final Backoff OFFLINE = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(8));

  /** For a sensor that runs for months. */
  public static final Backoff LIVE = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));

  public Backoff {
    if (firstPause.isNegative() || longestPause.compareTo(firstPause) < 0) {
      throw new IllegalArgumentException(
          "not pauses: %s to %s".formatted(firstPause, longestPause));
    }
  }

  /** The pause after that many failures in a row, nanoseconds. */
  long pauseNanos(int failures, RandomGenerator random) {
    long nanos = firstPause.toNanos();
    for (int i = 1; i < failures && nanos < longestPause.toNanos(); i++) {
      nanos *= 2;
    }
    nanos = Math.min(nanos, longestPause.toNanos());
    return nanos - (long) (nanos / 2.0 * random.nextDouble());
  }
}
