package io.earshot.models.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.earshot.models.QualityClass;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReportPageTest {
  private static final String NASTY = "</script><script>alert('1')</script>&\"";

  @Test
  void html_ofNastyNames_keepsThemText() throws JsonProcessingException {
    String html = new ReportPage(NASTY).chart(chart(NASTY, List.of(1.0, Double.NaN))).html();

    assertThat(html).doesNotContain("<script>alert");
    Matcher data =
        Pattern.compile("<script type=\"application/json\">(.*?)</script>").matcher(html);
    assertThat(data.find()).isTrue();
    JsonNode json = new ObjectMapper().readTree(data.group(1));
    assertThat(json.path("title").asText()).isEqualTo(NASTY);
    assertThat(json.at("/series/0/values").toString()).isEqualTo("[1.0,null]");
  }

  @Test
  void html_twice_givesTheSameBytes() {
    String once = new ReportPage("a").chart(chart("b", List.of(1.0, 2.0))).html();
    String again = new ReportPage("a").chart(chart("b", List.of(1.0, 2.0))).html();

    assertThat(once).isEqualTo(again);
  }

  @Test
  void html_whole_bringsTheLibraryAndItsLicence() {
    assertThat(new ReportPage("a").html())
        .contains("uPlot")
        .contains("MIT License")
        .contains("default-src 'none'");
  }

  @Test
  void first_afterOthers_comesBeforeThem() {
    String html = new ReportPage("a").html("<p>two</p>").first("<p>one</p>").html();

    assertThat(html.indexOf("<p>one</p>")).isBetween(0, html.indexOf("<p>two</p>"));
  }

  @Test
  void chart_withTooFewValues_isRefused() {
    assertThatThrownBy(() -> chart("b", List.of(1.0)))
        .hasMessageContaining("1 values for 2 positions");
  }

  @Test
  void colours_ofAllClasses_exist() {
    for (QualityClass quality : QualityClass.values()) {
      assertThat(Colour.ofLabel(quality.label()).hex()).matches("#[0-9a-f]{6}");
    }
  }

  private static Chart chart(String title, List<Double> values) {
    return new Chart(
        Chart.Kind.LINES,
        title,
        "",
        List.of(1.0, 2.0),
        true,
        "",
        List.of(new Chart.Series("s", Colour.ACCENT, false, values)));
  }
}
