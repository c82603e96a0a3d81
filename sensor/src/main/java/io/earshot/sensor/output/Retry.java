package io.earshot.sensor.output;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to go on trying: pauses that double, each cut by a random part of up to a half, so that
 * many sensors do not come back at the same moment.
 *
 * @param attempts tries without any progress before giving up, at least 1
 * @param firstPause longest pause after the first try
 * @param longestPause bound of the pauses
 */
public record Retry(int attempts, Duration firstPause, Duration longestPause) {
  /** For a command that somebody waits for: gives up after about 20 seconds. */
  public static final Retry OFFLINE = new Retry(8, Duration.ofMillis(250), Duration.ofSeconds(8));

  public Retry {
    if (attempts < 1 || firstPause.isNegative() || longestPause.compareTo(firstPause) < 0) {
      throw new IllegalArgumentException(
          "not a way to retry: %d times, %s to %s".formatted(attempts, firstPause, longestPause));
    }
  }

  /** The pause after that many tries without progress. */
  Duration pause(int failures, RandomGenerator random) {
    long nanos = firstPause.toNanos();
    for (int i = 1; i < failures && nanos < longestPause.toNanos(); i++) {
      nanos *= 2;
    }
    nanos = Math.min(nanos, longestPause.toNanos());
    return Duration.ofNanos(nanos - (long) (nanos / 2.0 * random.nextDouble()));
  }
}
