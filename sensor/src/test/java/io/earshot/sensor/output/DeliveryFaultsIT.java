package io.earshot.sensor.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.ElasticsearchConnection.Trust;
import io.earshot.kibana.ElasticsearchSetup;
import io.earshot.sensor.document.DocumentEncoder;
import io.earshot.sensor.document.EncodedDocument;
import io.earshot.sensor.document.Samples;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * The fault matrix: whatever happens on the way, a real Elasticsearch ends up with exactly the
 * documents that were made, each once, and the counters add up. {@code
 * deploy/checks/delivery-faults} runs it and prints the table that it leaves in {@code
 * target/delivery-faults.md}.
 */
class DeliveryFaultsIT {
  static final Backoff BACKOFF = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1));

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String PASSWORD = "changeit";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final DocumentEncoder ENCODER = new DocumentEncoder();
  private static final List<String> ROWS = new ArrayList<>();

  @TempDir private static Path serverFolder;

  @SuppressWarnings("NullAway.Init")
  private static ElasticsearchProcess server;

  @TempDir private Path folder;
  private FaultyProxy proxy = new FaultyProxy(0);
  private String namespace = "";
  private long faultEndedNanos;

  @BeforeAll
  static void install() throws Exception {
    server = ElasticsearchProcess.start(serverFolder, 0);
    ElasticsearchSetup.install(server.connection(), ElasticsearchSetup.Options.defaults());
  }

  @AfterAll
  static void writeTable() throws IOException {
    server.close();
    String head =
        """
        | fault | made | delivered | duplicated | dead-lettered | lost | sent again | time to recover |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
        """;
    ROWS.sort(null);
    Files.writeString(Path.of("target", "delivery-faults.md"), head + String.join("", ROWS));
  }

  @BeforeEach
  void listen(TestInfo test) throws IOException {
    namespace = test.getTestMethod().orElseThrow().getName().split("_")[0].toLowerCase(Locale.ROOT);
    proxy = new FaultyProxy(server.port());
    proxy.listen(null);
  }

  @AfterEach
  void closeProxy() {
    proxy.close();
  }

  @Test
  void refused_connection() throws Exception {
    try (ElasticsearchSink sink = open(connection())) {
      make(sink, 0, 1000);
      sink.flush();
      proxy.refuse();
      make(sink, 1000, 3000);
      awaitFailures(sink, 2);
      proxy.listen(null);
      ended();
      sink.flush();
      report("connection refused", sink.stats(), 3000, 0);
    }
  }

  @Test
  void hang_untilTheTimeForAnAnswerIsOver() throws Exception {
    try (ElasticsearchSink sink = open(connection().answering(Duration.ofSeconds(1)))) {
      proxy.mode(FaultyProxy.Mode.HANG);
      make(sink, 0, 2000);
      awaitFailures(sink, 2);
      proxy.mode(FaultyProxy.Mode.PASS);
      ended();
      sink.flush();
      report("request hangs", sink.stats(), 2000, 0);
    }
  }

  @Test
  void flood_of429() throws Exception {
    withMode(FaultyProxy.Mode.TOO_MANY_REQUESTS, 5, "429 to everything");
  }

  @Test
  void unavailable_503() throws Exception {
    withMode(FaultyProxy.Mode.UNAVAILABLE, 5, "503 to everything");
  }

  @Test
  void lost_answer() throws Exception {
    withMode(FaultyProxy.Mode.LOSE_ANSWER, 2, "stored, but the answer is lost");
  }

  @Test
  void cut_answer() throws Exception {
    withMode(FaultyProxy.Mode.CUT_ANSWER, 2, "stored, but the answer is cut");
  }

  private void withMode(FaultyProxy.Mode mode, int failures, String fault) throws Exception {
    try (ElasticsearchSink sink = open(connection())) {
      proxy.mode(mode);
      make(sink, 0, 2000);
      awaitFailures(sink, failures);
      proxy.mode(FaultyProxy.Mode.PASS);
      ended();
      sink.flush();
      report(fault, sink.stats(), 2000, 0);
    }
  }

  @Test
  void bad_itemsInABatch() throws Exception {
    byte[] wrongType =
        "{\"@timestamp\":\"2026-03-01T20:00:00Z\",\"client\":{\"ip\":\"nowhere\"}}"
            .getBytes(StandardCharsets.UTF_8);
    try (ElasticsearchSink sink = open(connection())) {
      make(sink, 0, 500);
      sink.deliver(new EncodedDocument(dataStream(), "bad-1", wrongType));
      make(sink, 500, 999);
      sink.deliver(
          new EncodedDocument(dataStream(), "bad-2", "{".getBytes(StandardCharsets.UTF_8)));
      make(sink, 999, 1998);
      ended();
      sink.flush();
      report("two bad items in a batch", sink.stats(), 2000, 2);
    }
    List<String> refused = new ArrayList<>();
    DeadLetterFile.read(
        folder.resolve("spool").resolve(DeadLetterFile.NAME),
        letter -> refused.add(letter.document().id()));
    assertThat(refused).containsExactlyInAnyOrder("bad-1", "bad-2");
  }

  @Test
  void tls_ofSomebodyElse() throws Exception {
    Path wrong = certificate("wrong");
    Path right = certificate("right");
    proxy.refuse();
    proxy.listen(tls(wrong));
    ElasticsearchConnection pinned =
        ElasticsearchConnection.of(
            List.of(URI.create("https://127.0.0.1:" + proxy.port())),
            null,
            new Trust.CaFile(right.resolveSibling("right.pem")));
    try (ElasticsearchSink sink = open(pinned)) {
      make(sink, 0, 2000);
      awaitFailures(sink, 2);
      assertThat(sink.status().reason()).contains("TLS fails").contains("CA file");
      assertThat(proxy.passedOn()).isZero();
      proxy.refuse();
      proxy.listen(tls(right));
      ended();
      sink.flush();
      report("TLS failure, then repaired", sink.stats(), 2000, 0);
    }
  }

  @Test
  void serverkill_midBulk() throws Exception {
    try (ElasticsearchSink sink = open(connection())) {
      proxy.mode(FaultyProxy.Mode.HOLD_ANSWER);
      make(sink, 0, 3000);
      await().atMost(PATIENCE).until(() -> proxy.passedOn() > 0);
      int port = server.port();
      server.kill();
      proxy.mode(FaultyProxy.Mode.LOSE_ANSWER);
      make(sink, 3000, 4000);
      awaitFailures(sink, 1);
      proxy.mode(FaultyProxy.Mode.PASS);
      ended();
      server = ElasticsearchProcess.start(serverFolder, port);
      sink.flush();
      report("Elasticsearch killed in mid-bulk, restarted", sink.stats(), 4000, 0);
    }
  }

  @Test
  void sensorkill_midBulk() throws Exception {
    Path spool = folder.resolve("spool");
    proxy.mode(FaultyProxy.Mode.HOLD_ANSWER);
    int safe;
    try (FeedingProcess first = new FeedingProcess(url(), spool, namespace, 0, 4000)) {
      await().atMost(PATIENCE).until(() -> proxy.passedOn() > 0 && first.safe() >= 3000);
      first.kill();
      safe = first.safe();
    }
    proxy.mode(FaultyProxy.Mode.PASS);
    int made = safe + 500;
    ended();
    try (FeedingProcess second = new FeedingProcess(url(), spool, namespace, safe, made)) {
      second.awaitDone();
    }
    // The first run may have taken more than it could say; those are in the spool or nowhere.
    report("sensor killed with -9 in mid-bulk, restarted", null, made, 0);
  }

  @Test
  void analyzekill_midBulk() throws Exception {
    String captures = folder.resolve("captures").toString();
    earshot("simulate", "--out", captures, "--sessions", "2", "--seed", "5").awaitEnd();
    String[] analyze = {"analyze", "--dir", captures, "--window", "1s", "--namespace", namespace};
    Set<String> expected = new TreeSet<>();
    for (String line : earshot(with(analyze, "-o", "ndjson")).awaitEnd()) {
      JsonNode document = JSON.readTree(line);
      if (document.at("/event/dataset").asText().equals("earshot.window")) {
        expected.add(document.at("/event/id").asText());
      }
    }
    String[] index =
        with(analyze, "--index", "--url", url(), "--spool", folder.resolve("spool").toString());
    proxy.mode(FaultyProxy.Mode.HOLD_ANSWER);
    try (EarshotProcess first = earshot(index)) {
      await().atMost(PATIENCE).until(() -> proxy.passedOn() > 0);
      first.kill();
    }
    proxy.mode(FaultyProxy.Mode.PASS);
    ended();
    earshot(index).awaitEnd();
    Map<String, Integer> stored = stored();
    row(
        "earshot analyze --index killed with -9, run again",
        expected.size(),
        stored,
        expected,
        0,
        null);
  }

  private static String[] with(String[] some, String... more) {
    return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
  }

  private EarshotProcess earshot(String... arguments) throws IOException {
    return new EarshotProcess(folder.resolve("said"), arguments);
  }

  @Test
  void disk_fullThenFreed() throws Exception {
    Path spool = folder.resolve("spool");
    proxy.mode(FaultyProxy.Mode.UNAVAILABLE);
    try (FeedingProcess sensor = new FeedingProcess(url(), spool, namespace, 0, 6000)) {
      limitFiles(sensor.pid(), Long.toString(2 << 20));
      await().atMost(PATIENCE).until(() -> sensor.said().contains("cannot be written"));
      int safe = sensor.safe();
      assertThat(safe).isLessThan(6000);
      proxy.mode(FaultyProxy.Mode.PASS);
      limitFiles(sensor.pid(), "unlimited");
      ended();
      sensor.awaitDone();
    }
    report("disk full (file-size limit), then freed", null, 6000, 0);
  }

  private static void limitFiles(long pid, String soft) throws Exception {
    Process prlimit =
        new ProcessBuilder("prlimit", "--pid", Long.toString(pid), "--fsize=" + soft + ":unlimited")
            .inheritIO()
            .start();
    assertThat(prlimit.waitFor()).isZero();
  }

  @Test
  void rollover_midOutage() throws Exception {
    try (ElasticsearchSink sink = open(connection())) {
      make(sink, 0, 500);
      sink.flush();
      proxy.mode(FaultyProxy.Mode.LOSE_ANSWER);
      make(sink, 500, 2000);
      awaitFailures(sink, 1);
      proxy.refuse();
      rollOver();
      make(sink, 2000, 2500);
      proxy.mode(FaultyProxy.Mode.PASS);
      proxy.listen(null);
      ended();
      sink.flush();
      report("roll-over in mid-outage, answers lost", sink.stats(), 2500, 0);
    }
    assertThat(backingIndices()).isEqualTo(2);
  }

  @Test
  void rolloverkill_betweenTwoRuns() throws Exception {
    Path spool = folder.resolve("spool");
    proxy.mode(FaultyProxy.Mode.HOLD_ANSWER);
    int safe;
    try (FeedingProcess first = new FeedingProcess(url(), spool, namespace, 0, 3000)) {
      await().atMost(PATIENCE).until(() -> proxy.passedOn() > 0 && first.safe() >= 2000);
      first.kill();
      safe = first.safe();
    }
    rollOver();
    proxy.mode(FaultyProxy.Mode.PASS);
    ended();
    try (FeedingProcess second = new FeedingProcess(url(), spool, namespace, safe, safe)) {
      second.awaitDone();
    }
    report("sensor killed with -9, roll-over, restarted", null, safe, 0);
    assertThat(backingIndices()).isEqualTo(2);
  }

  static EncodedDocument document(String namespace, int sequence) {
    EncodedDocument document = ENCODER.encode(Samples.window(sequence));
    return new EncodedDocument(dataStream(namespace), document.id(), document.json());
  }

  private static String dataStream(String namespace) {
    return "logs-earshot.window-" + namespace;
  }

  private String dataStream() {
    return dataStream(namespace);
  }

  private ElasticsearchSink open(ElasticsearchConnection connection) throws DeliveryException {
    return ElasticsearchSink.open(
        connection,
        new ElasticsearchSink.Settings(
            SpoolSettings.of(folder.resolve("spool"), 64 << 20, FullSpool.BLOCK),
            BACKOFF,
            PATIENCE,
            Duration.ofSeconds(10)));
  }

  private String url() {
    return "http://127.0.0.1:" + proxy.port();
  }

  private ElasticsearchConnection connection() {
    return ElasticsearchConnection.of(url());
  }

  private void make(ElasticsearchSink sink, int from, int to) throws DeliveryException {
    for (int i = from; i < to; i++) {
      sink.deliver(document(namespace, i));
    }
  }

  private static void awaitFailures(ElasticsearchSink sink, int failures) {
    await().atMost(PATIENCE).until(() -> sink.status().failures() >= failures);
  }

  private void ended() {
    faultEndedNanos = System.nanoTime();
  }

  private void rollOver() {
    assertThat(server.request("POST", '/' + dataStream() + "/_rollover", ""))
        .contains("\"rolled_over\":true");
  }

  private int backingIndices() throws IOException {
    return JSON.readTree(server.get("/_resolve/index/" + dataStream()))
        .at("/data_streams/0/backing_indices")
        .size();
  }

  /** How often each id is stored. */
  private Map<String, Integer> stored() throws IOException {
    Map<String, Integer> stored = new HashMap<>();
    server.request("POST", '/' + dataStream() + "/_refresh", "");
    JSON.readTree(server.get('/' + dataStream() + "/_search?size=10000&_source=false"))
        .at("/hits/hits")
        .forEach(hit -> stored.merge(hit.path("_id").asText(), 1, Integer::sum));
    return stored;
  }

  /** Holds what is stored against what was made, and writes the row. */
  private void report(String fault, @Nullable DeliveryStats stats, int made, int dead)
      throws IOException {
    Map<String, Integer> stored = stored();
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < made - dead; i++) {
      expected.add(document(namespace, i).id());
    }
    row(fault, made, stored, expected, dead, stats);
    if (stats != null) {
      assertThat(stats)
          .isEqualTo(
              new DeliveryStats(made, 0, made - dead, stats.duplicates(), 0, dead, Map.of()));
      assertThat(stored).hasSize(made - dead);
    }
  }

  private void row(
      String fault,
      int made,
      Map<String, Integer> stored,
      Set<String> expected,
      int dead,
      @Nullable DeliveryStats stats) {
    double seconds = (System.nanoTime() - faultEndedNanos) / 1e9;
    int duplicated = stored.values().stream().mapToInt(copies -> copies - 1).sum();
    Set<String> lost = new TreeSet<>(expected);
    lost.removeAll(stored.keySet());
    ROWS.add(
        String.format(
            Locale.ROOT,
            "| %s | %,d | %,d | %,d | %,d | %,d | %s | %.1f s |%n",
            fault,
            made,
            expected.size() - lost.size(),
            duplicated,
            dead,
            lost.size(),
            stats == null ? "" : String.format(Locale.ROOT, "%,d", stats.duplicates()),
            seconds));
    assertThat(expected).isNotEmpty();
    assertThat(lost).as("documents that were made and are not there").isEmpty();
    assertThat(duplicated).as("documents stored twice").isZero();
  }

  private Path certificate(String name) throws Exception {
    Path store = folder.resolve(name + ".p12");
    keytool(
        "-genkeypair",
        "-alias",
        "server",
        "-keyalg",
        "EC",
        "-dname",
        "CN=" + name,
        "-ext",
        "SAN=ip:127.0.0.1",
        "-ext",
        "BC=ca:true",
        "-validity",
        "2",
        "-storetype",
        "PKCS12",
        "-keystore",
        store.toString(),
        "-storepass",
        PASSWORD);
    keytool(
        "-exportcert",
        "-rfc",
        "-alias",
        "server",
        "-keystore",
        store.toString(),
        "-storepass",
        PASSWORD,
        "-file",
        folder.resolve(name + ".pem").toString());
    return store;
  }

  private static void keytool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  private static SSLContext tls(Path store) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }
}
