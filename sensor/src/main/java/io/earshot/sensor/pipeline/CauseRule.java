package io.earshot.sensor.pipeline;

import io.earshot.models.QualityClass;
import io.earshot.models.feature.FetchedObject;
import io.earshot.models.feature.StreamContext;
import io.earshot.sensor.document.Spotify.Cause;
import org.jspecify.annotations.Nullable;

/**
 * Why a low or normal stream is no better: the fastest of its objects against the bitrate of the
 * next better class.
 *
 * <p>The fastest, because a short object ends in slow start, long before the link is full. {@code
 * earshot evaluate --causes} says how often the answer is right.
 */
public final class CauseRule {
  /** An object that comes this many times faster than the next class needs shows room. */
  private static final double ROOM = 4.0;

  /** Below this many times the next class's rate the network is the limit. */
  private static final double TIGHT = 1.5;

  private CauseRule() {}

  /**
   * A cause and the two figures that decided. Immutable.
   *
   * @param cause why it sounds no better
   * @param bestKbps rate of the fastest object, kbit/s; not a number without one
   * @param nextKbps bitrate of the next better class, kbit/s
   */
  public record Finding(Cause cause, double bestKbps, double nextKbps) {}

  /** The cause; null where the stream sounds better than normal. */
  public static @Nullable Cause of(QualityClass label, StreamContext context) {
    Finding finding = find(label, context);
    return finding == null ? null : finding.cause();
  }

  /** The cause with its figures; null where the stream sounds better than normal. */
  public static @Nullable Finding find(QualityClass label, StreamContext context) {
    double next =
        switch (label) {
          case LOW -> 96;
          case NORMAL -> 160;
          case HIGH, VERY_HIGH, LOSSLESS -> Double.NaN;
        };
    if (Double.isNaN(next)) {
      return null;
    }
    double best =
        context.objects().stream()
            .filter(object -> object.durationSeconds() > 0)
            .mapToDouble(CauseRule::kbps)
            .max()
            .orElse(Double.NaN);
    Cause cause = Cause.UNDETERMINED;
    if (best > ROOM * next) {
      cause = Cause.CLIENT_SETTING;
    } else if (best < TIGHT * next) {
      cause = Cause.NETWORK;
    }
    return new Finding(cause, best, next);
  }

  private static double kbps(FetchedObject object) {
    return object.bytes() * 8 / 1000.0 / object.durationSeconds();
  }
}
