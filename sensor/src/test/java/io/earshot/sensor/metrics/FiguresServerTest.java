package io.earshot.sensor.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.models.UnknownReason;
import io.earshot.models.classify.FeatureDrift;
import io.earshot.models.classify.ModelIdentity;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.sensor.alert.AlertStats;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.identify.Evidence;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.output.DeliveryStats;
import io.earshot.sensor.output.DropReason;
import io.earshot.sensor.output.Webhook;
import io.earshot.sensor.pipeline.Pipeline;
import io.earshot.sensor.pipeline.PipelineCounters;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.window.IgnoredWindows;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The page over a real connection. */
class FiguresServerTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private final SensorFigures figures = figures();
  private String sick = "";
  private String unready = "";
  private FiguresServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        FiguresServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            () -> figures,
            () -> sick,
            () -> unready);
  }

  @AfterEach
  void stop() {
    server.close();
    http.close();
  }

  private static PipelineCounters counters() {
    Pipeline pipeline =
        new Pipeline(
            PipelineSettings.offline("test", PipelineSettings.DEFAULT_WINDOW),
            IgnoredWindows.INSTANCE,
            NameListener.NONE);
    SessionGenerator.play(
        SessionGenerator.draw(233, 1, ClientProfile.WEB_H1),
        (tsNanos, buffer, capturedBytes, wireBytes) ->
            pipeline.onFrame(
                MemorySegment.ofArray(buffer),
                0,
                capturedBytes,
                wireBytes,
                tsNanos,
                LinkType.ETHERNET,
                0));
    byte[] arp = new byte[42];
    arp[12] = 8;
    arp[13] = 6;
    pipeline.onFrame(MemorySegment.ofArray(arp), 0, 42, 42, 1, LinkType.ETHERNET, 0);
    pipeline.onFrame(MemorySegment.ofArray(arp), 0, 9, 42, 1, LinkType.ETHERNET, 0);
    pipeline.finish();
    return pipeline.counters();
  }

  private static SensorFigures figures() {
    PipelineCounters counters = counters();
    return new SensorFigures(
        Instant.parse("2026-03-01T20:00:00Z"),
        List.of(
            new SensorFigures.Capture(
                "eth1", 0, counters.framesReceived(), 12_345, 3, true, 1, 50, 4, 6, counters, 9),
            new SensorFigures.Capture(
                "eth2", 0, counters.framesReceived(), 12_345, 0, false, 0, 50, 0, 0, counters, 8)),
        new SensorFigures.Analysis(
            88,
            2,
            10,
            7,
            Map.of("high", 4L, "low", 3L),
            Map.of(UnknownReason.NO_AUDIO, 2L, UnknownReason.CAPTURE_LOSS, 1L),
            5,
            6,
            2,
            1,
            new ModelIdentity("campus", "3"),
            17,
            List.of(new FeatureDrift.Feature("bytes", 0.5))),
        List.of(
            new SensorFigures.Output(
                "elasticsearch",
                new DeliveryStats(20, 5, 15, 2, 6, 1, Map.of(DropReason.SPOOL_FULL_NEWEST, 3L)),
                1.5,
                "it is away")),
        new AlertStats(3, 1, 2, 0, 0),
        new Webhook.Stats(9, 4, 3, 1),
        2,
        1,
        List.of(new PlaceFiles.Stats(PlaceFiles.Part.ASN, false, 0, 3, 1, 7)));
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private Map<String, Double> scrape() throws IOException, InterruptedException {
    Map<String, Double> values = new TreeMap<>();
    for (String line : get("/metrics").body().lines().toList()) {
      if (!line.startsWith("#")) {
        int space = line.lastIndexOf(' ');
        values.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
      }
    }
    return values;
  }

  private static double sum(Map<String, Double> page, String name) {
    return page.entrySet().stream()
        .filter(entry -> entry.getKey().replaceFirst("\\{.*", "").equals(name))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  @Test
  void metrics_ofARunningSensor_areItsCountersAndKeepItsLaws() throws Exception {
    Map<String, Double> page = scrape();
    PipelineCounters counters = figures.counters();

    assertThat(counters.weird()).containsEntry(DecodeResult.TRUNCATED_ETHERNET, 2L);
    assertThat(sum(page, "earshot_capture_frames_received_total"))
        .isEqualTo(counters.framesReceived())
        .isEqualTo(
            sum(page, "earshot_decode_decoded_total")
                + sum(page, "earshot_decode_skipped_total")
                + sum(page, "earshot_decode_weird_total"));
    assertThat(page)
        .containsEntry(
            "earshot_decode_weird_total{interface=\"eth1\",member=\"0\",name=\"truncated_ethernet\"}",
            1.0)
        .containsEntry(
            "earshot_decode_skipped_total{interface=\"eth2\",member=\"0\",name=\"arp\"}", 1.0)
        .containsEntry("earshot_capture_dropped_total{interface=\"eth1\",member=\"0\"}", 3.0)
        .containsEntry("earshot_capture_up{interface=\"eth1\",member=\"0\"}", 1.0)
        .containsEntry("earshot_capture_up{interface=\"eth2\",member=\"0\"}", 0.0)
        .containsKey("jvm_memory_used_bytes{area=\"heap\"}")
        .containsEntry("earshot_capture_reopened_total{interface=\"eth1\",member=\"0\"}", 1.0)
        .containsEntry("earshot_ring_dropped_total{interface=\"eth1\",member=\"0\"}", 4.0)
        .containsEntry("earshot_ring_waiting{interface=\"eth1\",member=\"0\"}", 6.0)
        .containsEntry("earshot_flows_active{interface=\"eth2\",member=\"0\"}", 8.0);
    assertThat(sum(page, "earshot_decode_decoded_total"))
        .isEqualTo(counters.decoded())
        .isEqualTo(sum(page, "earshot_flow_packets_total"));
    assertThat(sum(page, "earshot_flows_spotify_total")).isEqualTo(counters.spotifyFlows());
    assertThat(sum(page, "earshot_flows_named_total"))
        .isEqualTo(counters.flowsNamed().values().stream().mapToLong(Long::longValue).sum());
    assertThat(counters.flowsNamed()).containsKey(Evidence.SNI);
    assertThat(sum(page, "earshot_ring_samples_total") - sum(page, "earshot_ring_dropped_total"))
        .isEqualTo(
            sum(page, "earshot_analysis_samples_total")
                + page.getOrDefault(
                    "earshot_analysis_samples_left_out_total{reason=\"clock_step\"}", 0.0)
                + sum(page, "earshot_ring_waiting"));
    assertThat(sum(page, "earshot_windows_closed_total"))
        .isEqualTo(10)
        .isEqualTo(
            sum(page, "earshot_windows_classified_total")
                + sum(page, "earshot_windows_unknown_total"));
    assertThat(page)
        .containsEntry("earshot_windows_unknown_total{reason=\"capture_loss\"}", 1.0)
        .containsEntry("earshot_model_drift{feature=\"bytes\"}", 0.5)
        .containsEntry("earshot_model_info{name=\"campus\",version=\"3\"}", 1.0)
        .containsEntry("earshot_reloads_total{outcome=\"refused\"}", 1.0)
        .containsEntry("earshot_alerts_open", 2.0)
        .containsEntry("earshot_webhook_waiting", 1.0)
        .containsEntry("earshot_output_up{output=\"elasticsearch\"}", 0.0)
        .containsEntry("earshot_delivery_lag_seconds{output=\"elasticsearch\"}", 1.5);
    assertThat(
            sum(page, "earshot_documents_made_total")
                + sum(page, "earshot_documents_recovered_total"))
        .isEqualTo(25)
        .isEqualTo(
            sum(page, "earshot_documents_delivered_total")
                + sum(page, "earshot_documents_spooled")
                + sum(page, "earshot_documents_dead_lettered_total")
                + sum(page, "earshot_documents_dropped_total"));
    assertThat(figures.brokenLaws()).isEmpty();
  }

  @Test
  void health_andReady_sayWhatIsWrong() throws Exception {
    assertThat(get("/health").statusCode()).isEqualTo(200);
    assertThat(get("/ready").statusCode()).isEqualTo(200);

    unready = "Elasticsearch is away";
    assertThat(get("/health").statusCode()).isEqualTo(200);
    assertThat(get("/ready").statusCode()).isEqualTo(503);
    assertThat(get("/ready").body()).isEqualTo("Elasticsearch is away\n");

    sick = "the thread analysis is stuck";
    assertThat(get("/health").statusCode()).isEqualTo(503);
    assertThat(get("/ready").body()).isEqualTo("the thread analysis is stuck\n");
    assertThat(get("/elsewhere").statusCode()).isEqualTo(404);
  }

  @Test
  void metrics_ofFilesOfPlaces_sayWhichIsNotInUseAsItIs() throws Exception {
    assertThat(get("/metrics").body())
        .contains(
            "earshot_places_current{file=\"asn\"} 0.0",
            "earshot_places_reads_total{file=\"asn\",outcome=\"taken\"} 3.0",
            "earshot_places_reads_total{file=\"asn\",outcome=\"refused\"} 1.0",
            "earshot_places_failed_lookups_total{file=\"asn\"} 7.0");
  }

  @Test
  void brokenLaws_ofFiguresThatDoNotAddUp_nameEachLaw() {
    SensorFigures.Analysis right = figures.analysis();
    SensorFigures wrong =
        new SensorFigures(
            figures.started(),
            figures.captures(),
            new SensorFigures.Analysis(
                right.samples() + 1,
                right.samplesLeftOut(),
                right.windowsClosed() + 1,
                right.classified(),
                right.byLabel(),
                right.unknown(),
                0,
                0,
                0,
                0,
                right.model(),
                0,
                List.of()),
            figures.outputs(),
            figures.alerts(),
            new Webhook.Stats(0, 0, 0, 0),
            0,
            0,
            List.of());
    assertThat(wrong.brokenLaws())
        .containsExactly(
            "samples that found room 90 != taken 89 + left out 2",
            "windows closed 11 != classified 7 + unknown 3");
  }
}
