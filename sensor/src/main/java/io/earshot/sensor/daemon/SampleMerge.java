package io.earshot.sensor.daemon;

import io.earshot.sensor.pipeline.StreamSink;
import java.util.List;

/**
 * Several rings to one stream of packets in the order of their clocks.
 *
 * <p>The oldest packet is handed on once every other ring holds a later one or has said that
 * nothing older comes, or when its own ring is getting crowded. Where one clock steps back by more
 * than reordering explains, all streams are ended once; packets that others had from before the
 * step are left out and counted.
 *
 * <p>Owner: the analysis thread.
 */
final class SampleMerge {
  private static final long STEP_NANOS = 3_600_000_000_000L;

  private final List<SampleRing> rings;
  private final StreamSink sink;
  private final boolean[] beforeStep;
  private long clockNanos = SampleRing.NO_CLOCK;
  private long taken;
  private long leftOut;

  SampleMerge(List<SampleRing> rings, StreamSink sink) {
    this.rings = List.copyOf(rings);
    this.sink = sink;
    this.beforeStep = new boolean[rings.size()];
  }

  /**
   * Hands on what may be handed on.
   *
   * @param most slots
   * @return how many there were
   */
  int drain(int most) {
    int done = 0;
    while (done < most) {
      int next = next();
      if (next < 0) {
        goOn();
        break;
      }
      take(next);
      done++;
    }
    return done;
  }

  /** The ring whose first slot is due, -1 for none. */
  private int next() {
    int oldest = -1;
    long least = Long.MAX_VALUE;
    long bound = Long.MAX_VALUE;
    boolean crowded = false;
    for (int i = 0; i < rings.size(); i++) {
      SampleRing ring = rings.get(i);
      long published = ring.publishedNanos(); // before the look at the slots
      if (!ring.isEmpty()) {
        long clock = ring.headClock();
        if (beforeStep[i] && clock - clockNanos > STEP_NANOS) {
          return i; // nobody can be waited for in a time that is over
        }
        if (oldest < 0 || clock < least) {
          least = clock;
          oldest = i;
        }
        crowded |= ring.isCrowded();
      } else if (!ring.isExhausted()) {
        bound = Math.min(bound, published);
      }
    }
    return oldest >= 0 && (least <= bound || crowded) ? oldest : -1;
  }

  private void take(int number) {
    SampleRing ring = rings.get(number);
    long stepsTo = ring.headStepsTo();
    if (stepsTo != SampleRing.NO_CLOCK) {
      boolean _ = ring.take(sink);
      boolean known = beforeStep[number] && Math.abs(stepsTo - clockNanos) < STEP_NANOS;
      beforeStep[number] = false;
      if (!known) {
        stepBack(number, stepsTo);
      }
      return;
    }
    long clock = ring.headClock();
    if (beforeStep[number]) {
      if (clock - clockNanos > STEP_NANOS) {
        leftOut += ring.drop() ? 1 : 0;
        return;
      }
      beforeStep[number] = false;
    }
    advance(clock);
    taken += ring.take(sink) ? 1 : 0;
  }

  private void stepBack(int number, long toNanos) {
    clockNanos = toNanos;
    sink.stepBack(toNanos);
    for (int i = 0; i < rings.size(); i++) {
      beforeStep[i] = i != number && rings.get(i).publishedNanos() - toNanos > STEP_NANOS;
    }
  }

  private void advance(long toNanos) {
    if (toNanos > clockNanos) {
      clockNanos = toNanos;
      sink.advance(toNanos);
    }
  }

  /** Nothing is due: time goes on as far as all rings have come. */
  private void goOn() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < rings.size(); i++) {
      SampleRing ring = rings.get(i);
      long published = ring.publishedNanos();
      if (!beforeStep[i] && !ring.isExhausted()) {
        least = Math.min(least, ring.isEmpty() ? published : ring.headClock());
      }
    }
    if (least != Long.MAX_VALUE && least != SampleRing.NO_CLOCK) {
      advance(least);
    }
  }

  /** Every ring has ended and is empty. */
  boolean isExhausted() {
    return rings.stream().allMatch(SampleRing::isExhausted);
  }

  /** Packets that were handed on. */
  long taken() {
    return taken;
  }

  /** Packets that were left out after a step of the clock. */
  long leftOut() {
    return leftOut;
  }

  /** Packet time of the analysis. */
  long clockNanos() {
    return clockNanos;
  }
}
