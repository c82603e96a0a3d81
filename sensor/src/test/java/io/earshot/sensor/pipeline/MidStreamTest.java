package io.earshot.sensor.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.earshot.enrichment.LearnedEndpointFile;
import io.earshot.enrichment.LearnedEndpoints;
import io.earshot.enrichment.Role;
import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.Verdict;
import io.earshot.models.feature.PacketSeries;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.Frames;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import io.earshot.sensor.identify.Evidence;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.identify.dns.DnsMessages;
import io.earshot.sensor.stream.Stream;
import io.earshot.sensor.stream.StreamIdentity;
import io.earshot.sensor.window.WindowListener;
import io.earshot.sensor.window.WindowObservation;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real session whose hellos the sensor came too late for. */
class MidStreamTest {
  private static final int SYN = 2;
  private static final int AUDIO_SERVER = 0x9765_86f8;
  private static final int LISTENER = 0xc0a8_ae89;

  @TempDir private Path folder;

  private Path capture = Path.of("");
  private final List<FlowDescriptor> named = new ArrayList<>();
  private final List<WindowObservation> windows = new ArrayList<>();

  @BeforeEach
  void findCapture() {
    Path corpus = Path.of(System.getProperty("earshot.corpus", "../../shared/pcaps"));
    capture = corpus.resolve("spotify/desktop-normal-2025.pcap");
    assumeTrue(
        Files.isRegularFile(capture),
        "skipped: no " + capture + "; name the folder of captures with -Dearshot.corpus=DIR");
  }

  private Pipeline pipeline(LearnedEndpoints endpoints) {
    named.clear();
    windows.clear();
    PipelineSettings settings = PipelineSettings.offline("test", PipelineSettings.DEFAULT_WINDOW);
    return new Pipeline(
        settings.knowing(settings.catalogue(), endpoints),
        new WindowListener() {
          @Override
          public void window(WindowObservation window, PacketSeries packets) {
            windows.add(window);
          }

          @Override
          public void ended(StreamIdentity stream, long lastNanos) {}
        },
        named::add);
  }

  private void run(Pipeline pipeline, FrameHandler handler) throws CaptureException {
    try (PcapFileSource source = PcapFileSource.open(capture)) {
      source.run(handler);
    }
    pipeline.finish();
    assertThat(pipeline.counters().brokenLaws()).isEmpty();
  }

  private List<FlowDescriptor> audio() {
    return named.stream().filter(flow -> Stream.roleOf(flow) == Role.AUDIO).toList();
  }

  private long audioBytes() {
    return windows.stream().mapToLong(WindowObservation::audioBytes).sum();
  }

  @Test
  void endpointsKeptOnDisk_nameTheAudioOfASessionWithoutHellos() throws Exception {
    LearnedEndpointFile file = new LearnedEndpointFile(folder.resolve("endpoints.json"));
    for (int run = 0; run < 2; run++) {
      LearnedEndpoints endpoints = file.read(warning -> assertThat(warning).isNull());
      Pipeline whole = pipeline(endpoints);
      run(whole, whole);
      file.write(endpoints);
    }
    assertThat(audio()).allMatch(flow -> flow.identification().evidence() == Evidence.SNI);
    long expected = audioBytes();

    Pipeline late = pipeline(file.read(warning -> assertThat(warning).isNull()));
    run(late, new WithoutStarts(late));

    assertThat(audio())
        .hasSize(2)
        .allMatch(flow -> flow.identification().evidence() == Evidence.LEARNED)
        .allMatch(flow -> flow.identification().confidence() < Evidence.DNS.confidence());
    assertThat(named).noneMatch(flow -> flow.identification().evidence() == Evidence.SNI);
    assertThat(audioBytes()).isBetween(expected * 95 / 100, expected);
  }

  @Test
  void lookUp_namesTheAudioOfASessionWithoutHellos() throws Exception {
    Pipeline late = pipeline(new LearnedEndpoints());
    run(late, new LookedUp(late));

    assertThat(audio())
        .hasSize(2)
        .allMatch(flow -> flow.identification().evidence() == Evidence.DNS)
        .allMatch(flow -> flow.identification().confidence() < Evidence.SNI.confidence());
    assertThat(audioBytes()).isGreaterThan(1_000_000);
  }

  @Test
  void keepAlivesAndPools_nameTheAudioOfASessionWithoutHellosAndLookUps()
      throws IOException, CaptureException {
    Pipeline late = pipeline(new LearnedEndpoints());
    run(late, new WithoutStarts(late));

    assertThat(named).allMatch(flow -> flow.identification().evidence() == Evidence.PREFIX);
    assertThat(audio())
        .hasSize(2)
        .allMatch(flow -> flow.identification().confidence() < Evidence.LEARNED.confidence());
    assertThat(audioBytes()).isGreaterThan(1_000_000);
  }

  /** How the same session may have been captured. */
  private enum Form {
    SNI,
    DNS_ONLY,
    MID_STREAM
  }

  @ParameterizedTest
  @EnumSource
  void verdict_inEveryForm_isLowOrNormal(Form form) throws Exception {
    VerdictListener nobody = VerdictListener.nobody();
    UnaryOperator<FrameHandler> cut =
        switch (form) {
          case SNI -> handler -> handler;
          case DNS_ONLY -> LookedUp::new;
          case MID_STREAM -> WithoutStarts::new;
        };
    try (PcapFileSource source = PcapFileSource.open(capture)) {
      Verdict verdict =
          CaptureAnalysis.run(
                  source,
                  PipelineSettings.offline("test", PipelineSettings.DEFAULT_WINDOW),
                  ModelBundle.shipped(),
                  nobody,
                  cut)
              .verdict();
      System.out.printf(
          "desktop-normal-2025 as %s: %s %.2f%n",
          form, verdict.labelOrUnknown(), verdict.confidence());
      assertThat(verdict.label()).isIn(QualityClass.LOW, QualityClass.NORMAL);
      assertThat(verdict.confidence()).isGreaterThan(0.4);
    }
  }

  /** Without the beginnings of connections, but with the look-up of the audio server. */
  private static final class LookedUp implements FrameHandler {
    private final FrameHandler next;
    private final FrameHandler cut;
    private boolean told;

    LookedUp(FrameHandler next) {
      this.next = next;
      cut = new WithoutStarts(next);
    }

    @Override
    public void onFrame(
        MemorySegment data,
        long offset,
        int capturedBytes,
        int wireBytes,
        long tsNanos,
        int linkType,
        int interfaceId) {
      if (!told) {
        told = true;
        byte[] frame = lookUp();
        next.onFrame(
            MemorySegment.ofArray(frame),
            0,
            frame.length,
            frame.length,
            tsNanos,
            LinkType.ETHERNET,
            0);
      }
      cut.onFrame(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
    }

    private static byte[] lookUp() {
      byte[] answer =
          new DnsMessages()
              .question("audio-fa.scdn.co")
              .answer(DnsMessages.firstName(), 1, 3600, Frames.u32(AUDIO_SERVER))
              .build();
      byte[] datagram = Frames.udp(53, 45_000, answer);
      return Frames.ethernet(
          Frames.IPV4_TYPE, Frames.ipv4(17, 0x0808_0808, LISTENER, new byte[0], 0, datagram));
    }
  }

  /** Leaves out the beginning of every connection: what opens it, and the client's hello. */
  private static final class WithoutStarts implements FrameHandler {
    private static final int HELLO_SEGMENTS = 2;

    private final FrameHandler next;
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private final Map<String, Integer> spoken = new HashMap<>();

    WithoutStarts(FrameHandler next) {
      this.next = next;
    }

    @Override
    public void onFrame(
        MemorySegment data,
        long offset,
        int capturedBytes,
        int wireBytes,
        long tsNanos,
        int linkType,
        int interfaceId) {
      DecodeResult result =
          decoder.decode(
              data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId, view);
      if (result == DecodeResult.DECODED && view.protocol == PacketView.TCP && isStart()) {
        return;
      }
      next.onFrame(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
    }

    private boolean isStart() {
      if ((view.tcpFlags & SYN) != 0) {
        return true;
      }
      boolean up = view.dstPort == 443;
      String flow =
          up
              ? view.srcLo + ":" + view.srcPort + ">" + view.dstLo
              : view.dstLo + ":" + view.dstPort + ">" + view.srcLo;
      int before = spoken.getOrDefault(flow, 0);
      if (up && view.payloadBytes > 0) {
        spoken.merge(flow, 1, Integer::sum);
      }
      return before < HELLO_SEGMENTS;
    }
  }
}
