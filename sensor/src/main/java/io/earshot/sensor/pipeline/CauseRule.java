package io.earshot.sensor.pipeline;

import io.earshot.models.QualityClass;
import io.earshot.models.feature.FetchedObject;
import io.earshot.models.feature.StreamContext;
import io.earshot.sensor.document.Spotify.Cause;
import org.jspecify.annotations.Nullable;

/**
 * Why a low or normal stream is no better, and why any stream stops.
 *
 * <p>No better: the fastest of its objects against the bitrate of the next better class. The
 * fastest, because a short object ends in slow start, long before the link is full. Stops: the last
 * object came slower than it plays, so that what was fetched ahead runs out. {@code earshot
 * evaluate --causes} says how often both answers are right.
 */
public final class CauseRule {
  /** An object that comes this many times faster than the next class needs shows room. */
  private static final double ROOM = 4.0;

  /** Below this many times the next class's rate the network is the limit. */
  private static final double TIGHT = 1.5;

  /** Audio that an object must hold to be measured against its time, seconds. */
  private static final double SHORTEST_AUDIO = 4.0;

  /** Share of its bitrate that an object must stay below, since files vary around it. */
  private static final double SLOW = 0.9;

  private CauseRule() {}

  /**
   * A cause and the figures that decided. Immutable.
   *
   * @param cause why it sounds no better
   * @param bestKbps rate of the fastest object, kbit/s; not a number without one
   * @param nextKbps bitrate of the next better class, kbit/s; not a number above normal
   * @param stall what shows that it cannot play on, null where nothing does
   */
  public record Finding(Cause cause, double bestKbps, double nextKbps, @Nullable Stall stall) {}

  /**
   * An object that arrived slower than it plays. Immutable.
   *
   * @param kbps rate at which it came, kbit/s
   * @param playsKbps bitrate at which it plays, kbit/s
   */
  public record Stall(double kbps, double playsKbps) {}

  /** The cause; null where the stream sounds better than normal and does not stop. */
  public static @Nullable Cause of(
      QualityClass label, @Nullable Integer bitrateKbps, StreamContext context) {
    Finding finding = find(label, bitrateKbps, context);
    return finding == null ? null : finding.cause();
  }

  /**
   * The cause with its figures; null where the stream sounds better than normal and does not stop.
   *
   * @param bitrateKbps likeliest bitrate of what was fetched last, null where none is: then the
   *     lowest of the class counts
   */
  public static @Nullable Finding find(
      QualityClass label, @Nullable Integer bitrateKbps, StreamContext context) {
    double next =
        switch (label) {
          case LOW -> 96;
          case NORMAL -> 160;
          case HIGH, VERY_HIGH, LOSSLESS -> Double.NaN;
        };
    Stall stall = stall(bitrateKbps == null ? leastKbps(label) : bitrateKbps, context);
    if (Double.isNaN(next) && stall == null) {
      return null;
    }
    double best =
        context.objects().stream()
            .filter(object -> object.durationSeconds() > 0)
            .mapToDouble(CauseRule::kbps)
            .max()
            .orElse(Double.NaN);
    Cause cause = Cause.UNDETERMINED;
    if (stall != null || best < TIGHT * next) {
      cause = Cause.NETWORK;
    } else if (best > ROOM * next) {
      cause = Cause.CLIENT_SETTING;
    }
    return new Finding(cause, best, next, stall);
  }

  /** By the last object that holds enough audio; head files and the like say nothing. */
  private static @Nullable Stall stall(int playsKbps, StreamContext context) {
    for (FetchedObject object : context.objects().reversed()) {
      double audioSeconds = object.bytes() * 8 / 1000.0 / playsKbps;
      if (audioSeconds >= SHORTEST_AUDIO) {
        return audioSeconds < SLOW * object.durationSeconds()
            ? new Stall(kbps(object), playsKbps)
            : null;
      }
    }
    return null;
  }

  /** The lowest bitrate of a class, kbit/s, for streams whose bitrate is not known. */
  private static int leastKbps(QualityClass label) {
    return switch (label) {
      case LOW -> 24;
      case NORMAL -> 96;
      case HIGH -> 128;
      case VERY_HIGH -> 256;
      case LOSSLESS -> 700;
    };
  }

  private static double kbps(FetchedObject object) {
    return object.bytes() * 8 / 1000.0 / object.durationSeconds();
  }
}
