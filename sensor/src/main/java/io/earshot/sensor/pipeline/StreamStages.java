package io.earshot.sensor.pipeline;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.stream.StreamTracker;
import io.earshot.sensor.window.WindowAggregator;
import io.earshot.sensor.window.WindowListener;

/**
 * The first stages of the analysis thread: packets of the service's flows to windows of streams.
 * Owner: the analysis thread.
 */
public final class StreamStages implements StreamSink {
  /** Streams are looked through for silent ones once in so much packet time. */
  private static final long EXPIRY_NANOS = 10_000_000_000L;

  private final StreamTracker streams;
  private final WindowAggregator windows;
  private long nextExpiryNanos = Long.MIN_VALUE;

  public StreamStages(PipelineSettings settings, WindowListener listener) {
    windows = new WindowAggregator(settings.windowNanos(), listener);
    streams = new StreamTracker(settings.sensorName(), windows);
  }

  @Override
  public void advance(long tsNanos) {
    windows.advance(tsNanos);
    if (tsNanos >= nextExpiryNanos) {
      streams.expire(tsNanos);
      nextExpiryNanos = tsNanos + EXPIRY_NANOS;
    }
  }

  @Override
  public void stepBack(long tsNanos) {
    streams.endAll();
    windows.resetClock();
    nextExpiryNanos = tsNanos + EXPIRY_NANOS;
  }

  @Override
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
    streams.sample(
        flow, tsNanos, frameBytes, payloadBytes, newBytes, direction, flags, rttNanos, missedBytes);
  }

  @Override
  public void closed(FlowDescriptor flow) {
    streams.closed(flow);
  }

  /** The input is over: closes streams and windows. */
  public void finish() {
    streams.endAll();
  }

  /** Streams that are followed now. */
  public int activeStreams() {
    return streams.size();
  }

  /** Packets that came after their window was closed. */
  public long lateSamples() {
    return windows.lateSamples();
  }

  /** Packets of listeners beyond the bound. */
  public long refusedSamples() {
    return streams.refusedSamples();
  }

  /** Windows handed on. */
  public long windowsClosed() {
    return windows.windowsClosed();
  }
}
