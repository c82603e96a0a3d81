package io.earshot.sensor.identify;

import io.earshot.models.feature.Direction;
import java.util.Arrays;

/**
 * The packets of a flow that has no name yet, as columns of primitives: {@value #CAPACITY} of them.
 *
 * <p>When it is full, it folds: of a run of packets in one direction the first and the last remain,
 * and the last holds the bytes of those between. Requests, and what each of them brought, stay
 * known for as long; then the oldest are folded into what follows. Owner: the capture thread.
 */
final class SampleBuffer {
  static final int CAPACITY = 64;

  /** What must be free after folding, so that it does not fold at every packet. */
  private static final int ROOM = CAPACITY / 4;

  /** Packets of a run are not farther apart than this. */
  private static final long RUN_NANOS = 1_000_000_000L;

  private static final int DOWN = 1 << 8;

  private long[] tsNanos = new long[4];
  private int[] frameBytes = new int[4];
  private int[] payloadBytes = new int[4];
  private int[] newBytes = new int[4];
  private int[] flags = new int[4];

  /** Bytes of the same direction that were folded into the sample; empty while none were. */
  private long[] foldedBytes = {};

  private int size;

  void add(long ts, int frame, int payload, int fresh, Direction direction, int flagBits) {
    if (size == CAPACITY) {
      fold();
    } else if (size == tsNanos.length) {
      grow();
    }
    int at = size++;
    tsNanos[at] = ts;
    frameBytes[at] = frame;
    payloadBytes[at] = payload;
    newBytes[at] = fresh;
    flags[at] = flagBits | (direction == Direction.DOWN ? DOWN : 0);
  }

  private void grow() {
    int length = Math.min(CAPACITY, tsNanos.length * 4);
    tsNanos = Arrays.copyOf(tsNanos, length);
    frameBytes = Arrays.copyOf(frameBytes, length);
    payloadBytes = Arrays.copyOf(payloadBytes, length);
    newBytes = Arrays.copyOf(newBytes, length);
    flags = Arrays.copyOf(flags, length);
  }

  private void fold() {
    if (foldedBytes.length == 0) {
      foldedBytes = new long[CAPACITY];
    }
    int kept = 0;
    for (int at = 0; at < size; at++) {
      if (newBytes[at] > 0 || foldedBytes[at] > 0) {
        if (isInsideRun(kept, at)) {
          foldedBytes[kept - 1] += newBytes[kept - 1];
          kept--;
          move(at, kept, foldedBytes[kept]);
        } else {
          move(at, kept, 0);
        }
        kept++;
      }
    }
    size = kept;
    if (size > CAPACITY - ROOM) {
      dropOldest();
    }
    Arrays.fill(foldedBytes, size, CAPACITY, 0);
  }

  /** The last that was kept lies between the one before it and this one, in one run. */
  private boolean isInsideRun(int kept, int at) {
    return kept >= 2
        && sameDirection(kept - 1, at)
        && sameDirection(kept - 2, at)
        && (flags[kept - 1] & FlowSampleSink.HELLO) == 0
        && tsNanos[at] - tsNanos[kept - 2] < RUN_NANOS;
  }

  private boolean sameDirection(int a, int b) {
    return ((flags[a] ^ flags[b]) & DOWN) == 0;
  }

  /**
   * @param before bytes folded in already at the place where the sample goes
   */
  private void move(int from, int to, long before) {
    long own = foldedBytes[from];
    tsNanos[to] = tsNanos[from];
    frameBytes[to] = frameBytes[from];
    payloadBytes[to] = payloadBytes[from];
    newBytes[to] = newBytes[from];
    flags[to] = flags[from];
    foldedBytes[to] = own + before;
  }

  /** What goes is folded into the first sample of its direction that stays. */
  private void dropOldest() {
    int drop = size - (CAPACITY - ROOM);
    long down = 0;
    long up = 0;
    for (int at = 0; at < drop; at++) {
      long bytes = newBytes[at] + foldedBytes[at];
      if ((flags[at] & DOWN) != 0) {
        down += bytes;
      } else {
        up += bytes;
      }
    }
    for (int at = drop; at < size; at++) {
      move(at, at - drop, 0);
    }
    size -= drop;
    for (int at = 0; at < size; at++) {
      boolean isDown = (flags[at] & DOWN) != 0;
      foldedBytes[at] += isDown ? down : up;
      if (isDown) {
        down = 0;
      } else {
        up = 0;
      }
    }
  }

  /** Hands all samples on, oldest first. */
  void drainTo(FlowSampleSink sink, FlowDescriptor flow, boolean swapped) {
    for (int at = 0; at < size; at++) {
      boolean down = ((flags[at] & DOWN) != 0) != swapped;
      long folded = down && foldedBytes.length > 0 ? foldedBytes[at] : 0;
      sink.sample(
          flow,
          tsNanos[at],
          frameBytes[at],
          payloadBytes[at],
          newBytes[at],
          down ? Direction.DOWN : Direction.UP,
          (flags[at] & ~DOWN) | (folded > 0 ? FlowSampleSink.FOLDED : 0),
          0,
          folded);
    }
    size = 0;
  }
}
