package io.earshot.sensor.pipeline;

import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.Defragmenter;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import io.earshot.sensor.flow.FlowTable;
import io.earshot.sensor.identify.FlowIdentifier;
import io.earshot.sensor.identify.FlowTrack;
import io.earshot.sensor.identify.NameListener;
import java.lang.foreign.MemorySegment;

/**
 * The stages of a capture thread: frames to the packets of the service's flows, and the clock that
 * goes with them.
 *
 * <p>Time is packet time; only {@link #idle} brings in the wall clock, where nothing arrives on a
 * live interface. Owner: the capture thread.
 */
@SuppressWarnings("EnumOrdinal") // a column of counters per result
public final class FlowStages implements FrameHandler {
  /** A step back by more than this is another clock, not reordering. */
  static final long CLOCK_STEP_NANOS = 3_600_000_000_000L;

  /** A frame further ahead than this is believed when the next one agrees. */
  private static final long LEAP_NANOS = 5_000_000_000L;

  /** Before every time that a source delivers, and far enough from the least number. */
  static final long NO_CLOCK = Long.MIN_VALUE / 2;

  private final PacketDecoder decoder = new PacketDecoder();
  private final PacketView view = new PacketView();
  private final Defragmenter defragmenter = new Defragmenter();
  private final HeldFrame held = new HeldFrame();
  private final long[] results = new long[DecodeResult.values().length];
  private final FlowTable<FlowTrack> flows;
  private final FlowIdentifier identifier;
  private final StreamSink streams;
  private long frames;
  private long clockNanos = NO_CLOCK;
  private long clockSteps;
  private long wrongTimes;

  /**
   * @param streams takes the packets and the clock
   * @param names told of every named flow that is not the service's
   */
  public FlowStages(PipelineSettings settings, StreamSink streams, NameListener names) {
    this.streams = streams;
    identifier = new FlowIdentifier(settings.catalogue(), settings.endpoints(), streams, names);
    flows = new FlowTable<>(identifier, settings.flowLimits(), settings.hashSecret());
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
    DecodeResult result =
        decoder.decode(
            data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId, view);
    if (result == DecodeResult.FRAGMENT) {
      result = defragmenter.offer(view);
    }
    results[result.ordinal()]++;
    if (tsNanos > clockNanos) {
      clockNanos = tsNanos;
      streams.advance(tsNanos);
    } else if (clockNanos - tsNanos > CLOCK_STEP_NANOS) {
      stepBack(tsNanos);
    }
    if (result == DecodeResult.DECODED) {
      flows.packet(view);
    }
  }

  private void stepBack(long tsNanos) {
    clockSteps++;
    clockNanos = tsNanos;
    streams.stepBack(tsNanos);
  }

  /**
   * Nothing came for a while on a live interface, and everything up to this time has been handed
   * over: packet time goes on without packets, so that windows close.
   */
  public void idle(long nowNanos) {
    if (held.isHeld()) {
      settle(nowNanos);
    }
    if (nowNanos > clockNanos) {
      clockNanos = nowNanos;
      streams.advance(nowNanos);
    } else if (clockNanos - nowNanos > CLOCK_STEP_NANOS) {
      stepBack(nowNanos);
    }
  }

  /** The input is over: closes the flows. */
  public void finish() {
    if (held.isHeld()) {
      held.release(this::take, held.tsNanos());
    }
    flows.closeAll();
  }

  /** Largest packet time so far; far in the past before the first packet. */
  public long clockNanos() {
    return clockNanos;
  }

  /** Flows in the table. */
  public int activeFlows() {
    return flows.size();
  }

  /** The counters so far, those of streams and windows at zero. */
  public PipelineCounters counters() {
    return PipelineCounters.of(
        frames, results, defragmenter, flows.stats(), identifier.stats(), clockSteps, wrongTimes);
  }
}
