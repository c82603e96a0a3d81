package io.earshot.enrichment.place;

import java.util.Arrays;

/**
 * Networks to numbers, the most specific first: sorted arrays, 25 bytes a network.
 *
 * <p>Two networks lie in each other or apart, so every network that holds an address encloses the
 * last one that begins at or before it. A look-up is a binary search and a walk outwards. Of equal
 * networks the one that was added last is found first. Immutable.
 */
final class PrefixTable {
  static final int NONE = -1;

  private final long[] hi;
  private final long[] lo;
  private final byte[] bits;

  /** The next wider network, or {@link #NONE}. */
  private final int[] wider;

  private final int[] values;

  private PrefixTable(long[] hi, long[] lo, byte[] bits, int[] wider, int[] values) {
    this.hi = hi;
    this.lo = lo;
    this.bits = bits;
    this.wider = wider;
    this.values = values;
  }

  /** Collects networks. Not for several threads. */
  static final class Builder {
    private long[] hi = new long[64];
    private long[] lo = new long[64];
    private byte[] bits = new byte[64];
    private int size;

    /** Adds a network; its value is the number of those added before. */
    void add(Prefix prefix) {
      if (size == bits.length) {
        int room = size + (size >> 1);
        hi = Arrays.copyOf(hi, room);
        lo = Arrays.copyOf(lo, room);
        bits = Arrays.copyOf(bits, room);
      }
      hi[size] = prefix.hi();
      lo[size] = prefix.lo();
      bits[size++] = (byte) prefix.bits();
    }

    PrefixTable build() {
      int[] order = order();
      long[] sortedHi = new long[size];
      long[] sortedLo = new long[size];
      byte[] sortedBits = new byte[size];
      int[] wider = new int[size];
      PrefixTable table = new PrefixTable(sortedHi, sortedLo, sortedBits, wider, order);
      for (int i = 0; i < size; i++) {
        sortedHi[i] = hi[order[i]];
        sortedLo[i] = lo[order[i]];
        sortedBits[i] = bits[order[i]];
        int outer = i - 1;
        while (outer != NONE && !table.contains(outer, sortedHi[i], sortedLo[i])) {
          outer = wider[outer];
        }
        wider[i] = outer;
      }
      return table;
    }

    /** A merge sort over indices, so that a million networks need no million objects. */
    private int[] order() {
      int[] from = new int[size];
      int[] to = new int[size];
      for (int i = 0; i < size; i++) {
        from[i] = i;
      }
      for (int width = 1; width < size; width *= 2) {
        for (int start = 0; start < size; start += 2 * width) {
          int middle = Math.min(start + width, size);
          merge(from, to, start, middle, Math.min(middle + width, size));
        }
        int[] merged = to;
        to = from;
        from = merged;
      }
      return from;
    }

    private void merge(int[] from, int[] to, int start, int middle, int end) {
      int a = start;
      int b = middle;
      for (int i = start; i < end; i++) {
        boolean left = a < middle && (b >= end || compare(from[a], from[b]) <= 0);
        to[i] = left ? from[a++] : from[b++];
      }
    }

    private int compare(int a, int b) {
      int order = Long.compareUnsigned(hi[a], hi[b]);
      order = order == 0 ? Long.compareUnsigned(lo[a], lo[b]) : order;
      return order == 0 ? Integer.compare(bits[a] & 0xff, bits[b] & 0xff) : order;
    }
  }

  /** Networks in the table. */
  int size() {
    return bits.length;
  }

  /** Place of the most specific network that holds the address, or {@link #NONE}. */
  int find(long addressHi, long addressLo) {
    int low = 0;
    int high = bits.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = Long.compareUnsigned(hi[middle], addressHi);
      order = order == 0 ? Long.compareUnsigned(lo[middle], addressLo) : order;
      if (order <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    int place = low - 1;
    while (place != NONE && !contains(place, addressHi, addressLo)) {
      place = wider[place];
    }
    return place;
  }

  /** Place of the next less specific or equal network around a place, or {@link #NONE}. */
  int wider(int place) {
    return wider[place];
  }

  int value(int place) {
    return values[place];
  }

  /** Whether both places hold the same network. */
  boolean same(int place, int other) {
    return hi[place] == hi[other] && lo[place] == lo[other] && bits[place] == bits[other];
  }

  private boolean contains(int place, long addressHi, long addressLo) {
    int length = bits[place] & 0xff;
    return ((addressHi ^ hi[place]) & Prefix.hiMask(length)) == 0
        && ((addressLo ^ lo[place]) & Prefix.loMask(length)) == 0;
  }
}
