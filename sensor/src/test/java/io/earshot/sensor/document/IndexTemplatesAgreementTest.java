package io.earshot.sensor.document;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.earshot.kibana.IndexTemplates;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The records against the index templates: a field that is not mapped cannot be searched. */
class IndexTemplatesAgreementTest {
  /** Elasticsearch types that hold the values of a Java type. */
  private static final Map<Class<?>, Set<String>> FITTING =
      Map.of(
          String.class, Set.of("keyword", "geo_point"),
          Instant.class, Set.of("date"),
          InetAddress.class, Set.of("ip"),
          boolean.class, Set.of("boolean"),
          int.class, Set.of("integer", "long"),
          Integer.class, Set.of("integer", "long"),
          long.class, Set.of("long"),
          Long.class, Set.of("long"),
          double.class, Set.of("float", "double"),
          Double.class, Set.of("float", "double"));

  /** Written by the ingest pipeline, not by the sensor. */
  private static final Set<String> NOT_OURS = Set.of("event.ingested", "error.message");

  static List<Document> documents() {
    return List.of(Samples.window(), Samples.stream(), Samples.alert(), Samples.sensor());
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyComponent_ofARecord_isMappedWithAFittingType(Document document) {
    Map<String, String> mapped = IndexTemplates.fields(dataStream(document));

    components("", document.getClass())
        .forEach(
            (field, type) -> {
              assertThat(mapped).containsKey(field);
              Set<String> fitting = type.isEnum() ? Set.of("keyword") : FITTING.get(type);
              assertThat(fitting).as(field).contains(mapped.get(field));
            });
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyField_ofASample_isAComponent(Document document) throws IOException {
    JsonNode json = new ObjectMapper().readTree(new DocumentEncoder().encode(document).json());

    assertThat(components("", document.getClass()).keySet()).containsAll(leaves("", json).keySet());
  }

  @Test
  void everyMappedField_isWrittenBySomeRecord() {
    Map<String, Class<?>> written = new TreeMap<>();
    Map<String, String> mapped = new TreeMap<>();
    for (Document document : documents()) {
      written.putAll(components("", document.getClass()));
      mapped.putAll(IndexTemplates.fields(dataStream(document)));
    }

    assertThat(mapped.keySet()).allMatch(f -> written.containsKey(f) || NOT_OURS.contains(f));
  }

  private static String dataStream(Document document) {
    return document.dataStream().type() + '-' + document.dataStream().dataset();
  }

  private static Map<String, Class<?>> components(String prefix, Class<?> type) {
    Map<String, Class<?>> fields = new TreeMap<>();
    for (RecordComponent component : type.getRecordComponents()) {
      Class<?> held = held(component.getGenericType());
      String name = prefix + name(component);
      if (held.isRecord()) {
        fields.putAll(components(name + '.', held));
      } else {
        fields.put(name, held);
      }
    }
    return fields;
  }

  /** What a component holds, one or a list of it. */
  private static Class<?> held(Type type) {
    return type instanceof ParameterizedType list
        ? (Class<?>) list.getActualTypeArguments()[0]
        : (Class<?>) type;
  }

  /** As ECS spells it, said here a second time and in another way than in the encoder. */
  private static String name(RecordComponent component) {
    return switch (component.getName()) {
      case "timestamp" -> "@timestamp";
      case "networkInterface" -> "interface";
      case String name -> name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    };
  }

  private static Map<String, JsonNode> leaves(String prefix, JsonNode node) {
    Map<String, JsonNode> leaves = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      JsonNode value = field.getValue();
      if (value.path(0).isObject()) {
        value.forEach(element -> leaves.putAll(leaves(prefix + field.getKey() + '.', element)));
      } else if (value.isObject()) {
        leaves.putAll(leaves(prefix + field.getKey() + '.', value));
      } else {
        leaves.put(prefix + field.getKey(), value);
      }
    }
    return leaves;
  }
}
