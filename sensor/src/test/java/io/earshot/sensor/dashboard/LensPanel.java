package io.earshot.sensor.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One Lens panel as the aggregation that Kibana sends for it, and the answer as rows of its
 * columns.
 */
final class LensPanel {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String RECORDS = "___records___";

  private final JsonNode panel;
  private final JsonNode columns;
  private final Instant from;
  private final Instant to;
  private final long intervalSeconds;
  private final List<String> buckets = new ArrayList<>();
  private final List<String> metrics = new ArrayList<>();

  /**
   * @param intervalSeconds what "auto" means for a histogram over time
   */
  LensPanel(JsonNode panel, Instant from, Instant to, long intervalSeconds) {
    this.panel = panel;
    this.from = from;
    this.to = to;
    this.intervalSeconds = intervalSeconds;
    columns =
        panel.at(
            "/embeddableConfig/attributes/state/datasourceStates/formBased/layers/layer/columns");
    for (Map.Entry<String, JsonNode> column : columns.properties()) {
      (column.getValue().path("isBucketed").asBoolean() ? buckets : metrics).add(column.getKey());
    }
  }

  String title() {
    return panel.path("title").asText();
  }

  JsonNode columns() {
    return columns;
  }

  /** What is searched in. */
  String index(Map<String, String> views) {
    String view = panel.at("/embeddableConfig/attributes/references/0/id").asText();
    String pattern = views.get(view);
    if (pattern == null) {
      throw new IllegalStateException("no data view " + view);
    }
    return pattern;
  }

  /** The body of the search. */
  ObjectNode search() {
    ObjectNode body = JSON.createObjectNode();
    body.put("size", 0);
    var filter = body.putObject("query").putObject("bool").putArray("filter");
    filter.add(Kql.query("observer.product: \"earshot\""));
    filter.add(Kql.query(panel.at("/embeddableConfig/attributes/state/query/query").asText()));
    filter.add(between(from, to));
    ObjectNode all = body.putObject("aggs").putObject("all");
    all.putObject("filter").putObject("match_all");
    nest(all.putObject("aggs"), 0);
    return body;
  }

  private static ObjectNode between(Instant from, Instant to) {
    ObjectNode range = JSON.createObjectNode();
    range
        .putObject("range")
        .putObject("@timestamp")
        .put("gte", from.toString())
        .put("lte", to.toString());
    return range;
  }

  private void nest(ObjectNode aggs, int depth) {
    if (depth < buckets.size()) {
      String id = buckets.get(depth);
      ObjectNode agg = aggs.putObject(id);
      bucket(agg, columns.path(id));
      nest(agg.putObject("aggs"), depth + 1);
      // What the buckets are ordered by must be beside them.
      if (depth + 1 < buckets.size()) {
        metrics.forEach(metric -> metric(agg.withObject("/aggs"), metric));
      }
      return;
    }
    metrics.forEach(metric -> metric(aggs, metric));
  }

  private void bucket(ObjectNode agg, JsonNode column) {
    JsonNode params = column.path("params");
    String field = column.path("sourceField").asText();
    switch (column.path("operationType").asText()) {
      case "date_histogram" ->
          agg.putObject("date_histogram")
              .put("field", field)
              .put("fixed_interval", intervalSeconds + "s")
              .put("min_doc_count", 1);
      case "range" -> {
        var ranges = agg.putObject("range").put("field", field).putArray("ranges");
        for (JsonNode range : params.path("ranges")) {
          ranges
              .addObject()
              .put("key", range.path("label").asText())
              .put("from", range.path("from").asDouble())
              .put("to", range.path("to").asDouble());
        }
      }
      case "terms" -> {
        ObjectNode terms = agg.putObject("terms").put("field", field);
        terms.put("size", params.path("size").asInt());
        if (params.path("missingBucket").asBoolean()) {
          terms.put("missing", column.path("dataType").asText().equals("ip") ? "::" : "(none)");
        }
        String direction = params.path("orderDirection").asText();
        String by = params.at("/orderBy/columnId").asText();
        terms.putObject("order").put(by.isEmpty() ? "_key" : orderPath(by), direction);
      }
      default -> throw new IllegalArgumentException("no such bucket: " + column);
    }
  }

  private String orderPath(String id) {
    JsonNode column = columns.path(id);
    boolean filtered = isFiltered(column);
    return switch (column.path("operationType").asText()) {
      case "count" -> filtered ? id : "_count";
      case "median" -> (filtered ? id + '>' : "") + (filtered ? "v" : id) + "[50.0]";
      default -> filtered ? id + ">v" : id;
    };
  }

  private static boolean isFiltered(JsonNode column) {
    return column.has("filter") || column.has("reducedTimeRange");
  }

  private void metric(ObjectNode aggs, String id) {
    JsonNode column = columns.path(id);
    String operation = column.path("operationType").asText();
    if (List.of("formula", "math", "counter_rate").contains(operation)) {
      return;
    }
    ObjectNode holder = aggs;
    String name = id;
    if (isFiltered(column)) {
      ObjectNode agg = aggs.putObject(id);
      var filter = agg.putObject("filter").putObject("bool").putArray("filter");
      filter.add(Kql.query(column.at("/filter/query").asText()));
      if (column.has("reducedTimeRange")) {
        String minutes = column.path("reducedTimeRange").asText().replace("m", "");
        filter.add(between(to.minusSeconds(60L * Integer.parseInt(minutes)), to));
      }
      holder = agg.putObject("aggs");
      name = "v";
    }
    String field = column.path("sourceField").asText();
    if (field.equals(RECORDS)) {
      return;
    }
    ObjectNode agg = holder.putObject(name);
    switch (operation) {
      case "unique_count" -> agg.putObject("cardinality").put("field", field);
      case "average" -> agg.putObject("avg").put("field", field);
      case "min", "max", "sum" -> agg.putObject(operation).put("field", field);
      case "median", "percentile" ->
          agg.putObject("percentiles")
              .put("field", field)
              .putArray("percents")
              .add(operation.equals("median") ? 50 : column.at("/params/percentile").asInt());
      default -> throw new IllegalArgumentException("no such metric: " + column);
    }
  }

  /** The answer as rows: bucket columns hold texts or milliseconds, metric columns numbers. */
  List<Map<String, Object>> rows(JsonNode answer) {
    List<Map<String, Object>> rows = new ArrayList<>();
    collect(answer.at("/aggregations/all"), 0, new LinkedHashMap<>(), rows);
    for (String id : metrics) {
      if (columns.at("/" + id + "/operationType").asText().equals("counter_rate")) {
        rate(rows, id);
      }
    }
    return rows;
  }

  private void collect(
      JsonNode node, int depth, Map<String, Object> prefix, List<Map<String, Object>> rows) {
    if (depth < buckets.size()) {
      String id = buckets.get(depth);
      for (JsonNode bucket : node.at("/" + id + "/buckets")) {
        Map<String, Object> row = new LinkedHashMap<>(prefix);
        JsonNode key = bucket.path("key");
        boolean time = columns.at("/" + id + "/operationType").asText().equals("date_histogram");
        row.put(
            id, time ? (Object) key.asLong() : bucket.path("key_as_string").asText(key.asText()));
        collect(bucket, depth + 1, row, rows);
      }
      return;
    }
    Map<String, Object> row = new LinkedHashMap<>(prefix);
    for (String id : metrics) {
      Double value = value(node, id);
      if (value != null) {
        row.put(id, value);
      }
    }
    rows.add(row);
  }

  private @Nullable Double value(JsonNode node, String id) {
    JsonNode column = columns.path(id);
    switch (column.path("operationType").asText()) {
      case "formula" -> {
        return value(node, column.at("/references/0").asText());
      }
      case "math" -> {
        Double of = value(node, column.at("/references/0").asText());
        Double to = value(node, column.at("/references/1").asText());
        return of == null || to == null || to == 0 ? null : of / to;
      }
      case "counter_rate" -> {
        return null;
      }
      default -> {}
    }
    boolean filtered = isFiltered(column);
    JsonNode holder = filtered ? node.path(id) : node;
    if (column.path("sourceField").asText().equals(RECORDS)) {
      return holder.path("doc_count").asDouble();
    }
    JsonNode metric = holder.path(filtered ? "v" : id);
    JsonNode value =
        metric.has("values") ? metric.path("values").elements().next() : metric.path("value");
    return value.isNumber() ? value.asDouble() : null;
  }

  /** Per second, of a counter whose highest value per bucket is known; a fall is a restart. */
  private void rate(List<Map<String, Object>> rows, String id) {
    String part = columns.at("/" + id + "/references/0").asText();
    Map<Object, Map<String, Object>> before = new HashMap<>();
    for (Map<String, Object> row : rows) {
      Object series = buckets.size() > 1 ? row.getOrDefault(buckets.get(1), "") : "";
      Map<String, Object> last = before.put(series, row);
      if (last == null
          || !(last.get(part) instanceof Double was)
          || !(row.get(part) instanceof Double is)) {
        continue;
      }
      double seconds =
          ((Long) row.getOrDefault(buckets.getFirst(), 0L)
                  - (Long) last.getOrDefault(buckets.getFirst(), 0L))
              / 1000.0;
      row.put(id, Math.max(0, is >= was ? is - was : is) / seconds);
    }
  }
}
