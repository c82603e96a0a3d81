package io.earshot.sensor.window;

import io.earshot.models.feature.PacketSeries;
import io.earshot.sensor.stream.StreamIdentity;

/** The stage after the {@link WindowAggregator}. Called on the analysis thread. */
public interface WindowListener {
  /**
   * A window is over.
   *
   * @param packets its packets in order of arrival; valid during the call only
   */
  void window(WindowObservation observation, PacketSeries packets);

  /** The stream is over; all its windows have been handed on. */
  void ended(StreamIdentity stream, long lastNanos);
}
