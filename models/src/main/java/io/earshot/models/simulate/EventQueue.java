package io.earshot.models.simulate;

import java.util.Arrays;

/**
 * Events of the simulation ordered by time, first come first served among equals.
 *
 * <p>A binary heap over primitive arrays: no object per event.
 */
final class EventQueue {
  private long[] times = new long[1024];
  private long[] orders = new long[1024];
  private long[] payloads = new long[1024];
  private int size;
  private long nextOrder;

  void add(long time, int kind, int argument) {
    if (size == times.length) {
      times = Arrays.copyOf(times, size * 2);
      orders = Arrays.copyOf(orders, size * 2);
      payloads = Arrays.copyOf(payloads, size * 2);
    }
    long order = nextOrder++;
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (times[parent] <= time) {
        break;
      }
      times[at] = times[parent];
      orders[at] = orders[parent];
      payloads[at] = payloads[parent];
      at = parent;
    }
    times[at] = time;
    orders[at] = order;
    payloads[at] = ((long) kind << 32) | (argument & 0xffff_ffffL);
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Time of the earliest event. */
  long time() {
    return times[0];
  }

  /** Kind of the earliest event. */
  int kind() {
    return (int) (payloads[0] >>> 32);
  }

  /** Argument of the earliest event. */
  int argument() {
    return (int) payloads[0];
  }

  /** Drops the earliest event. */
  void remove() {
    size--;
    long time = times[size];
    long order = orders[size];
    long payload = payloads[size];
    int at = 0;
    int half = size >>> 1;
    while (at < half) {
      int child = 2 * at + 1;
      int right = child + 1;
      if (right < size && before(right, child)) {
        child = right;
      }
      if (times[child] > time || (times[child] == time && orders[child] > order)) {
        break;
      }
      times[at] = times[child];
      orders[at] = orders[child];
      payloads[at] = payloads[child];
      at = child;
    }
    times[at] = time;
    orders[at] = order;
    payloads[at] = payload;
  }

  private boolean before(int left, int right) {
    return times[left] < times[right]
        || (times[left] == times[right] && orders[left] < orders[right]);
  }
}
