package io.earshot.sensor.daemon;

import io.earshot.sensor.capture.CaptureEngine;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.MixedTraffic;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.pipeline.FlowStages;
import io.earshot.sensor.pipeline.PipelineCounters;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.StreamStages;
import io.earshot.sensor.window.IgnoredWindows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a capture thread does, on made-up traffic before the first real frame: the JVM compiles it
 * meanwhile, and the kernel's ring need not hold what a cold program cannot take.
 *
 * <p>Every stage is its own and is thrown away, and nothing is handed in, so nothing of it is in
 * figures, documents or learned addresses. It runs beside the rest of the start, on a thread of its
 * own, until it has seen so many packets or its time is up.
 *
 * <p>Owner: the thread that calls {@link #begin}.
 */
public final class Rehearsal {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

  /** From the beginning to the end of the waiting for it. */
  private static final Duration LONGEST = Duration.ofMillis(1500);

  private static final long ENOUGH_PACKETS = 600_000;

  /** Few a flow: real traffic begins with client hellos, and they need the most code. */
  private static final int FRAMES = 9_000;

  private static final int FLOWS = 1_100;
  private static final int AUDIO_OF_200 = 5;
  private static final int SEED = 7;

  /** The traffic's last train is finished. */
  private static final int ROOM = FRAMES + 64;

  private static final int BYTES_PER_FRAME = 1_536;

  /** So long after a round every flow has been forgotten and begins again. */
  private static final long AGAIN_NANOS = TimeUnit.HOURS.toNanos(2);

  private static final int RING = 1 << 12;
  private static final int LOOK_EVERY = 256;

  private final long packets;
  private final Duration longest;
  private final long beginNanos = System.nanoTime();
  private final PipelineSettings settings =
      PipelineSettings.offline("rehearsal", PipelineSettings.DEFAULT_WINDOW);
  private final SampleRing ring = new SampleRing(RING);
  private final FlowStages stages = new FlowStages(settings, ring, NameListener.NONE);
  private final Thread thread =
      Thread.ofPlatform()
          .name("rehearsal")
          .daemon()
          .uncaughtExceptionHandler(
              (_, mistake) ->
                  LOG.warn("A mistake in Earshot's rehearsal; please report this", mistake))
          .unstarted(this::play);
  private volatile boolean over;

  private Rehearsal(long packets, Duration longest) {
    this.packets = packets;
    this.longest = longest;
  }

  /** Begins on a thread of its own. */
  public static Rehearsal begin() {
    return begin(ENOUGH_PACKETS, LONGEST);
  }

  static Rehearsal begin(long packets, Duration longest) {
    Rehearsal rehearsal = new Rehearsal(packets, longest);
    rehearsal.thread.start();
    return rehearsal;
  }

  /**
   * Waits until it is over, and not longer than its time.
   *
   * @return what it has counted
   */
  public PipelineCounters end() {
    try {
      boolean _ = thread.join(longest.minusNanos(System.nanoTime() - beginNanos));
      over = true;
      thread.join();
    } catch (InterruptedException e) {
      over = true;
      Thread.currentThread().interrupt();
    }
    return stages.counters();
  }

  private void play() {
    // Before the first frame: classes that come later would undo what is compiled by then.
    CaptureEngine.load();
    StreamStages streams = new StreamStages(settings, IgnoredWindows.INSTANCE);
    try (Frames frames = new Frames()) {
      new MixedTraffic(FRAMES, FLOWS, AUDIO_OF_200, SEED).generate(frames);
      long seen = 0;
      for (long round = 0; seen < packets && !over; round++) {
        seen += play(frames, round * AGAIN_NANOS);
        while (!ring.isEmpty()) {
          // Behind the ring nobody is in a hurry: once, so that the classes are there.
          boolean _ = round == 0 ? ring.take(streams) : ring.drop();
        }
      }
      stages.finish();
      LOG.debug("Rehearsed with {} packets", seen);
    }
  }

  private int play(Frames frames, long laterNanos) {
    for (int i = 0; i < frames.count; i++) {
      if (i % LOOK_EVERY == 0 && over) {
        return i;
      }
      frames.hand(i, laterNanos, stages);
    }
    return frames.count;
  }

  /** Frames in memory of the kind that a live ring is. */
  private static final class Frames implements FrameHandler, AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment bytes = arena.allocate((long) ROOM * BYTES_PER_FRAME);
    private final long[] times = new long[ROOM];
    private final int[] lengths = new int[ROOM];
    private int link;
    private int count;

    @Override
    public void onFrame(
        MemorySegment data,
        long offset,
        int capturedBytes,
        int wireBytes,
        long tsNanos,
        int linkType,
        int interfaceId) {
      MemorySegment.copy(data, offset, bytes, (long) count * BYTES_PER_FRAME, capturedBytes);
      times[count] = tsNanos;
      lengths[count++] = capturedBytes;
      link = linkType;
    }

    void hand(int i, long laterNanos, FrameHandler next) {
      long at = (long) i * BYTES_PER_FRAME;
      next.onFrame(bytes, at, lengths[i], lengths[i], times[i] + laterNanos, link, 0);
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
