package io.earshot.sensor.bench;

import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.MixedTraffic;
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
import io.earshot.sensor.pipeline.Pipeline;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.window.IgnoredWindows;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * How speed and memory change with the number of packets, and with that of concurrent flows.
 *
 * <p>One point a JVM, because memory is measured. One line on standard output: for packets their
 * number, packets a second, heap in use after a collection and anonymous resident memory, MB; for
 * flows their number, packets a second while they begin and when all are there, bytes a flow that
 * the table takes and by which the resident memory has grown, and in MB by how much. The heap must
 * have been touched whole.
 */
final class Growth {
  /** Longer than the capture, so that time goes on when it begins again. */
  private static final long AGAIN_NANOS = (MixedTraffic.SECONDS + 10) * 1_000_000_000L;

  private static final long PACKETS_OF_FLOWS = 16_000_000;
  private static final int FRAME_BYTES = 242;
  private static final int LINK_ETHERNET = 1;
  private static final long NANOS_APART = 200;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int SOURCE_AT = 26;
  private static final int SOURCE_PORT_AT = 34;

  private Growth() {}

  /**
   * Measures one point.
   *
   * @param args "packets", the number, and a capture that is read until so many have come; or
   *     "flows" and the number
   */
  public static void main(String[] args) throws CaptureException, IOException {
    long number = Long.parseLong(args[1]);
    if (args[0].equals("packets")) {
      packets(number, Path.of(args[2]));
    } else {
      flows(Math.toIntExact(number));
    }
  }

  private static void packets(long wanted, Path file) throws CaptureException, IOException {
    Pipeline pipeline =
        new Pipeline(
            PipelineSettings.offline("bench", PipelineSettings.DEFAULT_WINDOW),
            IgnoredWindows.INSTANCE,
            NameListener.NONE);
    long begin = System.nanoTime();
    long packets = 0;
    for (long round = 0; packets < wanted; round++) {
      try (PcapFileSource source = PcapFileSource.open(file)) {
        source.run(new Later(pipeline, round * AGAIN_NANOS, wanted - packets));
        packets += source.stats().framesReceived();
      }
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    long taken = pipeline.counters().framesReceived();
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    System.out.printf(
        Locale.ROOT,
        "%d %.0f %.1f %.1f%n",
        taken,
        taken / seconds,
        (runtime.totalMemory() - runtime.freeMemory()) / 1e6,
        anonymousBytes() / 1e6);
    pipeline.finish();
    List<String> broken = pipeline.counters().brokenLaws();
    if (!broken.isEmpty()) {
      throw new IllegalStateException(broken.toString());
    }
  }

  private static void flows(int number) throws IOException {
    Frames warm = new Frames(20_000);
    warm.begin();
    warm.goOn(PACKETS_OF_FLOWS / 2);
    warm.table.closeAll();
    System.gc();
    long before = anonymousBytes();
    Frames frames = new Frames(number);
    double beginning = number / frames.begin();
    double goingOn = PACKETS_OF_FLOWS / frames.goOn(PACKETS_OF_FLOWS);
    long grown = anonymousBytes() - before;
    if (frames.table.size() != number) {
      throw new IllegalStateException(
          frames.table.size() + " flows in the table instead of " + number);
    }
    System.out.printf(
        Locale.ROOT,
        "%d %.0f %.0f %.1f %.1f %.0f%n",
        number,
        beginning,
        goingOn,
        (double) frames.table.tableBytes() / number,
        (double) grown / number,
        grown / 1e6);
  }

  private static long anonymousBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("RssAnon:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    throw new IOException("/proc/self/status has no RssAnon");
  }

  /** Moves the time of the frames on, and leaves out what is too much. */
  private record Later(Pipeline next, long nanos, long[] left) implements FrameHandler {
    Later(Pipeline next, long nanos, long left) {
      this(next, nanos, new long[] {left});
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
      if (left[0]-- > 0) {
        next.onFrame(
            data, offset, capturedBytes, wireBytes, tsNanos + nanos, linkType, interfaceId);
      }
    }
  }

  /** Datagrams of so many flows, none of which anybody wants. */
  private static final class Frames implements FlowHandler<Boolean> {
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private final MemorySegment frame = Arena.ofAuto().allocate(FRAME_BYTES);
    private final SplittableRandom random = new SplittableRandom(7);
    private final FlowTable<Boolean> table;
    private final int number;
    private long nanos = 1_767_225_600_000_000_000L;

    Frames(int number) {
      this.number = number;
      FlowLimits usual = FlowLimits.DEFAULT;
      table =
          new FlowTable<>(
              this,
              new FlowLimits(
                  Math.max(number, usual.maxFlows()),
                  usual.maxObjects(),
                  usual.undecidedIdleNanos(),
                  usual.foreignIdleNanos(),
                  usual.trackedIdleNanos()),
              0);
      frame.set(SHORT, 12, (short) 0x0800);
      frame.set(SHORT, 14, (short) 0x4500);
      frame.set(SHORT, 16, (short) (FRAME_BYTES - 14));
      frame.set(SHORT, 22, (short) (64 << 8 | 17));
      frame.set(INT, 30, 0xc633_6401);
      frame.set(SHORT, 36, (short) 4500);
      frame.set(SHORT, 38, (short) (FRAME_BYTES - 34));
    }

    /** Every flow's first packet; seconds that it took. */
    double begin() {
      long begin = System.nanoTime();
      for (int i = 0; i < number; i++) {
        packet(i);
      }
      return (System.nanoTime() - begin) / 1e9;
    }

    /** Packets of flows that are there; seconds that it took. */
    double goOn(long packets) {
      long begin = System.nanoTime();
      for (long i = 0; i < packets; i++) {
        packet(random.nextInt(number));
      }
      return (System.nanoTime() - begin) / 1e9;
    }

    private void packet(int flow) {
      frame.set(INT, SOURCE_AT, 0x0a00_0000 + flow);
      frame.set(SHORT, SOURCE_PORT_AT, (short) (20_000 + flow % 40_000));
      nanos += NANOS_APART;
      DecodeResult result =
          decoder.decode(frame, 0, FRAME_BYTES, FRAME_BYTES, nanos, LINK_ETHERNET, 0, view);
      if (result != DecodeResult.DECODED) {
        throw new IllegalStateException("a frame of the benchmark is " + result);
      }
      table.packet(view);
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
}
