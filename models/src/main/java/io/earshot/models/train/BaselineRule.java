package io.earshot.models.train;

import io.earshot.models.QualityClass;
import io.earshot.models.feature.FetchedObject;
import io.earshot.models.feature.StreamContext;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rule that a model has to beat to be worth shipping: mean size of the objects against the mean
 * length of a track, and in the web player the size of a segment.
 *
 * <p>Knows no link, no time between objects and no change of quality. Borders between two classes
 * lie at the geometric mean of their bitrates. Stateless.
 */
public final class BaselineRule {
  /** Mean length of a track and overhead of its file (wire notes, section 1), s and 1. */
  private static final double TRACK_SECONDS = 205.0;

  private static final double FILE_OVERHEAD = 1.09;
  private static final double FILE_EXTRA_BYTES = 96_000;

  /** Music in one segment of the web player (wire notes, section 1), s. */
  private static final double SEGMENT_SECONDS = 10.0;

  /** Objects of a web player lie in this range; a smaller one is a head file or an end, bytes. */
  private static final double SEGMENT_MIN_BYTES = 60_000;

  private static final double SEGMENT_MAX_BYTES = 500_000;

  private static final int SEGMENTS = 4;

  private static final double BORDER_24_96 = Math.sqrt(24 * 96);
  private static final double BORDER_96_160 = Math.sqrt(96 * 160);
  private static final double BORDER_160_320 = Math.sqrt(160 * 320);
  private static final double BORDER_320_FLAC = Math.sqrt(320 * 900);
  private static final double BORDER_WEB = Math.sqrt(128 * 256);

  private BaselineRule() {}

  /** The class of what a stream has shown so far; null before the first object. */
  public static @Nullable QualityClass of(StreamContext context) {
    List<FetchedObject> objects = context.objects();
    double[] segments =
        objects.stream()
            .mapToDouble(FetchedObject::bytes)
            .filter(bytes -> bytes >= SEGMENT_MIN_BYTES && bytes <= SEGMENT_MAX_BYTES)
            .sorted()
            .toArray();
    if (segments.length >= SEGMENTS && 2 * segments.length > objects.size()) {
      double kbps = segments[segments.length / 2] * 8 / 1000 / SEGMENT_SECONDS;
      return kbps < BORDER_WEB ? QualityClass.NORMAL : QualityClass.VERY_HIGH;
    }
    double[] tracks =
        objects.stream()
            .mapToDouble(FetchedObject::bytes)
            .filter(bytes -> bytes > SEGMENT_MAX_BYTES)
            .toArray();
    double[] sizes =
        tracks.length > 0 ? tracks : objects.stream().mapToDouble(FetchedObject::bytes).toArray();
    if (sizes.length == 0) {
      return null;
    }
    double music = Math.max(0, Arrays.stream(sizes).average().orElse(0) - FILE_EXTRA_BYTES);
    double kbps = music * 8 / 1000 / FILE_OVERHEAD / TRACK_SECONDS;
    if (kbps < BORDER_24_96) {
      return QualityClass.LOW;
    }
    if (kbps < BORDER_96_160) {
      return QualityClass.NORMAL;
    }
    if (kbps < BORDER_160_320) {
      return QualityClass.HIGH;
    }
    return kbps < BORDER_320_FLAC ? QualityClass.VERY_HIGH : QualityClass.LOSSLESS;
  }
}
