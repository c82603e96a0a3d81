package io.earshot.sensor.pipeline;

import io.earshot.sensor.identify.FlowSampleSink;

/** Takes what {@link FlowStages} make, with the clock. Called on the capture thread. */
public interface StreamSink extends FlowSampleSink {
  /** Packet time has come so far; what is handed in afterwards may still be older. */
  void advance(long tsNanos);

  /** Packet time went back by more than reordering explains: it is another clock now. */
  void stepBack(long tsNanos);
}
