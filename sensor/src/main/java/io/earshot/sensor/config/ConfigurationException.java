package io.earshot.sensor.config;

import java.io.Serial;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used, with all that is wrong with it. */
public final class ConfigurationException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final ArrayList<String> lines;

  ConfigurationException(String file, List<Problem> problems) {
    this(
        problems.stream()
            .sorted(Comparator.comparingInt(Problem::line))
            .map(problem -> problem.text(file))
            .distinct()
            .toList());
  }

  /** One problem that has no line. */
  ConfigurationException(String line) {
    this(List.of(line));
  }

  /** A file that the configuration names cannot be used. */
  public static ConfigurationException of(String line) {
    return new ConfigurationException(line);
  }

  private ConfigurationException(List<String> lines) {
    super(lines.stream().collect(Collectors.joining("; ")));
    this.lines = new ArrayList<>(lines);
  }

  /** One line for the operator per problem, in the order of the file. */
  public List<String> lines() {
    return List.copyOf(lines);
  }
}
