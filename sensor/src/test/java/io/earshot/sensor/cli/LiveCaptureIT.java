package io.earshot.sensor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SimulatedDataset;
import io.earshot.sensor.pipeline.TestModels;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A simulated session through a real kernel: tcpreplay in a network namespace of its own, the
 * program on the other end of a veth pair.
 */
@Timeout(120)
class LiveCaptureIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Its first session is a web player with four megabytes of audio and nobody beside it. */
  private static final long SEED = 233;

  private static final int WHOLE_FRAMES = 65_535;
  private static final int LISTEN_SECONDS = 8;

  private final long pid = ProcessHandle.current().pid() % 1_000_000;
  private final String namespace = "earshot-" + pid;
  private final String sensorEnd = "ear" + pid + "a";
  private final String senderEnd = "ear" + pid + "b";

  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void connect() throws IOException, InterruptedException, ModelBundleException {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "skipped: a network namespace needs root");
    for (String tool : new String[] {"ip", "tcpreplay"}) {
      assumeTrue(installed(tool), "skipped: " + tool + " is not installed");
    }
    Run made = run("ip", "netns", "add", namespace);
    assumeTrue(made.code == 0, "skipped: no network namespace can be made here: " + made.err);
    must("ip", "link", "add", sensorEnd, "type", "veth", "peer", "name", senderEnd);
    must("ip", "link", "set", senderEnd, "netns", namespace);
    // Without an address of its own neither end says anything.
    must("ip", "link", "set", sensorEnd, "addrgenmode", "none");
    must("ip", "-n", namespace, "link", "set", senderEnd, "addrgenmode", "none");
    must("ip", "link", "set", sensorEnd, "up");
    must("ip", "-n", namespace, "link", "set", senderEnd, "up");
    model = TestModels.write(folder.resolve("models"));
  }

  @AfterEach
  void disconnect() throws IOException, InterruptedException {
    if (installed("ip")) {
      run("ip", "link", "delete", sensorEnd);
      run("ip", "netns", "delete", namespace);
    }
  }

  @Test
  void analyzeLive_ofAReplayedCapture_seesWhatTheFileHolds() throws Exception {
    Path dataset = folder.resolve("dataset");
    SimulatedDataset.write(
        dataset,
        1,
        SEED,
        new SimulatedDataset.Options(WHOLE_FRAMES, false, ClientProfile.WEB_H1, _ -> {}));
    Path capture = dataset.resolve("session-00001.pcap");
    Run fromFile = run(earshot("analyze", "--pcap", capture.toString(), "-o", "json"));
    assertThat(fromFile.code).as(fromFile.err).isZero();

    Process listening =
        start(
            "live",
            earshot(
                "analyze",
                "--live",
                "-i",
                sensorEnd,
                "-d",
                Integer.toString(LISTEN_SECONDS),
                "-o",
                "json"));
    Run live;
    try {
      await().atMost(Duration.ofSeconds(30)).until(() -> !listening.isAlive() || socketIsOpen());
      Run sent =
          run(
              "ip",
              "netns",
              "exec",
              namespace,
              "tcpreplay",
              "-i",
              senderEnd,
              "--mbps=40",
              capture.toString());
      assertThat(sent.code).as(sent.err + sent.out).isZero();
      live = finish("live", listening);
    } finally {
      listening.destroyForcibly();
    }

    assertThat(live.code).as(live.err).isZero();
    assertThat(live.err).doesNotContain("dropped", "contradict");
    JsonNode expected = JSON.readTree(fromFile.out);
    JsonNode seen = JSON.readTree(live.out);
    assertThat(expected.get("packets").asLong()).isPositive();
    assertThat(seen.get("packets").asLong()).isEqualTo(expected.get("packets").asLong());
    for (String counter : new String[] {"decoded", "flows", "spotify_flows"}) {
      assertThat(seen.at("/counters/" + counter))
          .as(counter)
          .isEqualTo(expected.at("/counters/" + counter));
    }
    assertThat(expected.at("/counters/spotify_flows").asLong()).isPositive();
    assertThat(expected.at("/streams/0/evidence/audio_bytes").asLong()).isGreaterThan(1_000_000);
    assertThat(streams(seen)).isEqualTo(streams(expected));
  }

  /** Who listens, what named the flows, and how much audio came; times differ by nature. */
  private static List<String> streams(JsonNode analysis) {
    return StreamSupport.stream(analysis.get("streams").spliterator(), false)
        .map(
            stream ->
                "%s %s %s"
                    .formatted(
                        stream.get("client").asText(),
                        stream.at("/evidence/identified_by"),
                        stream.at("/evidence/audio_bytes")))
        .toList();
  }

  /** True once a packet socket listens on the sensor's end. */
  private boolean socketIsOpen() throws IOException {
    String index = Files.readString(Path.of("/sys/class/net", sensorEnd, "ifindex")).strip();
    return Files.readAllLines(Path.of("/proc/net/packet")).stream()
        .map(line -> line.strip().split("\\s+"))
        .anyMatch(fields -> fields.length > 4 && fields[4].equals(index));
  }

  private String[] earshot(String... args) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "io.earshot.sensor.cli.Earshot"));
    command.addAll(Arrays.asList(args));
    command.addAll(List.of("--model", model.toString()));
    return command.toArray(String[]::new);
  }

  private static boolean installed(String tool) {
    String path = String.valueOf(System.getenv("PATH")) + ":/usr/sbin:/sbin";
    return Arrays.stream(path.split(":")).anyMatch(dir -> Files.isExecutable(Path.of(dir, tool)));
  }

  private record Run(int code, String out, String err) {}

  private void must(String... command) throws IOException, InterruptedException {
    Run run = run(command);
    assertThat(run.code).as("%s: %s", String.join(" ", command), run.err).isZero();
  }

  private Run run(String... command) throws IOException, InterruptedException {
    return finish("run", start("run", command));
  }

  private Process start(String name, String... command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(output(name, "out"))
            .redirectError(output(name, "err"));
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (a, b) -> a + ":" + b);
    return builder.start();
  }

  private Run finish(String name, Process process) throws IOException, InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(name + " did not come to an end");
    }
    return new Run(
        process.exitValue(),
        Files.readString(output(name, "out").toPath(), StandardCharsets.UTF_8),
        Files.readString(output(name, "err").toPath(), StandardCharsets.UTF_8));
  }

  private File output(String name, String stream) {
    return folder.resolve(name + "." + stream).toFile();
  }
}
