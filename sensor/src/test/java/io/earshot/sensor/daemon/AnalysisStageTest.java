package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.earshot.models.classify.ActiveModel;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.sensor.alert.AlertSettings;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.metrics.SensorFigures;
import io.earshot.sensor.output.NdjsonFilesSink;
import io.earshot.sensor.output.Webhook;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.FlowStages;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.TestModels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The analysis driven by the test's own thread and clocks, from frames to files. */
class AnalysisStageTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant START = Instant.parse("2026-03-01T20:00:00Z");

  @TempDir Path folder;
  private long nanos;
  private final SampleRing ring = new SampleRing(1 << 16);
  private final PipelineSettings settings =
      PipelineSettings.offline("north-1", PipelineSettings.DEFAULT_WINDOW);
  private final FlowStages flows = new FlowStages(settings, ring, NameListener.NONE);

  @SuppressWarnings("NullAway.Init") // made before each test
  private AnalysisStage analysis;

  @SuppressWarnings("NullAway.Init") // made before each test
  private WayOut way;

  @BeforeEach
  void open() throws Exception {
    way =
        WayOut.files(
            NdjsonFilesSink.Settings.in(folder.resolve("out")), () -> START.plusNanos(nanos));
    Outlet outlet =
        new Outlet(
            DocumentFactory.live("north-1", "default", "North", List.of("eth1", "eth2"), "1"),
            AlertSettings.DEFAULT,
            List.of(way),
            null);
    analysis =
        new AnalysisStage(
            List.of(ring),
            settings,
            new ActiveModel(TestModels.load(folder)),
            outlet,
            List.of(way),
            new SensorReport("north-1", "default", "North", "1"),
            this::figures,
            () -> nanos,
            () -> START.plusNanos(nanos));
  }

  private SensorFigures figures() {
    AnalysisStage.Published seen = analysis.published();
    return new SensorFigures(
        START,
        List.of(
            new SensorFigures.Capture(
                "eth1",
                0,
                flows.counters().framesReceived(),
                0,
                0,
                true,
                0,
                ring.offered(),
                ring.dropped(),
                ring.waiting(),
                flows.counters(),
                flows.activeFlows())),
        seen.analysis(),
        List.of(way.figures()),
        seen.alerts(),
        new Webhook.Stats(0, 0, 0, 0),
        0,
        0,
        List.of());
  }

  private void play() {
    SessionGenerator.play(
        SessionGenerator.draw(233, 1, ClientProfile.WEB_H1),
        (tsNanos, buffer, capturedBytes, wireBytes) ->
            flows.onFrame(
                MemorySegment.ofArray(buffer),
                0,
                capturedBytes,
                wireBytes,
                tsNanos,
                LinkType.ETHERNET,
                1));
  }

  private List<JsonNode> documents(String dataStream) throws IOException {
    Path file = folder.resolve("out/" + dataStream + "-default.ndjson");
    List<JsonNode> documents = new ArrayList<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        documents.add(JSON.readTree(line));
      }
    }
    return documents;
  }

  @Test
  void doWork_everyThirtySeconds_reportsAboutTheSensor() throws Exception {
    play();
    while (analysis.doWork() > 0) {
      // until nothing is due
    }
    assertThat(documents("metrics-earshot.sensor")).isEmpty();
    for (int second = 1; second <= 61; second++) {
      nanos = Duration.ofSeconds(second).toNanos();
      assertThat(analysis.doWork()).isZero();
    }

    List<JsonNode> reports = documents("metrics-earshot.sensor");
    assertThat(reports).hasSize(2);
    JsonNode last = reports.getLast();
    assertThat(last.at("/@timestamp").asText()).isEqualTo("2026-03-01T20:01:00Z");
    assertThat(last.at("/labels/site").asText()).isEqualTo("North");
    assertThat(last.at("/earshot/capture/frames_received").asLong())
        .isEqualTo(flows.counters().framesReceived());
    assertThat(last.at("/earshot/windows/closed").asLong())
        .isEqualTo(documents("logs-earshot.window").size())
        .isPositive();
    assertThat(last.at("/earshot/model/vectors").asLong()).isPositive();
    assertThat(last.at("/earshot/model/drift").size()).as("one stream tells no drift").isZero();
    assertThat(last.at("/earshot/model/worst_drift").isMissingNode()).isTrue();
  }

  @Test
  void run_ofRingsThatHaveEnded_closesEverythingAndKeepsTheLaws() throws Exception {
    play();
    flows.finish();
    ring.end();
    analysis.run();
    way.sink().close();

    assertThat(documents("logs-earshot.stream")).hasSize(1);
    JsonNode window = documents("logs-earshot.window").getFirst();
    assertThat(window.at("/observer/ingress/interface/name").asText()).isEqualTo("eth2");
    assertThat(window.at("/labels/site").asText()).isEqualTo("North");
    assertThat(figures().brokenLaws()).isEmpty();
    assertThat(figures().analysis().streamsEnded()).isOne();
  }

  @Test
  void order_givenByAnotherThread_isDoneOnThisOne() throws InterruptedException {
    List<@Nullable Thread> done = new ArrayList<>();
    Thread other =
        Thread.ofPlatform().start(() -> analysis.order(() -> done.add(Thread.currentThread())));
    other.join();
    assertThat(done).isEmpty();

    long beats = analysis.beats();
    assertThat(analysis.doWork()).isZero();
    assertThat(done.stream().map(Objects::requireNonNull)).containsExactly(Thread.currentThread());
    assertThat(analysis.beats()).isGreaterThan(beats);
  }
}
