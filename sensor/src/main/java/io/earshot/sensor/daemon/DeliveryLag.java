package io.earshot.sensor.daemon;

import io.earshot.sensor.output.DeliveryStats;
import java.util.ArrayDeque;

/**
 * How old the oldest document is that waits: documents leave about in the order in which they came,
 * so the mark before which everything has left tells the age.
 *
 * <p>At most {@value #MOST_MARKS} marks; a longer outage makes them coarser. Owner: the analysis
 * thread.
 */
final class DeliveryLag {
  private static final int MOST_MARKS = 4096;

  private record Mark(long taken, long atNanos) {}

  private final ArrayDeque<Mark> marks = new ArrayDeque<>();

  /** Takes a look, about once a second; the age in nanoseconds, 0 where nothing waits. */
  long look(DeliveryStats stats, long nowNanos) {
    long taken = stats.made() + stats.recovered();
    long settled = taken - stats.spooled();
    while (!marks.isEmpty() && marks.getFirst().taken() <= settled) {
      marks.removeFirst();
    }
    if (stats.spooled() == 0) {
      marks.clear();
      return 0;
    }
    if ((marks.isEmpty() || marks.getLast().taken() < taken) && marks.size() < MOST_MARKS) {
      marks.addLast(new Mark(taken, nowNanos));
    }
    return nowNanos - marks.getFirst().atNanos();
  }
}
