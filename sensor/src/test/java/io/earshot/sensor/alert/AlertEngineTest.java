package io.earshot.sensor.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import io.earshot.sensor.document.AlertDocument;
import io.earshot.sensor.document.DocumentId;
import io.earshot.sensor.document.Ecs;
import io.earshot.sensor.document.QualityDocument;
import io.earshot.sensor.document.Samples;
import io.earshot.sensor.document.Spotify;
import io.earshot.sensor.document.StreamDocument;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AlertEngineTest {
  private static final Instant START = Instant.parse("2026-03-01T20:00:00Z");
  private static final int SECONDS = 10;
  private static final Spotify.Capture CLEAN = new Spotify.Capture(0.0, false, false);

  private final List<AlertDocument> alerts = new ArrayList<>();
  private final AlertEngine engine = new AlertEngine(AlertSettings.DEFAULT, alerts::add);

  @Test
  void stream_lowForLessThanTheTime_staysQuiet() {
    play("a", "low", 0, 11);
    play("a", "high", 11, 1);
    play("a", "low", 12, 11);

    assertThat(alerts).isEmpty();
  }

  @Test
  void use_ofOtherSettings_holdsAtOnceAndKeepsWhatIsOpen() {
    play("a", "low", 0, 30);
    AlertSettings usual = AlertSettings.DEFAULT;
    engine.use(
        new AlertSettings(
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            usual.giveUpAfter(),
            usual.siteMemory(),
            usual.siteStreams(),
            usual.siteOpensAt(),
            usual.siteClosesAt(),
            usual.trustedLoss(),
            usual.maxStreams()));
    play("b", "low", 30, 2);
    play("a", "high", 30, 2);

    assertThat(states()).containsExactly("opened", "opened", "closed");
    assertThat(engine.stats()).isEqualTo(new AlertStats(2, 1, 1, 0, 0));
  }

  @Test
  void stream_lowThenBetter_opensOnceAndClosesOnce() {
    play("a", "low", 0, 30);
    play("a", "high", 30, 30);

    assertThat(states()).containsExactly("opened", "closed");
    AlertDocument opened = alerts.getFirst();
    assertThat(opened.timestamp()).isEqualTo(START.plusSeconds(120));
    assertThat(opened.spotify().alert().started()).isEqualTo(START);
    assertThat(opened.event().kind()).isEqualTo("alert");
    AlertDocument closed = alerts.getLast();
    assertThat(closed.timestamp()).isEqualTo(START.plusSeconds(420));
    assertThat(closed.spotify().alert().end()).isEqualTo(Spotify.AlertEnd.RECOVERED);
    assertThat(closed.spotify().alert().id()).isEqualTo(opened.spotify().alert().id());
    assertThat(closed.event().id()).isNotEqualTo(opened.event().id());
    assertThat(engine.stats()).isEqualTo(new AlertStats(1, 1, 0, 0, 0));
  }

  @Test
  void stream_onTheEdge_doesNotRingTwice() {
    play("a", "low", 0, 12);
    for (int i = 0; i < 20; i++) {
      play("a", "high", 12 + 12 * i, 6);
      play("a", "low", 18 + 12 * i, 6);
    }

    assertThat(states()).containsExactly("opened");
  }

  @Test
  void stream_unknown_neitherOpensNorCountsAsBetter() {
    play("a", "unknown", 0, 40);
    assertThat(alerts).isEmpty();

    play("a", "low", 40, 12);
    play("a", "unknown", 52, 60);
    assertThat(states()).containsExactly("opened");

    play("a", "unknown", 112, 30);
    assertThat(states()).containsExactly("opened", "closed");
    assertThat(alerts.getLast().spotify().alert().end()).isEqualTo(Spotify.AlertEnd.NO_EVIDENCE);
  }

  @Test
  void stream_ofACaptureThatLosesPackets_isNoEvidence() {
    for (Spotify.Capture bad :
        List.of(new Spotify.Capture(0.05, false, false), new Spotify.Capture(0.0, true, false))) {
      for (int i = 0; i < 30; i++) {
        engine.window(window("a", "low", i, null, bad));
      }
    }

    assertThat(alerts).isEmpty();
    assertThat(engine.stats().untrusted()).isEqualTo(60);
  }

  @Test
  void stream_thatEnds_closesItsEpisode() {
    play("a", "low", 0, 20);
    engine.ended(ended("a", START.plusSeconds(200)));

    assertThat(states()).containsExactly("opened", "closed");
    assertThat(alerts.getLast().spotify().alert().end()).isEqualTo(Spotify.AlertEnd.STREAM_ENDED);
    assertThat(engine.stats().open()).isZero();
  }

  @Test
  void site_withManyLowStreams_opensAndClosesWithHysteresis() {
    for (int i = 0; i < 10; i++) {
      site("s" + i, i < 7 ? "high" : "low", 0);
    }
    assertThat(alerts).isEmpty();

    site("s3", "low", 1);
    assertThat(states()).containsExactly("opened");
    AlertDocument opened = alerts.getFirst();
    assertThat(opened.spotify().alert().scope()).isEqualTo(Spotify.AlertScope.SITE);
    assertThat(opened.spotify().alert().lowShare()).isEqualTo(0.4);
    assertThat(opened.labels()).isEqualTo(new Ecs.Labels("North"));
    assertThat(opened.client()).isNull();

    site("s3", "high", 2);
    assertThat(states()).as("0.3 is between the two shares").containsExactly("opened");
    site("s9", "high", 3);
    assertThat(states()).containsExactly("opened", "closed");
    assertThat(alerts.getLast().spotify().alert().lowShare()).as("the highest").isEqualTo(0.4);
  }

  @Test
  void site_withFewStreams_staysQuiet() {
    for (int i = 0; i < 4; i++) {
      site("s" + i, "low", 0);
    }

    assertThat(alerts).isEmpty();
  }

  @Test
  void site_ofStreamsThatFellSilent_forgetsThem() {
    for (int i = 0; i < 5; i++) {
      site("s" + i, "low", 0);
    }
    assertThat(states()).containsExactly("opened");

    for (int i = 5; i < 10; i++) {
      site("s" + i, "high", 40);
    }
    assertThat(states()).containsExactly("opened", "closed");
  }

  @Test
  void streams_beyondTheBound_areForgottenAndCounted() {
    AlertSettings few =
        new AlertSettings(
            Duration.ofSeconds(10),
            Duration.ofMinutes(2),
            Duration.ofMinutes(15),
            Duration.ofMinutes(5),
            1000,
            0.4,
            0.2,
            0.01,
            3);
    AlertEngine small = new AlertEngine(few, alerts::add);
    for (int i = 0; i < 5; i++) {
      small.window(window("s" + i, "low", i, null, CLEAN));
    }

    AlertStats stats = small.stats();
    assertThat(stats.forgotten()).isEqualTo(2);
    assertThat(stats.opened()).isEqualTo(5).isEqualTo(stats.closed() + stats.open());
  }

  @Test
  void ids_ofAllDocuments_differ() {
    play("a", "low", 0, 30);
    play("a", "high", 30, 30);
    play("a", "low", 60, 30);
    play("b", "low", 0, 30);
    Set<String> ids = new HashSet<>();
    alerts.forEach(alert -> ids.add(alert.event().id()));

    assertThat(alerts).hasSize(4);
    assertThat(ids).hasSize(4);
  }

  @Test
  void settings_withoutHysteresis_areRefused() {
    assertThatThrownBy(
            () ->
                new AlertSettings(
                    Duration.ZERO,
                    Duration.ZERO,
                    Duration.ZERO,
                    Duration.ZERO,
                    1,
                    0.2,
                    0.2,
                    0.01,
                    1))
        .hasMessageContaining("must close below");
  }

  private List<String> states() {
    return alerts.stream().map(alert -> alert.spotify().alert().state().label()).toList();
  }

  private void play(String stream, String label, int from, int count) {
    for (int i = from; i < from + count; i++) {
      engine.window(window(stream, label, i, null, CLEAN));
    }
  }

  private void site(String stream, String label, int at) {
    engine.window(window(stream, label, at, "North", CLEAN));
  }

  private static QualityDocument window(
      String stream, String label, int at, @Nullable String site, Spotify.Capture capture) {
    QualityDocument sample = Samples.window();
    Instant start = START.plusSeconds((long) SECONDS * at);
    Instant end = start.plusSeconds(SECONDS);
    return new QualityDocument(
        end,
        sample.ecs(),
        sample.dataStream(),
        Ecs.Event.window(start, end, DocumentId.window("test", stream, start)),
        sample.observer(),
        sample.client(),
        sample.server(),
        sample.network(),
        sample.tls(),
        sample.related(),
        site == null ? null : new Ecs.Labels(site),
        new QualityDocument.Fields(
            new Spotify.Stream(stream, stream, 1, START, (long) at),
            label.equals(Spotify.UNKNOWN)
                ? Spotify.Quality.unknown(UnknownReason.LOW_CONFIDENCE, Map.of())
                : Spotify.Quality.of(
                    QualityClass.ofLabel(label),
                    0.9,
                    Map.of(QualityClass.ofLabel(label), 0.9),
                    null,
                    null),
            sample.spotify().window(),
            sample.spotify().identification(),
            sample.spotify().cdn(),
            sample.spotify().network(),
            capture,
            sample.spotify().model(),
            null));
  }

  private static StreamDocument ended(String stream, Instant at) {
    StreamDocument sample = Samples.stream();
    return new StreamDocument(
        at,
        sample.ecs(),
        sample.dataStream(),
        sample.event(),
        sample.observer(),
        sample.client(),
        sample.server(),
        sample.network(),
        sample.tls(),
        sample.related(),
        null,
        new StreamDocument.Fields(
            new Spotify.Stream(stream, stream, 1, START, null),
            sample.spotify().quality(),
            sample.spotify().windows(),
            sample.spotify().evolution(),
            sample.spotify().identification(),
            sample.spotify().cdn(),
            sample.spotify().network(),
            sample.spotify().capture(),
            sample.spotify().model()));
  }
}
