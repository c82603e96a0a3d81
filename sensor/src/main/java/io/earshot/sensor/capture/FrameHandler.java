package io.earshot.sensor.capture;

import java.lang.foreign.MemorySegment;

/**
 * Receives the frames of a {@link PacketSource} in capture order, on the thread that runs the
 * source.
 *
 * <p>The bytes are only valid during the call. Nothing is copied and nothing may be kept.
 */
public interface FrameHandler {
  /**
   * One frame.
   *
   * @param data segment that holds the frame
   * @param offset offset of the frame's first byte in {@code data}, bytes
   * @param capturedBytes bytes of the frame that were captured, {@code <= wireBytes} in well-formed
   *     captures
   * @param wireBytes length of the frame on the wire, bytes
   * @param tsNanos time of the frame, nanoseconds since the epoch
   * @param linkType LINKTYPE_ value of the interface the frame was seen on
   * @param interfaceId index of that interface within the source
   */
  void onFrame(
      MemorySegment data,
      long offset,
      int capturedBytes,
      int wireBytes,
      long tsNanos,
      int linkType,
      int interfaceId);

  /**
   * Nothing arrived for about a second; only live sources call it, on the same thread as {@link
   * #onFrame}.
   *
   * @param nowNanos wall-clock time, nanoseconds since the epoch
   */
  default void onIdle(long nowNanos) {}
}
