package io.earshot.sensor.config;

import java.util.List;
import java.util.Map;

/** What a YAML file holds, with the lines where it stands, counted from 1. */
sealed interface YamlNode {
  int line();

  /** A single value, as it is written. */
  record Scalar(int line, String text) implements YamlNode {}

  /** A list. */
  record Sequence(int line, List<YamlNode> items) implements YamlNode {
    public Sequence {
      items = List.copyOf(items);
    }
  }

  /** Keys with values, in the order of the file. */
  record Mapping(int line, Map<String, YamlNode> entries) implements YamlNode {}
}
