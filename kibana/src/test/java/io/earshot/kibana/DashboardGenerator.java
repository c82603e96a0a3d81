package io.earshot.kibana;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The readable sources in {@code kibana/dashboards} to the saved objects that Kibana imports.
 *
 * <p>What it writes is the form of Kibana 8.10 (core 8.8.0, type 8.9.0): every newer Kibana
 * migrates it, an older one refuses it. Panels are Lens {@code formBased} and inside the dashboard.
 * The same sources give the same bytes.
 */
final class DashboardGenerator {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final String CORE_VERSION = "8.8.0";
  private static final String PANEL_VERSION = "8.10.2";
  private static final int COLUMNS = 48;
  private static final String LAYER = "layer";
  private static final String TAG = "earshot";

  private final JsonNode colours;
  private final JsonNode shared;
  private final ArrayNode references = JSON.createArrayNode();

  private DashboardGenerator(JsonNode common) {
    this.colours = common.path("colours");
    this.shared = common.path("metrics");
  }

  /** All saved objects, one JSON object per line. */
  static String generate(Path folder) throws IOException {
    JsonNode common = YAML.readTree(folder.resolve("common.yml").toFile());
    List<JsonNode> objects = new ArrayList<>();
    objects.add(tag());
    for (Map.Entry<String, JsonNode> view : common.path("views").properties()) {
      objects.add(dataView(view.getKey(), view.getValue()));
    }
    List<Path> sources;
    try (Stream<Path> files = Files.list(folder)) {
      sources =
          files.filter(f -> f.getFileName().toString().matches("[0-9].*\\.yml")).sorted().toList();
    }
    for (Path source : sources) {
      objects.add(new DashboardGenerator(common).dashboard(YAML.readTree(source.toFile())));
    }
    StringBuilder lines = new StringBuilder();
    for (JsonNode object : objects) {
      lines.append(JSON.writeValueAsString(object)).append('\n');
    }
    return lines.toString();
  }

  private static ObjectNode savedObject(String type, String id, String typeVersion) {
    ObjectNode object = JSON.createObjectNode();
    object.put("id", id).put("type", type);
    object.put("coreMigrationVersion", CORE_VERSION).put("typeMigrationVersion", typeVersion);
    object.put("managed", false);
    return object;
  }

  private static ObjectNode tag() {
    ObjectNode object = savedObject("tag", TAG, "8.0.0");
    object
        .putObject("attributes")
        .put("name", "Earshot")
        .put("description", "How well Spotify streams sound")
        .put("color", "#009e73");
    object.putArray("references");
    return object;
  }

  private static ObjectNode dataView(String name, JsonNode view) throws IOException {
    ObjectNode object = savedObject("index-pattern", "earshot-" + name, "8.0.0");
    ObjectNode attributes = object.putObject("attributes");
    attributes.put("title", view.path("title").asText());
    attributes.put("name", view.path("name").asText());
    attributes.put("timeFieldName", "@timestamp");
    ObjectNode formats = JSON.createObjectNode();
    for (JsonNode field : view.path("percent")) {
      formats
          .putObject(field.asText())
          .put("id", "percent")
          .putObject("params")
          .put("pattern", "0.0%");
    }
    attributes.put("fieldFormatMap", JSON.writeValueAsString(formats));
    object.putArray("references");
    return object;
  }

  private ObjectNode dashboard(JsonNode source) throws IOException {
    ObjectNode object = savedObject("dashboard", source.path("id").asText(), "8.9.0");
    ObjectNode attributes = object.putObject("attributes");
    attributes.put("title", source.path("title").asText());
    attributes.put("description", source.path("description").asText());
    attributes.put("timeRestore", true);
    attributes.put("timeFrom", source.path("from").asText()).put("timeTo", "now");
    attributes.putObject("refreshInterval").put("pause", true).put("value", 60_000);
    attributes.put(
        "optionsJSON",
        "{\"useMargins\":true,\"syncColors\":true,\"syncCursor\":true,\"syncTooltips\":false,"
            + "\"hidePanelTitles\":false}");
    String firstView = source.path("view").asText();
    attributes
        .putObject("kibanaSavedObjectMeta")
        .put("searchSourceJSON", JSON.writeValueAsString(searchSource(firstView)));
    ArrayNode panels = JSON.createArrayNode();
    int number = 0;
    int y = 0;
    for (JsonNode row : source.path("rows")) {
      int x = 0;
      int height = row.path("height").asInt();
      int left = COLUMNS;
      for (int i = 0; i < row.path("panels").size(); i++) {
        JsonNode panel = row.path("panels").get(i);
        int width = panel.has("width") ? panel.path("width").asInt() : left;
        panels.add(panel(Integer.toString(++number), panel, x, y, width, height));
        x += width;
        left -= width;
      }
      y += height;
    }
    attributes.set("controlGroupInput", controls(source.path("controls"), firstView));
    attributes.put("panelsJSON", JSON.writeValueAsString(panels));
    attributes.put("version", 1);
    reference("tag", TAG, "tag-ref-" + TAG);
    object.set("references", references);
    return object;
  }

  /** Only documents of Earshot, whatever else matches the pattern. */
  private ObjectNode searchSource(String view) {
    String name = "kibanaSavedObjectMeta.searchSourceJSON.filter[0].meta.index";
    reference("index-pattern", "earshot-" + view, name);
    ObjectNode source = JSON.createObjectNode();
    source.putObject("query").put("language", "kuery").put("query", "");
    ObjectNode filter = source.putArray("filter").addObject();
    filter.putObject("$state").put("store", "appState");
    ObjectNode meta = filter.putObject("meta");
    meta.putNull("alias").put("disabled", false).put("field", "observer.product");
    meta.put("indexRefName", name).put("key", "observer.product").put("negate", false);
    meta.putObject("params").put("query", "earshot");
    meta.put("type", "phrase");
    filter.putObject("query").putObject("match_phrase").put("observer.product", "earshot");
    return source;
  }

  private ObjectNode controls(JsonNode fields, String view) throws IOException {
    ObjectNode panels = JSON.createObjectNode();
    int order = 0;
    for (JsonNode field : fields) {
      String id = "control-" + field.path("field").asText().replace('.', '-');
      ObjectNode control = panels.putObject(id);
      control.put("order", order++).put("width", "medium").put("grow", true);
      control.put("type", "optionsListControl");
      ObjectNode input = control.putObject("explicitInput");
      input.put("id", id).put("fieldName", field.path("field").asText());
      input.put("title", field.path("title").asText());
      input.putArray("selectedOptions");
      input.putObject("enhancements");
      reference("index-pattern", "earshot-" + view, "controlGroup_" + id + ":optionsListDataView");
    }
    ObjectNode group = JSON.createObjectNode();
    group.put("controlStyle", "oneLine").put("chainingSystem", "HIERARCHICAL");
    group.put("panelsJSON", JSON.writeValueAsString(panels));
    group.put(
        "ignoreParentSettingsJSON",
        "{\"ignoreFilters\":false,\"ignoreQuery\":false,\"ignoreTimerange\":false,"
            + "\"ignoreValidations\":false}");
    return group;
  }

  private ObjectNode panel(String number, JsonNode source, int x, int y, int width, int height) {
    ObjectNode panel = JSON.createObjectNode();
    panel.put("version", PANEL_VERSION);
    panel.put("type", source.has("markdown") ? "visualization" : "lens");
    panel
        .putObject("gridData")
        .put("x", x)
        .put("y", y)
        .put("w", width)
        .put("h", height)
        .put("i", number);
    panel.put("panelIndex", number);
    ObjectNode config = panel.putObject("embeddableConfig");
    if (source.has("markdown")) {
      markdown(config, source.path("markdown").asText());
      return panel;
    }
    ObjectNode enhancements = config.putObject("enhancements");
    if (source.has("drilldown")) {
      drilldown(number, enhancements, source.path("drilldown"));
    }
    config.set("attributes", lens(number, source));
    panel.put("title", source.path("title").asText());
    return panel;
  }

  private static void markdown(ObjectNode config, String text) {
    config.put("hidePanelTitles", true).putObject("enhancements");
    ObjectNode vis = config.putObject("savedVis");
    vis.put("id", "").put("title", "").put("description", "").put("type", "markdown");
    vis.putObject("params")
        .put("fontSize", 12)
        .put("openLinksInNewTab", false)
        .put("markdown", text);
    vis.putObject("uiState");
    ObjectNode data = vis.putObject("data");
    data.putArray("aggs");
    ObjectNode search = data.putObject("searchSource");
    search.putObject("query").put("query", "").put("language", "kuery");
    search.putArray("filter");
  }

  private void drilldown(String number, ObjectNode enhancements, JsonNode source) {
    String event = "earshot-drilldown-" + number;
    ObjectNode one =
        enhancements
            .putObject("dynamicActions")
            .putArray("events")
            .addObject()
            .put("eventId", event);
    one.putArray("triggers").add("FILTER_TRIGGER");
    ObjectNode action = one.putObject("action");
    action.put("factoryId", "DASHBOARD_TO_DASHBOARD_DRILLDOWN");
    action.put("name", source.path("name").asText());
    action
        .putObject("config")
        .put("useCurrentFilters", true)
        .put("useCurrentDateRange", true)
        .put("openInNewTab", false);
    reference(
        "dashboard",
        source.path("to").asText(),
        number + ":drilldown:DASHBOARD_TO_DASHBOARD_DRILLDOWN:" + event + ":dashboardId");
  }

  private ObjectNode lens(String number, JsonNode source) {
    String view = "earshot-" + source.path("view").asText();
    String name = "indexpattern-datasource-layer-" + LAYER;
    reference("index-pattern", view, number + ":" + name);
    LensColumns columns = new LensColumns(source, shared, colours);
    ObjectNode attributes = JSON.createObjectNode();
    attributes.put("title", source.path("title").asText());
    attributes.put("description", source.path("description").asText());
    attributes.put("type", "lens");
    attributes.put("visualizationType", visualizationType(source.path("type").asText()));
    attributes
        .putArray("references")
        .addObject()
        .put("type", "index-pattern")
        .put("id", view)
        .put("name", name);
    ObjectNode state = attributes.putObject("state");
    state.putObject("adHocDataViews");
    state.putArray("internalReferences");
    state.putArray("filters");
    state.putObject("query").put("language", "kuery").put("query", source.path("where").asText(""));
    ObjectNode sources = state.putObject("datasourceStates");
    ObjectNode layer = sources.putObject("formBased").putObject("layers").putObject(LAYER);
    layer.set("columnOrder", columns.order());
    layer.set("columns", columns.columns());
    layer.putObject("incompleteColumns");
    sources.putObject("textBased").putObject("layers");
    state.set("visualization", visualization(source, columns));
    return attributes;
  }

  private static String visualizationType(String type) {
    return switch (type) {
      case "metric" -> "lnsMetric";
      case "table" -> "lnsDatatable";
      default -> "lnsXY";
    };
  }

  private static ObjectNode visualization(JsonNode source, LensColumns columns) {
    ObjectNode body = JSON.createObjectNode();
    switch (source.path("type").asText()) {
      case "metric" -> {
        body.put("layerId", LAYER).put("layerType", "data");
        body.put("metricAccessor", columns.metrics().getFirst());
        String colour = columns.colours().get(columns.metrics().getFirst());
        if (colour != null) {
          body.put("color", colour);
        }
      }
      case "table" -> table(body, columns);
      default -> xy(body, source.path("type").asText(), columns);
    }
    return body;
  }

  private static void table(ObjectNode body, LensColumns columns) {
    body.put("layerId", LAYER).put("layerType", "data");
    ArrayNode shown = body.putArray("columns");
    columns.buckets().forEach(id -> shown.addObject().put("columnId", id).put("alignment", "left"));
    columns
        .metrics()
        .forEach(id -> shown.addObject().put("columnId", id).put("alignment", "right"));
    body.putObject("paging").put("size", 10).put("enabled", true);
    body.put("rowHeight", "single").put("headerRowHeight", "auto");
  }

  private static void xy(ObjectNode body, String type, LensColumns columns) {
    String series =
        switch (type) {
          case "bars" -> "bar_stacked";
          case "shares" -> "bar_percentage_stacked";
          case "beside" -> "bar_horizontal";
          case "area" -> "area_stacked";
          case "lines" -> "line";
          default -> throw new IllegalArgumentException("no such type of panel: " + type);
        };
    ObjectNode layer = body.putArray("layers").addObject();
    layer.put("layerId", LAYER).put("layerType", "data").put("seriesType", series);
    if (!columns.buckets().isEmpty()) {
      layer.put("xAccessor", columns.buckets().getFirst());
    }
    if (columns.buckets().size() > 1) {
      layer.put("splitAccessor", columns.buckets().get(1));
    }
    ArrayNode accessors = layer.putArray("accessors");
    columns.metrics().forEach(accessors::add);
    ArrayNode config = layer.putArray("yConfig");
    columns
        .metrics()
        .forEach(
            id -> {
              String colour = columns.colours().get(id);
              if (colour != null) {
                config.addObject().put("forAccessor", id).put("color", colour);
              }
            });
    layer.putObject("palette").put("type", "palette").put("name", "default");
    body.putObject("legend")
        .put("isVisible", columns.metrics().size() + columns.buckets().size() > 2)
        .put("position", type.equals("beside") ? "right" : "bottom");
    body.put("preferredSeriesType", series).put("valueLabels", "hide");
    body.put("fittingFunction", type.equals("lines") ? "Linear" : "None");
    flags(body.putObject("axisTitlesVisibilitySettings"), false);
    flags(body.putObject("tickLabelsVisibilitySettings"), true);
    flags(body.putObject("gridlinesVisibilitySettings"), true);
    body.putObject("labelsOrientation").put("x", 0).put("yLeft", 0).put("yRight", 0);
  }

  private static void flags(ObjectNode settings, boolean on) {
    settings.put("x", on).put("yLeft", on).put("yRight", on);
  }

  private void reference(String type, String id, String name) {
    references.addObject().put("type", type).put("id", id).put("name", name);
  }
}
