package io.earshot.sensor.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.models.simulate.SessionSpec;
import io.earshot.models.simulate.SessionTruth;
import io.earshot.models.simulate.SimulatedDataset;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PcapDirectory;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.document.Document;
import io.earshot.sensor.document.DocumentEncoder;
import io.earshot.sensor.identify.NameListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The laws of the counters and the replay of captures, from frames to documents. */
class PipelineLawsTest {
  private static final long SEED = 20_261_123;

  /** Its first session is a web player whose hellos are in the capture, with nobody beside it. */
  private static final long REPLAY_SEED = 233;

  @TempDir static Path models;
  private static ModelBundle model;

  @TempDir Path folder;

  @BeforeAll
  static void train() throws ModelBundleException {
    model = TestModels.load(models);
  }

  private static final byte[] ARP = new byte[42];

  static {
    ARP[12] = 8;
    ARP[13] = 6;
  }

  private static PipelineSettings settings() {
    return PipelineSettings.offline("test", PipelineSettings.DEFAULT_WINDOW);
  }

  private static CaptureAnalysis analyse(Path file, ModelBundle bundle, VerdictListener listener)
      throws CaptureException {
    try (PcapFileSource source = PcapFileSource.open(file)) {
      return CaptureAnalysis.run(source, settings(), bundle, listener, handler -> handler);
    }
  }

  private Path simulate(ClientProfile profile) throws IOException {
    Path out = folder.resolve(profile.label());
    SimulatedDataset.write(
        out,
        1,
        REPLAY_SEED,
        new SimulatedDataset.Options(SessionSpec.HEADERS_ONLY, false, profile, _ -> {}));
    return out.resolve("session-00001.pcap");
  }

  /** Headers of TLS and HTTP come on top of the audio answers; QUIC's are larger. */
  @ParameterizedTest
  @EnumSource(ClientProfile.class)
  void simulatedSession_breaksNoLawAndShowsItsAudio(ClientProfile profile) {
    NdjsonDocuments documents = new NdjsonDocuments();
    StreamAnalyst analyst = new StreamAnalyst(model, documents);
    Pipeline pipeline = new Pipeline(settings(), analyst, NameListener.NONE);
    SessionTruth truth = play(SessionGenerator.draw(SEED, 3, profile), pipeline);
    pipeline.finish();
    PipelineCounters counters = pipeline.counters();

    assertThat(counters.brokenLaws()).isEmpty();
    assertThat(counters.framesReceived()).isEqualTo(truth.frames());
    assertThat(counters.clockSteps()).isZero();
    assertThat(counters.windowsClosed())
        .isEqualTo(analyst.classified() + analyst.unknown())
        .isEqualTo(documents.windows);
    assertThat(documents.streams).isOne();
    assertThat(documents.audioBytes)
        .isBetween(truth.audioBytes(), Math.round(truth.audioBytes() * 1.04));
    assertThat(documents.packets + counters.lateSamples())
        .isGreaterThanOrEqualTo(counters.trackedPackets())
        .isLessThanOrEqualTo(counters.trackedPackets() + counters.undecidedPackets());
  }

  private static SessionTruth play(SessionSpec spec, Pipeline pipeline) {
    return SessionGenerator.play(
        spec,
        (tsNanos, buffer, capturedBytes, wireBytes) ->
            pipeline.onFrame(
                MemorySegment.ofArray(buffer),
                0,
                capturedBytes,
                wireBytes,
                tsNanos,
                LinkType.ETHERNET,
                0));
  }

  @Test
  void documents_ofFileFolderAndFrames_areTheSameBytes() throws Exception {
    Path file = simulate(ClientProfile.WEB_H1);
    byte[] once = documents(file);
    assertThat(new String(once, StandardCharsets.UTF_8).lines()).hasSizeGreaterThan(3);

    assertThat(documents(file)).as("a second time").isEqualTo(once);
    Path alone = Files.createDirectory(folder.resolve("folder"));
    Files.copy(file, alone.resolve("another-name.pcap"));
    ByteArrayOutputStream fromFolder = new ByteArrayOutputStream();
    for (Path path : PcapDirectory.list(alone, false)) {
      fromFolder.writeBytes(documents(path));
    }
    assertThat(fromFolder.toByteArray()).as("as a folder").isEqualTo(once);
    assertThat(documentsOfFrames()).as("as frames").isEqualTo(once);
    assertThat(documentsOfFrames()).as("as frames again").isEqualTo(once);
  }

  /** One frame with the time of next year must not make the packets after it late. */
  @Test
  void documents_ofFramesOfWhichOneHasAWrongTime_areThoseWithoutIt() {
    byte[] right = documentsOfFrames();
    for (long wrong : new long[] {30, 3_000, 365 * 86_400L, -365 * 86_400L}) {
      for (long at : new long[] {0, 500}) {
        NdjsonDocuments documents = new NdjsonDocuments();
        Pipeline pipeline = new Pipeline(settings(), analyst(documents), NameListener.NONE);
        long[] frames = {0};
        SessionGenerator.play(
            SessionGenerator.draw(REPLAY_SEED, 1, ClientProfile.WEB_H1),
            (tsNanos, buffer, capturedBytes, wireBytes) -> {
              MemorySegment data = MemorySegment.ofArray(buffer);
              if (frames[0]++ == at) {
                // A frame of nobody's, so that only its time can have an effect.
                pipeline.onFrame(
                    MemorySegment.ofArray(ARP),
                    0,
                    ARP.length,
                    ARP.length,
                    tsNanos + wrong * 1_000_000_000L,
                    LinkType.ETHERNET,
                    0);
              }
              pipeline.onFrame(data, 0, capturedBytes, wireBytes, tsNanos, LinkType.ETHERNET, 0);
            });
        pipeline.finish();
        PipelineCounters counters = pipeline.counters();
        assertThat(counters.brokenLaws()).isEmpty();
        assertThat(counters.lateSamples()).isZero();
        assertThat(counters.clockSteps()).isZero();
        if (at > 0 || wrong > 0) {
          assertThat(counters.wrongTimes()).as("%d s at %d", wrong, at).isOne();
        }
        assertThat(documents.out.toByteArray()).as("%d s at %d", wrong, at).isEqualTo(right);
      }
    }
  }

  /** A mirror of both ends delivers everything twice, once with the tag of the trunk. */
  @Test
  void documents_ofADoubleMirror_showEachPacketOnce() {
    String once = mirrored(false);
    assertThat(once.lines()).hasSizeGreaterThan(3);
    assertThat(mirrored(true)).isEqualTo(once);
  }

  private static String mirrored(boolean twice) {
    NdjsonDocuments documents = new NdjsonDocuments();
    Pipeline pipeline = new Pipeline(settings(), analyst(documents), NameListener.NONE);
    long[] frames = {0};
    SessionGenerator.play(
        SessionGenerator.draw(REPLAY_SEED, 1, ClientProfile.WEB_H1),
        (tsNanos, buffer, capturedBytes, wireBytes) -> {
          byte[] tagged = tagged(buffer, capturedBytes);
          int wire = wireBytes + 4;
          // As through a trunk: which copy comes first changes from packet to packet.
          boolean bareFirst = twice && frames[0]++ % 2 == 1;
          if (bareFirst) {
            bare(pipeline, tagged, wire, tsNanos);
          }
          pipeline.onFrame(
              MemorySegment.ofArray(tagged), 0, tagged.length, wire, tsNanos, LinkType.ETHERNET, 0);
          if (twice && !bareFirst) {
            bare(pipeline, tagged, wire, tsNanos + 20_000);
          }
        });
    pipeline.finish();
    assertThat(pipeline.counters().brokenLaws()).isEmpty();
    assertThat(pipeline.counters().duplicatePackets() > 0).isEqualTo(twice);
    return documents.out.toString(StandardCharsets.UTF_8);
  }

  /** The copy without the tag; as long on the wire, so that documents can be compared. */
  private static void bare(Pipeline pipeline, byte[] tagged, int wire, long tsNanos) {
    byte[] frame = new byte[tagged.length - 4];
    System.arraycopy(tagged, 0, frame, 0, 12);
    System.arraycopy(tagged, 16, frame, 12, frame.length - 12);
    pipeline.onFrame(
        MemorySegment.ofArray(frame), 0, frame.length, wire, tsNanos, LinkType.ETHERNET, 0);
  }

  /** With a tag, and with a checksum, which the simulator leaves out. */
  private static byte[] tagged(byte[] buffer, int captured) {
    byte[] frame = new byte[captured + 4];
    System.arraycopy(buffer, 0, frame, 0, 12);
    frame[12] = (byte) 0x81;
    frame[15] = 120;
    System.arraycopy(buffer, 12, frame, 16, captured - 12);
    boolean ipv6 = buffer[12] != 8;
    int protocol = frame[ipv6 ? 24 : 27];
    int checksum = 18 + (ipv6 ? 40 : 20) + (protocol == 6 ? 16 : 6);
    if (checksum + 1 < frame.length) {
      int hash = Arrays.hashCode(frame);
      frame[checksum] = (byte) (hash >> 8 | 1);
      frame[checksum + 1] = (byte) hash;
    }
    return frame;
  }

  private static byte[] documents(Path file) throws CaptureException {
    NdjsonDocuments documents = new NdjsonDocuments();
    analyse(file, model, documents);
    return documents.out.toByteArray();
  }

  /** The stages after the windows, as an analysis of a capture has them. */
  private static StreamAnalyst analyst(NdjsonDocuments documents) {
    return new StreamAnalyst(model, new Enricher(settings(), documents));
  }

  private static byte[] documentsOfFrames() {
    NdjsonDocuments documents = new NdjsonDocuments();
    Pipeline pipeline = new Pipeline(settings(), analyst(documents), NameListener.NONE);
    play(SessionGenerator.draw(REPLAY_SEED, 1, ClientProfile.WEB_H1), pipeline);
    pipeline.finish();
    assertThat(pipeline.counters().brokenLaws()).isEmpty();
    return documents.out.toByteArray();
  }

  @Test
  void windows_ofAnotherLength_holdTheSamePackets() throws Exception {
    Path file = simulate(ClientProfile.DESKTOP_2025);
    Map<Integer, Long> packets = new TreeMap<>();
    for (int seconds : new int[] {1, 3, 10, 60}) {
      try (PcapFileSource source = PcapFileSource.open(file)) {
        CaptureAnalysis analysis =
            CaptureAnalysis.run(
                source,
                PipelineSettings.offline("test", Duration.ofSeconds(seconds)),
                model,
                new NdjsonDocuments(),
                handler -> handler);
        assertThat(analysis.brokenLaws()).isEmpty();
        packets.put(
            seconds,
            analysis.counters().lateSamples()
                + analysis.streams().stream().mapToLong(s -> s.result().packets()).sum());
      }
    }
    assertThat(Set.copyOf(packets.values())).as("%s", packets).hasSize(1);
  }

  @Test
  void corpus_everyCapture_breaksNoLaw() throws Exception {
    Path corpus = corpus();
    List<Path> captures = new ArrayList<>(PcapDirectory.list(corpus.resolve("public"), true));
    captures.addAll(PcapDirectory.list(corpus.resolve("spotify"), true));
    assertThat(captures).hasSizeGreaterThanOrEqualTo(261);
    List<String> problems = new ArrayList<>();
    for (Path capture : captures) {
      try {
        CaptureAnalysis analysis = analyse(capture, model, new NdjsonDocuments());
        analysis.brokenLaws().forEach(law -> problems.add(capture.getFileName() + ": " + law));
      } catch (CaptureException e) {
        problems.add(capture.getFileName() + ": " + e.getMessage());
      } catch (RuntimeException e) {
        problems.add(capture.getFileName() + ": " + e);
      }
    }
    assertThat(problems).isEmpty();
  }

  @Test
  void corpus_publicCaptures_holdNoSpotifyAudio() throws Exception {
    Path corpus = corpus();
    List<String> found = new ArrayList<>();
    for (Path capture : PcapDirectory.list(corpus.resolve("public"), true)) {
      CaptureAnalysis analysis = analyse(capture, model, new NdjsonDocuments());
      for (AnalysedStream stream : analysis.streams()) {
        if (stream.result().audioBytes() > 0) {
          found.add(
              "%s: %s has %d bytes"
                  .formatted(
                      capture.getFileName(),
                      stream.result().stream().client(),
                      stream.result().audioBytes()));
        }
      }
    }
    assertThat(found).isEmpty();
  }

  /** None of these captures took part in training. */
  @Test
  void corpus_spotifyCaptures_getTheVerdictsThatAreTrue() throws Exception {
    Path corpus = corpus();
    ModelBundle shipped = shipped();
    Map<String, Set<String>> expected =
        Map.of(
            "desktop-normal-2025.pcap", Set.of("low", "normal"),
            "web-player-2025.pcapng", Set.of("normal", "high", "insufficient_evidence"),
            "desktop-control-2024.pcap", Set.of("no_audio"),
            "desktop-startup-2022.pcapng", Set.of("no_audio", "insufficient_evidence"),
            "access-point-4070-2018.pcapng", Set.of("no_audio", "insufficient_evidence"),
            "access-point-handshake.pcap", Set.of("no_audio", "insufficient_evidence"));
    List<String> wrong = new ArrayList<>();
    for (Path capture : PcapDirectory.list(corpus.resolve("spotify"), false)) {
      String name = String.valueOf(capture.getFileName());
      CaptureAnalysis analysis = analyse(capture, shipped, new NdjsonDocuments());
      var reason = analysis.verdict().unknownReason();
      String answer = reason == null ? analysis.verdict().labelOrUnknown() : reason.label();
      if (!expected.getOrDefault(name, Set.of()).contains(answer)) {
        wrong.add(name + ": " + answer);
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static ModelBundle shipped() throws ModelBundleException {
    return ModelBundle.shipped();
  }

  private static Path corpus() {
    Path corpus = Path.of(System.getProperty("earshot.corpus", "../../shared/pcaps"));
    assumeTrue(
        Files.isDirectory(corpus.resolve("public")) && Files.isDirectory(corpus.resolve("spotify")),
        "skipped: no captures in " + corpus + "; name their folder with -Dearshot.corpus=DIR");
    return corpus;
  }

  /** The documents of a run as they would be printed. */
  private static final class NdjsonDocuments implements VerdictListener {
    private final DocumentEncoder encoder = new DocumentEncoder();
    private final DocumentFactory factory = new DocumentFactory("test", "default", null, "1");
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int windows;
    private int streams;
    private long packets;
    private long audioBytes;

    @Override
    public void window(WindowVerdict window) {
      windows++;
      write(factory.window(window));
    }

    @Override
    public void ended(StreamResult stream) {
      streams++;
      packets += stream.packets();
      audioBytes += stream.audioBytes();
      write(factory.stream(stream));
    }

    private void write(Document document) {
      out.writeBytes(encoder.encode(document).json());
      out.write('\n');
    }
  }
}
