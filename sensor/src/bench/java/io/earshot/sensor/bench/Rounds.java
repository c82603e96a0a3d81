package io.earshot.sensor.bench;

import com.sun.management.ThreadMXBean;
import io.earshot.models.classify.ActiveModel;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import io.earshot.sensor.flow.Disposition;
import io.earshot.sensor.flow.Flow;
import io.earshot.sensor.flow.FlowHandler;
import io.earshot.sensor.flow.FlowLimits;
import io.earshot.sensor.flow.FlowTable;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.Pipeline;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowVerdict;
import io.earshot.sensor.window.IgnoredWindows;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Measures one stage of the path of a packet, warm, in a JVM of its own.
 *
 * <p>One stage a JVM, because the compiler inlines the one handler that the program has and could
 * not inline four. Each round opens the file, runs it through and closes it. One line a measured
 * round on standard output: packets a second; then one line with the bytes allocated per packet
 * over a whole round and over its last half, when all flows have begun.
 */
final class Rounds {
  /** The compiler needs seconds, also where a round takes a tenth of one. */
  private static final long WARM_UP_NANOS = 4_000_000_000L;

  private static final int WARM_UP_ROUNDS = 4;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final PipelineSettings SETTINGS =
      PipelineSettings.offline("bench", PipelineSettings.DEFAULT_WINDOW);

  /** Keeps the compiler from dropping what nobody reads. */
  private static long sink;

  private final Path file;

  private Rounds(Path file) {
    this.file = file;
  }

  private interface Round {
    long packets() throws CaptureException;
  }

  /**
   * Runs the rounds.
   *
   * @param args stage (read, decode, flow, pipeline or analysis; the last two with -2 on two
   *     threads), capture file, rounds, and for analysis optionally the folder of a model bundle
   */
  public static void main(String[] args) throws CaptureException, ModelBundleException {
    Rounds rounds = new Rounds(Path.of(args[1]));
    Round round =
        switch (args[0]) {
          case "read" -> rounds::read;
          case "decode" -> rounds::decode;
          case "flow" -> rounds::flow;
          case "pipeline" -> () -> rounds.pipeline(false);
          case "pipeline-2" -> () -> rounds.pipeline(true);
          case "analysis", "analysis-2" -> {
            ModelBundle model =
                args.length > 3 ? ModelBundle.load(Path.of(args[3])) : ModelBundle.shipped();
            yield () -> rounds.analysis(model, args[0].endsWith("-2"));
          }
          default -> throw new IllegalArgumentException("no such stage: " + args[0]);
        };
    long start = System.nanoTime();
    for (int i = 0; i < WARM_UP_ROUNDS || System.nanoTime() - start < WARM_UP_NANOS; i++) {
      round.packets();
    }
    for (int i = Integer.parseInt(args[2]); i > 0; i--) {
      long begin = System.nanoTime();
      long packets = round.packets();
      System.out.printf("rate %.0f%n", packets * 1e9 / (System.nanoTime() - begin));
    }
    long before = THREADS.getCurrentThreadAllocatedBytes();
    long packets = round.packets();
    double each = (double) (THREADS.getCurrentThreadAllocatedBytes() - before) / packets;
    System.out.printf(Locale.ROOT, "allocated %.2f", each);
    if (args[0].equals("pipeline")) {
      System.out.printf(Locale.ROOT, " %.3f", rounds.steadyAllocation(packets));
    }
    System.out.println();
    System.err.println("checksum " + sink);
  }

  private long through(FrameHandler handler) throws CaptureException {
    try (PcapFileSource source = PcapFileSource.open(file)) {
      source.run(handler);
      return source.stats().framesReceived();
    }
  }

  private long read() throws CaptureException {
    Reader reader = new Reader();
    long packets = through(reader);
    sink += reader.sum;
    return packets;
  }

  private long decode() throws CaptureException {
    Decoding decoding = new Decoding();
    long packets = through(decoding);
    sink += decoding.sum;
    return packets;
  }

  private long flow() throws CaptureException {
    Flows flows = new Flows();
    long packets = through(flows);
    sink += flows.table.stats().foreignPackets();
    return packets;
  }

  private static Pipeline newPipeline() {
    return new Pipeline(SETTINGS, IgnoredWindows.INSTANCE, NameListener.NONE);
  }

  private long pipeline(boolean readAhead) throws CaptureException {
    Pipeline pipeline = newPipeline();
    try (PcapFileSource source = PcapFileSource.open(file)) {
      pipeline.run(source, handler -> handler, readAhead);
      check(pipeline.counters().brokenLaws());
      return source.stats().framesReceived();
    }
  }

  private long analysis(ModelBundle model, boolean readAhead) throws CaptureException {
    try (PcapFileSource source = PcapFileSource.open(file)) {
      CaptureAnalysis analysis =
          CaptureAnalysis.run(
              source,
              SETTINGS,
              new ActiveModel(model),
              new Verdicts(),
              handler -> handler,
              readAhead);
      check(analysis.brokenLaws());
      return analysis.stats().framesReceived();
    }
  }

  private static void check(List<String> brokenLaws) {
    if (!brokenLaws.isEmpty()) {
      throw new IllegalStateException(brokenLaws.toString());
    }
  }

  /** Bytes allocated per packet by the whole pipeline in the second half of the capture. */
  private double steadyAllocation(long packets) throws CaptureException {
    Halves halves = new Halves(newPipeline(), packets / 2);
    through(halves);
    return (double) (THREADS.getCurrentThreadAllocatedBytes() - halves.allocated)
        / (packets - packets / 2);
  }

  private static final class Reader implements FrameHandler {
    private long sum;

    @Override
    public void onFrame(
        MemorySegment data,
        long offset,
        int capturedBytes,
        int wireBytes,
        long tsNanos,
        int linkType,
        int interfaceId) {
      sum += wireBytes + tsNanos;
    }
  }

  private static final class Decoding implements FrameHandler {
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private long sum;

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
      if (result == DecodeResult.DECODED) {
        sum += view.srcLo + view.payloadBytes;
      }
    }
  }

  /** A table whose next stage wants none of the flows. */
  private static final class Flows implements FrameHandler, FlowHandler<Boolean> {
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private final FlowTable<Boolean> table = new FlowTable<>(this, FlowLimits.DEFAULT, 0);

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
      if (result == DecodeResult.DECODED) {
        table.packet(view);
      }
    }

    @Override
    public Boolean attach(Flow<Boolean> flow) {
      return Boolean.FALSE;
    }

    @Override
    public Disposition packet(Flow<Boolean> flow, PacketView packet) {
      return Disposition.FOREIGN;
    }

    @Override
    public void closed(Flow<Boolean> flow) {}
  }

  /** Notes at one frame how much its thread has allocated so far. */
  private static final class Halves implements FrameHandler {
    private final FrameHandler next;
    private long left;
    private long allocated;

    Halves(FrameHandler next, long left) {
      this.next = next;
      this.left = left;
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
      if (left-- == 0) {
        allocated = THREADS.getCurrentThreadAllocatedBytes();
      }
      next.onFrame(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
    }
  }

  private static final class Verdicts implements VerdictListener {
    @Override
    public void window(WindowVerdict window) {
      sink++;
    }

    @Override
    public void ended(StreamResult stream) {
      sink++;
    }
  }
}
