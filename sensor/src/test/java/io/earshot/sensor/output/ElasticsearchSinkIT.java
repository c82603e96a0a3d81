package io.earshot.sensor.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.ElasticsearchSetup;
import io.earshot.kibana.IndexTemplates;
import io.earshot.kibana.OutputCheck;
import io.earshot.kibana.SetupReport;
import io.earshot.kibana.SetupReport.Outcome;
import io.earshot.kibana.StackException;
import io.earshot.sensor.document.DocumentEncoder;
import io.earshot.sensor.document.EncodedDocument;
import io.earshot.sensor.document.Samples;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sink and installer against a real server that starts empty; each test has its own namespace. */
class ElasticsearchSinkIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Backoff SOON = new Backoff(Duration.ofMillis(10), Duration.ofMillis(200));
  private static final ElasticsearchProcess SERVER = ElasticsearchProcess.start();

  @TempDir private static Path folder;
  private static Path spool = Path.of("");

  private final DocumentEncoder encoder = new DocumentEncoder();

  /** Before the installation, so that the first test does not depend on the order of tests. */
  @BeforeAll
  static void install() throws Exception {
    try (ElasticsearchSink sink = open(SERVER.connection())) {
      sink.deliver(new DocumentEncoder().encode(Samples.window()));
      assertThatThrownBy(sink::flush)
          .isInstanceOf(DeliveryException.class)
          .hasMessageContaining("earshot setup")
          .hasMessageContaining("1 documents wait");
      assertThat(sink.stats()).isEqualTo(new DeliveryStats(1, 0, 0, 0, 1, 0, Map.of()));

      SetupReport dry = setup(true);
      assertThat(dry.steps()).extracting(SetupReport.Step::outcome).containsOnly(Outcome.WOULD_DO);
      assertThat(SERVER.get("/_index_template/logs-earshot.window")).contains("not found");

      SetupReport report = setup(false);
      assertThat(report.steps())
          .filteredOn(step -> step.what().contains("template"))
          .hasSize(8)
          .allSatisfy(step -> assertThat(step.outcome()).isEqualTo(Outcome.DONE));

      sink.flush();
      assertThat(sink.stats()).isEqualTo(new DeliveryStats(1, 0, 1, 0, 0, 0, Map.of()));
    }
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void check_ofThisServer_isOkOrSaysWhatTheServerLacks() throws Exception {
    List<OutputCheck.Result> results = OutputCheck.run(SERVER.connection(), "checked");

    assertThat(results)
        .extracting(result -> result.what() + ' ' + result.outcome())
        .containsExactly(
            "connection OK",
            "version SKIPPED",
            "privileges SKIPPED",
            "templates OK",
            "document OK");
    assertThat(stored("metrics-earshot.sensor-checked")).isEmpty();
  }

  @Test
  void install_withALifecyclePolicy_isRefusedByAServerWithoutThem() {
    assertThatThrownBy(
            () ->
                ElasticsearchSetup.install(
                    SERVER.connection(),
                    new ElasticsearchSetup.Options(Duration.ofDays(30), false, true, "hot-warm")))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("refuses component template earshot@settings")
        .hasMessageContaining("index.lifecycle.name");
  }

  @Test
  void install_again_changesNothing() throws Exception {
    SetupReport report = setup(false);

    assertThat(report.unchanged()).isTrue();
    assertThat(report.steps())
        .filteredOn(step -> step.outcome() == Outcome.SKIPPED)
        .singleElement()
        .satisfies(
            step -> {
              assertThat(step.what()).isEqualTo("ingest pipeline earshot-ingested");
              assertThat(step.reason()).contains("No processor type exists with name [set]");
            });
  }

  @Test
  void install_newerVersionInPlace_isRefusedUnlessForced() throws Exception {
    String path = "/_component_template/earshot-sensor@mappings";
    String newer =
        "{\"template\":{\"mappings\":{}},\"_meta\":{\"version\":2,\"managed_by\":\"earshot\"}}";
    assertThat(SERVER.request("PUT", path, newer)).contains("\"acknowledged\":true");

    assertThatThrownBy(() -> setup(false))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("earshot-sensor@mappings in version 2, newer than this program's 1")
        .hasMessageNotContaining("\n");

    ElasticsearchSetup.Options force =
        new ElasticsearchSetup.Options(Duration.ofDays(30), false, true);
    SetupReport report = ElasticsearchSetup.install(SERVER.connection(), force);
    assertThat(report.steps())
        .filteredOn(step -> step.outcome() == Outcome.DONE)
        .extracting(SetupReport.Step::reason)
        .contains("replaces version 2");
    assertThat(setup(false).unchanged()).isTrue();
  }

  @Test
  void install_byDefault_keepsDocumentsForThirtyDays() throws Exception {
    assertThat(json(SERVER.get("/_component_template/earshot@settings")).findPath("data_retention"))
        .hasToString("\"30d\"");
  }

  @Test
  void deliver_manyDocuments_areReadBackAsTheyWereMade() throws Exception {
    List<EncodedDocument> documents =
        IntStream.range(0, 2500).mapToObj(i -> window("many", i)).toList();

    try (ElasticsearchSink sink = open(SERVER.connection())) {
      for (EncodedDocument document : documents) {
        sink.deliver(document);
      }
      sink.flush();
      assertThat(sink.stats()).isEqualTo(new DeliveryStats(2500, 0, 2500, 0, 0, 0, Map.of()));
    }

    Map<String, JsonNode> expected = new HashMap<>();
    for (EncodedDocument document : documents) {
      expected.put(document.id(), json(new String(document.json(), StandardCharsets.UTF_8)));
    }
    assertThat(stored("logs-earshot.window-many")).isEqualTo(expected);
  }

  @Test
  void deliver_everyKindOfDocument_isAcceptedByItsDataStream() throws Exception {
    List<EncodedDocument> documents =
        List.of(
            encoder.encode(Samples.window()),
            encoder.encode(Samples.stream()),
            encoder.encode(Samples.sensor()));

    try (ElasticsearchSink sink = open(SERVER.connection())) {
      for (EncodedDocument document : documents) {
        sink.deliver(document);
      }
      sink.flush();
      assertThat(sink.stats().delivered()).isEqualTo(3);
    }
    for (EncodedDocument document : documents) {
      assertThat(stored(document.dataStream())).containsKey(document.id());
    }
  }

  @Test
  void deliver_sameDocumentsAgain_storesThemOnce() throws Exception {
    List<EncodedDocument> documents =
        IntStream.range(0, 50).mapToObj(i -> window("again", i)).toList();
    for (int round = 0; round < 2; round++) {
      try (ElasticsearchSink sink = open(SERVER.connection())) {
        for (EncodedDocument document : documents) {
          sink.deliver(document);
        }
        sink.flush();
        assertThat(sink.stats())
            .isEqualTo(new DeliveryStats(50, 0, 50, 50L * round, 0, 0, Map.of()));
      }
    }

    assertThat(stored("logs-earshot.window-again")).hasSize(50);
  }

  @Test
  void deliver_badItemsAmongGoodOnes_onlyTheyAreDeadLetters() throws Exception {
    byte[] wrongType =
        "{\"@timestamp\":\"2026-03-01T20:00:00Z\",\"client\":{\"ip\":\"not an address\"}}"
            .getBytes(StandardCharsets.UTF_8);
    byte[] notJson = "{\"@timestamp\":".getBytes(StandardCharsets.UTF_8);

    try (ElasticsearchSink sink = open(SERVER.connection())) {
      sink.deliver(window("bad", 0));
      sink.deliver(new EncodedDocument("logs-earshot.window-bad", "wrong-type", wrongType));
      sink.deliver(window("bad", 1));
      sink.deliver(new EncodedDocument("logs-earshot.window-bad", "not-json", notJson));
      sink.deliver(window("bad", 2));
      sink.flush();

      assertThat(sink.stats()).isEqualTo(new DeliveryStats(5, 0, 3, 0, 0, 2, Map.of()));
      List<DeadLetter> refused = new ArrayList<>();
      DeadLetterFile.read(spool.resolve(DeadLetterFile.NAME), refused::add);
      assertThat(refused)
          .extracting(letter -> letter.document().id())
          .containsExactly("wrong-type", "not-json");
      assertThat(refused.getFirst().status()).isEqualTo(400);
      assertThat(refused.getFirst().reason())
          .contains("client.ip")
          .contains("'not an address' is not an IP string literal");
    }
    assertThat(stored("logs-earshot.window-bad")).hasSize(3);
  }

  @Test
  void dataStream_madeByTheFirstDocument_hasTheTemplatesFields() throws Exception {
    try (ElasticsearchSink sink = open(SERVER.connection())) {
      sink.deliver(window("mapped", 0));
    }

    JsonNode mappings =
        json(SERVER.get("/logs-earshot.window-mapped/_mapping")).elements().next().path("mappings");
    assertThat(mappings.path("dynamic").asText()).isEqualTo("false");
    IndexTemplates.fields("logs-earshot.window")
        .forEach(
            (field, type) ->
                assertThat(
                        mappings
                            .at("/properties/" + field.replace(".", "/properties/") + "/type")
                            .asText())
                    .as(field)
                    .isEqualTo(type));
    SERVER.request("POST", "/logs-earshot.window-mapped/_refresh", "");
    JsonNode found =
        json(
            SERVER.request(
                "POST",
                "/logs-earshot.window-mapped/_search",
                """
                {"query":{"bool":{"filter":[
                  {"term":{"client.ip":"192.0.2.0/24"}},
                  {"term":{"spotify.quality.label":"normal"}},
                  {"range":{"spotify.quality.probabilities.normal":{"gt":0.69}}},
                  {"range":{"@timestamp":{"gte":"2026-03-01","lte":"2026-03-02"}}}]}}}\
                """));
    assertThat(found.at("/hits/total/value").asInt()).isEqualTo(1);
  }

  @Test
  void install_nothingListens_saysSoInOneLine() throws Exception {
    int port;
    try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = unused.getLocalPort();
    }
    ElasticsearchConnection nowhere = ElasticsearchConnection.of("http://127.0.0.1:" + port);

    assertThatThrownBy(
            () -> ElasticsearchSetup.install(nowhere, ElasticsearchSetup.Options.defaults()))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("Elasticsearch at http://127.0.0.1:" + port + " cannot be reached")
        .hasMessageContaining("Connection refused")
        .hasMessageContaining("check that it runs there")
        .hasMessageNotContaining("\n");
  }

  @Test
  void deliver_serverKilledAndBack_losesAndDoublesNothing(@TempDir Path work) throws Exception {
    ElasticsearchProcess first = ElasticsearchProcess.start(work, 0);
    ElasticsearchSetup.install(first.connection(), ElasticsearchSetup.Options.defaults());
    try (ElasticsearchSink sink = open(first.connection(), Duration.ofSeconds(2))) {
      sink.deliver(window("killed", 0));
      sink.flush();
      first.kill();
      sink.deliver(window("killed", 1));
      assertThatThrownBy(sink::flush).hasMessageContaining("1 documents wait in");
      assertThat(sink.stats()).isEqualTo(new DeliveryStats(2, 0, 1, 0, 1, 0, Map.of()));

      try (ElasticsearchProcess second = ElasticsearchProcess.start(work, first.port())) {
        sink.deliver(window("killed", 2));
        sink.flush();

        assertThat(sink.stats()).isEqualTo(new DeliveryStats(3, 0, 3, 0, 0, 0, Map.of()));
        second.request("POST", "/logs-earshot.window-killed/_refresh", "");
        assertThat(json(second.get("/logs-earshot.window-killed/_count")).path("count").asInt())
            .isEqualTo(3);
      }
    }
  }

  /** A sink with a spool of its own. */
  private static ElasticsearchSink open(ElasticsearchConnection connection) throws Exception {
    return open(connection, Duration.ofSeconds(60));
  }

  private static ElasticsearchSink open(ElasticsearchConnection connection, Duration patience)
      throws Exception {
    spool = Files.createTempDirectory(folder, "spool");
    return ElasticsearchSink.open(
        connection,
        new ElasticsearchSink.Settings(
            SpoolSettings.of(spool, 64 << 20, FullSpool.BLOCK),
            SOON,
            patience,
            Duration.ofSeconds(5)));
  }

  private static SetupReport setup(boolean dryRun) throws StackException {
    return ElasticsearchSetup.install(
        SERVER.connection(), new ElasticsearchSetup.Options(Duration.ofDays(30), dryRun, false));
  }

  private EncodedDocument window(String namespace, int sequence) {
    EncodedDocument document = encoder.encode(Samples.window(sequence));
    String name = document.dataStream().replace("-default", '-' + namespace);
    return new EncodedDocument(name, document.id(), document.json());
  }

  private static Map<String, JsonNode> stored(String dataStream) throws IOException {
    SERVER.request("POST", '/' + dataStream + "/_refresh", "");
    JsonNode answer = json(SERVER.get('/' + dataStream + "/_search?size=10000"));
    Map<String, JsonNode> byId = new HashMap<>();
    for (JsonNode hit : answer.at("/hits/hits")) {
      byId.put(hit.path("_id").asText(), hit.path("_source"));
    }
    return byId;
  }

  private static JsonNode json(String text) throws JsonProcessingException {
    return JSON.readTree(text);
  }
}
