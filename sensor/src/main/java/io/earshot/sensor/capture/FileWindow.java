package io.earshot.sensor.capture;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * The part of a file that is being read, in one small buffer that is filled again and again.
 *
 * <p>Reading into a buffer that stays in the processor's cache costs a third of touching a mapping:
 * the kernel copies in long runs, while each header in a mapping is a cache miss, a miss of the
 * address translation and, once in a few packets, a page fault. Nothing is allocated except where
 * one request does not fit. Owner: the thread that reads; {@link #startBytes} may be asked by any.
 */
final class FileWindow {
  private static final int USUAL_BYTES = 256 << 10;

  private final FileChannel channel;
  private final Arena arena;
  private final long fileBytes;
  private MemorySegment data;
  private ByteBuffer buffer;
  private long start;
  private int filled;
  private volatile long publishedStart;

  /**
   * @param arena owns the buffer
   * @param fileBytes size of the file; nothing beyond it is asked for
   */
  FileWindow(FileChannel channel, Arena arena, long fileBytes) {
    this.channel = channel;
    this.arena = arena;
    this.fileBytes = fileBytes;
    this.data = arena.allocate(Math.min(USUAL_BYTES, fileBytes), Long.BYTES);
    this.buffer = data.asByteBuffer();
  }

  /** The buffer; another one after a call of {@link #locate}. */
  MemorySegment data() {
    return data;
  }

  /** Where in the file the window begins, bytes. */
  long startBytes() {
    return publishedStart;
  }

  /**
   * Offset in {@link #data} of byte {@code at} of the file, with {@code length} bytes there.
   *
   * @param at at most the size of the file less {@code length}
   * @throws FileShrankException where the file has lost bytes since it was opened
   * @throws IOException where the bytes cannot be read
   */
  long locate(long at, int length) throws IOException {
    long offset = at - start;
    return offset >= 0 && offset + length <= filled ? offset : load(at, length);
  }

  private long load(long at, int length) throws IOException {
    long offset = at - start;
    int kept = offset >= 0 && offset < filled ? (int) (filled - offset) : 0;
    MemorySegment from = data;
    if (length > data.byteSize()) {
      data = arena.allocate(Math.max(length, 2 * data.byteSize()), Long.BYTES);
      buffer = data.asByteBuffer();
    }
    MemorySegment.copy(from, offset >= 0 ? Math.min(offset, filled) : 0, data, 0, kept);
    start = at;
    filled = kept;
    publishedStart = at;
    buffer.limit((int) Math.min(buffer.capacity(), fileBytes - at)).position(kept);
    while (filled < length) {
      int count = channel.read(buffer, at + filled);
      if (count < 0) {
        throw new FileShrankException();
      }
      filled += count;
    }
    return 0;
  }

  /** The file is shorter than it was when it was opened. */
  static final class FileShrankException extends IOException {
    private static final long serialVersionUID = 1L;

    FileShrankException() {
      super("the file became shorter while it was read");
    }
  }
}
