package io.earshot.sensor.cli;

import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.PcapWriter;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Writes every frame to a capture file on its way to the pipeline: its headers, or all of it where
 * that was asked for.
 *
 * <p>A file that cannot be written ends the saving with one line, not the analysis. Owner: the
 * capture thread.
 */
final class FrameSaver implements FrameHandler, AutoCloseable {
  private static final int UNDECODED_BYTES = 64;
  private static final int SNAP_BYTES = 65_535;

  private final Path target;
  private final FrameHandler next;
  private final boolean whole;
  private final PacketDecoder decoder = new PacketDecoder();
  private final PacketView view = new PacketView();
  private @Nullable PcapWriter writer;
  private boolean failed;

  FrameSaver(Path target, FrameHandler next, boolean whole) {
    this.target = target;
    this.next = next;
    this.whole = whole;
  }

  @Override
  public void onFrame(
      MemorySegment data,
      long offset,
      int capturedBytes,
      int wireBytes,
      long tsNanos,
      int linkType,
      int interfaceId) {
    if (!failed) {
      int kept =
          whole
              ? capturedBytes
              : headers(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
      save(data, offset, kept, wireBytes, tsNanos, linkType);
    }
    next.onFrame(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
  }

  private int headers(
      MemorySegment data,
      long offset,
      int capturedBytes,
      int wireBytes,
      long tsNanos,
      int linkType,
      int interfaceId) {
    DecodeResult result =
        decoder.decode(
            data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId, view);
    return result == DecodeResult.DECODED
        ? (int) (view.payloadOffset - offset)
        : Math.min(capturedBytes, UNDECODED_BYTES);
  }

  private void save(
      MemorySegment data, long offset, int kept, int wireBytes, long tsNanos, int linkType) {
    try {
      PcapWriter open = writer;
      if (open == null) {
        open = PcapWriter.create(target, linkType, SNAP_BYTES);
        writer = open;
      }
      open.write(data, offset, kept, wireBytes, tsNanos);
    } catch (IOException e) {
      fail(e);
    }
  }

  private void fail(IOException e) {
    failed = true;
    Earshot.say("--save: cannot write " + target + ": " + e.getMessage());
  }

  @Override
  public void close() {
    if (writer != null) {
      try {
        writer.close();
      } catch (IOException e) {
        fail(e);
      }
    }
  }
}
