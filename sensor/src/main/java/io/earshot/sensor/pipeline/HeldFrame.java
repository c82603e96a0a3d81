package io.earshot.sensor.pipeline;

import io.earshot.sensor.capture.FrameHandler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One frame that waits for the next one, because its time is hard to believe.
 *
 * <p>Its bytes are copied into a buffer that grows to the largest frame held. Owner: the thread of
 * the pipeline.
 */
final class HeldFrame {
  private static final int USUAL_BYTES = 2_048;

  private Arena arena = Arena.ofAuto();
  private MemorySegment bytes = arena.allocate(USUAL_BYTES);
  private boolean held;
  private int capturedBytes;
  private int wireBytes;
  private long tsNanos;
  private int linkType;
  private int interfaceId;

  boolean isHeld() {
    return held;
  }

  /** The time that the frame came with. */
  long tsNanos() {
    return tsNanos;
  }

  void hold(
      MemorySegment data, long offset, int captured, int wire, long time, int link, int port) {
    if (captured > bytes.byteSize()) {
      arena = Arena.ofAuto();
      bytes = arena.allocate(captured);
    }
    MemorySegment.copy(data, offset, bytes, 0, captured);
    held = true;
    capturedBytes = captured;
    wireBytes = wire;
    tsNanos = time;
    linkType = link;
    interfaceId = port;
  }

  /** Hands the frame on with a time that may be another one than its own. */
  void release(FrameHandler next, long time) {
    held = false;
    next.onFrame(bytes, 0, capturedBytes, wireBytes, time, linkType, interfaceId);
  }
}
