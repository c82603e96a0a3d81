package io.earshot.sensor.capture;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Writes frames to a classic pcap file with nanosecond times, little endian.
 *
 * <p>The file appears under its name only when it is complete: bytes go to {@code name.part}, which
 * {@link #close} moves. Where a write failed the part is removed and nothing appears. No allocation
 * per frame. Owner: one thread. Source: draft-ietf-opsawg-pcap section 4.
 */
public final class PcapWriter implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;
  private static final int RECORD_HEADER_BYTES = 16;

  private final Path target;
  private final Path part;
  private final FileChannel channel;
  private final Arena arena;
  private final MemorySegment buffer;
  private final ByteBuffer bufferView;
  private final int snapBytes;

  private int used;
  private long frames;
  private boolean failed;
  private boolean closed;

  private PcapWriter(Path target, Path part, FileChannel channel, int linkType, int snapBytes) {
    this.target = target;
    this.part = part;
    this.channel = channel;
    this.snapBytes = snapBytes;
    this.arena = Arena.ofShared();
    this.buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
    this.bufferView = buffer.asByteBuffer();
    putInt(0, CaptureFormat.PCAP_NANOS);
    putInt(4, 4 << 16 | 2);
    putInt(8, 0);
    putInt(12, 0);
    putInt(16, snapBytes);
    putInt(20, linkType);
    this.used = CaptureFormat.PCAP_HEADER_BYTES;
  }

  /**
   * Starts a file.
   *
   * @param target where the finished file goes; an older file there is replaced
   * @param linkType LINKTYPE_ value of every frame
   * @param snapBytes longest frame kept, bytes; longer ones are cut
   * @throws IOException where the part file cannot be created
   */
  public static PcapWriter create(Path target, int linkType, int snapBytes) throws IOException {
    if (snapBytes <= 0) {
      throw new IllegalArgumentException("snapBytes must be positive: " + snapBytes);
    }
    Path part = target.resolveSibling(target.getFileName() + ".part");
    FileChannel channel =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    return new PcapWriter(target, part, channel, linkType, snapBytes);
  }

  /**
   * Adds one frame.
   *
   * @param capturedBytes bytes at {@code offset} to keep, at most the snapshot length of them
   * @param wireBytes length of the frame on the wire, bytes
   * @param tsNanos time of the frame, nanoseconds since the epoch; held within 32 bit seconds
   * @throws IOException where the disk refuses; the file is then abandoned on {@link #close}
   */
  public void write(MemorySegment data, long offset, int capturedBytes, int wireBytes, long tsNanos)
      throws IOException {
    int kept = Math.min(capturedBytes, snapBytes);
    if (BUFFER_BYTES - used < RECORD_HEADER_BYTES) {
      flush();
    }
    long nanos = Math.clamp(tsNanos, 0, TimeUnits.MAX_NANOS);
    putInt(used, (int) (nanos / TimeUnits.NANOS_PER_SECOND));
    putInt(used + 4, (int) (nanos % TimeUnits.NANOS_PER_SECOND));
    putInt(used + 8, kept);
    putInt(used + 12, Math.max(wireBytes, kept));
    used += RECORD_HEADER_BYTES;
    int done = 0;
    while (done < kept) {
      if (used == BUFFER_BYTES) {
        flush();
      }
      int bytes = Math.min(kept - done, BUFFER_BYTES - used);
      MemorySegment.copy(data, offset + done, buffer, used, bytes);
      used += bytes;
      done += bytes;
    }
    frames++;
  }

  /** Frames added so far. */
  public long frames() {
    return frames;
  }

  private void putInt(int at, int value) {
    buffer.set(CaptureFormat.U32, at, value);
  }

  private void flush() throws IOException {
    failed = true;
    bufferView.position(0).limit(used);
    while (bufferView.hasRemaining()) {
      channel.write(bufferView);
    }
    used = 0;
    failed = false;
  }

  /**
   * Completes the file under its own name, or removes what there is where a write failed. Closing
   * twice does nothing.
   *
   * @throws IOException where the last bytes cannot be written or the file cannot be moved
   */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    boolean complete = false;
    try {
      try (arena;
          channel) {
        if (!failed) {
          flush();
        }
      }
      complete = !failed;
    } finally {
      if (complete) {
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      } else {
        Files.deleteIfExists(part);
      }
    }
  }
}
