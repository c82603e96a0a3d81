package io.earshot.sensor.cli;

import io.earshot.sensor.config.Quantity;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durations with units on the command line: {@code 10s}, {@code 2m}, {@code 1h}. */
final class WindowLength implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String value) {
    try {
      return Quantity.duration(value.matches("\\d+") ? value + "s" : value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
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
