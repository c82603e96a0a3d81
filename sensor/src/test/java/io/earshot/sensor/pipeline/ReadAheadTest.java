package io.earshot.sensor.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.earshot.models.classify.ActiveModel;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.PcapDirectory;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.capture.PcapWriter;
import io.earshot.sensor.decode.Frames;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.document.Document;
import io.earshot.sensor.document.DocumentEncoder;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.identify.dns.DnsMessages;
import io.earshot.sensor.window.IgnoredWindows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two threads for one capture: the same documents, and no thread that waits for ever. */
@Timeout(120)
class ReadAheadTest {
  private static final long SEED = 20_261_123;
  private static final long START_NANOS = 1_767_225_600_000_000_000L;
  private static final int MORE_FRAGMENTS = 0x2000;
  private static final int MORE_FRAMES_THAN_GO_ROUND = 20_000;

  @TempDir static Path models;
  private static ModelBundle model;

  @TempDir Path folder;

  @BeforeAll
  static void train() throws ModelBundleException {
    model = TestModels.load(models);
  }

  /** What a run says: documents, counters, and what the source found. */
  private record Outcome(
      List<String> documents, PipelineCounters counters, String stats, List<String> brokenLaws) {}

  private static Outcome outcome(Path file, boolean readAhead) throws CaptureException {
    Documents documents = new Documents();
    try (PcapFileSource source = PcapFileSource.open(file)) {
      CaptureAnalysis analysis =
          CaptureAnalysis.run(
              source,
              PipelineSettings.offline("test", Duration.ofSeconds(10)),
              new ActiveModel(model),
              documents,
              handler -> handler,
              readAhead);
      return new Outcome(
          documents.lines, analysis.counters(), analysis.stats().toString(), analysis.brokenLaws());
    }
  }

  private static Outcome assertSame(Path file) throws CaptureException {
    Outcome one = outcome(file, false);
    assertThat(outcome(file, true)).as("%s", file).isEqualTo(one);
    assertThat(one.brokenLaws()).isEmpty();
    return one;
  }

  @ParameterizedTest
  @EnumSource(ClientProfile.class)
  void documents_ofASimulatedCapture_areTheSameWithTwoThreads(ClientProfile profile)
      throws Exception {
    Path file = folder.resolve("simulated.pcap");
    try (PcapWriter out = PcapWriter.create(file, LinkType.ETHERNET, 65_535)) {
      SessionGenerator.play(
          SessionGenerator.draw(SEED, 3, profile),
          (tsNanos, buffer, capturedBytes, wireBytes) -> {
            try {
              out.write(MemorySegment.ofArray(buffer), 0, capturedBytes, wireBytes, tsNanos);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }

    assertThat(assertSame(file).documents()).isNotEmpty();
  }

  /** A look-up whose answer came in fragments names the flow after it. */
  @Test
  void fragments_beforeOtherFramesAndWrongTimes_areReadAsWithOneThread() throws Exception {
    Path file = folder.resolve("fragments.pcap");
    int lookUps = 3_000;
    try (PcapWriter out = PcapWriter.create(file, LinkType.ETHERNET, 65_535)) {
      for (int i = 0; i < lookUps; i++) {
        long ts = START_NANOS + i * 10_000_000L;
        byte[] server = {(byte) 151, 101, (byte) (i >> 8), (byte) i};
        byte[] answer =
            new DnsMessages()
                .question("audio-fa.scdn.co")
                .answer(DnsMessages.firstName(), 1, 300, server)
                .build();
        // Every third message is cut short, so that it matters which bytes are read when.
        answer = i % 3 == 0 ? Arrays.copyOf(answer, answer.length - 2) : answer;
        byte[] datagram = Frames.udp(53, 40_000, answer);
        int first = datagram.length / 16 * 8;
        write(out, fragment(i, true, datagram, 0, first), ts);
        // A frame that nobody believes the time of waits, too.
        write(out, Frames.ethernet(0x0806, new byte[46]), i % 100 == 7 ? ts + (1L << 60) : ts);
        write(out, fragment(i, false, datagram, first, datagram.length), ts + 1_000);
        write(out, Frames.ethernet(Frames.IPV4_TYPE, Frames.segment4()), ts + 2_000);
      }
    }

    PipelineCounters counters = assertSame(file).counters();
    assertThat(counters.datagramsReassembled()).isEqualTo(lookUps);
    assertThat(counters.inspectedPackets()).isEqualTo(lookUps);
    assertThat(counters.dnsMalformed()).isEqualTo(lookUps / 3);
    assertThat(counters.wrongTimes()).isPositive();
  }

  private static byte[] fragment(int id, boolean more, byte[] datagram, int from, int to) {
    byte[] part = Arrays.copyOfRange(datagram, from, to);
    byte[] packet =
        Frames.ipv4(
            17,
            Frames.SRC4,
            Frames.DST4,
            new byte[0],
            (more ? MORE_FRAGMENTS : 0) | from / 8,
            part);
    packet[4] = (byte) (id >> 8);
    packet[5] = (byte) id;
    return Frames.ethernet(Frames.IPV4_TYPE, packet);
  }

  private static void write(PcapWriter out, byte[] frame, long tsNanos) throws IOException {
    out.write(MemorySegment.ofArray(frame), 0, frame.length, frame.length, tsNanos);
  }

  @Test
  void damage_withinALongFile_endsBothThreadsAtTheSameFrame() throws Exception {
    Path file = longFile();
    byte[] bytes = Files.readAllBytes(file);
    Path cut = folder.resolve("cut.pcap");
    Files.write(cut, Arrays.copyOf(bytes, bytes.length - 13));

    assertThat(assertSame(cut).counters().framesReceived())
        .isEqualTo(MORE_FRAMES_THAN_GO_ROUND - 1);
  }

  @Test
  void failure_ofTheListener_reachesTheCallerAndEndsTheReader() throws Exception {
    Path file = longFile();
    try (PcapFileSource source = PcapFileSource.open(file)) {
      Pipeline pipeline =
          pipeline(
              _ -> {
                throw new IllegalStateException("named");
              });
      assertThatThrownBy(() -> pipeline.run(source, handler -> handler, true)).hasMessage("named");
      long read = source.stats().framesReceived();
      assertThat(read).isLessThan(MORE_FRAMES_THAN_GO_ROUND);
    }
  }

  @Test
  void failure_ofTheReader_reachesTheCaller() throws Exception {
    Path file = longFile();
    try (PcapFileSource source = PcapFileSource.open(file)) {
      FrameHandler broken =
          (data, offset, captured, wire, tsNanos, linkType, interfaceId) -> {
            throw new IllegalStateException("tapped");
          };
      Pipeline pipeline = pipeline(NameListener.NONE);
      assertThatThrownBy(() -> pipeline.run(source, _ -> broken, true)).hasMessage("tapped");
    }
    PcapFileSource closed = PcapFileSource.open(file);
    closed.close();
    Pipeline pipeline = pipeline(NameListener.NONE);
    assertThatThrownBy(() -> pipeline.run(closed, handler -> handler, true))
        .isInstanceOf(CaptureException.class);
  }

  private static Pipeline pipeline(NameListener names) {
    return new Pipeline(
        PipelineSettings.offline("test", PipelineSettings.DEFAULT_WINDOW),
        IgnoredWindows.INSTANCE,
        names);
  }

  /** Frames of 1,400 bytes, of which the first names a server that is not followed. */
  private Path longFile() throws IOException {
    Path file = folder.resolve("long.pcap");
    byte[] hello =
        "GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    try (PcapWriter out = PcapWriter.create(file, LinkType.ETHERNET, 65_535)) {
      for (int i = 0; i < MORE_FRAMES_THAN_GO_ROUND; i++) {
        byte[] payload = i == 0 ? hello : Frames.payload(1_360);
        byte[] frame =
            Frames.ethernet(Frames.IPV4_TYPE, Frames.ipv4(6, Frames.tcp(40_000, 80, payload)));
        write(out, frame, START_NANOS + i * 1_000L);
      }
    }
    return file;
  }

  @Test
  void documents_ofEveryCaptureOfTheCorpus_areTheSameWithTwoThreads() throws Exception {
    Path corpus = Path.of(System.getProperty("earshot.corpus", "../../shared/pcaps"));
    assumeTrue(
        Files.isDirectory(corpus.resolve("public")) && Files.isDirectory(corpus.resolve("spotify")),
        "skipped: no captures in " + corpus + "; name their folder with -Dearshot.corpus=DIR");
    List<Path> captures = new ArrayList<>(PcapDirectory.list(corpus.resolve("public"), true));
    captures.addAll(PcapDirectory.list(corpus.resolve("spotify"), true));
    assertThat(captures).hasSizeGreaterThanOrEqualTo(261);
    int documents = 0;
    for (Path capture : captures) {
      documents += assertSame(capture).documents().size();
    }
    assertThat(documents).isGreaterThan(100);
  }

  /** The documents of a run as they would be printed. */
  private static final class Documents implements VerdictListener {
    private final DocumentEncoder encoder = new DocumentEncoder();
    private final DocumentFactory factory = new DocumentFactory("test", "default", null, "1");
    private final List<String> lines = new ArrayList<>();

    @Override
    public void window(WindowVerdict window) {
      write(factory.window(window));
    }

    @Override
    public void ended(StreamResult stream) {
      write(factory.stream(stream));
    }

    private void write(Document document) {
      lines.add(new String(encoder.encode(document).json(), StandardCharsets.UTF_8));
    }
  }
}
