package io.earshot.sensor.identify.tls;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Puts pieces of a byte stream in order: pieces come in any order, overlap and leave gaps; the
 * first copy of a byte wins.
 *
 * <p>Guarantee: at most {@link #CAPACITY} bytes of data and one bit for each, so that a pending
 * hello stays under 16 KiB; work is linear in the bytes offered. Memory grows with what was stored
 * and the bits exist only once a piece came out of order. Owner: the thread of the flow.
 */
public final class ReassemblyBuffer {
  /** Most bytes of the stream that are kept. */
  public static final int CAPACITY = 13 * 1024;

  private static final byte[] EMPTY = new byte[0];
  private static final int SMALLEST = 512;

  private byte[] bytes = EMPTY;
  private @Nullable BitSet received;
  private int contiguous;
  private int end;
  private long conflicting;

  /** Bytes from the start of the stream without a gap. */
  public int contiguous() {
    return contiguous;
  }

  /** True where bytes are stored behind a gap. */
  public boolean hasGap() {
    return end > contiguous;
  }

  /** Bytes that came a second time with another value. */
  public long conflictingBytes() {
    return conflicting;
  }

  /** The stored bytes; valid up to {@link #contiguous()} and until the next call that stores. */
  public byte[] array() {
    return bytes;
  }

  /**
   * Stores a piece.
   *
   * @param position place of the piece's first byte in the stream; what lies before 0 is cut
   * @param data holds the piece at {@code offset}
   * @param offset offset of the piece in {@code data}
   * @param length length of the piece, bytes
   * @return false where some of the piece lies beyond {@link #CAPACITY}; what fits is stored
   */
  public boolean offer(int position, MemorySegment data, long offset, int length) {
    long from = Math.max(0L, position);
    long to = Math.min(CAPACITY, (long) position + length);
    boolean fits = (long) position + length <= CAPACITY;
    if (from >= to) {
      return fits;
    }
    store((int) from, (int) to, data, offset - position);
    return fits;
  }

  /** Forgets everything and frees the memory; the count of conflicts stays. */
  public void clear() {
    bytes = EMPTY;
    received = null;
    contiguous = 0;
    end = 0;
  }

  /**
   * Drops the first {@code count} bytes, which are contiguous: the stream now starts behind them.
   */
  public void discard(int count) {
    int drop = Math.min(count, contiguous);
    if (drop == end) {
      clear();
      return;
    }
    System.arraycopy(bytes, drop, bytes, 0, end - drop);
    if (received != null) {
      received = received.get(drop, end);
    }
    contiguous -= drop;
    end -= drop;
  }

  private void store(int from, int to, MemorySegment data, long streamStart) {
    if (to > bytes.length) {
      int doubled = Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, to - 1)) << 1);
      // Segments of one hello are about equal: the exact size saves half of a doubled array.
      int size = bytes.length == 0 ? Math.max(SMALLEST, to) : doubled;
      bytes = Arrays.copyOf(bytes, Math.min(CAPACITY, size));
    }
    if (from <= contiguous && end == contiguous) {
      int known = Math.min(to, contiguous);
      compare(from, known, data, streamStart);
      if (to > contiguous) {
        copy(contiguous, to, data, streamStart);
        contiguous = to;
        end = to;
        if (received != null) {
          received.set(0, to);
        }
      }
      return;
    }
    BitSet bits = received;
    if (bits == null) {
      bits = new BitSet(CAPACITY);
      bits.set(0, contiguous);
      received = bits;
    }
    int at = from;
    while (at < to) {
      int gap = Math.min(to, bits.nextClearBit(at));
      compare(at, gap, data, streamStart);
      int next = bits.nextSetBit(gap);
      int gapEnd = next < 0 ? to : Math.min(to, next);
      copy(gap, gapEnd, data, streamStart);
      at = gapEnd;
    }
    bits.set(from, to);
    end = Math.max(end, to);
    contiguous = bits.nextClearBit(contiguous);
  }

  private void copy(int from, int to, MemorySegment data, long streamStart) {
    if (from < to) {
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, streamStart + from, bytes, from, to - from);
    }
  }

  private void compare(int from, int to, MemorySegment data, long streamStart) {
    for (int i = from; i < to; i++) {
      if (data.get(ValueLayout.JAVA_BYTE, streamStart + i) != bytes[i]) {
        conflicting++;
      }
    }
  }
}
