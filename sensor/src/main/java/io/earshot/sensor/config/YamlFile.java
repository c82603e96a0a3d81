package io.earshot.sensor.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads a YAML text into {@link YamlNode}s; what is wrong with it goes to the problems. */
final class YamlFile {
  /** Deeper than any section of ours. */
  private static final int MOST_LEVELS = 16;

  private final YAMLParser parser;
  private final List<Problem> problems;

  private YamlFile(YAMLParser parser, List<Problem> problems) {
    this.parser = parser;
    this.problems = problems;
  }

  /** The top of the file, empty where there is nothing or nothing that can be read. */
  static YamlNode.Mapping read(String yaml, List<Problem> problems) {
    YamlNode.Mapping nothing = new YamlNode.Mapping(1, Map.of());
    try (YAMLParser parser = new YAMLFactory().createParser(yaml)) {
      YamlFile file = new YamlFile(parser, problems);
      JsonToken first = parser.nextToken();
      if (first == null || first == JsonToken.VALUE_NULL) {
        return nothing;
      }
      if (first != JsonToken.START_OBJECT) {
        problems.add(
            new Problem(
                file.line(), "", "the file must begin with a section, for example capture:"));
        return nothing;
      }
      return file.mapping("", 0);
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      problems.add(new Problem(line, "", "this is not YAML: " + what(e)));
      return nothing;
    } catch (IOException e) {
      problems.add(new Problem(1, "", "this cannot be read: " + e.getMessage()));
      return nothing;
    }
  }

  /** What the parser says, without its excerpts of the file: they may hold a secret. */
  private static String what(JsonProcessingException e) {
    return String.valueOf(e.getOriginalMessage())
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith(" "))
        .collect(Collectors.joining(", "));
  }

  private int line() {
    return parser.currentTokenLocation().getLineNr();
  }

  private YamlNode.Mapping mapping(String path, int level) throws IOException {
    int line = line();
    Map<String, YamlNode> entries = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      int keyLine = line();
      String key = parser.currentName();
      String here = path.isEmpty() ? key : path + '.' + key;
      parser.nextToken();
      YamlNode value = value(here, level);
      if (entries.putIfAbsent(key, value) != null) {
        problems.add(new Problem(keyLine, here, "is given twice"));
      }
    }
    return new YamlNode.Mapping(line, entries);
  }

  private YamlNode value(String path, int level) throws IOException {
    int line = line();
    if (level > MOST_LEVELS) {
      problems.add(new Problem(line, path, "is nested too deeply"));
      parser.skipChildren();
      return new YamlNode.Scalar(line, "");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(path, level + 1);
      case START_ARRAY -> {
        List<YamlNode> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          items.add(value(path + '[' + items.size() + ']', level + 1));
        }
        yield new YamlNode.Sequence(line, items);
      }
      case VALUE_NULL -> new YamlNode.Scalar(line, "");
      default -> {
        if (parser.isCurrentAlias()) {
          problems.add(new Problem(line, path, "refers to an anchor; write the value itself"));
        }
        yield new YamlNode.Scalar(line, parser.getText());
      }
    };
  }
}
