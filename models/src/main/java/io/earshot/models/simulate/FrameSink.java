package io.earshot.models.simulate;

/**
 * Takes simulated Ethernet frames, in order of time.
 *
 * <p>The buffer belongs to the simulator and is overwritten by the next frame: copy what must stay.
 * Called by the thread that plays the session.
 */
@FunctionalInterface
public interface FrameSink {
  /**
   * One frame as the tap saw it.
   *
   * @param tsNanos time, nanoseconds since the epoch
   * @param buffer the frame from index 0
   * @param capturedBytes how many bytes of the frame are in the buffer
   * @param wireBytes length of the frame on the wire, bytes
   */
  void frame(long tsNanos, byte[] buffer, int capturedBytes, int wireBytes);
}
