package io.earshot.sensor.bench;

import io.earshot.models.simulate.FrameSink;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.models.simulate.SessionSpec;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.decode.LinkType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Hours of simulated listeners who come and go, merged into one stream of frames in the order of
 * time. As many begin in each hour; each is played by a thread of its own that runs a few frames
 * ahead. The same arguments give the same frames. Owner: the thread that calls {@link #play}.
 */
public final class Day {
  private static final long START_NANOS =
      Instant.parse("2026-03-01T00:00:00Z").getEpochSecond() * 1_000_000_000L;
  private static final long HOUR_NANOS = 3_600_000_000_000L;
  private static final int BATCH_FRAMES = 256;
  private static final int BATCH_BYTES = 1 << 16;
  private static final int BATCHES_AHEAD = 2;
  private static final Batch END = new Batch(0);

  private final int listeners;
  private final long everyNanos;
  private final long seed;

  /**
   * @param hours length
   * @param listenersPerHour how many begin in each
   */
  public Day(int hours, int listenersPerHour, long seed) {
    listeners = hours * listenersPerHour;
    everyNanos = HOUR_NANOS / listenersPerHour;
    this.seed = seed;
  }

  /** Frames of one listener, copied. */
  private static final class Batch {
    private final long[] times = new long[BATCH_FRAMES];
    private final int[] captured = new int[BATCH_FRAMES];
    private final int[] wire = new int[BATCH_FRAMES];
    private final ByteBuffer bytes;
    private int frames;

    Batch(int room) {
      bytes = ByteBuffer.allocate(room);
    }
  }

  /** One listener who plays. */
  private static final class Listener implements FrameSink {
    private final BlockingQueue<Batch> ahead = new ArrayBlockingQueue<>(BATCHES_AHEAD);
    private final SessionSpec spec;
    private final long shiftNanos;
    private Batch filling = new Batch(BATCH_BYTES);
    private Batch reading = END;
    private MemorySegment data = MemorySegment.NULL;
    private int next;
    private long offset;

    Listener(SessionSpec spec, long startNanos) {
      this.spec = spec;
      shiftNanos = startNanos - spec.startNanos();
    }

    Listener start() {
      Thread.ofVirtual()
          .start(
              () -> {
                SessionGenerator.play(spec, this);
                hand(filling);
                hand(END);
              });
      return this;
    }

    @Override
    public void frame(long tsNanos, byte[] buffer, int capturedBytes, int wireBytes) {
      if (filling.frames == BATCH_FRAMES || filling.bytes.remaining() < capturedBytes) {
        hand(filling);
        filling = new Batch(BATCH_BYTES);
      }
      filling.times[filling.frames] = tsNanos + shiftNanos;
      filling.captured[filling.frames] = capturedBytes;
      filling.wire[filling.frames++] = wireBytes;
      filling.bytes.put(buffer, 0, capturedBytes);
    }

    private void hand(Batch batch) {
      try {
        ahead.put(batch);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Whether there is another frame. */
    boolean ready() {
      while (next == reading.frames) {
        try {
          reading = ahead.take();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        next = 0;
        offset = 0;
        if (reading == END) {
          return false;
        }
        data = MemorySegment.ofArray(reading.bytes.array());
      }
      return true;
    }

    long time() {
      return reading.times[next];
    }

    void hand(FrameHandler handler) {
      handler.onFrame(
          data,
          offset,
          reading.captured[next],
          reading.wire[next],
          reading.times[next],
          LinkType.ETHERNET,
          0);
      offset += reading.captured[next++];
    }
  }

  /** Hands over every frame. */
  public void play(FrameHandler handler) {
    PriorityQueue<Listener> playing =
        new PriorityQueue<>(Comparator.comparingLong(Listener::time));
    int begun = 0;
    while (begun < listeners || !playing.isEmpty()) {
      long begins = START_NANOS + begun * everyNanos;
      Listener first = playing.peek();
      if (begun < listeners && (first == null || first.time() >= begins)) {
        Listener fresh = new Listener(SessionGenerator.draw(seed, ++begun), begins).start();
        if (fresh.ready()) {
          playing.add(fresh);
        }
        continue;
      }
      Listener due = playing.remove();
      long until = playing.isEmpty() ? Long.MAX_VALUE : playing.element().time();
      if (begun < listeners) {
        until = Math.min(until, begins);
      }
      boolean more;
      do {
        due.hand(handler);
        more = due.ready();
      } while (more && due.time() <= until);
      if (more) {
        playing.add(due);
      }
    }
  }
}
