package io.earshot.kibana;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The columns of one Lens layer from a panel's source: what it is grouped by, and what is measured.
 *
 * <p>A share is a formula with the two counts and their quotient as columns of their own, as Kibana
 * itself stores it, so that no Kibana needs to take the formula apart when it loads.
 */
final class LensColumns {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String RECORDS = "___records___";

  private final JsonNode colourNames;
  private final ObjectNode columns = JSON.createObjectNode();
  private final List<String> buckets = new ArrayList<>();
  private final List<String> metrics = new ArrayList<>();
  private final List<String> parts = new ArrayList<>();
  private final Map<String, String> colours = new HashMap<>();

  LensColumns(JsonNode panel, JsonNode shared, JsonNode colourNames) {
    this.colourNames = colourNames;
    // Buckets that are ordered by a metric refer to it, so the metrics' names are made first.
    JsonNode measured =
        panel.path("metrics").isTextual()
            ? shared.path(panel.path("metrics").asText())
            : panel.path("metrics");
    if (!measured.isArray() || measured.isEmpty()) {
      throw new IllegalArgumentException("a panel without metrics: " + panel.path("title"));
    }
    if (panel.has("per_class")) {
      measured = perClass(measured, panel.path("per_class"));
    }
    int number = 0;
    for (JsonNode bucket : panel.path("by")) {
      String id = "by" + ++number;
      buckets.add(id);
      columns.set(id, bucket(bucket, measured.size()));
    }
    number = 0;
    for (JsonNode metric : measured) {
      add("m" + ++number, metric);
    }
  }

  /** The same measure for each class, with the class's name, filter and colour. */
  private static ArrayNode perClass(JsonNode classes, JsonNode measure) {
    ArrayNode metrics = JSON.createArrayNode();
    for (JsonNode each : classes) {
      ObjectNode metric = metrics.addObject();
      metric.setAll((ObjectNode) measure);
      metric.set("label", each.path("label"));
      metric.set("where", each.path("where"));
      metric.set("colour", each.path("colour"));
    }
    return metrics;
  }

  List<String> buckets() {
    return buckets;
  }

  List<String> metrics() {
    return metrics;
  }

  Map<String, String> colours() {
    return colours;
  }

  ObjectNode columns() {
    return columns;
  }

  ArrayNode order() {
    ArrayNode order = JSON.createArrayNode();
    buckets.forEach(order::add);
    metrics.forEach(order::add);
    parts.forEach(order::add);
    return order;
  }

  private ObjectNode bucket(JsonNode source, int measured) {
    ObjectNode column = JSON.createObjectNode();
    if (source.has("time")) {
      column.put("label", "time").put("dataType", "date").put("operationType", "date_histogram");
      column.put("isBucketed", true).put("scale", "interval").put("sourceField", "@timestamp");
      column
          .putObject("params")
          .put("interval", source.path("time").asText())
          .put("includeEmptyRows", false)
          .put("dropPartials", false);
      return column;
    }
    column.put("label", source.path("label").asText()).put("customLabel", true);
    if (source.has("ranges")) {
      column.put("dataType", "string").put("operationType", "range");
      column.put("isBucketed", true).put("scale", "ordinal");
      column.put("sourceField", source.path("ranges").asText());
      ObjectNode params = column.putObject("params");
      params.put("type", "range").put("maxBars", "auto");
      params
          .putObject("parentFormat")
          .put("id", "range")
          .putObject("params")
          .put("template", "arrow_right")
          .put("replaceInfinity", true);
      ArrayNode ranges = params.putArray("ranges");
      double step = source.path("step").asDouble();
      for (int i = 0; i * step < source.path("to").asDouble() - 1e-9; i++) {
        // The last one includes its end.
        double begin = Math.round(i * step * 1000) / 1000.0;
        double end = Math.round((i + 1) * step * 1000) / 1000.0;
        boolean last = end >= source.path("to").asDouble() - 1e-9;
        ranges
            .addObject()
            .put("from", begin)
            .put("to", last ? end + 0.001 : end)
            .put("label", "%.0f–%.0f %%".formatted(begin * 100, end * 100));
      }
      return column;
    }
    column.put("dataType", source.path("type").asText("string")).put("operationType", "terms");
    column.put("isBucketed", true).put("scale", "ordinal");
    column.put("sourceField", source.path("terms").asText());
    ObjectNode params = column.putObject("params");
    params.put("size", source.path("size").asInt(10));
    ObjectNode order = params.putObject("orderBy");
    int by = source.path("order").asInt(1);
    if (by > measured) {
      throw new IllegalArgumentException("ordered by a metric that is not there: " + source);
    }
    if (by == 0) {
      order.put("type", "alphabetical");
    } else {
      order.put("type", "column").put("columnId", "m" + by);
    }
    params.put("orderDirection", by == 0 ? "asc" : "desc");
    params.put("otherBucket", false).put("missingBucket", source.path("missing").asBoolean());
    params.putObject("parentFormat").put("id", "terms");
    for (String list : new String[] {"include", "exclude"}) {
      params.putArray(list);
      params.put(list + "IsRegex", false);
    }
    return column;
  }

  private void add(String id, JsonNode source) {
    metrics.add(id);
    if (source.has("colour")) {
      String colour = colourNames.path(source.path("colour").asText()).asText();
      if (colour.isEmpty()) {
        throw new IllegalArgumentException("no such colour: " + source.path("colour"));
      }
      colours.put(id, colour);
    }
    String label = source.path("label").asText();
    if (source.has("share")) {
      share(id, label, source);
      return;
    }
    if (source.has("rate")) {
      String part = id + "X0";
      parts.add(part);
      columns.set(part, metric("max", label + " so far", source.path("rate").asText(), ""));
      ObjectNode rate = JSON.createObjectNode();
      rate.put("label", label).put("customLabel", true).put("dataType", "number");
      rate.put("operationType", "counter_rate").put("isBucketed", false).put("scale", "ratio");
      rate.putArray("references").add(part);
      rate.put("timeScale", "s");
      format(rate.putObject("params"), source);
      columns.set(id, rate);
      return;
    }
    String where = source.path("where").asText("");
    ObjectNode column = null;
    for (String operation :
        List.of("count", "unique_count", "average", "median", "max", "min", "sum", "percentile")) {
      if (source.has(operation)) {
        String field = operation.equals("count") ? RECORDS : source.path(operation).asText();
        column = metric(operation, label, field, where);
        if (operation.equals("percentile")) {
          ((ObjectNode) column.path("params")).put("percentile", source.path("at").asInt());
        }
      }
    }
    if (column == null) {
      throw new IllegalArgumentException("no operation: " + source);
    }
    if (source.has("last")) {
      column.put("reducedTimeRange", source.path("last").asText());
    }
    format((ObjectNode) column.path("params"), source);
    columns.set(id, column);
  }

  private static ObjectNode metric(String operation, String label, String field, String where) {
    ObjectNode column = JSON.createObjectNode();
    column.put("label", label).put("customLabel", true).put("dataType", "number");
    column.put("operationType", operation).put("isBucketed", false).put("scale", "ratio");
    column.put("sourceField", field);
    if (!where.isEmpty()) {
      column.putObject("filter").put("query", where).put("language", "kuery");
    }
    column.putObject("params").put("emptyAsNull", !operation.equals("count"));
    return column;
  }

  private void share(String id, String label, JsonNode source) {
    String of = source.path("share").asText();
    String to = source.path("of").asText("");
    String formula =
        "count(kql='%s') / count(%s)"
            .formatted(quoted(of), to.isEmpty() ? "" : "kql='" + quoted(to) + "'");
    String partLabel = "Part of " + label;
    columns.set(id + "X0", metric("count", partLabel, RECORDS, of));
    columns.set(id + "X1", metric("count", partLabel, RECORDS, to));
    ObjectNode quotient = JSON.createObjectNode();
    quotient.put("label", partLabel).put("customLabel", true).put("dataType", "number");
    quotient.put("operationType", "math").put("isBucketed", false).put("scale", "ratio");
    ObjectNode tree = quotient.putObject("params").putObject("tinymathAst");
    tree.put("type", "function").put("name", "divide");
    tree.putArray("args").add(id + "X0").add(id + "X1");
    tree.putObject("location").put("min", 0).put("max", formula.length());
    tree.put("text", formula);
    quotient.putArray("references").add(id + "X0").add(id + "X1");
    columns.set(id + "X2", quotient);
    ObjectNode column = JSON.createObjectNode();
    column.put("label", label).put("customLabel", true).put("dataType", "number");
    column.put("operationType", "formula").put("isBucketed", false).put("scale", "ratio");
    ObjectNode params = column.putObject("params");
    params.put("formula", formula).put("isFormulaBroken", false);
    params.putObject("format").put("id", "percent").putObject("params").put("decimals", 1);
    column.putArray("references").add(id + "X2");
    columns.set(id, column);
    parts.addAll(List.of(id + "X0", id + "X1", id + "X2"));
  }

  private static String quoted(String kql) {
    return kql.replace("'", "\\'");
  }

  private static void format(ObjectNode params, JsonNode source) {
    if (source.has("format")) {
      params
          .putObject("format")
          .put("id", source.path("format").asText())
          .putObject("params")
          .put("decimals", source.path("decimals").asInt(0));
    }
  }
}
