package io.earshot.sensor.pipeline;

import java.util.List;

/** The stage after the {@link StreamAnalyst}. Called on the analysis thread. */
public interface VerdictListener {
  /** A window has its verdict. */
  void window(WindowVerdict window);

  /** A stream is over; its windows have been handed on. */
  void ended(StreamResult stream);

  /** Looks at nothing. */
  static VerdictListener nobody() {
    return new VerdictListener() {
      @Override
      public void window(WindowVerdict window) {}

      @Override
      public void ended(StreamResult stream) {}
    };
  }

  /** Keeps the windows and forgets the streams. */
  static VerdictListener windowsInto(List<WindowVerdict> windows) {
    return new VerdictListener() {
      @Override
      public void window(WindowVerdict window) {
        windows.add(window);
      }

      @Override
      public void ended(StreamResult stream) {}
    };
  }
}
