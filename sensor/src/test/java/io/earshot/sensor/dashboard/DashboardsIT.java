package io.earshot.sensor.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.earshot.enrichment.place.MmdbFile;
import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.kibana.ElasticsearchSetup;
import io.earshot.kibana.SavedObjects;
import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import io.earshot.models.classify.FeatureDrift;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelIdentity;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.sensor.alert.AlertEngine;
import io.earshot.sensor.alert.AlertSettings;
import io.earshot.sensor.alert.AlertStats;
import io.earshot.sensor.capture.GeneratedSource;
import io.earshot.sensor.daemon.SensorReport;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.document.Document;
import io.earshot.sensor.document.DocumentEncoder;
import io.earshot.sensor.document.EncodedDocument;
import io.earshot.sensor.document.QualityDocument;
import io.earshot.sensor.document.StreamDocument;
import io.earshot.sensor.metrics.SensorFigures;
import io.earshot.sensor.output.DeliveryStats;
import io.earshot.sensor.output.ElasticsearchProcess;
import io.earshot.sensor.output.Webhook;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.Enrichment;
import io.earshot.sensor.pipeline.PipelineCounters;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.PlannedSession;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every panel's aggregation, executed by a real Elasticsearch on the documents of simulated
 * listeners.
 *
 * <p>What the sensors count about themselves is made up, because no daemon runs here; the documents
 * about it are made by the daemon's code. What the panels would show stays in {@code
 * target/dashboards}; {@code kibana/pictures/draw} makes pictures of it.
 */
class DashboardsIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path KEPT = Path.of("target", "dashboards");
  private static final ElasticsearchProcess SERVER = ElasticsearchProcess.start();

  /** Most of the sessions lies in this time. */
  private static final Instant FROM = Instant.parse("2026-03-02T18:00:00Z");

  private static final Duration LENGTH = Duration.ofMinutes(80);
  private static final Duration SESSION = Duration.ofMinutes(45);
  private static final long SEED = 2026;
  private static final String NAMESPACE = "dashboards";
  private static final long INTERVAL_S = 120;
  private static final List<String> SENSORS = List.of("north-1", "south-1");
  @TempDir static Path folder;
  private static final PlaceFiles PLACES =
      new PlaceFiles(
          new PlaceFiles.Notices(
              _ -> {},
              trouble -> {
                throw new AssertionError(trouble);
              }));

  /** Client and nominal rate of each listener; some that hear little are among them. */
  private static final List<Plan> PLANS =
      List.of(
          new Plan(ClientProfile.MOBILE, 24, QualityClass.LOW),
          new Plan(ClientProfile.MOBILE, 24, QualityClass.LOW),
          new Plan(ClientProfile.MOBILE, 24, QualityClass.LOW),
          new Plan(ClientProfile.DESKTOP_2025, 96, QualityClass.NORMAL),
          new Plan(ClientProfile.WEB_H1, 128, QualityClass.NORMAL),
          new Plan(ClientProfile.WEB_H2, 256, QualityClass.VERY_HIGH),
          new Plan(ClientProfile.DESKTOP_2025, 160, QualityClass.HIGH),
          new Plan(ClientProfile.DESKTOP_2025, 320, QualityClass.VERY_HIGH),
          new Plan(ClientProfile.DESKTOP_QUIC, 320, QualityClass.VERY_HIGH),
          new Plan(ClientProfile.DESKTOP_LOSSLESS, 1000, QualityClass.LOSSLESS),
          new Plan(ClientProfile.MOBILE, 96, QualityClass.NORMAL),
          new Plan(ClientProfile.MOBILE, 160, QualityClass.HIGH));

  /** Panels that show what goes wrong, and may have nothing to show. */
  private static final Set<String> MAY_BE_ALL_ZERO =
      Set.of(
          "Why unknown",
          "Frames lost per second",
          "Documents lost per second",
          "Flows that had to make room",
          "Odd frames per second",
          "Loss seen in the streams",
          "What else is wrong with the mirror",
          "Documents that wait",
          "Packets lost on the way to the analysis",
          "Repeated and disordered segments",
          "Who held the data up");

  /** One listener. */
  private record Plan(ClientProfile profile, int kbps, QualityClass label) {}

  @BeforeAll
  static void fill() throws Exception {
    ElasticsearchSetup.install(SERVER.connection(), ElasticsearchSetup.Options.defaults());
    List<Document> documents = new ArrayList<>();
    ModelBundle bundle = ModelBundle.shipped();
    places();
    for (int i = 0; i < PLANS.size(); i++) {
      play(session(i), SENSORS.get(i % SENSORS.size()), bundle, documents);
    }
    reports(documents, bundle.manifest().features());
    StringBuilder bulk = new StringBuilder();
    DocumentEncoder encoder = new DocumentEncoder();
    for (Document document : documents) {
      EncodedDocument encoded = encoder.encode(document);
      bulk.append("{\"create\":{\"_index\":\"")
          .append(encoded.dataStream())
          .append("\",\"_id\":\"")
          .append(encoded.id())
          .append("\"}}\n")
          .append(new String(encoded.json(), StandardCharsets.UTF_8))
          .append('\n');
    }
    JsonNode answer = JSON.readTree(SERVER.request("POST", "/_bulk?refresh=true", bulk.toString()));
    assertThat(answer.path("errors").asBoolean(true)).as(answer.toString()).isFalse();
    Files.createDirectories(KEPT);
  }

  /** Two sites, and whose addresses the simulated servers have. */
  private static void places() throws IOException {
    Path sites =
        Files.writeString(
            folder.resolve("sites.csv"), "site,network\nNorth,192.0.2.0/28\nSouth,192.0.2.16/28\n");
    Path systems =
        new MmdbFile("Test-ASN", FROM)
            .with("0.0.0.0/0", system(64500, "Example Transit"))
            .with("151.101.0.0/16", system(64501, "Example Delivery"))
            .with("::/0", system(64502, "Example Six"))
            .write(folder.resolve("asn.mmdb"));
    assertThat(PLACES.use(new PlaceFiles.Settings(sites, null, null, systems))).isTrue();
  }

  private static Map<String, Object> system(int number, String name) {
    return Map.of("autonomous_system_number", number, "autonomous_system_organization", name);
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void panels_all_showSomethingPlausible() throws IOException {
    Map<String, String> views = new TreeMap<>();
    List<JsonNode> dashboards = new ArrayList<>();
    for (String line : SavedObjects.ndjson().lines().toList()) {
      JsonNode object = JSON.readTree(line);
      switch (object.path("type").asText()) {
        case "index-pattern" ->
            views.put(object.path("id").asText(), object.at("/attributes/title").asText());
        case "dashboard" -> dashboards.add(object);
        default -> {}
      }
    }
    List<String> problems = new ArrayList<>();
    for (JsonNode dashboard : dashboards) {
      ObjectNode kept = JSON.createObjectNode();
      kept.put("title", dashboard.at("/attributes/title").asText());
      ArrayNode keptPanels = kept.putArray("panels");
      for (JsonNode panel : JSON.readTree(dashboard.at("/attributes/panelsJSON").asText())) {
        ObjectNode keptPanel = keptPanels.addObject();
        keptPanel.set("grid", panel.path("gridData"));
        if (panel.path("type").asText().equals("visualization")) {
          keptPanel.set("markdown", panel.at("/embeddableConfig/savedVis/params/markdown"));
          continue;
        }
        keptPanel.put("title", panel.path("title").asText());
        JsonNode attributes = panel.at("/embeddableConfig/attributes");
        keptPanel.set("type", attributes.path("visualizationType"));
        keptPanel.set("visualization", attributes.at("/state/visualization"));
        LensPanel lens = new LensPanel(panel, FROM, FROM.plus(LENGTH), INTERVAL_S);
        keptPanel.set("columns", lens.columns());
        JsonNode answer =
            JSON.readTree(
                SERVER.request(
                    "POST", '/' + lens.index(views) + "/_search", lens.search().toString()));
        List<Map<String, Object>> rows = lens.rows(answer);
        keptPanel.set("rows", JSON.valueToTree(rows));
        problem(lens, answer, rows, problems);
      }
      Files.writeString(KEPT.resolve(dashboard.path("id").asText() + ".json"), kept.toString());
    }

    assertThat(problems).isEmpty();
  }

  private static void problem(
      LensPanel panel, JsonNode answer, List<Map<String, Object>> rows, List<String> problems) {
    if (!answer.path("error").isMissingNode()) {
      problems.add(panel.title() + ": " + answer.path("error"));
      return;
    }
    boolean some = false;
    boolean positive = false;
    for (Map<String, Object> row : rows) {
      for (Map.Entry<String, Object> cell : row.entrySet()) {
        JsonNode column = panel.columns().path(cell.getKey());
        if (column.path("isBucketed").asBoolean() || !(cell.getValue() instanceof Double value)) {
          continue;
        }
        some = true;
        positive |= value > 0;
        boolean share =
            column.path("operationType").asText().equals("formula")
                || column.at("/params/format/id").asText().equals("percent");
        if (!(value >= 0) || (share && value > 1 + 1e-9)) {
          problems.add(panel.title() + ": implausible " + column.path("label") + " " + value);
        }
      }
    }
    if (!some) {
      problems.add(panel.title() + ": empty");
    } else if (!positive && !MAY_BE_ALL_ZERO.contains(panel.title())) {
      problems.add(panel.title() + ": nothing but zeros");
    }
  }

  private static PlannedSession session(int i) {
    Plan plan = PLANS.get(i);
    return new PlannedSession(
        SEED + i,
        plan.profile(),
        PlannedSession.setting(plan.kbps(), plan.label()),
        null,
        SessionGenerator.draw(SEED, i + 1, plan.profile()).link(),
        "192.0.2." + (10 + i),
        FROM.plusSeconds(250L * i),
        SESSION);
  }

  /** Adds what would be indexed. */
  private static void play(
      PlannedSession session, String sensor, ModelBundle bundle, List<Document> documents)
      throws Exception {
    DocumentFactory factory = new DocumentFactory(sensor, NAMESPACE, null, "0.1.0");
    AlertEngine alerts = new AlertEngine(AlertSettings.DEFAULT, documents::add);
    try (GeneratedSource source = session.open()) {
      CaptureAnalysis.run(
          source,
          PipelineSettings.offline(sensor, PipelineSettings.DEFAULT_WINDOW)
              .telling(new Enrichment(PLACES, null)),
          bundle,
          new VerdictListener() {
            @Override
            public void window(WindowVerdict window) {
              QualityDocument document = factory.window(window);
              documents.add(document);
              alerts.window(document);
            }

            @Override
            public void ended(StreamResult stream) {
              StreamDocument document = factory.stream(stream);
              documents.add(document);
              alerts.ended(document);
            }
          },
          handler -> handler);
    }
  }

  /**
   * One report a minute of each sensor, by the code that makes it in a service. One sensor loses
   * frames for a while, and some features drift.
   */
  private static void reports(List<Document> documents, List<String> features) {
    for (int s = 0; s < SENSORS.size(); s++) {
      String sensor = SENSORS.get(s);
      SensorReport report = new SensorReport(sensor, NAMESPACE, null, "0.1.0");
      long frames = 0;
      long dropped = 0;
      long made = 0;
      for (int minute = 1; minute < LENGTH.toMinutes(); minute++) {
        Instant at = FROM.plusSeconds(60L * minute);
        frames += 1_200_000 + 400_000L * s + 9_000L * (minute % 17);
        dropped += s == 1 && minute > 40 && minute < 50 ? 3_000 : 0;
        made += 36 + minute % 5;
        long spooled = minute > 60 && minute < 70 ? 40L * (minute - 60) : 0;
        documents.add(
            report.of(
                new SensorFigures(
                    FROM,
                    List.of(capture(frames, dropped)),
                    analysis(
                        made, 6 + minute % 3, minute < 10 ? List.of() : drift(features, minute)),
                    List.of(
                        new SensorFigures.Output(
                            "elasticsearch",
                            new DeliveryStats(made, 0, made - spooled, 0, spooled, 0, Map.of()),
                            spooled / 4.0,
                            "")),
                    new AlertStats(0, 0, 0, 0, 0),
                    new Webhook.Stats(0, 0, 0, 0),
                    0,
                    0,
                    List.of()),
                at));
      }
    }
  }

  private static SensorFigures.Capture capture(long frames, long dropped) {
    Map<DecodeResult, Long> weird =
        Map.of(
            DecodeResult.TRUNCATED_IPV4,
            frames / 100_000,
            DecodeResult.BAD_TCP_OFFSET,
            frames / 9_000_000);
    long broken = weird.values().stream().mapToLong(Long::longValue).sum();
    long arp = frames / 200;
    long decoded = frames - broken - arp;
    PipelineCounters counters =
        new PipelineCounters(
            frames,
            decoded,
            Map.of(DecodeResult.ICMP, arp),
            weird,
            0,
            0,
            frames / 60,
            0,
            decoded,
            0,
            0,
            0,
            0,
            0,
            300,
            Map.of(),
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0);
    return new SensorFigures.Capture(
        "eth1", 0, frames, frames * 900, dropped, true, 0, 0, 0, 0, counters, 18_000);
  }

  /** Each feature a little less than the one before; the first ones drift away. */
  private static List<FeatureDrift.Feature> drift(List<String> features, int minute) {
    List<FeatureDrift.Feature> drift = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      drift.add(new FeatureDrift.Feature(features.get(i), (0.05 + 0.004 * minute) / (i + 1)));
    }
    return drift;
  }

  private static SensorFigures.Analysis analysis(
      long windows, int streams, List<FeatureDrift.Feature> drift) {
    return new SensorFigures.Analysis(
        0,
        0,
        windows,
        windows / 2,
        Map.of("high", windows / 2),
        Map.of(UnknownReason.NO_AUDIO, windows - windows / 2),
        0,
        0,
        streams,
        0,
        new ModelIdentity("earshot", "1"),
        windows,
        drift);
  }
}
