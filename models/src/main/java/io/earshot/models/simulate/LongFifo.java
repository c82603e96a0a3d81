package io.earshot.models.simulate;

/** A growing first-in first-out queue of longs. */
final class LongFifo {
  private long[] values = new long[16];
  private int head;
  private int size;

  void add(long value) {
    if (size == values.length) {
      long[] larger = new long[size * 2];
      for (int i = 0; i < size; i++) {
        larger[i] = values[(head + i) & (values.length - 1)];
      }
      values = larger;
      head = 0;
    }
    values[(head + size) & (values.length - 1)] = value;
    size++;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  long first() {
    return values[head];
  }

  long get(int index) {
    return values[(head + index) & (values.length - 1)];
  }

  void removeFirst() {
    head = (head + 1) & (values.length - 1);
    size--;
  }

  void clear() {
    head = 0;
    size = 0;
  }
}
