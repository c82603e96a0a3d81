package io.earshot.sensor.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as operators write them: a number with its unit. */
public final class Quantity {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9}) ?(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9}) ?(B|KB|MB|GB|KiB|MiB|GiB)");

  private Quantity() {}

  /**
   * A duration: {@code 500ms}, {@code 10s}, {@code 2m}, {@code 1h}, {@code 30d}.
   *
   * @throws IllegalArgumentException with a message for the operator where it is none
   */
  public static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a duration; write for example 10s, 500ms or 2m");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  /**
   * A size in bytes: {@code 65535B}, {@code 64KiB}, {@code 512MB}, {@code 1GiB}.
   *
   * @throws IllegalArgumentException with a message for the operator where it is none
   */
  public static long bytes(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + text + "' is not a size; write for example 256MiB");
    }
    long unit =
        switch (matcher.group(2)) {
          case "B" -> 1;
          case "KB" -> 1_000;
          case "MB" -> 1_000_000;
          case "GB" -> 1_000_000_000;
          case "KiB" -> 1 << 10;
          case "MiB" -> 1 << 20;
          default -> 1 << 30;
        };
    return Long.parseLong(matcher.group(1)) * unit;
  }

  /** A duration in the largest unit that divides it. */
  static String text(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 1000 != 0 || millis == 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds % 86_400 == 0) {
      return seconds / 86_400 + "d";
    }
    if (seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }

  /** A size in the largest binary unit that divides it. */
  static String text(long bytes) {
    if (bytes == 0 || bytes % (1 << 10) != 0) {
      return bytes + "B";
    }
    if (bytes % (1 << 20) != 0) {
      return (bytes >> 10) + "KiB";
    }
    return bytes % (1 << 30) == 0 ? (bytes >> 30) + "GiB" : (bytes >> 20) + "MiB";
  }
}
