package io.earshot.sensor.identify;

import io.earshot.models.feature.Direction;
import java.util.Arrays;

/**
 * The packets of a flow that has no name yet: the last {@value #CAPACITY}, as columns of
 * primitives.
 *
 * <p>Grows up to its bound and then forgets the oldest. Owner: the capture thread.
 */
final class SampleBuffer {
  static final int CAPACITY = 64;
  private static final int DOWN = 1 << 8;

  private long[] tsNanos = new long[4];
  private int[] frameBytes = new int[4];
  private int[] payloadBytes = new int[4];
  private int[] newBytes = new int[4];
  private int[] flags = new int[4];
  private int size;
  private int oldest;
  private long forgotten;
  private long forgottenDownBytes;
  private long forgottenUpBytes;

  void add(long ts, int frame, int payload, int fresh, Direction direction, int flagBits) {
    int at;
    if (size == CAPACITY) {
      at = oldest;
      oldest = (oldest + 1) % CAPACITY;
      forgotten++;
      if ((flags[at] & DOWN) != 0) {
        forgottenDownBytes += newBytes[at];
      } else {
        forgottenUpBytes += newBytes[at];
      }
    } else {
      if (size == tsNanos.length) {
        grow();
      }
      at = size++;
    }
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

  /** Hands all samples on, oldest first; what was pushed out counts as missed at the first. */
  void drainTo(FlowSampleSink sink, FlowDescriptor flow, boolean swapped) {
    long missedBytes = swapped ? forgottenUpBytes : forgottenDownBytes;
    for (int i = 0; i < size; i++) {
      int at = (oldest + i) % size;
      boolean down = ((flags[at] & DOWN) != 0) != swapped;
      sink.sample(
          flow,
          tsNanos[at],
          frameBytes[at],
          payloadBytes[at],
          newBytes[at],
          down ? Direction.DOWN : Direction.UP,
          flags[at] & ~DOWN,
          0,
          missedBytes);
      missedBytes = 0;
    }
    size = 0;
    oldest = 0;
    forgottenDownBytes = 0;
    forgottenUpBytes = 0;
  }

  /** Samples that were pushed out by newer ones. */
  long forgotten() {
    return forgotten;
  }
}
