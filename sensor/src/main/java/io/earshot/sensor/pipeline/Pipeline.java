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
import io.earshot.sensor.stream.StreamTracker;
import io.earshot.sensor.window.WindowAggregator;
import io.earshot.sensor.window.WindowListener;
import java.lang.foreign.MemorySegment;

/**
 * The stages from a frame to a window, put together for one capture.
 *
 * <p>Frames go in through {@link #onFrame}; windows come out at the {@link WindowListener}, names
 * at the {@link NameListener}. Time is packet time: {@link #finish} closes what is open at the
 * largest time seen. One instance serves one capture, on one thread.
 */
@SuppressWarnings("EnumOrdinal") // a column of counters per result
public final class Pipeline implements FrameHandler {
  /** A step back by more than this is another clock, not reordering. */
  private static final long CLOCK_STEP_NANOS = 3_600_000_000_000L;

  /** A frame further ahead than this is believed when the next one agrees. */
  private static final long LEAP_NANOS = 5_000_000_000L;

  /** Before every time that a source delivers, and far enough from the least number. */
  private static final long NO_CLOCK = Long.MIN_VALUE / 2;

  /** Streams are looked through for silent ones once in so much packet time. */
  private static final long EXPIRY_NANOS = 10_000_000_000L;

  private final PacketDecoder decoder = new PacketDecoder();
  private final PacketView view = new PacketView();
  private final Defragmenter defragmenter = new Defragmenter();
  private final HeldFrame held = new HeldFrame();
  private final long[] results = new long[DecodeResult.values().length];
  private final FlowTable<FlowTrack> flows;
  private final FlowIdentifier identifier;
  private final StreamTracker streams;
  private final WindowAggregator windows;
  private long frames;
  private long clockNanos = NO_CLOCK;
  private long nextExpiryNanos = Long.MIN_VALUE;
  private long clockSteps;
  private long wrongTimes;

  public Pipeline(PipelineSettings settings, WindowListener listener, NameListener names) {
    windows = new WindowAggregator(settings.windowNanos(), listener);
    streams = new StreamTracker(settings.sensorName(), windows);
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
      windows.advance(tsNanos);
      if (tsNanos >= nextExpiryNanos) {
        streams.expire(tsNanos);
        nextExpiryNanos = tsNanos + EXPIRY_NANOS;
      }
    } else if (clockNanos - tsNanos > CLOCK_STEP_NANOS) {
      stepBack(tsNanos);
    }
    if (result == DecodeResult.DECODED) {
      flows.packet(view);
    }
  }

  private void stepBack(long tsNanos) {
    clockSteps++;
    streams.endAll();
    windows.resetClock();
    clockNanos = tsNanos;
    nextExpiryNanos = tsNanos + EXPIRY_NANOS;
  }

  /** The input is over: closes flows, streams and windows. */
  public void finish() {
    if (held.isHeld()) {
      held.release(this::take, held.tsNanos());
    }
    flows.closeAll();
    streams.endAll();
  }

  /** The counters so far; consistent on the pipeline's own thread. */
  public PipelineCounters counters() {
    return PipelineCounters.of(
        frames,
        results,
        defragmenter,
        flows.stats(),
        identifier.stats(),
        windows,
        streams,
        clockSteps,
        wrongTimes);
  }
}
