package io.earshot.sensor.pipeline;

import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.window.WindowListener;
import java.lang.foreign.MemorySegment;
import java.util.function.UnaryOperator;

/**
 * The stages from a frame to a window, put together for one capture.
 *
 * <p>Frames go in through {@link #onFrame}; windows come out at the {@link WindowListener}, names
 * at the {@link NameListener}. Time is packet time: {@link #finish} closes what is open at the
 * largest time seen. One instance serves one capture, on one thread; the daemon has the two halves
 * on threads of their own.
 */
public final class Pipeline implements FrameHandler {
  private final StreamStages streams;
  private final FlowStages flows;

  public Pipeline(PipelineSettings settings, WindowListener listener, NameListener names) {
    streams = new StreamStages(settings, listener);
    flows = new FlowStages(settings, streams, names);
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
    flows.onFrame(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
  }

  /**
   * Runs the source through all stages until it ends, and closes what is open then.
   *
   * @param tap wraps the handler of frames, to watch or save what goes in; where another thread
   *     reads, that one is its owner
   * @param readAhead whether a thread of its own may read and decode, where the source allows it;
   *     what comes out is the same
   * @throws CaptureException where the input cannot be read at all
   */
  public void run(PacketSource source, UnaryOperator<FrameHandler> tap, boolean readAhead)
      throws CaptureException {
    if (readAhead && source.keepFrames(ReadAhead.BATCHES)) {
      new ReadAhead(flows).run(source, tap);
    } else {
      source.run(tap.apply(this));
    }
    finish();
  }

  /** The input is over: closes flows, streams and windows. */
  public void finish() {
    flows.finish();
    streams.finish();
  }

  /** The counters so far; consistent on the pipeline's own thread. */
  public PipelineCounters counters() {
    return flows.counters().with(streams);
  }
}
