package io.earshot.sensor.pipeline;

/** The stage after the {@link StreamAnalyst}. Called on the analysis thread. */
public interface VerdictListener {
  /** A window has its verdict. */
  void window(WindowVerdict window);

  /** A stream is over; its windows have been handed on. */
  void ended(StreamResult stream);
}
