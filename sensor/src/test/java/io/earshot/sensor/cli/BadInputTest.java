package io.earshot.sensor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.classify.ModelBundleException;
import io.earshot.sensor.capture.CaptureBytes;
import io.earshot.sensor.decode.Frames;
import io.earshot.sensor.pipeline.TestModels;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every operator's mistake: its exit code and one clear line. */
class BadInputTest {
  @TempDir static Path models;
  private static Path model;

  @TempDir Path folder;
  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @BeforeAll
  static void train() throws ModelBundleException {
    model = TestModels.write(models);
  }

  @BeforeEach
  void listen() {
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restore() {
    System.setErr(stderr);
  }

  private String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  private int analyze(String... args) {
    List<String> all = new ArrayList<>(List.of("analyze", "--model", model.toString()));
    all.addAll(Arrays.asList(args));
    return Earshot.execute(all.toArray(String[]::new));
  }

  private void assertOneLine(String... parts) {
    assertThat(said().lines()).as(said()).hasSize(1);
    assertThat(said()).startsWith("earshot: ").contains(parts).doesNotContain("Exception");
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static byte[] capture() {
    byte[] frame = Frames.ethernet(Frames.IPV4_TYPE, Frames.segment4());
    CaptureBytes file = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, false, 1);
    for (int i = 0; i < 10; i++) {
      file.record(1_700_000_000L + i, 0, frame.length, frame);
    }
    return file.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"analyze", "flows", "features"})
  void missingFile_isUnreadable(String command) {
    Path missing = folder.resolve("missing.pcap");
    int code =
        command.equals("analyze")
            ? analyze("--pcap", missing.toString())
            : Earshot.execute(command, "--pcap", missing.toString());

    assertThat(code).isEqualTo(ExitCode.UNREADABLE);
    assertOneLine(missing.toString(), "does not exist");
  }

  @Test
  void emptyFile_isUnreadable() throws IOException {
    Path empty = file("empty.pcap", new byte[0]);
    assertThat(analyze("--pcap", empty.toString())).isEqualTo(ExitCode.UNREADABLE);
    assertOneLine(empty.toString(), "empty");
  }

  @Test
  void foreignFile_isUnreadable() throws IOException {
    Path text =
        file("notes.pcap", "these are my notes on captures".getBytes(StandardCharsets.UTF_8));
    assertThat(analyze("--pcap", text.toString())).isEqualTo(ExitCode.UNREADABLE);
    assertOneLine(text.toString());
  }

  @Test
  void folderGivenAsFile_isUnreadable() {
    assertThat(analyze("--pcap", folder.toString())).isEqualTo(ExitCode.UNREADABLE);
    assertOneLine(folder.toString(), "folder");
  }

  @Test
  void fileOfAnUnknownLinkType_isUnreadable() throws IOException {
    byte[] bytes =
        CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, false, 147)
            .record(1, 0, 60, new byte[60])
            .toByteArray();
    Path odd = file("odd.pcap", bytes);
    assertThat(analyze("--pcap", odd.toString())).isEqualTo(ExitCode.UNREADABLE);
    assertOneLine(odd.toString(), "link type");
  }

  @Test
  void folderWithoutCaptures_isUnreadable() throws IOException {
    file("readme.txt", new byte[10]);
    assertThat(analyze("--dir", folder.toString())).isEqualTo(ExitCode.UNREADABLE);
    assertOneLine(folder.toString(), "no capture");
  }

  @Test
  void missingFolder_isUnreadable() {
    assertThat(analyze("--dir", folder.resolve("missing").toString()))
        .isEqualTo(ExitCode.UNREADABLE);
    assertOneLine("missing", "does not exist");
  }

  @Test
  void folderOfBadFilesOnly_namesEachAndIsUnreadable() throws IOException {
    file("a.pcap", new byte[0]);
    file("b.pcap", new byte[100]);
    assertThat(analyze("--dir", folder.toString())).isEqualTo(ExitCode.UNREADABLE);
    assertThat(said().lines()).hasSize(2);
    assertThat(said()).contains("a.pcap", "b.pcap").doesNotContain("Exception");
  }

  @Test
  void unknownInterface_isUnreadable() {
    assertThat(analyze("--live", "-i", "nosuchif0", "-d", "1")).isEqualTo(ExitCode.UNREADABLE);
    assertThat(said().lines()).as(said()).hasSize(1);
    assertThat(said()).startsWith("earshot: ").containsAnyOf("nosuchif0", "libpcap is missing");
  }

  @Test
  void missingModel_isConfiguration() throws IOException {
    Path good = file("good.pcap", capture());
    int code =
        Earshot.execute(
            "analyze", "--pcap", good.toString(), "--model", folder.resolve("none").toString());
    assertThat(code).isEqualTo(ExitCode.CONFIGURATION);
    assertThat(said().lines()).as(said()).hasSize(1);
    assertThat(said()).contains("model bundle", "none");
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.bin", "manifest.json"})
  void brokenModel_isConfiguration(String broken) throws IOException {
    Path good = file("good.pcap", capture());
    Path copy = Files.createDirectory(folder.resolve("bundle"));
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(String.valueOf(file.getFileName())));
      }
    }
    byte[] bytes = Files.readAllBytes(copy.resolve(broken));
    bytes[bytes.length / 2] ^= 0x55;
    int kept = broken.equals("model.bin") ? bytes.length : bytes.length / 2;
    Files.write(copy.resolve(broken), Arrays.copyOf(bytes, kept));

    int code = Earshot.execute("analyze", "--pcap", good.toString(), "--model", copy.toString());
    assertThat(code).isEqualTo(ExitCode.CONFIGURATION);
    assertThat(said().lines()).as(said()).hasSize(1);
    assertThat(said()).contains(broken).doesNotContain("\tat ");
  }

  @Test
  void unreachableElasticsearch_isUnavailable() throws IOException {
    Path good = file("good.pcap", capture());
    String url = "http://127.0.0.1:" + closedPort();
    assertThat(analyze("--pcap", good.toString(), "--index", "--url", url))
        .isEqualTo(ExitCode.UNAVAILABLE);
    assertOneLine(url);
  }

  @Test
  void setup_ofUnreachableElasticsearch_isUnavailable() throws IOException {
    String url = "http://127.0.0.1:" + closedPort();
    assertThat(Earshot.execute("setup", "--elasticsearch", "--url", url))
        .isEqualTo(ExitCode.UNAVAILABLE);
    assertOneLine(url);
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void wrongUsage_isUsage() {
    String[][] wrong = {
      {"analyze", "--no-such-option"},
      {"analyze"},
      {"analyze", "--pcap", "a", "--dir", "b"},
      {"analyze", "--live"},
      {"analyze", "--live", "-i", "eth0"},
      {"analyze", "--pcap", "a", "-d", "10"},
      {"analyze", "--pcap", "a", "--save", "b"},
      {"analyze", "--live", "-i", "lo", "-d", "1", "--save-whole"},
      {"analyze", "--pcap", "a", "--filter", "tcp"},
      {"analyze", "--pcap", "a", "-o", "xml"},
      {"analyze", "--pcap", "a", "--window", "500ms"},
      {"analyze", "--pcap", "a", "--window", "ten"},
      {"analyze", "--pcap", "a", "--model", model.toString(), "--index"},
      {"simulate", "--out", "x", "--sessions", "0"},
      {"no-such-command"},
      {},
    };
    for (String[] args : wrong) {
      said.reset();
      assertThat(Earshot.execute(args)).as(String.join(" ", args)).isEqualTo(ExitCode.USAGE);
      assertThat(said()).as(String.join(" ", args)).startsWith("earshot: ");
      assertThat(said().lines()).as(said()).hasSizeBetween(1, 2);
    }
  }

  @Test
  void simulate_intoAFolderThatIsNotEmpty_writesNothing() throws IOException {
    file("there.txt", new byte[1]);
    assertThat(Earshot.execute("simulate", "--out", folder.toString(), "--sessions", "1"))
        .isEqualTo(ExitCode.CANNOT_CREATE);
    assertOneLine("not empty");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void train_onAFolderWithoutLabels_writesNothing() throws IOException {
    Path out = folder.resolve("out");
    Path empty = Files.createDirectory(folder.resolve("dataset"));
    assertThat(Earshot.execute("train", "--dataset", empty.toString(), "--out", out.toString()))
        .isEqualTo(ExitCode.UNREADABLE);
    assertOneLine("labels.csv");
    assertThat(out).doesNotExist();
  }

  @Test
  void train_onLabelsThatCannotBeUnderstood_namesTheLine() throws IOException {
    file("a.pcap", capture());
    file("labels.csv", "file,label\na.pcap,splendid\n".getBytes(StandardCharsets.UTF_8));
    Path out = folder.resolve("out");
    assertThat(Earshot.execute("train", "--dataset", folder.toString(), "--out", out.toString()))
        .isEqualTo(ExitCode.UNREADABLE);
    assertOneLine("labels.csv line 2", "splendid", "very_high");
    assertThat(out).doesNotExist();
  }

  @Test
  void cutFile_isAnalysedUpToTheCut() throws Exception {
    byte[] whole = capture();
    Path cut = file("cut.pcap", Arrays.copyOf(whole, whole.length - 7));
    Run run = child("analyze", "--pcap", cut.toString(), "-o", "json");

    assertThat(run.code).as(run.err).isEqualTo(ExitCode.DONE);
    assertThat(run.out).contains("\"packets\":9");
    assertThat(run.err.lines()).hasSize(1);
    assertThat(run.err).contains("cut.pcap", "truncated");
  }

  @Test
  void folderWithOneBadFile_isAnalysedWithoutIt() throws Exception {
    file("a.pcap", capture());
    file("b.pcap", new byte[0]);
    file("c.pcap", capture());
    Run run = child("analyze", "--dir", folder.toString(), "-o", "json");

    assertThat(run.code).as(run.err).isEqualTo(ExitCode.DONE);
    assertThat(run.out.lines()).hasSize(2);
    assertThat(run.out).contains("\"a.pcap\"", "\"c.pcap\"");
    assertThat(run.err.lines()).as(run.err).hasSize(1);
    assertThat(run.err).contains("b.pcap", "empty");
  }

  private record Run(int code, String out, String err) {}

  /** Results go to the process's own standard output, so these run in a process of their own. */
  private Run child(String... args) throws IOException, InterruptedException {
    File out = folder.resolve("stdout").toFile();
    File err = folder.resolve("stderr").toFile();
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
    Process process = new ProcessBuilder(command).redirectOutput(out).redirectError(err).start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return new Run(
        process.exitValue(), Files.readString(out.toPath()), Files.readString(err.toPath()));
  }
}
