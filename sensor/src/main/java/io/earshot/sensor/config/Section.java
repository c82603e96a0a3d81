package io.earshot.sensor.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One section of the file while it is read: every value that is wrong becomes a problem, and the
 * default is used in its place, so that all problems are found in one go.
 *
 * <p>A key is known once it was asked for. Owner: the thread that reads the file.
 */
final class Section {
  private static final int LONGEST_SECRET = 64 << 10;

  private final Reading reading;
  private final String path;
  private final YamlNode.Mapping node;
  private final Map<String, YamlNode> unasked;
  private final boolean given;

  /** What all sections of one file share. */
  static final class Reading {
    final List<Problem> problems = new ArrayList<>();

    /** Every key that there is, with the text of its default; empty for none. */
    final Map<String, String> known = new LinkedHashMap<>();

    /** The values that are given, to tell what changed. Holds secrets: never print it. */
    final Map<String, String> values = new LinkedHashMap<>();

    /** Keys that nobody asked for, and the sections they stand in. */
    private final Map<String, Integer> unknown = new LinkedHashMap<>();

    private final Path folder;
    private final Function<String, @Nullable String> environment;

    Reading(Path folder, Function<String, @Nullable String> environment) {
      this.folder = folder;
      this.environment = environment;
    }

    Section top(YamlNode.Mapping node) {
      return new Section(this, "", node, true);
    }

    /** Call at the end: only then is it known which keys there are. */
    void refuseUnknown() {
      unknown.forEach(
          (path, line) ->
              problems.add(new Problem(line, path, UnknownKey.advice(path, known.keySet()))));
    }
  }

  private Section(Reading reading, String path, YamlNode.Mapping node, boolean given) {
    this.reading = reading;
    this.path = path;
    this.node = node;
    this.unasked = new LinkedHashMap<>(node.entries());
    this.given = given;
  }

  /** A section below; empty where it is not given. */
  Section section(String key) {
    String below = at(key);
    YamlNode value = unasked.remove(key);
    if (value instanceof YamlNode.Mapping mapping) {
      return new Section(reading, below, mapping, true);
    }
    if (value instanceof YamlNode.Scalar(int line, String text) && text.isEmpty()) {
      return new Section(reading, below, new YamlNode.Mapping(line, Map.of()), true);
    }
    if (value != null) {
      problem(value, key, "is a section: its keys go on lines of their own below it");
    }
    return new Section(reading, below, new YamlNode.Mapping(node.line(), Map.of()), false);
  }

  /** Whether the section is there. */
  boolean isGiven() {
    return given;
  }

  boolean has(String key) {
    return node.entries().containsKey(key);
  }

  /** Leaves the keys that were not asked for to {@link Reading#refuseUnknown}. */
  void end() {
    unasked.forEach((key, value) -> reading.unknown.put(at(key), value.line()));
  }

  @Nullable String text(String key) {
    return value(key, "", text -> text);
  }

  String text(String key, String otherwise) {
    String text = value(key, otherwise, value -> value);
    return text == null ? otherwise : text;
  }

  boolean flag(String key, boolean otherwise) {
    Boolean flag =
        value(
            key,
            Boolean.toString(otherwise),
            text ->
                switch (text) {
                  case "true", "yes", "on" -> true;
                  case "false", "no", "off" -> false;
                  default ->
                      throw new IllegalArgumentException(
                          "'" + text + "' is neither true nor false");
                });
    return flag == null ? otherwise : flag;
  }

  int number(String key, int otherwise, int least, int most) {
    Integer number =
        value(
            key,
            Integer.toString(otherwise),
            text -> {
              int parsed = Integer.parseInt(whole(text));
              if (parsed < least || parsed > most) {
                throw new IllegalArgumentException(
                    "%d is not between %d and %d".formatted(parsed, least, most));
              }
              return parsed;
            });
    return number == null ? otherwise : number;
  }

  private static String whole(String text) {
    String digits = text.replace("_", "");
    if (!digits.matches("-?\\d{1,9}")) {
      throw new IllegalArgumentException("'" + text + "' is not a whole number");
    }
    return digits;
  }

  /** A share of a whole, 0 to 1; {@code 40%} is one too. */
  double share(String key, double otherwise) {
    Double share =
        value(
            key,
            Double.toString(otherwise),
            text -> {
              boolean percent = text.endsWith("%");
              double parsed = Double.NaN;
              try {
                parsed =
                    Double.parseDouble(
                        percent ? text.substring(0, text.length() - 1).strip() : text);
              } catch (NumberFormatException e) {
                // Not a number is said below.
              }
              parsed = percent ? parsed / 100 : parsed;
              if (!(parsed >= 0 && parsed <= 1)) {
                throw new IllegalArgumentException(
                    "'" + text + "' is not a share; write for example 0.4 or 40%");
              }
              return parsed;
            });
    return share == null ? otherwise : share;
  }

  Duration duration(String key, Duration otherwise) {
    Duration duration = value(key, Quantity.text(otherwise), Quantity::duration);
    return duration == null ? otherwise : duration;
  }

  long bytes(String key, long otherwise, long least, long most) {
    Long bytes =
        value(
            key,
            Quantity.text(otherwise),
            text -> {
              long parsed = Quantity.bytes(text);
              if (parsed < least || parsed > most) {
                throw new IllegalArgumentException(
                    "%s is not between %s and %s"
                        .formatted(text, Quantity.text(least), Quantity.text(most)));
              }
              return parsed;
            });
    return bytes == null ? otherwise : bytes;
  }

  <E extends Enum<E>> E choice(String key, E otherwise) {
    Map<String, E> choices =
        Arrays.stream(otherwise.getDeclaringClass().getEnumConstants())
            .collect(Collectors.toMap(Section::name, e -> e, (a, _) -> a, LinkedHashMap::new));
    E chosen =
        value(
            key,
            name(otherwise),
            text -> {
              E known = choices.get(text.toLowerCase(Locale.ROOT));
              if (known == null) {
                throw new IllegalArgumentException(
                    "'" + text + "' is not known; write " + String.join(", ", choices.keySet()));
              }
              return known;
            });
    return chosen == null ? otherwise : chosen;
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** A path; where it is relative, from the folder of the configuration file. */
  @Nullable Path path(String key) {
    return value(key, "", text -> reading.folder.resolve(text));
  }

  List<String> list(String key) {
    reading.known.put(at(key), "");
    YamlNode value = unasked.remove(key);
    if (value == null) {
      return List.of();
    }
    List<YamlNode> items =
        value instanceof YamlNode.Sequence(_, List<YamlNode> listed) ? listed : List.of(value);
    List<String> texts = new ArrayList<>();
    for (YamlNode item : items) {
      if (item instanceof YamlNode.Scalar(_, String text) && !text.isBlank()) {
        texts.add(text.strip());
      } else {
        problem(item, key, "is a list of values, for example [eth1, eth2]");
      }
    }
    reading.values.put(at(key), texts.toString());
    return texts;
  }

  /**
   * A secret: {@code ${NAME}} of the environment or {@code file:PATH}, never the secret itself,
   * because this file is read by many.
   */
  @Nullable String secret(String key) {
    return value(
        key,
        "",
        text -> {
          if (text.startsWith("${") && text.endsWith("}")) {
            String name = text.substring(2, text.length() - 1);
            String found = reading.environment.apply(name);
            if (found == null || found.isBlank()) {
              throw new IllegalArgumentException("the environment has no " + name);
            }
            return keep(key, found.strip());
          }
          if (text.startsWith("file:")) {
            return keep(key, fileSecret(reading.folder.resolve(text.substring("file:".length()))));
          }
          throw new IllegalArgumentException(
              "a secret does not stand here; write ${NAME} for a variable of the environment or"
                  + " file:PATH");
        });
  }

  private static String fileSecret(Path file) {
    try {
      if (Files.size(file) > LONGEST_SECRET) {
        throw new IllegalArgumentException(file + " is too long for a secret");
      }
      String secret = Files.readString(file).strip();
      if (secret.isEmpty()) {
        throw new IllegalArgumentException(file + " is empty");
      }
      return secret;
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + ": " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case java.nio.file.NoSuchFileException _ -> "there is no such file";
      case java.nio.file.AccessDeniedException _ -> "permission denied";
      default -> String.valueOf(e.getMessage());
    };
  }

  /** What the secret is now, so that a reload sees that it was exchanged. */
  private String keep(String key, String secret) {
    reading.values.put(at(key), secret);
    return secret;
  }

  /** Any other value; null where it is not given or wrong. */
  <T> @Nullable T value(String key, String otherwise, Function<String, T> parse) {
    reading.known.put(at(key), otherwise);
    YamlNode value = unasked.remove(key);
    if (value == null) {
      return null;
    }
    if (!(value instanceof YamlNode.Scalar(_, String text))) {
      problem(value, key, "is a single value");
      return null;
    }
    if (text.isBlank()) {
      problem(value, key, "is empty; leave the line out for the default");
      return null;
    }
    reading.values.put(at(key), text.strip());
    try {
      return parse.apply(text.strip());
    } catch (IllegalArgumentException e) {
      problem(value, key, String.valueOf(e.getMessage()));
      return null;
    }
  }

  /**
   * What the values of several keys make; null, with a problem of the section, where they cannot.
   */
  <T> @Nullable T made(Supplier<T> maker) {
    try {
      return maker.get();
    } catch (IllegalArgumentException e) {
      problem(String.valueOf(e.getMessage()));
      return null;
    }
  }

  /** A problem of a key, whether it is there or missing. */
  void problem(String key, String message) {
    YamlNode there = node.entries().get(key);
    reading.problems.add(new Problem(there == null ? node.line() : there.line(), at(key), message));
  }

  /** A problem of the section as a whole. */
  void problem(String message) {
    reading.problems.add(new Problem(node.line(), path, message));
  }

  private void problem(YamlNode where, String key, String message) {
    reading.problems.add(new Problem(where.line(), at(key), message));
  }

  private String at(String key) {
    return path.isEmpty() ? key : path + '.' + key;
  }
}
