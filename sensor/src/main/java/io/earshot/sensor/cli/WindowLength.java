package io.earshot.sensor.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durations with units on the command line: {@code 10s}, {@code 2m}, {@code 1h}. */
final class WindowLength implements ITypeConverter<Duration> {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)?");

  @Override
  public Duration convert(String value) {
    Matcher matcher = TEXT.matcher(value);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'" + value + "' is not a duration; write for example 10s, 500ms or 2m");
    }
    long amount = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2) == null ? "s" : matcher.group(2);
    return switch (unit) {
      case "ms" -> Duration.ofMillis(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      case "d" -> Duration.ofDays(amount);
      default -> Duration.ofSeconds(amount);
    };
  }

  /** Refuses a window that streams cannot be cut into. */
  static void requireUsable(Duration window) {
    if (window.compareTo(Duration.ofSeconds(1)) < 0
        || window.compareTo(Duration.ofDays(1)) > 0
        || window.toNanosPart() != 0) {
      throw new CommandFailure(
          ExitCode.USAGE, "--window must be whole seconds, from 1s to 1d, for example 10s");
    }
  }
}
