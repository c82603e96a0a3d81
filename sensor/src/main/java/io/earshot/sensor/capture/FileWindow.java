package io.earshot.sensor.capture;

import java.io.IOException;
import java.io.Serial;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The part of a capture that is being read, in one small buffer that is filled again and again, or
 * in several that take turns where frames must outlive the reading of the next.
 *
 * <p>Reading into a buffer that stays in the processor's cache costs a third of touching a mapping:
 * the kernel copies in long runs, while each header in a mapping is a cache miss, a miss of the
 * address translation and, once in a few packets, a page fault. Nothing is allocated except where
 * one request does not fit. Owner: the thread that reads; {@link #startBytes} may be asked by any.
 */
final class FileWindow {
  /** {@code totalBytes} of an input whose end is not known before it is reached. */
  static final long UNKNOWN_BYTES = Long.MAX_VALUE;

  private static final int USUAL_BYTES = 256 << 10;

  private final Input input;
  private final Arena arena;
  private final long totalBytes;
  private @Nullable Buffer[] turns = new Buffer[1];
  private int turn;
  private boolean handedOut;
  private MemorySegment data;
  private long start;
  private int filled;
  private volatile long publishedStart;

  /** Where the bytes come from. */
  interface Input {
    /**
     * Reads some bytes.
     *
     * @param at first byte wanted; never before one that was read already where the input is a
     *     stream
     * @return bytes read, -1 at the end
     */
    int read(ByteBuffer to, long at) throws IOException;
  }

  /**
   * @param arena owns the buffer
   * @param totalBytes size of the input; nothing beyond it is asked for
   */
  FileWindow(Input input, Arena arena, long totalBytes) {
    this.input = input;
    this.arena = arena;
    this.totalBytes = totalBytes;
    Buffer first = new Buffer(arena, Math.min(USUAL_BYTES, totalBytes));
    turns[0] = first;
    data = first.bytes;
  }

  /**
   * Frames that were handed out stay while {@link #data} changes so many times to another segment.
   * Before the first frame is read.
   */
  void keep(int changes) {
    turns = Arrays.copyOf(turns, changes + 1);
  }

  /** A frame within {@link #data} is handed out. */
  void handOut() {
    handedOut = true;
  }

  /** The buffer; another one after a call of {@link #locate}. */
  MemorySegment data() {
    return data;
  }

  /** Where in the input the window begins, bytes. */
  long startBytes() {
    return publishedStart;
  }

  /**
   * Offset in {@link #data} of byte {@code at} of the input, with {@code length} bytes there.
   *
   * @param at at most the size of the input less {@code length}
   * @throws EndOfInputException where the input ends before: a file has lost bytes since it was
   *     opened, or a stream is over
   * @throws IOException where the bytes cannot be read
   */
  long locate(long at, int length) throws IOException {
    long offset = at - start;
    return offset >= 0 && offset + length <= filled ? offset : load(at, length);
  }

  /** How many of the {@code wanted} bytes from {@code at} on there are. */
  int available(long at, int wanted) throws IOException {
    int possible = (int) Math.min(wanted, totalBytes - at);
    try {
      locate(at, possible);
      return possible;
    } catch (EndOfInputException e) {
      return e.available();
    }
  }

  private long load(long at, int length) throws IOException {
    long offset = at - start;
    int kept = offset >= 0 && offset < filled ? (int) (filled - offset) : 0;
    MemorySegment from = data;
    if (handedOut) {
      // A buffer of which nobody has a frame is used again: every change of it is then seen.
      turn = (turn + 1) % turns.length;
      handedOut = false;
    }
    Buffer next = turns[turn];
    if (next == null) {
      next = new Buffer(arena, Math.max(length, from.byteSize()));
    } else if (length > next.bytes.byteSize()) {
      next = new Buffer(arena, Math.max(length, 2 * next.bytes.byteSize()));
    }
    turns[turn] = next;
    data = next.bytes;
    ByteBuffer buffer = next.view;
    MemorySegment.copy(from, offset >= 0 ? Math.min(offset, filled) : 0, data, 0, kept);
    start = at;
    filled = kept;
    publishedStart = at;
    buffer.limit((int) Math.min(buffer.capacity(), totalBytes - at)).position(kept);
    while (filled < length) {
      int count = input.read(buffer, at + filled);
      if (count < 0) {
        throw new EndOfInputException(at, filled);
      }
      filled += count;
    }
    return 0;
  }

  /** The same bytes in both forms. */
  private static final class Buffer {
    private final MemorySegment bytes;
    private final ByteBuffer view;

    Buffer(Arena arena, long size) {
      bytes = arena.allocate(size, Long.BYTES);
      view = bytes.asByteBuffer();
    }
  }

  /** The input ended within what was asked for. */
  static final class EndOfInputException extends IOException {
    @Serial private static final long serialVersionUID = 1L;
    private final long at;
    private final int available;

    EndOfInputException(long at, int available) {
      super("the input ended at byte " + (at + available));
      this.at = at;
      this.available = available;
    }

    /** The byte that was asked for. */
    long at() {
      return at;
    }

    /** Bytes that there were from there on. */
    int available() {
      return available;
    }
  }
}
