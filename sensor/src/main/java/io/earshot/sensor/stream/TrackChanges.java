package io.earshot.sensor.stream;

import io.earshot.models.feature.StreamContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Times at which the track seems to have changed: a burst of covers after a quiet spell.
 *
 * <p>Tracks of one album share a cover, so a change can go unseen; browsing fetches covers too, so
 * a burst need not be a change. Owner: the analysis thread.
 */
final class TrackChanges {
  /** Silence on the image hosts that a burst must break. */
  private static final long QUIET_NANOS = 8_000_000_000L;

  private final ArrayDeque<Long> changes = new ArrayDeque<>();
  private long lastImageNanos = Long.MIN_VALUE / 2;

  /** The client asked an image host for something. */
  void imageRequest(long tsNanos) {
    if (tsNanos - lastImageNanos > QUIET_NANOS) {
      changes.addLast(tsNanos);
      if (changes.size() > StreamContext.MAX_CHANGES) {
        changes.removeFirst();
      }
    }
    lastImageNanos = Math.max(lastImageNanos, tsNanos);
  }

  /** Times relative to the start of the stream, seconds, oldest first. */
  List<Double> evidence(long streamStartNanos) {
    List<Double> list = new ArrayList<>(changes.size());
    for (long change : changes) {
      list.add((change - streamStartNanos) / 1e9);
    }
    return list;
  }
}
