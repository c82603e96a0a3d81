package io.earshot.kibana;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What Kibana would complain about, or silently leave empty, in the shipped saved objects.
 *
 * <p>The shapes are those of Kibana's own sources: the dashboard's attribute schema v1 and the Lens
 * state of {@code formBased} layers.
 */
class SavedObjectsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SOURCES = Path.of("dashboards");
  private static final Path SHIPPED = Path.of("src/main/resources/saved-objects/earshot.ndjson");
  private static final Path BUILT = Path.of("target/classes/saved-objects/earshot.ndjson");
  private static final int COLUMNS = 48;

  /** Attributes of the dashboard schema v1; Kibana refuses any other. */
  private static final Set<String> DASHBOARD_ATTRIBUTES =
      Set.of(
          "title",
          "description",
          "kibanaSavedObjectMeta",
          "timeRestore",
          "timeFrom",
          "timeTo",
          "refreshInterval",
          "controlGroupInput",
          "panelsJSON",
          "optionsJSON",
          "hits",
          "version");

  private static final Set<String> CONTROL_ATTRIBUTES =
      Set.of("panelsJSON", "controlStyle", "chainingSystem", "ignoreParentSettingsJSON");

  private static final Map<String, String> TYPE_VERSIONS =
      Map.of("dashboard", "8.9.0", "index-pattern", "8.0.0", "tag", "8.0.0");

  /** Operations that compute with numbers, and the types of Elasticsearch that hold such. */
  private static final Set<String> ARITHMETIC =
      Set.of("average", "median", "max", "min", "sum", "percentile", "range");

  private static final Set<String> NUMBERS = Set.of("long", "integer", "float", "double");
  private static final Pattern KQL_FIELD =
      Pattern.compile("([a-z@][a-zA-Z0-9_@]*(?:\\.[a-z0-9_]+)+|@timestamp)\\s*(?::|[<>]=?)");

  static List<JsonNode> objects() throws IOException {
    List<JsonNode> objects = new ArrayList<>();
    for (String line : SavedObjects.ndjson().lines().toList()) {
      objects.add(JSON.readTree(line));
    }
    return objects;
  }

  static Stream<JsonNode> dashboards() throws IOException {
    return objects().stream().filter(o -> o.path("type").asText().equals("dashboard"));
  }

  @BeforeAll
  static void regenerate() throws IOException {
    if (Boolean.getBoolean("earshot.regenerate")) {
      for (Path file : new Path[] {SHIPPED, BUILT}) {
        Files.createDirectories(file.getParent());
        Files.writeString(file, DashboardGenerator.generate(SOURCES));
      }
    }
  }

  @Test
  void generate_fromTheSources_givesWhatIsShipped() throws IOException {
    String generated = DashboardGenerator.generate(SOURCES);

    assertThat(Files.readString(SHIPPED))
        .as("out of date: mvn -pl kibana test -Dtest=SavedObjectsTest -Dearshot.regenerate=true")
        .isEqualTo(generated);
  }

  @Test
  void objects_all_haveIdsAndTheVersionsOfTheOldestKibana() throws IOException {
    Set<String> ids = new HashSet<>();
    for (JsonNode object : objects()) {
      assertThat(object.path("id").asText()).startsWith("earshot");
      assertThat(ids.add(object.path("type").asText() + object.path("id").asText())).isTrue();
      assertThat(object.path("coreMigrationVersion").asText()).isEqualTo("8.8.0");
      assertThat(object.path("typeMigrationVersion").asText())
          .isEqualTo(TYPE_VERSIONS.get(object.path("type").asText()));
    }
    assertThat(dashboards()).hasSize(5);
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void attributes_ofADashboard_areInTheSchema(JsonNode dashboard) throws IOException {
    JsonNode attributes = dashboard.path("attributes");
    assertThat(names(attributes)).isSubsetOf(DASHBOARD_ATTRIBUTES);
    assertThat(names(attributes.path("controlGroupInput"))).isSubsetOf(CONTROL_ATTRIBUTES);
    assertThat(attributes.path("title").asText()).startsWith("[Earshot] ");
    assertThat(attributes.path("description").asText()).isNotBlank();
    for (String nested : new String[] {"panelsJSON", "optionsJSON"}) {
      assertThat(JSON.readTree(attributes.path(nested).asText()).isContainerNode()).isTrue();
    }
    JsonNode search =
        JSON.readTree(attributes.at("/kibanaSavedObjectMeta/searchSourceJSON").asText());
    assertThat(search.path("filter")).as("every dashboard has a filter").isNotEmpty();
    assertThat(search.at("/query/query").asText()).as("and no query").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void references_ofADashboard_areCompleteBothWays(JsonNode dashboard) throws IOException {
    Set<String> known = new HashSet<>();
    objects().forEach(o -> known.add(o.path("type").asText() + ' ' + o.path("id").asText()));
    Set<String> given = new HashSet<>();
    for (JsonNode reference : dashboard.path("references")) {
      assertThat(known)
          .contains(reference.path("type").asText() + ' ' + reference.path("id").asText());
      assertThat(given.add(reference.path("name").asText())).as("unique").isTrue();
    }

    Set<String> wanted = new HashSet<>(Set.of("tag-ref-earshot"));
    wanted.add("kibanaSavedObjectMeta.searchSourceJSON.filter[0].meta.index");
    for (String control : names(controls(dashboard))) {
      wanted.add("controlGroup_" + control + ":optionsListDataView");
    }
    for (JsonNode panel : panels(dashboard)) {
      String index = panel.path("panelIndex").asText();
      for (JsonNode reference : panel.at("/embeddableConfig/attributes/references")) {
        wanted.add(index + ':' + reference.path("name").asText());
      }
      for (JsonNode event : panel.at("/embeddableConfig/enhancements/dynamicActions/events")) {
        String factory = event.at("/action/factoryId").asText();
        wanted.add(
            "%s:drilldown:%s:%s:dashboardId"
                .formatted(index, factory, event.path("eventId").asText()));
      }
    }
    assertThat(given).isEqualTo(wanted);
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void panels_ofADashboard_areByValueAndFillTheGridWithoutOverlap(JsonNode dashboard)
      throws IOException {
    Set<String> cells = new HashSet<>();
    Set<String> indices = new HashSet<>();
    for (JsonNode panel : panels(dashboard)) {
      JsonNode grid = panel.path("gridData");
      assertThat(indices.add(panel.path("panelIndex").asText())).isTrue();
      assertThat(grid.path("i").asText()).isEqualTo(panel.path("panelIndex").asText());
      assertThat(grid.path("x").asInt() + grid.path("w").asInt()).isLessThanOrEqualTo(COLUMNS);
      for (int x = 0; x < grid.path("w").asInt(); x++) {
        for (int y = 0; y < grid.path("h").asInt(); y++) {
          String cell = (grid.path("x").asInt() + x) + "," + (grid.path("y").asInt() + y);
          assertThat(cells.add(cell)).as("cell %s is free", cell).isTrue();
        }
      }
      assertThat(panel.has("panelRefName")).as("by reference").isFalse();
      JsonNode config = panel.path("embeddableConfig");
      if (panel.path("type").asText().equals("visualization")) {
        assertThat(config.at("/savedVis/type").asText()).isEqualTo("markdown");
      } else {
        assertThat(panel.path("type").asText()).isEqualTo("lens");
        assertThat(config.at("/attributes/description").asText()).as("described").isNotBlank();
        assertThat(panel.path("title").asText()).isNotBlank();
      }
    }
    int rows = cells.size() / COLUMNS;
    assertThat(cells).as("no holes").hasSize(rows * COLUMNS);
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void lens_ofAPanel_isConsistent(JsonNode dashboard) throws IOException {
    for (JsonNode panel : lensPanels(dashboard)) {
      String title = panel.path("title").asText();
      JsonNode attributes = panel.at("/embeddableConfig/attributes");
      JsonNode state = attributes.path("state");
      assertThat(names(state.path("datasourceStates"))).contains("formBased");
      assertThat(state.at("/datasourceStates/textBased/layers")).isEmpty();
      JsonNode layers = state.at("/datasourceStates/formBased/layers");
      assertThat(layers.size()).isEqualTo(1);
      String layerId = layers.fieldNames().next();
      assertThat(attributes.at("/references/0/name").asText())
          .isEqualTo("indexpattern-datasource-layer-" + layerId);

      JsonNode layer = layers.path(layerId);
      JsonNode columns = layer.path("columns");
      List<String> order = texts(layer.path("columnOrder"));
      assertThat(order).as(title).containsExactlyInAnyOrderElementsOf(names(columns));
      boolean metrics = false;
      for (String id : order) {
        JsonNode column = columns.path(id);
        boolean bucketed = column.path("isBucketed").asBoolean();
        assertThat(metrics && bucketed).as("%s: buckets come first", title).isFalse();
        metrics |= !bucketed;
        assertThat(names(columns)).containsAll(texts(column.path("references")));
        JsonNode orderBy = column.at("/params/orderBy");
        if (orderBy.path("type").asText().equals("column")) {
          JsonNode by = columns.path(orderBy.path("columnId").asText());
          assertThat(by.path("operationType").asText())
              .as("%s: Elasticsearch can order by it", title)
              .isIn("count", "unique_count", "average", "max", "min", "sum", "median");
        }
        if (column.path("operationType").asText().equals("count")) {
          assertThat(column.path("sourceField").asText()).isEqualTo("___records___");
        }
        if (column.path("operationType").asText().equals("math")) {
          assertThat(texts(column.at("/params/tinymathAst/args")))
              .isEqualTo(texts(column.path("references")));
        }
      }
      JsonNode visualization = state.path("visualization");
      Set<String> shown = accessors(attributes.path("visualizationType").asText(), visualization);
      assertThat(shown).as(title).isNotEmpty().isSubsetOf(names(columns));
      assertThat(visualization.findValuesAsText("layerId")).containsOnly(layerId);
      // A column that is neither shown nor part of a shown one is a mistake.
      Set<String> used = new HashSet<>(shown);
      for (int i = 0; i < 3; i++) {
        Set.copyOf(used).forEach(id -> used.addAll(texts(columns.at("/" + id + "/references"))));
      }
      assertThat(used).as(title).isEqualTo(names(columns));
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void fields_ofAPanel_areMappedWithAFittingType(JsonNode dashboard) throws IOException {
    for (JsonNode panel : lensPanels(dashboard)) {
      String title = panel.path("title").asText();
      JsonNode attributes = panel.at("/embeddableConfig/attributes");
      Map<String, String> fields = fields(attributes.at("/references/0/id").asText());
      assertKnown(title, fields, attributes.at("/state/query/query").asText());
      JsonNode columns = attributes.at("/state/datasourceStates/formBased/layers/layer/columns");
      for (JsonNode column : columns) {
        assertKnown(title, fields, column.at("/filter/query").asText());
        String field = column.path("sourceField").asText();
        if (field.isEmpty() || field.equals("___records___")) {
          continue;
        }
        String type = fields.getOrDefault(field, "not mapped");
        switch (column.path("operationType").asText()) {
          case "date_histogram" -> assertThat(type).isEqualTo("date");
          case "terms" -> {
            assertThat(type).as(field).isIn("keyword", "ip", "boolean");
            assertThat(column.path("dataType").asText())
                .as(field)
                .isEqualTo(type.equals("keyword") ? "string" : type);
            assertThat(column.at("/params/missingBucket").asBoolean() && !type.equals("keyword"))
                .as("%s: only texts can stand for what is missing", title)
                .isFalse();
          }
          case "unique_count" -> assertThat(type).as(field).isIn("keyword", "ip");
          default -> {
            assertThat(column.path("operationType").asText()).isIn(ARITHMETIC);
            assertThat(type).as("%s: %s", title, field).isIn(NUMBERS);
          }
        }
      }
    }
    for (JsonNode control : controls(dashboard)) {
      String view = dashboard.at("/references/0/id").asText();
      assertThat(fields(view).get(control.at("/explicitInput/fieldName").asText()))
          .isIn("keyword", "ip");
    }
  }

  /** A class has one colour, wherever it is shown. */
  @Test
  void colours_ofAClass_areTheSameEverywhere() throws IOException {
    Map<String, Set<String>> colours = new TreeMap<>();
    for (JsonNode dashboard : dashboards().toList()) {
      for (JsonNode panel : lensPanels(dashboard)) {
        JsonNode state = panel.at("/embeddableConfig/attributes/state");
        JsonNode columns = state.at("/datasourceStates/formBased/layers/layer/columns");
        for (JsonNode config : state.at("/visualization/layers/0/yConfig")) {
          String label = columns.at("/" + config.path("forAccessor").asText() + "/label").asText();
          if (Set.of("Low", "Normal", "High", "Very high", "Lossless", "Unknown").contains(label)) {
            colours.computeIfAbsent(label, _ -> new HashSet<>()).add(config.path("color").asText());
          }
        }
      }
    }
    assertThat(colours).hasSize(6);
    assertThat(colours.values()).allMatch(each -> each.size() == 1);
  }

  private static void assertKnown(String title, Map<String, String> fields, String kql) {
    Matcher matcher = KQL_FIELD.matcher(kql);
    int found = 0;
    while (matcher.find()) {
      found++;
      assertThat(fields).as("%s: %s", title, kql).containsKey(matcher.group(1));
    }
    assertThat(found > 0).as("%s: %s", title, kql).isEqualTo(!kql.isEmpty());
  }

  private static Map<String, String> fields(String view) throws IOException {
    for (JsonNode object : objects()) {
      if (object.path("id").asText().equals(view)
          && object.path("type").asText().equals("index-pattern")) {
        return IndexTemplates.fields(
            object.at("/attributes/title").asText().replaceFirst("-\\*$", ""));
      }
    }
    throw new AssertionError("no data view " + view);
  }

  private static Set<String> accessors(String type, JsonNode visualization) {
    Set<String> shown = new HashSet<>();
    switch (type) {
      case "lnsMetric" -> shown.add(visualization.path("metricAccessor").asText());
      case "lnsDatatable" ->
          visualization.path("columns").forEach(c -> shown.add(c.path("columnId").asText()));
      case "lnsXY" -> {
        assertThat(names(visualization)).contains("legend", "preferredSeriesType");
        JsonNode layer = visualization.at("/layers/0");
        shown.addAll(texts(layer.path("accessors")));
        for (String one : new String[] {"xAccessor", "splitAccessor"}) {
          if (layer.has(one)) {
            shown.add(layer.path(one).asText());
          }
        }
        layer
            .path("yConfig")
            .forEach(c -> assertThat(shown).contains(c.path("forAccessor").asText()));
      }
      default -> throw new AssertionError(type);
    }
    return shown;
  }

  private static List<JsonNode> lensPanels(JsonNode dashboard) throws IOException {
    return StreamSupport.stream(panels(dashboard).spliterator(), false)
        .filter(panel -> panel.path("type").asText().equals("lens"))
        .toList();
  }

  private static JsonNode panels(JsonNode dashboard) throws IOException {
    return JSON.readTree(dashboard.at("/attributes/panelsJSON").asText());
  }

  private static JsonNode controls(JsonNode dashboard) throws IOException {
    return JSON.readTree(dashboard.at("/attributes/controlGroupInput/panelsJSON").asText());
  }

  private static Set<String> names(JsonNode object) {
    Set<String> names = new HashSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
