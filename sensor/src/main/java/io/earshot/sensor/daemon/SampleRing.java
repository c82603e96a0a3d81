package io.earshot.sensor.daemon;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.pipeline.StreamSink;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The bounded way from one capture thread to the analysis thread: slots of primitives, nothing
 * allocated, nobody waits.
 *
 * <p>A packet that finds no room is counted and left out, because the kernel's ring behind would
 * otherwise lose those of everybody. The last sixteenth is kept for what must not be lost: ends of
 * flows, steps of the clock. Each slot has the clock of its capture thread, by which the analysis
 * merges several rings; {@link #publishedNanos} is the time up to which nothing more will come.
 *
 * <p>The methods of {@link StreamSink} and {@link #end} are the capture thread's, {@link #isEmpty},
 * {@link #headClock}, {@link #take} and {@link #drop} the analysis thread's, the counters
 * everybody's.
 */
final class SampleRing implements StreamSink {
  /** Before every packet time. */
  static final long NO_CLOCK = Long.MIN_VALUE / 2;

  private static final int SAMPLE = 0;
  private static final int CLOSED = 1;
  private static final int STEP = 2;

  /*
   * A slot:
   *
   *   clock | time | RTT | missed | frame bytes, payload bytes | new bytes, flags, direction, kind
   */
  private static final int LONGS = 6;
  private static final Direction[] DIRECTIONS = Direction.values();

  private final int mask;
  private final int roomForSamples;
  private final long[] slots;
  private final @Nullable FlowDescriptor[] flows;
  private final AtomicLong head = new AtomicLong();
  private final AtomicLong tail = new AtomicLong();
  private final AtomicLong published = new AtomicLong(NO_CLOCK);
  private final AtomicLong offered = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private volatile boolean ended;

  // The capture thread's.
  private long nextTail;
  private long headSeen;
  private long clockNanos = NO_CLOCK;
  private boolean stepWaits;
  private long stepFromNanos;

  // The analysis thread's.
  private long nextHead;

  /**
   * @param room slots, rounded up to a power of two
   */
  SampleRing(int room) {
    int size = Math.max(16, Integer.highestOneBit(Math.max(1, room - 1)) << 1);
    mask = size - 1;
    roomForSamples = size - size / 16;
    slots = new long[size * LONGS];
    flows = new @Nullable FlowDescriptor[size];
  }

  @Override
  public void advance(long tsNanos) {
    if (stepWaits && !offerStep()) {
      return;
    }
    clockNanos = tsNanos;
    published.setRelease(tsNanos);
  }

  @Override
  public void stepBack(long tsNanos) {
    if (!stepWaits) {
      stepFromNanos = clockNanos;
      stepWaits = true;
    }
    clockNanos = tsNanos;
    if (offerStep()) {
      published.setRelease(tsNanos);
    }
  }

  private boolean offerStep() {
    int at = free(mask + 1);
    if (at < 0) {
      return false;
    }
    // One later, so that what others have from that very moment comes before the step.
    put(at, null, stepFromNanos + 1, clockNanos, 0, 0, 0, STEP);
    stepWaits = false;
    return true;
  }

  @Override
  @SuppressWarnings("EnumOrdinal") // back by DIRECTIONS within the same process
  public void sample(
      FlowDescriptor flow,
      long tsNanos,
      int frameBytes,
      int payloadBytes,
      int newBytes,
      Direction direction,
      int flags,
      long rttNanos,
      long missedBytes) {
    offered.setRelease(offered.getPlain() + 1);
    int at = stepWaits && !offerStep() ? -1 : free(roomForSamples);
    if (at < 0) {
      dropped.setRelease(dropped.getPlain() + 1);
      return;
    }
    put(
        at,
        flow,
        clockNanos,
        tsNanos,
        rttNanos,
        missedBytes,
        (long) frameBytes << 32 | Integer.toUnsignedLong(payloadBytes),
        (long) newBytes << 32 | (flags & 0xffffL) << 16 | (long) direction.ordinal() << 8 | SAMPLE);
  }

  /** Where there is no room, the stream forgets the flow when it ends itself. */
  @Override
  public void closed(FlowDescriptor flow) {
    int at = stepWaits && !offerStep() ? -1 : free(mask + 1);
    if (at >= 0) {
      put(at, flow, clockNanos, clockNanos, 0, 0, 0, CLOSED);
    }
  }

  /** Nothing comes any more. */
  void end() {
    ended = true;
  }

  /** The next free slot, -1 where {@code most} are taken. */
  private int free(int most) {
    if (nextTail - headSeen >= most) {
      headSeen = head.getAcquire();
      if (nextTail - headSeen >= most) {
        return -1;
      }
    }
    return (int) nextTail & mask;
  }

  private void put(
      int at,
      @Nullable FlowDescriptor flow,
      long clock,
      long tsNanos,
      long rttNanos,
      long missedBytes,
      long bytes,
      long rest) {
    int base = at * LONGS;
    slots[base] = clock;
    slots[base + 1] = tsNanos;
    slots[base + 2] = rttNanos;
    slots[base + 3] = missedBytes;
    slots[base + 4] = bytes;
    slots[base + 5] = rest;
    flows[at] = flow;
    nextTail++;
    tail.setRelease(nextTail);
  }

  boolean isEmpty() {
    return nextHead == tail.getAcquire();
  }

  /** Nothing is left and nothing comes any more. */
  boolean isExhausted() {
    return ended && isEmpty();
  }

  /** More than half full: there is no time to wait for others. */
  boolean isCrowded() {
    return tail.getAcquire() - nextHead > (mask + 1) / 2;
  }

  /** Clock of the first slot; for one that steps back, the clock before. */
  long headClock() {
    return slots[((int) nextHead & mask) * LONGS];
  }

  /** The time that the first slot steps back to, {@link #NO_CLOCK} where it is a packet. */
  long headStepsTo() {
    int base = ((int) nextHead & mask) * LONGS;
    return (int) (slots[base + 5] & 0xff) == STEP ? slots[base + 1] : NO_CLOCK;
  }

  /** Hands the first slot on; true where it was a packet. */
  boolean take(StreamSink sink) {
    int at = (int) nextHead & mask;
    int base = at * LONGS;
    long rest = slots[base + 5];
    FlowDescriptor flow = flows[at];
    if (flow != null) {
      if ((rest & 0xff) == CLOSED) {
        sink.closed(flow);
      } else {
        sink.sample(
            flow,
            slots[base + 1],
            (int) (slots[base + 4] >> 32),
            (int) slots[base + 4],
            (int) (rest >> 32),
            DIRECTIONS[(int) (rest >> 8) & 0xff],
            (int) (rest >> 16) & 0xffff,
            slots[base + 2],
            slots[base + 3]);
      }
    }
    release(at);
    return flow != null && (rest & 0xff) == SAMPLE;
  }

  /** Leaves the first slot out; true where that was a packet. */
  boolean drop() {
    int at = (int) nextHead & mask;
    boolean packet = (slots[at * LONGS + 5] & 0xff) == SAMPLE;
    release(at);
    return packet;
  }

  private void release(int at) {
    flows[at] = null;
    nextHead++;
    head.setRelease(nextHead);
  }

  /** What comes from now on is not older than this, but for packets that waited for a name. */
  long publishedNanos() {
    return published.getAcquire();
  }

  /** Packets that were handed in. */
  long offered() {
    return offered.getAcquire();
  }

  /** Packets that found no room. */
  long dropped() {
    return dropped.getAcquire();
  }

  /** Slots that wait. */
  long waiting() {
    long taken = head.getAcquire();
    return Math.max(0, tail.getAcquire() - taken);
  }
}
