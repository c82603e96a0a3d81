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

  /**
   * A shorter payload asks for nothing: alerts (24 to 31 B), settings, pings and window updates (31
   * to 39 B), a goodbye with its alert (63 B). The smallest request, a path of 47 characters in
   * HTTP/2, has some 75 B. An image connection is closed 120 s after its last answer.
   */
  private static final int MIN_REQUEST_BYTES = 70;

  private final ArrayDeque<Long> changes = new ArrayDeque<>();
  private long lastImageNanos = Long.MIN_VALUE / 2;

  /**
   * The client sent an image host something.
   *
   * @param payloadBytes how much
   */
  void sent(long tsNanos, int payloadBytes) {
    if (payloadBytes < MIN_REQUEST_BYTES) {
      return;
    }
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
