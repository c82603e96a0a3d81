package io.earshot.sensor.document;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.kibana.IndexTemplates;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The list of fields and its page against the records, their Javadoc, the index templates and ECS.
 *
 * <p>Run with {@code -Dearshot.write=true} to renew both after a change of the records.
 */
class FieldReferenceTest {
  private static final Path SOURCES = Path.of("src/main/java/io/earshot/sensor/document");
  private static final Path LIST =
      Path.of("src/main/resources/io/earshot/sensor/document/fields.tsv");
  private static final Path PAGE = Path.of("documents.md");

  /** Types of a family that keywords stand in for; a lean server lacks the others. */
  private static final Set<String> KEYWORDS =
      Set.of("keyword", "constant_keyword", "wildcard", "match_only_text");

  /** Ours, although below a root of ECS: what others call it, while ECS has no name for it yet. */
  private static final Set<String> NOT_YET_IN_ECS = Set.of("tls.client.ja4");

  /** Written by the ingest pipeline: meaning. */
  private static final Map<String, String> BY_PIPELINE =
      Map.of(
          "event.ingested", "when Elasticsearch took the document in; by the ingest pipeline",
          "error.message", "what failed in the ingest pipeline; absent where nothing did");

  /** Each record says it in its own words: meaning. */
  private static final Map<String, String> IN_EVERY_DOCUMENT =
      Map.of("@timestamp", "the document's time in packet time; the same as `event.end`");

  /** What is known of a field before it is written down. */
  private static final class Found {
    private final Set<String> documents = new java.util.TreeSet<>();
    private String type = "";
    private String meaning = "";
  }

  @Test
  void list_andPage_areThoseOfTheRecords() throws IOException {
    String generated = generate();
    if (Boolean.getBoolean("earshot.write")) {
      Files.createDirectories(LIST.getParent());
      Files.writeString(LIST, generated);
      Files.writeString(PAGE, FieldReference.markdown(generated));
      return;
    }
    assertThat(Files.readString(LIST))
        .as("renew it with -Dtest=FieldReferenceTest -Dearshot.write=true")
        .isEqualTo(generated);
    assertThat(FieldReference.tsv()).isEqualTo(generated);
    assertThat(Files.readString(PAGE))
        .as("renew it with -Dtest=FieldReferenceTest -Dearshot.write=true")
        .isEqualTo(FieldReference.markdown());
  }

  @Test
  void everyField_ofEcs_hasItsNameAndType() throws IOException {
    Map<String, String> ecs = ecs();
    for (FieldReference.Field field : FieldReference.fields()) {
      if (field.origin().equals("own")) {
        assertThat(ecs).as("ECS knows the field").doesNotContainKey(field.name());
        assertThat(isOwn(field.name())).as(field.name()).isTrue();
      } else if (field.name().startsWith("labels.")) {
        assertThat(field.type()).isEqualTo("keyword");
      } else {
        String type = ecs.get(field.name());
        assertThat(type).as(field.name()).isNotNull();
        if (!KEYWORDS.contains(type)) {
          assertThat(field.type()).as(field.name()).isEqualTo(type);
        } else {
          assertThat(KEYWORDS).as(field.name()).contains(field.type());
        }
      }
    }
  }

  @Test
  void everyMappedField_isInTheList() {
    Set<String> listed = new java.util.TreeSet<>();
    FieldReference.fields().forEach(field -> listed.add(field.name()));
    for (String dataStream : IndexTemplates.DATA_STREAMS) {
      assertThat(listed).containsAll(IndexTemplates.fields(dataStream).keySet());
    }
  }

  private static Map<String, String> ecs() throws IOException {
    Map<String, String> types = new HashMap<>();
    try (var in = FieldReferenceTest.class.getResourceAsStream("ecs-9.4.0.tsv")) {
      assertThat(in).isNotNull();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (!line.startsWith("#")) {
          String[] columns = line.split("\t", -1);
          types.put(columns[0], columns[1]);
        }
      }
    }
    return types;
  }

  private static String generate() throws IOException {
    Map<String, Found> fields = new TreeMap<>();
    for (Class<?> document : Document.class.getPermittedSubclasses()) {
      String kind = kind(document);
      Map<String, String> types =
          IndexTemplates.fields((kind.equals("sensor") ? "metrics" : "logs") + "-earshot." + kind);
      collect("", document, kind, types, fields);
      BY_PIPELINE.forEach(
          (name, meaning) -> add(name, kind, types.getOrDefault(name, "?"), meaning, fields));
    }
    StringBuilder lines = new StringBuilder("field\tdocuments\ttype\tunit\torigin\tmeaning\n");
    fields.forEach(
        (name, field) ->
            lines.append(
                String.join(
                        "\t",
                        name,
                        String.join(" ", field.documents),
                        field.type,
                        unit(name),
                        isOwn(name) ? "own" : "ecs",
                        field.meaning)
                    + "\n"));
    return lines.toString();
  }

  private static boolean isOwn(String name) {
    return name.matches("(spotify|earshot)\\..*") || NOT_YET_IN_ECS.contains(name);
  }

  private static String kind(Class<?> document) {
    String name = document.getSimpleName().replace("Document", "").toLowerCase(Locale.ROOT);
    return name.equals("quality") ? "window" : name;
  }

  private static void collect(
      String prefix, Class<?> type, String kind, Map<String, String> types, Map<String, Found> into)
      throws IOException {
    Map<String, String> meanings = meanings(type);
    for (RecordComponent component : type.getRecordComponents()) {
      Class<?> held = held(component.getGenericType());
      String name = prefix + name(component);
      if (held.isRecord()) {
        collect(name + '.', held, kind, types, into);
      } else {
        String meaning = meanings.get(component.getName());
        assertThat(meaning).as(type + " lacks @param " + component.getName()).isNotNull();
        add(
            name,
            kind,
            types.getOrDefault(name, "?"),
            IN_EVERY_DOCUMENT.getOrDefault(name, String.valueOf(meaning)),
            into);
      }
    }
  }

  private static void add(
      String name, String kind, String type, String meaning, Map<String, Found> into) {
    Found field = into.computeIfAbsent(name, _ -> new Found());
    field.documents.add(kind);
    field.type = type;
    // Several records may hold a field of that name; the longest words say most.
    field.meaning = field.meaning.length() >= meaning.length() ? field.meaning : meaning;
  }

  private static String unit(String name) {
    String last = name.substring(name.lastIndexOf('.') + 1);
    if (name.equals("event.duration")) {
      return "ns";
    } else if (last.endsWith("_kbps")) {
      return "kbit/s";
    } else if (last.endsWith("_ms")) {
      return "ms";
    } else if (last.endsWith("_s")) {
      return "s";
    } else if (last.endsWith("_ratio")
        || last.equals("confidence")
        || name.contains(".probabilities.")) {
      return "0 to 1";
    } else if (last.startsWith("bytes") || last.endsWith("bytes")) {
      return "B";
    }
    return "";
  }

  private static Class<?> held(Type type) {
    return type instanceof ParameterizedType list
        ? (Class<?>) list.getActualTypeArguments()[0]
        : (Class<?>) type;
  }

  private static String name(RecordComponent component) {
    return switch (component.getName()) {
      case "timestamp" -> "@timestamp";
      case "networkInterface" -> "interface";
      case String name -> name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    };
  }

  /** The words of each {@code @param} in the record's Javadoc. */
  private static Map<String, String> meanings(Class<?> type) throws IOException {
    Class<?> outermost = type;
    while (outermost.getEnclosingClass() != null) {
      outermost = outermost.getEnclosingClass();
    }
    String source = Files.readString(SOURCES.resolve(outermost.getSimpleName() + ".java"));
    int at = source.indexOf("record " + type.getSimpleName() + "(");
    assertThat(at).as("the source of " + type).isPositive();
    String comment = source.substring(source.lastIndexOf("/**", at), source.lastIndexOf("*/", at));
    String words =
        comment
            .replaceAll("\\n\\s*\\* ?", " ")
            .replaceAll("\\{@code ([^}]*)}", "`$1`")
            .replaceAll("; see \\{@link [^}]*}", "")
            .replaceAll(", see \\{@link [^}]*}", "")
            .replaceAll("\\{@link #?([^}]*)}", "`$1`")
            .replaceAll("\\s+", " ");
    Map<String, String> meanings = new HashMap<>();
    Matcher parameters = Pattern.compile("@param (\\w+) (.*?)(?= @param |$)").matcher(words);
    while (parameters.find()) {
      meanings.put(parameters.group(1), parameters.group(2).strip());
    }
    return meanings;
  }
}
