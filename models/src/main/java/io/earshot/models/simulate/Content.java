package io.earshot.models.simulate;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one direction of a connection carries: TLS records by offset and the few real bytes.
 *
 * <p>Only record headers and handshake bytes are real; ciphertext is filler.
 */
final class Content {
  static final int RAW = 0;
  static final int CHANGE_CIPHER_SPEC = 20;
  static final int ALERT = 21;
  static final int APPLICATION_DATA = 23;
  static final int RECORD_HEADER = 5;

  private long[] offsets = new long[32];
  private int[] lengths = new int[32];
  private byte[] types = new byte[32];
  private byte[] @Nullable [] bytes = new byte[32][];
  private int head;
  private int size;
  private long written;
  private long realUntil;

  /** Bytes written so far. */
  long written() {
    return written;
  }

  /** Appends a record of this type whose length field says {@code length}. */
  void record(int type, int length) {
    append(type, length + RECORD_HEADER, null);
  }

  /** Appends bytes as they are. */
  void raw(byte[] real) {
    append(RAW, real.length, real);
    realUntil = written;
  }

  /** Appends filler without any structure. */
  void opaque(int length) {
    append(RAW, length, null);
  }

  private void append(int type, int length, byte @Nullable [] real) {
    if (size == offsets.length) {
      int capacity = size * 2;
      long[] largerOffsets = new long[capacity];
      int[] largerLengths = new int[capacity];
      byte[] largerTypes = new byte[capacity];
      byte[] @Nullable [] largerBytes = new byte[capacity][];
      for (int i = 0; i < size; i++) {
        int slot = slot(i);
        largerOffsets[i] = offsets[slot];
        largerLengths[i] = lengths[slot];
        largerTypes[i] = types[slot];
        largerBytes[i] = bytes[slot];
      }
      offsets = largerOffsets;
      lengths = largerLengths;
      types = largerTypes;
      bytes = largerBytes;
      head = 0;
    }
    int slot = slot(size++);
    offsets[slot] = written;
    lengths[slot] = length;
    types[slot] = (byte) type;
    bytes[slot] = real;
    written += length;
  }

  private int slot(int index) {
    return (head + index) & (offsets.length - 1);
  }

  /** Forgets what lies wholly below the offset. */
  void forgetBelow(long offset) {
    while (size > 0 && offsets[head] + lengths[head] <= offset) {
      bytes[head] = null;
      head = slot(1);
      size--;
    }
  }

  /** Whether the range starts among bytes that are real. */
  boolean real(long from) {
    return from < realUntil;
  }

  /**
   * Writes record headers and real bytes of a range over the filler already there.
   *
   * @return bytes from {@code from} up to the last real one, 0 where the range has none
   */
  int stamp(long from, int length, byte[] target, int at) {
    int keep = 0;
    long to = from + length;
    for (int i = indexOf(from); i < size; i++) {
      int slot = slot(i);
      long start = offsets[slot];
      if (start >= to) {
        break;
      }
      byte[] real = bytes[slot];
      if (real != null) {
        int first = (int) Math.max(0, from - start);
        int last = (int) Math.min(real.length, to - start);
        if (last > first) {
          System.arraycopy(real, first, target, at + (int) (start + first - from), last - first);
          keep = (int) (start + last - from);
        }
      } else if (types[slot] != RAW) {
        int recordLength = lengths[slot] - RECORD_HEADER;
        for (int b = 0; b < RECORD_HEADER; b++) {
          long position = start + b;
          if (position >= from && position < to) {
            target[at + (int) (position - from)] =
                (byte)
                    switch (b) {
                      case 0 -> types[slot];
                      case 1, 2 -> 3;
                      case 3 -> recordLength >>> 8;
                      default -> recordLength;
                    };
          }
        }
      }
    }
    return keep;
  }

  /** The real bytes that start exactly at this offset, or null. */
  byte @Nullable [] rawAt(long offset) {
    if (!real(offset) || size == 0) {
      return null;
    }
    int slot = slot(indexOf(offset));
    return offsets[slot] == offset ? bytes[slot] : null;
  }

  private int indexOf(long offset) {
    int low = 0;
    int high = size - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (offsets[slot(middle)] <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return Math.max(0, low);
  }

  /** Gives the memory back once the connection is over. */
  void release() {
    size = 0;
    head = 0;
    Arrays.fill(bytes, null);
  }
}
