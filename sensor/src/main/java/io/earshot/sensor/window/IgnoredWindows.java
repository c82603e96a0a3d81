package io.earshot.sensor.window;

import io.earshot.models.feature.PacketSeries;
import io.earshot.sensor.stream.StreamIdentity;

/** Takes windows and does nothing: for those who only want names. */
public enum IgnoredWindows implements WindowListener {
  INSTANCE;

  @Override
  public void window(WindowObservation observation, PacketSeries packets) {}

  @Override
  public void ended(StreamIdentity stream, long lastNanos) {}
}
