package io.earshot.kibana;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The index templates that are shipped: component templates first, then the composable ones that
 * are made of them, one per data stream.
 */
public final class IndexTemplates {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> COMPONENTS =
      List.of(
          "earshot@settings",
          "earshot-ecs@mappings",
          "earshot-spotify@mappings",
          "earshot-sensor@mappings");

  /** Types and data sets of the data streams, as in their names without the namespace. */
  public static final List<String> DATA_STREAMS =
      List.of(
          "logs-earshot.window",
          "logs-earshot.stream",
          "logs-earshot.alert",
          "metrics-earshot.sensor");

  private IndexTemplates() {}

  /** What a template is to Elasticsearch. */
  public enum Kind {
    /** A part of composable templates. */
    COMPONENT,
    /** What a new data stream is made from. */
    INDEX
  }

  /**
   * One shipped template.
   *
   * @param kind what it is
   * @param name its name in Elasticsearch
   * @param body its source; the receiver may change it, each call makes a new one
   */
  public record Template(Kind kind, String name, ObjectNode body) {}

  /** All templates in the order in which they must be installed. */
  public static List<Template> all() {
    return Stream.concat(
            COMPONENTS.stream().map(name -> read(Kind.COMPONENT, name)),
            DATA_STREAMS.stream().map(name -> read(Kind.INDEX, name)))
        .toList();
  }

  /** The ingest pipeline's and every template's request: path to body, in order. */
  public static ObjectNode requests() {
    ObjectNode requests = JSON.createObjectNode();
    requests.set(
        "/_ingest/pipeline/" + ElasticsearchSetup.PIPELINE,
        resource("/ingest-pipelines/" + ElasticsearchSetup.PIPELINE + ".json"));
    for (Template template : all()) {
      String folder =
          template.kind() == Kind.COMPONENT ? "/_component_template/" : "/_index_template/";
      requests.set(folder + template.name(), template.body());
    }
    return requests;
  }

  /**
   * Every field that a data stream maps, with its type: {@code client.ip} to {@code ip}.
   *
   * @param dataStream one of {@link #DATA_STREAMS}
   */
  public static Map<String, String> fields(String dataStream) {
    Map<String, String> fields = new TreeMap<>();
    collect("", mappings(dataStream).path("properties"), fields);
    return fields;
  }

  /** The mappings of all the components that the data stream's template is made of. */
  static ObjectNode mappings(String dataStream) {
    ObjectNode merged = JSON.createObjectNode();
    for (JsonNode component : read(Kind.INDEX, dataStream).body().path("composed_of")) {
      if (COMPONENTS.contains(component.asText())
          && read(Kind.COMPONENT, component.asText()).body().at("/template/mappings")
              instanceof ObjectNode mappings) {
        merge(merged, mappings);
      }
    }
    return merged;
  }

  private static void merge(ObjectNode into, ObjectNode from) {
    for (Map.Entry<String, JsonNode> entry : from.properties()) {
      if (entry.getValue() instanceof ObjectNode inner
          && into.get(entry.getKey()) instanceof ObjectNode known) {
        merge(known, inner);
      } else {
        into.set(entry.getKey(), entry.getValue());
      }
    }
  }

  private static void collect(String prefix, JsonNode properties, Map<String, String> fields) {
    for (Map.Entry<String, JsonNode> property : properties.properties()) {
      String name = prefix + property.getKey();
      JsonNode inner = property.getValue().path("properties");
      if (inner.isObject()) {
        collect(name + '.', inner, fields);
      } else {
        fields.put(name, property.getValue().path("type").asText());
      }
    }
  }

  private static Template read(Kind kind, String name) {
    String prefix = kind == Kind.COMPONENT ? "component-" : "index-";
    return new Template(kind, name, resource("/index-templates/" + prefix + name + ".json"));
  }

  /** A shipped JSON object. */
  static ObjectNode resource(String path) {
    try (InputStream in = IndexTemplates.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException("the program lacks its own file " + path);
      }
      return JSON.readValue(in, ObjectNode.class);
    } catch (IOException e) {
      throw new UncheckedIOException("the program's own file " + path + " cannot be read", e);
    }
  }
}
