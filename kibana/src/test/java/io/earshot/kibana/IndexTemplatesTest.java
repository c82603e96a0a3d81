package io.earshot.kibana;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IndexTemplatesTest {
  /** Types that every server has; others come with modules that a lean one lacks. */
  private static final Set<String> PLAIN_TYPES =
      Set.of("keyword", "long", "float", "double", "ip", "date", "boolean", "geo_point");

  private final List<IndexTemplates.Template> all = IndexTemplates.all();

  @Test
  void all_templates_sayWhoManagesThemAndInWhichVersion() {
    assertThat(all)
        .allSatisfy(
            template -> {
              assertThat(template.body().at("/_meta/managed_by").asText()).isEqualTo("earshot");
              assertThat(template.body().at("/_meta/version").asInt()).isPositive();
            });
  }

  @Test
  void all_componentsComeBeforeTheTemplatesMadeOfThem() {
    Set<String> known = new HashSet<>(Set.of("earshot@custom"));
    for (IndexTemplates.Template template : all) {
      for (JsonNode component : template.body().path("composed_of")) {
        assertThat(known).contains(component.asText());
      }
      known.add(template.name());
    }
  }

  @Test
  void all_indexTemplates_makeDataStreamsAndWinOverTheBuiltInOnes() {
    assertThat(all)
        .filteredOn(template -> template.kind() == IndexTemplates.Kind.INDEX)
        .extracting(IndexTemplates.Template::name)
        .containsExactlyElementsOf(IndexTemplates.DATA_STREAMS);
    assertThat(all)
        .filteredOn(template -> template.kind() == IndexTemplates.Kind.INDEX)
        .allSatisfy(
            template -> {
              assertThat(template.body().path("data_stream").isObject()).isTrue();
              assertThat(template.body().path("priority").asInt()).isGreaterThan(100);
              assertThat(template.body().at("/index_patterns/0").asText())
                  .isEqualTo(template.name() + "-*");
              assertThat(template.body().at("/template/settings/index").isObject()).isTrue();
            });
  }

  @Test
  void fields_ofEveryDataStream_haveTypesThatEveryServerHas() {
    for (String dataStream : IndexTemplates.DATA_STREAMS) {
      assertThat(IndexTemplates.fields(dataStream))
          .containsEntry("@timestamp", "date")
          .containsEntry("event.id", "keyword")
          .allSatisfy((_, type) -> assertThat(PLAIN_TYPES).contains(type));
    }
    assertThat(IndexTemplates.fields("logs-earshot.window"))
        .containsEntry("client.ip", "ip")
        .containsEntry("spotify.quality.probabilities.very_high", "float");
  }
}
