package io.earshot.sensor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.report.Colour;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionSpec;
import io.earshot.sensor.capture.GeneratedSource;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.PlannedSession;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowRow;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The report of a simulated web player whose quality changes, drawn by a real browser. The pictures
 * stay in {@code target/report}.
 */
class HtmlReportIT {
  private static final Path KEPT = Path.of("target", "report");

  private static final int WIDTH = 1200;
  private static final int HEIGHT = 1700;

  /** A strip is this high at least; nothing else in a class's colour is, over its whole width. */
  private static final int STRIP_HEIGHT = 30;

  private static Path page;
  private static CaptureAnalysis analysis;

  @BeforeAll
  static void analyse() throws Exception {
    Chromium.require();
    Files.createDirectories(KEPT);
    page = KEPT.resolve("change-of-quality.html").toAbsolutePath();
    HtmlReport report = new HtmlReport("a simulated change of quality");
    try (GeneratedSource source = normalThenVeryHigh().open()) {
      analysis =
          CaptureAnalysis.run(
              source,
              PipelineSettings.offline("test", PipelineSettings.DEFAULT_WINDOW),
              ModelBundle.shipped(),
              report.watching(new Unheard()),
              handler -> handler);
    }
    report.capture("a simulated session", analysis);
    Files.writeString(page, report.html());
  }

  private static PlannedSession normalThenVeryHigh() {
    return new PlannedSession(
        14,
        ClientProfile.WEB_H1,
        PlannedSession.setting(128, QualityClass.NORMAL),
        new SessionSpec.QualityChange(
            Duration.ofMinutes(6).toNanos(), PlannedSession.setting(256, QualityClass.VERY_HIGH)),
        PlannedSession.FIBRE,
        "192.0.2.17",
        Instant.parse("2026-03-02T18:00:00Z"),
        Duration.ofMinutes(18));
  }

  private static List<WindowRow> windows() {
    return analysis.streams().getFirst().windows();
  }

  @Test
  void verdict_inTheBrowser_isReadFirst() throws IOException, InterruptedException {
    String dom = Chromium.dom(page);

    String label = analysis.verdict().labelOrUnknown().replace('_', ' ');
    String words = label.substring(0, 1).toUpperCase(Locale.ROOT) + label.substring(1);
    String text =
        dom.replaceAll("(?s)<(style|script)[^>]*>.*?</\\1>", "").replaceAll("<[^>]+>", "");
    assertThat(text.strip().lines().filter(line -> !line.isBlank()).skip(2).toList())
        .startsWith("Audio quality", words);
    Set<String> classes =
        windows().stream()
            .map(WindowRow::label)
            .filter(name -> !name.equals("unknown"))
            .collect(Collectors.toSet());
    assertThat(classes).as("the session was chosen for its change").hasSizeGreaterThan(1);
    assertThat(text).contains("The answer changed from");
    assertThat(dom).contains("data-charts=\"7\"");
    assertThat(Pattern.compile("<canvas").matcher(dom).results()).hasSize(7);
  }

  @Test
  void page_whole_asksNobodyForAnything() throws IOException {
    String html = Files.readString(page);

    assertThat(html).contains("default-src 'none'").contains("Permission is hereby granted");
    assertThat(html.replaceAll("(?s)/\\*!.*?\\*/", ""))
        .doesNotContainPattern("(?i)(src|href)\\s*=\\s*[\"']?(https?:)?//")
        .doesNotContainPattern("(?i)@import|url\\(");
  }

  /** What is drawn has the proportions of what was said. */
  @Test
  void strip_inThePicture_hasTheProportionsOfTheWindows() throws IOException, InterruptedException {
    Map<String, Integer> windows = new HashMap<>();
    windows().forEach(window -> windows.merge(window.label(), 1, Integer::sum));
    assertThat(windows).hasSizeGreaterThanOrEqualTo(2);
    int total = windows.values().stream().mapToInt(Integer::intValue).sum();

    for (boolean dark : new boolean[] {false, true}) {
      Path picture = KEPT.resolve(dark ? "dark.png" : "light.png");
      Map<String, Integer> columns = strip(Chromium.screenshot(page, picture, WIDTH, HEIGHT, dark));
      int drawn = columns.values().stream().mapToInt(Integer::intValue).sum();

      assertThat(drawn).isGreaterThan(WIDTH / 2);
      windows.forEach(
          (label, count) ->
              assertThat(columns.getOrDefault(label, 0) / (double) drawn)
                  .as(label)
                  .isCloseTo(count / (double) total, within(0.02)));
    }
  }

  @Test
  void background_darkAndLight_follows() throws IOException, InterruptedException {
    int light =
        Chromium.screenshot(page, KEPT.resolve("light-top.png"), WIDTH, 400, false).getRGB(5, 5);
    int dark =
        Chromium.screenshot(page, KEPT.resolve("dark-top.png"), WIDTH, 400, true).getRGB(5, 5);

    assertThat(light & 0xffffff).isEqualTo(0xffffff);
    assertThat(dark & 0xffffff).isEqualTo(0x0d1117);
  }

  @Test
  void paper_ofTheReport_hasPages() throws IOException, InterruptedException {
    String pdf =
        new String(Chromium.pdf(page, KEPT.resolve("paper.pdf")), StandardCharsets.ISO_8859_1);

    assertThat(pdf).startsWith("%PDF");
    assertThat(Pattern.compile("/Type\\s*/Page\\b").matcher(pdf).results().count())
        .isBetween(1L, 4L);
  }

  /** Columns of the first band of full-height class colour, by class. */
  private static Map<String, Integer> strip(BufferedImage picture) {
    Map<Integer, String> labels = new HashMap<>();
    for (Colour colour : Colour.values()) {
      labels.put(
          Integer.parseInt(colour.hex().substring(1), 16), colour.name().toLowerCase(Locale.ROOT));
    }
    for (int top = 0; top + STRIP_HEIGHT < picture.getHeight(); top++) {
      Map<String, Integer> columns = new HashMap<>();
      for (int x = 0; x < picture.getWidth(); x++) {
        String label = labels.get(picture.getRGB(x, top) & 0xffffff);
        if (label != null && isSolid(picture, x, top)) {
          columns.merge(label, 1, Integer::sum);
        }
      }
      if (columns.values().stream().mapToInt(Integer::intValue).sum() > picture.getWidth() / 2) {
        return columns;
      }
    }
    return Map.of();
  }

  private static boolean isSolid(BufferedImage picture, int x, int top) {
    for (int y = top; y < top + STRIP_HEIGHT; y++) {
      if (picture.getRGB(x, y) != picture.getRGB(x, top)) {
        return false;
      }
    }
    return true;
  }

  private static final class Unheard implements VerdictListener {
    @Override
    public void window(WindowVerdict window) {}

    @Override
    public void ended(StreamResult stream) {}
  }
}
