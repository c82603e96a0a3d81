package io.earshot.sensor.alert;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionSpec;
import io.earshot.sensor.capture.GeneratedSource;
import io.earshot.sensor.document.AlertDocument;
import io.earshot.sensor.document.QualityDocument;
import io.earshot.sensor.document.Spotify;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.PlannedSession;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A rule's life on a simulated mobile listener who has the setting low and then very high: quiet,
 * fires, recovers. From packets through all stages and the shipped model.
 */
class AlertLifeIT {
  private static final Duration CHANGE = Duration.ofMinutes(20);
  private static final Duration LENGTH = Duration.ofMinutes(50);

  private final List<AlertDocument> alerts = new ArrayList<>();
  private final List<QualityDocument> windows = new ArrayList<>();

  @Test
  void alert_ofAListenerWhoseQualityRises_isQuietThenFiresThenRecovers() throws Exception {
    ModelBundle bundle = ModelBundle.shipped();
    DocumentFactory factory = new DocumentFactory("test", "test", null, "0");
    AlertEngine engine = new AlertEngine(AlertSettings.DEFAULT, alerts::add);
    try (GeneratedSource source = lowThenVeryHigh().open()) {
      CaptureAnalysis.run(
          source,
          PipelineSettings.offline("test", PipelineSettings.DEFAULT_WINDOW),
          bundle,
          new VerdictListener() {
            @Override
            public void window(WindowVerdict window) {
              QualityDocument document = factory.window(window);
              windows.add(document);
              engine.window(document);
            }

            @Override
            public void ended(StreamResult stream) {
              engine.ended(factory.stream(stream));
            }
          },
          handler -> handler);
    }

    List<AlertDocument> ofTheStream =
        alerts.stream()
            .filter(a -> a.spotify().alert().scope() == Spotify.AlertScope.STREAM)
            .toList();
    assertThat(ofTheStream).as(labels()).hasSize(2);
    AlertDocument fired = ofTheStream.getFirst();
    AlertDocument recovered = ofTheStream.getLast();
    Instant start = windows.getFirst().event().start();
    Instant change = start.plus(CHANGE);
    assertThat(fired.timestamp())
        .as("quiet first, for two minutes of evidence at least")
        .isBetween(start.plus(AlertSettings.DEFAULT.openAfter()), change);
    assertThat(fired.spotify().alert().state()).isEqualTo(Spotify.AlertState.OPENED);
    assertThat(recovered.timestamp()).isAfter(change);
    assertThat(recovered.spotify().alert().state()).isEqualTo(Spotify.AlertState.CLOSED);
    assertThat(recovered.spotify().alert().end()).isEqualTo(Spotify.AlertEnd.RECOVERED);
    assertThat(recovered.spotify().alert().id()).isEqualTo(fired.spotify().alert().id());
    assertThat(engine.stats().open()).isZero();
  }

  private String labels() {
    StringBuilder labels = new StringBuilder();
    windows.forEach(w -> labels.append(w.spotify().quality().label().charAt(0)));
    return labels.toString();
  }

  private static PlannedSession lowThenVeryHigh() {
    return new PlannedSession(
        7,
        ClientProfile.MOBILE,
        PlannedSession.setting(24, QualityClass.LOW),
        new SessionSpec.QualityChange(
            CHANGE.toNanos(), PlannedSession.setting(320, QualityClass.VERY_HIGH)),
        PlannedSession.FIBRE,
        "192.0.2.17",
        Instant.parse("2026-03-02T18:00:00Z"),
        LENGTH);
  }
}
