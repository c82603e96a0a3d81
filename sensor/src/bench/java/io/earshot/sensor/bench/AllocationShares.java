package io.earshot.sensor.bench;

import com.sun.management.ThreadMXBean;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.pipeline.Pipeline;
import io.earshot.sensor.pipeline.PipelineCounters;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.window.IgnoredWindows;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Tells for whom the whole pipeline allocates in the second half of a capture, when almost all
 * flows have begun: the thread's allocation is read before and after every packet, warm.
 *
 * <p>A packet belongs to the first of these that holds: a flow began with it; windows turned or
 * closed with its time; it is of a followed flow; it waits for its flow's name; else it is of a
 * foreign flow. One line each on standard output: what, packets, packets that allocated, bytes.
 */
final class AllocationShares implements FrameHandler {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int WARM_UP = 4;

  private final Pipeline pipeline =
      new Pipeline(
          PipelineSettings.offline("bench", PipelineSettings.DEFAULT_WINDOW),
          IgnoredWindows.INSTANCE,
          NameListener.NONE);
  private final long[] packets = new long[Share.values().length];
  private final long[] allocating = new long[Share.values().length];
  private final long[] bytes = new long[Share.values().length];
  private final boolean measured;
  private long skipped;
  private long grace;
  private PipelineCounters before = pipeline.counters();

  private AllocationShares(boolean measured, long skipped) {
    this.measured = measured;
    this.skipped = skipped;
  }

  /** For whom. */
  private enum Share {
    FLOW("flows that begin"),
    WINDOW("windows that turn or close"),
    FOLLOWED("packets of followed flows"),
    NAMELESS("packets of flows without a name"),
    FOREIGN("packets of foreign flows");

    private final String label;

    Share(String label) {
      this.label = label;
    }
  }

  /**
   * Measures one capture.
   *
   * @param args the capture file
   */
  public static void main(String[] args) throws CaptureException {
    Path file = Path.of(args[0]);
    long frames = 0;
    for (int i = 0; i < WARM_UP; i++) {
      frames = run(file, new AllocationShares(false, 0));
    }
    AllocationShares shares = new AllocationShares(true, frames / 2);
    run(file, shares);
    for (Share share : Share.values()) {
      int at = share.ordinal();
      System.out.printf(
          Locale.ROOT,
          "%s\t%d\t%d\t%d%n",
          share.label,
          shares.packets[at],
          shares.allocating[at],
          shares.bytes[at]);
    }
  }

  private static long run(Path file, AllocationShares shares) throws CaptureException {
    try (PcapFileSource source = PcapFileSource.open(file)) {
      source.run(shares);
      return source.stats().framesReceived();
    }
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
    if (!measured || skipped > 0) {
      pipeline.onFrame(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
      skipped--;
      return;
    }
    long begin = THREADS.getCurrentThreadAllocatedBytes();
    pipeline.onFrame(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - begin;
    PipelineCounters now = pipeline.counters();
    int share = share(now, tsNanos).ordinal();
    packets[share]++;
    bytes[share] += allocated;
    allocating[share] += allocated > 0 ? 1 : 0;
    before = now;
  }

  private Share share(PipelineCounters now, long tsNanos) {
    // Windows turn at multiples of their length and close two seconds later.
    long tick = tsNanos / 1_000_000_000L;
    boolean turns = tick != grace;
    grace = tick;
    if (now.flowsOpened() != before.flowsOpened()) {
      return Share.FLOW;
    }
    if (turns || now.windowsClosed() != before.windowsClosed()) {
      return Share.WINDOW;
    }
    if (now.trackedPackets() != before.trackedPackets()) {
      return Share.FOLLOWED;
    }
    return now.undecidedPackets() != before.undecidedPackets() ? Share.NAMELESS : Share.FOREIGN;
  }
}
