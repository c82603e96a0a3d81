package io.earshot.sensor.stream;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.identify.FlowDescriptor;

/** The stage after the {@link StreamTracker}. Called on the analysis thread. */
public interface StreamListener {
  /** A stream began; its first sample follows. */
  void started(Stream stream);

  /** One packet of the stream; parameters as in {@code FlowSampleSink.sample}. */
  void sample(
      Stream stream,
      FlowDescriptor flow,
      long tsNanos,
      int frameBytes,
      int payloadBytes,
      int newBytes,
      Direction direction,
      int flags,
      long rttNanos,
      long missedBytes);

  /** The stream was silent for too long or the input is over. */
  void ended(Stream stream);
}
