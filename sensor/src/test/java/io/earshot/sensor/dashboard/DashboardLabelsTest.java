package io.earshot.sensor.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.earshot.kibana.SavedObjects;
import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import io.earshot.models.report.Colour;
import io.earshot.sensor.document.Spotify;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A panel that asks for a label which no document ever has would stay empty for ever. */
class DashboardLabelsTest {
  private static final Pattern EQUALS = Pattern.compile("([a-z_.]+): \"([^\"]+)\"");

  private static final Map<String, Set<String>> LABELS =
      Map.of(
          "spotify.quality.label",
              Stream.concat(
                      Stream.of(QualityClass.values()).map(QualityClass::label),
                      Stream.of(Spotify.UNKNOWN))
                  .collect(Collectors.toSet()),
          "spotify.quality.unknown_reason", labels(UnknownReason.values()),
          "spotify.quality.cause", labels(Spotify.Cause.values()),
          "spotify.alert.state", labels(Spotify.AlertState.values()),
          "spotify.alert.scope", labels(Spotify.AlertScope.values()),
          "network.transport", Set.of("tcp", "udp"));

  @Test
  void labels_inQueries_existInTheCode() throws IOException {
    Set<String> fields = new HashSet<>();
    for (String kql : queries()) {
      Matcher matcher = EQUALS.matcher(kql);
      while (matcher.find()) {
        fields.add(matcher.group(1));
        assertThat(LABELS).containsKey(matcher.group(1));
        assertThat(LABELS.get(matcher.group(1))).contains(matcher.group(2));
      }
    }
    assertThat(fields).isEqualTo(withoutUnused());
  }

  /** Every reason and every class is shown, not only known. */
  @Test
  void labels_ofTheCode_areAllShown() throws IOException {
    String all = String.join(" | ", queries());
    for (UnknownReason reason : UnknownReason.values()) {
      assertThat(all).contains("spotify.quality.unknown_reason: \"" + reason.label() + '"');
    }
    for (QualityClass quality : QualityClass.values()) {
      assertThat(all).contains("spotify.quality.label: \"" + quality.label() + '"');
    }
  }

  @Test
  void colours_ofDashboards_areThoseOfReports() throws IOException {
    String all = SavedObjects.ndjson();
    for (QualityClass quality : QualityClass.values()) {
      assertThat(all).contains(Colour.ofLabel(quality.label()).hex());
    }
    assertThat(all).contains(Colour.UNKNOWN.hex());
  }

  private static Set<String> withoutUnused() {
    Set<String> used = new HashSet<>(LABELS.keySet());
    used.remove("spotify.alert.scope");
    return used;
  }

  private static Set<String> labels(Enum<?>[] values) {
    return Stream.of(values)
        .map(value -> value.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }

  private static List<String> queries() throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<String> queries = new ArrayList<>();
    for (String line : SavedObjects.ndjson().lines().toList()) {
      JsonNode panels =
          json.readTree(json.readTree(line).at("/attributes/panelsJSON").asText("[]"));
      for (JsonNode panel : panels) {
        JsonNode state = panel.at("/embeddableConfig/attributes/state");
        queries.add(state.at("/query/query").asText());
        for (JsonNode column : state.at("/datasourceStates/formBased/layers/layer/columns")) {
          queries.add(column.at("/filter/query").asText());
        }
      }
    }
    return queries;
  }
}
