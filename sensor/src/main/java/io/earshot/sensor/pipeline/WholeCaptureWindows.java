package io.earshot.sensor.pipeline;

import io.earshot.models.feature.Direction;
import io.earshot.models.feature.PacketSeries;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import java.lang.foreign.MemorySegment;

/**
 * Windows of the reference tool: all IPv4 frames longer than 60 bytes as one series, windows of
 * equal length from the first of them, those with fewer than 15 packets or without duration and the
 * last, partial one left out.
 *
 * <p>Owner: the capture thread.
 */
public final class WholeCaptureWindows implements FrameHandler {
  private static final int MIN_FRAME_BYTES = 61;
  private static final int MIN_PACKETS = 15;

  private final long windowNanos;
  private final SeriesListener listener;
  private final PacketDecoder decoder = new PacketDecoder();
  private final PacketView view = new PacketView();
  private final PacketSeries series = new PacketSeries();
  private long startNanos = Long.MIN_VALUE;

  /** Takes one window; the series is valid during the call only. */
  public interface SeriesListener {
    void window(long startNanos, PacketSeries series);
  }

  /**
   * @param windowNanos length of a window, nanoseconds
   */
  public WholeCaptureWindows(long windowNanos, SeriesListener listener) {
    if (windowNanos <= 0) {
      throw new IllegalArgumentException("a window has a length");
    }
    this.windowNanos = windowNanos;
    this.listener = listener;
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
    decoder.decode(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId, view);
    if (!view.hasIpv4 || wireBytes < MIN_FRAME_BYTES) {
      return;
    }
    if (startNanos == Long.MIN_VALUE) {
      startNanos = tsNanos;
    }
    if (tsNanos - startNanos >= windowNanos) {
      emit();
      startNanos += (tsNanos - startNanos) / windowNanos * windowNanos;
    }
    if (tsNanos >= startNanos) {
      series.add(tsNanos, wireBytes, view.payloadBytes, Direction.DOWN, false, false);
    }
  }

  private void emit() {
    if (series.size() >= MIN_PACKETS && series.tsNanos(series.size() - 1) > series.tsNanos(0)) {
      listener.window(startNanos, series);
    }
    series.clear();
  }
}
