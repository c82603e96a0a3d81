package io.earshot.enrichment.place;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Networks to numbers, the most specific first: sorted rows outside the heap, 28 bytes a network.
 *
 * <p>Two networks lie in each other or apart, so every network that holds an address encloses the
 * last one that begins at or before it. A look-up is a binary search and a walk outwards. Of equal
 * networks the one that was added last is found first. Immutable; lives as long as its arena.
 */
final class PrefixTable {
  static final int NONE = -1;

  /** A row: upper and lower half of the network, then its length above its value. */
  private static final long ROW = 3L * Long.BYTES;

  private static final long LO = Long.BYTES;
  private static final long REST = 2L * Long.BYTES;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final MemorySegment rows;

  /** Place of the next wider network of each, or {@link #NONE}. */
  private final MemorySegment wider;

  private final int size;

  private PrefixTable(MemorySegment rows, MemorySegment wider) {
    this.rows = rows;
    this.wider = wider;
    size = Math.toIntExact(rows.byteSize() / ROW);
  }

  /** Collects networks outside the heap. Not for several threads. */
  static final class Builder {
    private static final int FIRST_ROWS = 64;

    private Arena scratch = Arena.ofConfined();
    private MemorySegment added = scratch.allocate(FIRST_ROWS * ROW, Long.BYTES);
    private int size;

    /**
     * Adds a network.
     *
     * @param value what it stands for
     */
    void add(Prefix prefix, int value) {
      if (size * ROW == added.byteSize()) {
        grow();
      }
      long row = size++ * ROW;
      added.set(LONG, row, prefix.hi());
      added.set(LONG, row + LO, prefix.lo());
      added.set(LONG, row + REST, ((long) prefix.bits() << Integer.SIZE) | (value & 0xffff_ffffL));
    }

    private void grow() {
      Arena wider = Arena.ofConfined();
      MemorySegment more = wider.allocate((size + (size >> 1)) * ROW, Long.BYTES);
      more.copyFrom(added);
      scratch.close();
      scratch = wider;
      added = more;
    }

    /** Gives back what was collected; the builder is of no use then. */
    void free() {
      if (scratch.scope().isAlive()) {
        scratch.close();
      }
    }

    /**
     * Puts the networks in order. The builder is of no use then.
     *
     * @param keep whose memory the table lies in
     */
    PrefixTable build(Arena keep) {
      MemorySegment rows = sorted(keep);
      PrefixTable table =
          new PrefixTable(rows, keep.allocate((long) size * Integer.BYTES, Integer.BYTES));
      for (int place = 0; place < size; place++) {
        int outer = place - 1;
        while (outer != NONE && !table.contains(outer, table.hi(place), table.lo(place))) {
          outer = table.wider(outer);
        }
        table.wider.setAtIndex(ValueLayout.JAVA_INT, place, outer);
      }
      return table;
    }

    /** A merge sort of whole rows, which reads and writes memory from front to back. */
    private MemorySegment sorted(Arena keep) {
      long bytes = size * ROW;
      try (Arena other = Arena.ofConfined()) {
        boolean evenPasses = passes() % 2 == 0;
        MemorySegment from = (evenPasses ? keep : other).allocate(bytes, Long.BYTES);
        MemorySegment to = (evenPasses ? other : keep).allocate(bytes, Long.BYTES);
        from.copyFrom(added.asSlice(0, bytes));
        scratch.close();
        for (long width = 1; width < size; width *= 2) {
          for (long start = 0; start < size; start += 2 * width) {
            long middle = Math.min(start + width, size);
            merge(from, to, start * ROW, middle * ROW, Math.min(middle + width, size) * ROW);
          }
          MemorySegment merged = to;
          to = from;
          from = merged;
        }
        return from;
      }
    }

    /** How often the rows move to the other memory. */
    private int passes() {
      return size < 2 ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(size - 1);
    }

    private static void merge(
        MemorySegment from, MemorySegment to, long start, long middle, long end) {
      long a = start;
      long b = middle;
      for (long i = start; i < end; i += ROW) {
        if (a < middle && (b >= end || !after(from, a, b))) {
          move(from, a, to, i);
          a += ROW;
        } else {
          move(from, b, to, i);
          b += ROW;
        }
      }
    }

    private static void move(MemorySegment from, long row, MemorySegment to, long place) {
      to.set(LONG, place, from.get(LONG, row));
      to.set(LONG, place + LO, from.get(LONG, row + LO));
      to.set(LONG, place + REST, from.get(LONG, row + REST));
    }

    private static boolean after(MemorySegment rows, long a, long b) {
      int order = Long.compareUnsigned(rows.get(LONG, a), rows.get(LONG, b));
      order =
          order == 0 ? Long.compareUnsigned(rows.get(LONG, a + LO), rows.get(LONG, b + LO)) : order;
      order = order == 0 ? Integer.compare(bits(rows, a), bits(rows, b)) : order;
      return order > 0;
    }
  }

  /** Networks in the table. */
  int size() {
    return size;
  }

  /** Place of the most specific network that holds the address, or {@link #NONE}. */
  int find(long addressHi, long addressLo) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = Long.compareUnsigned(hi(middle), addressHi);
      order = order == 0 ? Long.compareUnsigned(lo(middle), addressLo) : order;
      if (order <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    int place = low - 1;
    while (place != NONE && !contains(place, addressHi, addressLo)) {
      place = wider(place);
    }
    return place;
  }

  /** Place of the next less specific or equal network around a place, or {@link #NONE}. */
  int wider(int place) {
    return wider.getAtIndex(ValueLayout.JAVA_INT, place);
  }

  int value(int place) {
    return (int) rows.get(LONG, place * ROW + REST);
  }

  /** Whether both places hold the same network. */
  boolean same(int place, int other) {
    return hi(place) == hi(other)
        && lo(place) == lo(other)
        && bits(rows, place * ROW) == bits(rows, other * ROW);
  }

  private boolean contains(int place, long addressHi, long addressLo) {
    int length = bits(rows, place * ROW);
    return ((addressHi ^ hi(place)) & Prefix.hiMask(length)) == 0
        && ((addressLo ^ lo(place)) & Prefix.loMask(length)) == 0;
  }

  private long hi(int place) {
    return rows.get(LONG, place * ROW);
  }

  private long lo(int place) {
    return rows.get(LONG, place * ROW + LO);
  }

  private static int bits(MemorySegment rows, long row) {
    return (int) (rows.get(LONG, row + REST) >>> Integer.SIZE);
  }
}
