package io.earshot.sensor.capture;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Keeps a copy of every frame. */
final class RecordingHandler implements FrameHandler {
  /** One frame; its bytes as a list of values so that frames compare. */
  record Seen(List<Byte> bytes, int wire, long tsNanos, int linkType, int interfaceId) {
    static Seen of(byte[] bytes, int wire, long tsNanos, int linkType, int interfaceId) {
      List<Byte> values = new ArrayList<>();
      for (byte value : bytes) {
        values.add(value);
      }
      return new Seen(List.copyOf(values), wire, tsNanos, linkType, interfaceId);
    }
  }

  final List<Seen> frames = new ArrayList<>();

  @Override
  public void onFrame(
      MemorySegment data,
      long offset,
      int capturedBytes,
      int wireBytes,
      long tsNanos,
      int linkType,
      int interfaceId) {
    byte[] bytes = data.asSlice(offset, capturedBytes).toArray(ValueLayout.JAVA_BYTE);
    frames.add(Seen.of(bytes, wireBytes, tsNanos, linkType, interfaceId));
  }
}
