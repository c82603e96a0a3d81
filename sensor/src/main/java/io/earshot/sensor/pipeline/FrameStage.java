package io.earshot.sensor.pipeline;

import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.Defragmenter;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import java.lang.foreign.MemorySegment;

/**
 * The first stage: frames to packets, and the clock that goes with them.
 *
 * <p>Time is packet time; only {@link #idle} brings in the wall clock. Owner: the thread that reads
 * the frames.
 */
@SuppressWarnings("EnumOrdinal") // a column of counters per result
final class FrameStage implements FrameHandler {
  /** A step back by more than this is another clock, not reordering. */
  static final long CLOCK_STEP_NANOS = 3_600_000_000_000L;

  /** A frame further ahead than this is believed when the next one agrees. */
  private static final long LEAP_NANOS = 5_000_000_000L;

  /** Before every time that a source delivers, and far enough from the least number. */
  static final long NO_CLOCK = Long.MIN_VALUE / 2;

  private final PacketDecoder decoder = new PacketDecoder();
  private final Defragmenter defragmenter = new Defragmenter();
  private final HeldFrame held = new HeldFrame();
  private final long[] results = new long[DecodeResult.values().length];
  private final PacketSink sink;
  private long frames;
  private long clockNanos = NO_CLOCK;
  private long clockSteps;
  private long wrongTimes;

  FrameStage(PacketSink sink) {
    this.sink = sink;
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
    if (held.isHeld()) {
      settle(tsNanos);
    }
    if (tsNanos > clockNanos + LEAP_NANOS || tsNanos < clockNanos - CLOCK_STEP_NANOS) {
      held.hold(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
    } else {
      take(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
    }
  }

  /**
   * The frame after one whose time was hard to believe tells whether it was right: a silence and
   * another clock go on, a wrong time does not. A wrong time is replaced by that of the frame
   * before.
   */
  private void settle(long nextNanos) {
    long time = held.tsNanos();
    boolean believed =
        time > clockNanos
            ? nextNanos >= time - LEAP_NANOS
            : nextNanos < clockNanos - CLOCK_STEP_NANOS;
    if (believed) {
      held.release(this::take, time);
    } else {
      wrongTimes++;
      held.release(this::take, clockNanos == NO_CLOCK ? nextNanos : clockNanos);
    }
  }

  private void take(
      MemorySegment data,
      long offset,
      int capturedBytes,
      int wireBytes,
      long tsNanos,
      int linkType,
      int interfaceId) {
    frames++;
    PacketView view = sink.next();
    DecodeResult result =
        decoder.decode(
            data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId, view);
    if (result == DecodeResult.FRAGMENT) {
      result = defragmenter.offer(view);
    }
    results[result.ordinal()]++;
    sink.written(clock(tsNanos) | (result == DecodeResult.DECODED ? PacketSink.PACKET : 0));
  }

  /** Sets the clock; the mark of what it did. */
  private int clock(long tsNanos) {
    if (tsNanos > clockNanos) {
      clockNanos = tsNanos;
      return PacketSink.ADVANCED;
    }
    if (clockNanos - tsNanos > CLOCK_STEP_NANOS) {
      clockSteps++;
      clockNanos = tsNanos;
      return PacketSink.STEPPED_BACK;
    }
    return 0;
  }

  /** See {@link FlowStages#idle}. */
  void idle(long nowNanos) {
    if (held.isHeld()) {
      settle(nowNanos);
    }
    sink.next().tsNanos = nowNanos;
    sink.written(clock(nowNanos));
  }

  /** The input is over. */
  void finish() {
    if (held.isHeld()) {
      held.release(this::take, held.tsNanos());
    }
  }

  /** Largest packet time so far; far in the past before the first packet. */
  long clockNanos() {
    return clockNanos;
  }

  long frames() {
    return frames;
  }

  /** Frames by {@link DecodeResult#ordinal}. */
  long[] results() {
    return results;
  }

  Defragmenter defragmenter() {
    return defragmenter;
  }

  long clockSteps() {
    return clockSteps;
  }

  long wrongTimes() {
    return wrongTimes;
  }
}
