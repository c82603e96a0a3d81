package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.earshot.kibana.ElasticsearchSetup;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SimulatedDataset;
import io.earshot.sensor.capture.CaptureEngine;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.LiveOptions;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.capture.PcapWriter;
import io.earshot.sensor.capture.VethPair;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.output.ElasticsearchProcess;
import io.earshot.sensor.pipeline.TestModels;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code earshot run} as a process of its own at one end of a veth pair, tcpreplay in a network
 * namespace at the other, a real Elasticsearch behind. Beside it, the test writes down what was on
 * the wire, for the comparison.
 */
@Timeout(240)
class DaemonIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Its first session is a web player with four megabytes of audio and nobody beside it. */
  private static final long SEED = 233;

  private static final int WHOLE_FRAMES = 65_535;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Pattern PORT = Pattern.compile("figures at port (\\d+)");

  @TempDir Path folder;
  private final List<Process> processes = new ArrayList<>();
  private VethPair veth;
  private @Nullable NotifyPeer systemd;
  private Path model;

  @BeforeEach
  void connect() throws Exception {
    veth = VethPair.make();
    model = TestModels.write(folder.resolve("models"));
  }

  @AfterEach
  void disconnect() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
    if (systemd != null) {
      systemd.close();
    }
    if (veth != null) {
      veth.remove();
    }
  }

  private Path simulate() throws IOException {
    Path dataset = folder.resolve("dataset");
    SimulatedDataset.write(
        dataset,
        1,
        SEED,
        new SimulatedDataset.Options(WHOLE_FRAMES, false, ClientProfile.WEB_H1, _ -> {}));
    return dataset.resolve("session-00001.pcap");
  }

  @Test
  void run_ofAReplayedCapture_indexesTheWindowsOfAnalyzeAndLosesNoneToReloads() throws Throwable {
    Path capture = simulate();
    try (ElasticsearchProcess server = ElasticsearchProcess.start();
        NotifyPeer manager = new NotifyPeer(folder.resolve("notify").toString())) {
      systemd = manager;
      ElasticsearchSetup.install(server.connection(), ElasticsearchSetup.Options.defaults());
      Path configuration = configuration(server.port(), "2m");
      Process daemon =
          start(
              "daemon",
              Map.of(
                  "NOTIFY_SOCKET", folder.resolve("notify").toString(), "WATCHDOG_USEC", "4000000"),
              "run",
              "-c",
              configuration.toString());
      List<String> told = new ArrayList<>();
      await()
          .atMost(SOON)
          .until(() -> !daemon.isAlive() || told(manager, told).contains("READY=1"));
      assertThat(daemon.isAlive()).as(log("daemon")).isTrue();
      assertNothingOfTheRehearsal();
      PacketSource beside =
          CaptureEngine.AF_PACKET.open(veth.sensorEnd(), LiveOptions.of(null, null));
      Path saved = folder.resolve("saved.pcap");
      Thread saver = Thread.ofPlatform().start(() -> save(beside, saved));
      await().atMost(SOON).until(() -> listeners() == 2);

      Thread replay = Thread.ofVirtual().start(() -> send(capture));
      for (int i = 0; i < 20; i++) {
        configuration(server.port(), i % 2 == 0 ? "3m" : "2m");
        signal("HUP", daemon);
        String done = "reloads_total{outcome=\"done\"} " + (i + 1) + ".0";
        await()
            .atMost(SOON)
            .pollInterval(Duration.ofMillis(20))
            .until(() -> !told(manager, told).isEmpty() && page("/metrics").contains(done));
      }
      Files.writeString(configuration, "capture: {interfaces: [");
      signal("HUP", daemon);
      await().atMost(SOON).until(() -> log("daemon").contains("Nothing was reloaded"));
      signal("USR1", daemon);
      await().atMost(SOON).until(() -> !told(manager, told).isEmpty() && !replay.isAlive());
      beside.stop();
      saver.join();
      assertThat(page("/health")).isEqualTo("ok\n");

      long begin = System.nanoTime();
      signal("TERM", daemon);
      await()
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> !told(manager, told).isEmpty() && !daemon.isAlive());
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      assertThat(daemon.exitValue()).as(log("daemon")).isZero();
      assertThat(took).isLessThan(Duration.ofSeconds(5));

      assertThat(told(manager, told))
          .contains("RELOADING=1", "WATCHDOG=1", "STATUS=1 streams", "STOPPING=1");
      assertLog(daemon);
      assertSameWindows(server);
    }
  }

  private void assertNothingOfTheRehearsal() throws Exception {
    assertThat(page("/metrics"))
        .containsPattern("earshot_flows_spotify_total\\{.*} 0\\.0")
        .contains("earshot_windows_closed_total 0.0", "earshot_streams_active 0.0");
  }

  private void assertLog(Process daemon) throws IOException {
    List<String> lines = log("daemon").lines().toList();
    for (String line : lines) {
      JsonNode entry = JSON.readTree(line);
      assertThat(entry.path("ecs.version").asText()).as(line).isNotEmpty();
    }
    assertThat(log("daemon"))
        .contains("Reloaded; alert.open_after changed", "no thread is stuck", "Stopped after")
        .doesNotContain("contradict", "mistake", "\"log.level\":\"ERROR\"");
    assertThat(daemon.isAlive()).isFalse();
  }

  /** Windows of the last packets may differ: the file ends there, the wire does not. */
  private void assertSameWindows(ElasticsearchProcess server) throws Exception {
    Process offline =
        start(
            "offline",
            Map.of(),
            "analyze",
            "--pcap",
            folder.resolve("saved.pcap").toString(),
            "-o",
            "ndjson",
            "--sensor",
            "it",
            "--model",
            model.toString());
    assertThat(offline.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(offline.exitValue()).as(log("offline")).isZero();
    Map<String, String> expected = new TreeMap<>();
    for (String line : Files.readAllLines(folder.resolve("offline.out"))) {
      JsonNode document = JSON.readTree(line);
      if (document.at("/event/dataset").asText().equals("earshot.window")) {
        add(document, expected);
      }
    }
    assertThat(expected).hasSizeGreaterThan(1);
    expected.remove(expected.keySet().stream().max(String::compareTo).orElseThrow());

    assertThat(server.request("POST", "/_refresh", "")).contains("_shards");
    JsonNode found =
        JSON.readTree(
            server.request(
                "POST",
                "/logs-earshot.window-default/_search?size=1000",
                "{\"query\":{\"match_all\":{}}}"));
    Map<String, String> indexed = new TreeMap<>();
    found.at("/hits/hits").forEach(hit -> add(hit.path("_source"), indexed));
    Map<String, String> seen = new TreeMap<>(indexed);
    seen.keySet().retainAll(expected.keySet());
    assertThat(seen).isEqualTo(expected);

    JsonNode sensor =
        JSON.readTree(
            server.request(
                "POST",
                "/metrics-earshot.sensor-default/_search?size=1000",
                "{\"sort\":[{\"@timestamp\":\"desc\"}]}"));
    JsonNode last = sensor.at("/hits/hits/0/_source/earshot");
    assertThat(last.at("/windows/closed").asInt()).isEqualTo(indexed.size());
    assertThat(last.at("/capture/frames_received").asInt()).isPositive();
    assertThat(last.at("/model/name").asText()).isEqualTo("noise");
  }

  private static void add(JsonNode document, Map<String, String> windows) {
    String key = document.at("/client/ip").asText() + ' ' + document.at("/event/start").asText();
    windows.put(
        key,
        "%s %s packets, %s bytes, %s objects"
            .formatted(
                document.at("/spotify/quality/label").asText(),
                document.at("/spotify/window/packets").asText(),
                document.at("/spotify/window/bytes").asText(),
                document.at("/spotify/window/objects").asText()));
  }

  @Test
  void run_whoseInterfaceGoesAway_waitsForItAndGoesOn() throws Exception {
    Path capture = simulate();
    Path file = folder.resolve("earshot.yml");
    Files.writeString(
        file,
        """
        sensor: {name: it}
        capture: {interfaces: [%s]}
        model: {directory: %s}
        output: {files: {directory: out}}
        metrics: {listen: "127.0.0.1:0"}
        """
            .formatted(veth.sensorEnd(), model));
    Process daemon = start("daemon", Map.of(), "run", "-c", file.toString());
    await().atMost(SOON).until(() -> !daemon.isAlive() || log("daemon").contains("listens on"));
    assertThat(daemon.isAlive()).as(log("daemon")).isTrue();

    veth.removeInterfaces();
    await().atMost(SOON).until(() -> page("/health").equals("ok\n"));
    veth.connect();
    await().atMost(SOON).until(veth::isListenedOn);
    veth.send(capture, "--mbps=40");
    await().atMost(SOON).until(() -> page("/metrics").contains("earshot_streams_active 1.0"));

    signal("TERM", daemon);
    assertThat(daemon.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(daemon.exitValue()).as(log("daemon")).isZero();
    assertThat(log("daemon")).doesNotContain("contradict");
    assertThat(Files.readAllLines(folder.resolve("out/logs-earshot.stream-default.ndjson")))
        .hasSize(1);
  }

  private Path configuration(int port, String openAfter) throws IOException {
    Path file = folder.resolve("earshot.yml");
    Path whole = folder.resolve("earshot.yml.new");
    Files.writeString(
        whole,
        """
        sensor: {name: it, site: North}
        capture: {interfaces: [%s]}
        model: {directory: %s}
        endpoints: {file: endpoints.json}
        output:
          elasticsearch:
            urls: ["http://127.0.0.1:%d"]
            spool: {directory: spool}
        alert: {open_after: %s}
        metrics: {listen: "127.0.0.1:0"}
        log: {format: ecs_json}
        """
            .formatted(veth.sensorEnd(), model, port, openAfter));
    Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    return file;
  }

  /** Writes down what is on the wire, whole. */
  private static void save(PacketSource source, Path target) {
    try (source;
        PcapWriter writer = PcapWriter.create(target, LinkType.ETHERNET, WHOLE_FRAMES)) {
      source.run(
          (data, offset, captured, wire, tsNanos, linkType, interfaceId) -> {
            try {
              writer.write(data, offset, captured, wire, tsNanos);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (IOException | CaptureException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Slow enough that it lasts longer than a window, wherever in one it begins. */
  private void send(Path capture) {
    try {
      veth.send(capture, "--mbps=3");
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Everything that the service manager was told so far. */
  private static String told(NotifyPeer manager, List<String> told) {
    try {
      for (String next = manager.receive(); !next.isEmpty(); next = manager.receive()) {
        told.add(next);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    return String.join("\n", told);
  }

  /** Packet sockets on the sensor's end. */
  private long listeners() throws IOException {
    String index = Files.readString(Path.of("/sys/class/net", veth.sensorEnd(), "ifindex")).strip();
    try (Stream<String> lines = Files.lines(Path.of("/proc/net/packet"))) {
      return lines
          .map(line -> line.strip().split("\\s+"))
          .filter(fields -> fields.length > 4 && fields[4].equals(index))
          .count();
    }
  }

  private String page(String path) throws IOException, InterruptedException {
    Matcher port = PORT.matcher(log("daemon"));
    assertThat(port.find()).as(log("daemon")).isTrue();
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.group(1) + path))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private static void signal(String name, Process process)
      throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  private Process start(String name, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "io.earshot.sensor.cli.Earshot"));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(said(name, "out"))
            .redirectError(said(name, "err"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private File said(String name, String stream) {
    return folder.resolve(name + "." + stream).toFile();
  }

  private String log(String name) throws IOException {
    return Files.readString(said(name, "err").toPath());
  }
}
