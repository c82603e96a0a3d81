package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.classify.ModelBundle;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.document.Document;
import io.earshot.sensor.document.DocumentEncoder;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.FlowStages;
import io.earshot.sensor.pipeline.Pipeline;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.StreamAnalyst;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.StreamStages;
import io.earshot.sensor.pipeline.TestModels;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pipeline in two halves with rings between, as the daemon has it, against the one for files.
 */
class TwoHalvesTest {
  private static final long SEED = 233;

  /** The last byte of both addresses of an IPv6 packet in an Ethernet frame without a tag. */
  private static final int SOURCE_ADDRESS_END = 37;

  private static final int DESTINATION_ADDRESS_END = 53;

  @TempDir static Path folder;
  private static ModelBundle model;
  private final Documents documents = new Documents();

  @BeforeAll
  static void train() throws Exception {
    model = TestModels.load(folder);
  }

  private static PipelineSettings settings() {
    return PipelineSettings.offline("test", PipelineSettings.DEFAULT_WINDOW);
  }

  private static void play(FrameHandler handler) {
    SessionGenerator.play(
        SessionGenerator.draw(SEED, 1, ClientProfile.WEB_H1),
        (tsNanos, buffer, capturedBytes, wireBytes) ->
            handler.onFrame(
                MemorySegment.ofArray(buffer),
                0,
                capturedBytes,
                wireBytes,
                tsNanos,
                LinkType.ETHERNET,
                0));
  }

  private static List<String> whole() {
    Documents documents = new Documents();
    Pipeline pipeline =
        new Pipeline(settings(), new StreamAnalyst(model, documents), NameListener.NONE);
    play(pipeline);
    pipeline.finish();
    assertThat(documents.lines).hasSizeGreaterThan(10);
    return documents.lines;
  }

  @Test
  void documents_ofOneMember_areTheSameBytesAsThoseOfAFile() {
    SampleRing ring = new SampleRing(1 << 16);
    StreamStages streams = new StreamStages(settings(), new StreamAnalyst(model, documents));
    SampleMerge merge = new SampleMerge(List.of(ring), streams);
    FlowStages flows = new FlowStages(settings(), ring, NameListener.NONE);
    int[] frames = new int[1];
    play(
        (data, offset, captured, wire, tsNanos, linkType, interfaceId) -> {
          flows.onFrame(data, offset, captured, wire, tsNanos, linkType, interfaceId);
          if (++frames[0] % 97 == 0) {
            drain(merge);
          }
        });
    flows.finish();
    ring.end();
    drain(merge);
    streams.finish();

    assertThat(ring.dropped()).isZero();
    assertThat(merge.isExhausted()).isTrue();
    assertThat(documents.lines).isEqualTo(whole());
  }

  @Test
  void documents_ofTwoMembersThatShareTheFlows_areTheSameBytesToo() {
    List<SampleRing> rings = List.of(new SampleRing(1 << 16), new SampleRing(1 << 16));
    StreamStages streams = new StreamStages(settings(), new StreamAnalyst(model, documents));
    SampleMerge merge = new SampleMerge(rings, streams);
    List<FlowStages> members =
        rings.stream().map(ring -> new FlowStages(settings(), ring, NameListener.NONE)).toList();
    int[] counts = new int[2];
    play(
        (data, offset, captured, wire, tsNanos, linkType, interfaceId) -> {
          int sum =
              data.get(ValueLayout.JAVA_BYTE, offset + SOURCE_ADDRESS_END)
                  + data.get(ValueLayout.JAVA_BYTE, offset + DESTINATION_ADDRESS_END);
          int member = sum & 1;
          counts[member]++;
          members.get(member).onFrame(data, offset, captured, wire, tsNanos, linkType, interfaceId);
          if ((counts[0] + counts[1]) % 97 == 0) {
            drain(merge);
          }
        });
    members.forEach(FlowStages::finish);
    rings.forEach(SampleRing::end);
    drain(merge);
    streams.finish();

    assertThat(counts[0]).isPositive();
    assertThat(counts[1]).isPositive();
    assertThat(documents.windows()).isEqualTo(windows(whole()));
  }

  @Test
  void idle_afterTheLastPacket_closesWhatIsOpen() {
    SampleRing ring = new SampleRing(1 << 16);
    StreamStages streams = new StreamStages(settings(), new StreamAnalyst(model, documents));
    SampleMerge merge = new SampleMerge(List.of(ring), streams);
    FlowStages flows = new FlowStages(settings(), ring, NameListener.NONE);
    play(flows);
    drain(merge);
    long last = flows.clockNanos();
    int before = documents.lines.size();

    flows.idle(last + 13_000_000_000L);
    drain(merge);
    assertThat(documents.lines).as("the last window and its grace").hasSizeGreaterThan(before);
    flows.idle(last + 16L * 60 * 1_000_000_000L);
    drain(merge);

    assertThat(streams.activeStreams()).as("silent for more than 15 minutes").isZero();
    assertThat(documents.lines.getLast()).contains("\"dataset\":\"earshot.stream\"");
  }

  private static void drain(SampleMerge merge) {
    while (merge.drain(64) > 0) {
      // until nothing is due
    }
  }

  private static List<String> windows(List<String> lines) {
    return lines.stream().filter(line -> line.contains("\"earshot.window\"")).toList();
  }

  private static final class Documents implements VerdictListener {
    private final DocumentFactory factory = new DocumentFactory("test", "default", null, "1");
    private final DocumentEncoder encoder = new DocumentEncoder();
    private final List<String> lines = new ArrayList<>();

    @Override
    public void window(WindowVerdict window) {
      add(factory.window(window));
    }

    @Override
    public void ended(StreamResult stream) {
      add(factory.stream(stream));
    }

    private void add(Document document) {
      lines.add(new String(encoder.encode(document).json(), StandardCharsets.UTF_8));
    }

    List<String> windows() {
      return TwoHalvesTest.windows(lines);
    }
  }
}
