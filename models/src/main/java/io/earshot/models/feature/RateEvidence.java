package io.earshot.models.feature;

import java.util.Arrays;
import java.util.List;

/**
 * What the sizes of a stream's objects say about its bitrate: a forward filter per way of fetching.
 *
 * <p>Each of eleven hypotheses says which time an object of a stream lasts: the time between two
 * objects or two track changes zero to three gaps later, a segment of ten seconds, or, where a
 * client asks for a piece whenever it has played one, the time until the next object or since the
 * one before. Under each, a filter runs over the objects, oldest first:
 *
 * <pre>
 *   π(r) ← (1 − h) · π(r) + h · prior(r)      the quality may have changed, h = hazard, more where
 *                                             two files come back to back
 *   π(r) ← π(r) · p(size | r, time)            and Z is multiplied by the sum
 * </pre>
 *
 * and the answer is the mean of the π, weighted by Z. An object whose time is not known counts with
 * the prior of track lengths alone, one whose time was cut short by a skip or stretched by a pause
 * falls back on the same prior. The tracks of one list resemble each other, so that many long ones
 * say less than as many draws would: the filter runs for lists of short, usual and long tracks, and
 * keeps the probability of each. An object that is still coming is as large as what has come of it,
 * or larger. That is how the first track already says something, how aligned tracks say nearly
 * everything, and how a change of quality is forgotten.
 *
 * <p>Densities are those of log2 of the size, heavy-tailed (Student's t with 3 and 7 degrees of
 * freedom), so that one wrong object cannot decide; none of them needs an exponential. Sizes, rates
 * and track lengths: wire notes, sections 1, 2 and 7.
 *
 * <p>Owner: one instance per thread; the scratch arrays are reused.
 */
final class RateEvidence {
  /** Nominal bitrates that are told apart, kbit/s; the last one stands for FLAC. */
  static final int[] RATES = {24, 96, 128, 160, 256, 320, 1000};

  /** A log2 probability is never written below this. */
  static final double LEAST_LOG2 = -12.0;

  private static final int LAGS = 4;
  private static final int SEGMENTS = 2 * LAGS;
  private static final int PACED_AFTER = SEGMENTS + 1;
  private static final int PACED_BEFORE = SEGMENTS + 2;
  private static final int HYPOTHESES = PACED_BEFORE + 1;

  /**
   * How likely the lags are against each other. Most clients fetch two tracks ahead, some one or
   * none, and no client is known to fetch three.
   */
  private static final double[] GAP_LAGS = {1, 1, 3, 0.3};

  private static final double[] CHANGE_LAGS = {1, 1, 1, 0.3};
  private static final double LAG_SUM = 8.6;

  /** The three nodes and weights that stand for a normal distribution (Gauss-Hermite). */
  private static final double[] LISTS = {-1.7320508075688772, 0, 1.7320508075688772};

  private static final double[] LIST_PRIOR = {1.0 / 6, 2.0 / 3, 1.0 / 6};

  /** Spread of the median length of a list, 14 % in log2. */
  private static final double LIST_SCALE = 0.2;

  private static final double[] TRACK_PRIOR = {0.12, 0.28, 0.02, 0.22, 0.02, 0.22, 0.12};
  private static final double[] SEGMENT_PRIOR = {0.005, 0.005, 0.5, 0.005, 0.475, 0.005, 0.005};
  private static final double[] PACED_PRIOR = {0.05, 0.25, 0.12, 0.2, 0.1, 0.22, 0.06};

  /** Chance that the quality changed before an object. */
  private static final double TRACK_HAZARD = 0.01;

  /** The same before two that come so close: then the current and the next track are fetched. */
  private static final double PAIR_HAZARD = 0.2;

  private static final double PAIR_SECONDS = 10;

  private static final double SEGMENT_HAZARD = 0.01;

  /** Bytes of a file that do not grow with its length: 64 to 128 kB. */
  private static final double FIXED_BYTES = 96_000;

  /** A file is so much larger than bitrate times length: 1.03 to 1.15. */
  private static final double FILE_OVERHEAD = 1.09;

  private static final double SEGMENT_OVERHEAD_LOG2 = log2(1.025);
  private static final double PACED_OVERHEAD_LOG2 = log2(1.05);
  private static final double SEGMENT_SECONDS = 10.0;
  private static final double TRACK_MEDIAN_LOG2 = log2(200);
  private static final double TRACK_SCALE = 0.40;

  /** FLAC has no nominal bitrate: 700 to 1600 kbit/s. */
  private static final double FLAC_SCALE = 0.30;

  private static final double FLAC_TRACK_SCALE = TRACK_SCALE + 0.12;
  private static final double ALIGNED_SCALE = 0.065;
  private static final double SEGMENT_SCALE = 0.05;
  private static final double PACED_SCALE = 0.2;

  /** Share of the pieces that come one by one, without a skip, a pause or a new track between. */
  private static final double PACED_SHARE = 0.6;

  /** Share of tracks that play from the beginning to the end at once. */
  private static final double PLAYED_WHOLE = 0.65;

  /** A file that has the size of a chunk by chance is so much rarer than a chunk. */
  private static final double CHUNK_IS_TRACK = 0.2;

  /** Density of a size that no hypothesis explains: anything from 16 kB to 64 MB. */
  private static final double ANYTHING = 1.0 / 12;

  private static final double LARGEST_LOG2 = 26;

  private static final double OUTLIERS = 0.03;

  /** Shorter times between objects or changes are not the length of a track, seconds. */
  private static final double SHORTEST_TRACK = 20.0;

  private static final double CHANGE_TO_REQUEST_SECONDS = 8.0;

  /** A smaller object after a burst is what is left of a file and no piece, bytes. */
  private static final double SMALLEST_PIECE = 100_000;

  private final double[] rateLog2 = new double[RATES.length];
  private final double[][] belief = new double[LISTS.length][RATES.length];
  private final double[] posterior = new double[RATES.length];
  private final double[] mass = new double[HYPOTHESES];
  private final double[][] beliefs = new double[HYPOTHESES][RATES.length];
  private final double[] logZ = new double[HYPOTHESES];

  /** log2 of the objects' sizes, and of the audio in them. */
  private final double[] sizeLog2 = new double[StreamContext.MAX_OBJECTS];

  private final double[] audioLog2 = new double[StreamContext.MAX_OBJECTS];

  RateEvidence() {
    for (int r = 0; r < RATES.length; r++) {
      rateLog2[r] = log2(RATES[r] * 125.0);
    }
  }

  /**
   * Filters the objects.
   *
   * @param start starts of the objects, seconds, oldest first
   * @param bytes their sizes
   * @param count how many there are
   * @param coming bytes of the object that is still coming, 0 where there is none
   * @param changes times of track changes, seconds, oldest first
   */
  void compute(double[] start, double[] bytes, int count, double coming, List<Double> changes) {
    Arrays.fill(posterior, 0.0);
    Arrays.fill(mass, 0.0);
    if (count == 0 && coming <= 0) {
      return;
    }
    for (int i = 0; i < count; i++) {
      sizeLog2[i] = log2(bytes[i]);
      audioLog2[i] = audioLog2(bytes[i]);
    }
    double largest = Double.NEGATIVE_INFINITY;
    for (int h = 0; h < HYPOTHESES; h++) {
      filter(h, start, bytes, count, coming, changes);
      largest = Math.max(largest, logZ[h]);
    }
    double sum = 0;
    for (int h = 0; h < HYPOTHESES; h++) {
      double below = logZ[h] - largest;
      // StrictMath: the same bits on every machine
      mass[h] = below < -40 ? 0 : prior(h) * StrictMath.pow(2.0, below);
      sum += mass[h];
    }
    for (int h = 0; h < HYPOTHESES; h++) {
      mass[h] /= sum;
      for (int r = 0; r < RATES.length; r++) {
        posterior[r] += mass[h] * beliefs[h][r];
      }
    }
  }

  /** log2 of the probability of this bitrate, 0 to {@value #LEAST_LOG2}. */
  double log2Probability(int rate) {
    return posterior[rate] <= 0 ? LEAST_LOG2 : Math.max(LEAST_LOG2, log2(posterior[rate]));
  }

  /** Probability of the likeliest bitrate; 0 without an object. */
  double largest() {
    double best = 0;
    for (double p : posterior) {
      best = Math.max(best, p);
    }
    return best;
  }

  /** Probability that objects are tracks whose times are those between track changes. */
  double byChanges() {
    return mass[LAGS] + mass[LAGS + 1] + mass[LAGS + 2] + mass[LAGS + 3];
  }

  /** Probability that objects are segments of ten seconds. */
  double segments() {
    return mass[SEGMENTS];
  }

  /** Probability that objects are asked for as fast as they play. */
  double paced() {
    return mass[PACED_AFTER] + mass[PACED_BEFORE];
  }

  private static double prior(int hypothesis) {
    if (hypothesis >= SEGMENTS) {
      return hypothesis == SEGMENTS ? 0.15 : 0.075;
    }
    double lag = hypothesis < LAGS ? GAP_LAGS[hypothesis] : CHANGE_LAGS[hypothesis - LAGS];
    return 0.7 * lag / LAG_SUM;
  }

  private void filter(
      int hypothesis,
      double[] start,
      double[] bytes,
      int count,
      double coming,
      List<Double> changes) {
    double[] prior =
        hypothesis == SEGMENTS ? SEGMENT_PRIOR : hypothesis > SEGMENTS ? PACED_PRIOR : TRACK_PRIOR;
    int lists = hypothesis < SEGMENTS ? LISTS.length : 1;
    for (int l = 0; l < lists; l++) {
      for (int r = 0; r < RATES.length; r++) {
        belief[l][r] = lists == 1 ? prior[r] : LIST_PRIOR[l] * prior[r];
      }
    }
    double comingLog2 = log2(coming);
    double log = 0;
    double product = 1;
    int all = coming > 0 ? count + 1 : count;
    for (int i = 0; i < all; i++) {
      double seconds = i < count ? secondsOf(hypothesis, i, start, bytes, count, changes) : 0;
      double secondsLog2 = log2(seconds);
      double hazard = hypothesis < SEGMENTS ? trackHazard(start, i, count) : SEGMENT_HAZARD;
      double sum = 0;
      for (int l = 0; l < lists; l++) {
        double list = lists == 1 ? 0 : LISTS[l] * LIST_SCALE;
        double changed = i == 0 ? 0 : hazard * sum(belief[l]);
        for (int r = 0; r < RATES.length; r++) {
          double before = i == 0 ? belief[l][r] : (1 - hazard) * belief[l][r] + changed * prior[r];
          double likelihood =
              i < count
                  ? density(hypothesis, r, bytes[i], i, seconds, secondsLog2, list)
                  : atLeast(hypothesis, r, coming, comingLog2, list);
          belief[l][r] = before * likelihood;
          sum += belief[l][r];
        }
      }
      for (int l = 0; l < lists; l++) {
        for (int r = 0; r < RATES.length; r++) {
          belief[l][r] /= sum;
        }
      }
      product *= sum;
      if (product < 1e-100 || product > 1e100) {
        log += log2(product);
        product = 1;
      }
    }
    logZ[hypothesis] = log + log2(product);
    for (int r = 0; r < RATES.length; r++) {
      double mean = 0;
      for (int l = 0; l < lists; l++) {
        mean += belief[l][r];
      }
      beliefs[hypothesis][r] = mean;
    }
  }

  private static double trackHazard(double[] start, int object, int count) {
    boolean pair = object + 1 < count && start[object + 1] - start[object] < PAIR_SECONDS;
    return pair ? PAIR_HAZARD : TRACK_HAZARD;
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  /** The time that object lasts under the hypothesis, 0 where it is not known. */
  private static double secondsOf(
      int hypothesis, int object, double[] start, double[] bytes, int count, List<Double> changes) {
    if (hypothesis == SEGMENTS) {
      return SEGMENT_SECONDS;
    }
    if (hypothesis == PACED_BEFORE) {
      return object > 0 ? start[object] - start[object - 1] : 0;
    }
    if (hypothesis == PACED_AFTER) {
      return pacedSeconds(object, start, bytes, count);
    }
    if (hypothesis < LAGS) {
      int from = object + hypothesis;
      if (from + 1 < count) {
        return start[from + 1] - start[from];
      }
      return from < count ? toNextChange(changes, start[from]) : 0;
    }
    int at = changeBefore(changes, start[object]);
    int from = at + hypothesis - LAGS;
    return at >= 0 && from + 1 < changes.size() ? changes.get(from + 1) - changes.get(from) : 0;
  }

  /**
   * The next piece is asked for when the first of a burst has been played, so that a burst lasts as
   * many times the gap as it holds pieces.
   */
  private static double pacedSeconds(int object, double[] start, double[] bytes, int count) {
    if (object + 1 >= count) {
      return 0;
    }
    double gap = start[object + 1] - start[object];
    double next = bytes[object + 1];
    boolean burst = bytes[object] > 1.5 * next && next > SMALLEST_PIECE;
    return burst ? gap * bytes[object] / next : gap;
  }

  /**
   * The track is over, but what is fetched at its end is still to come: from the change that an
   * object was fetched at to the one after, 0 where there is none.
   */
  private static double toNextChange(List<Double> changes, double start) {
    int before = changeBefore(changes, start);
    for (double change : changes) {
      if (change > start + SHORTEST_TRACK) {
        return change - (before >= 0 ? changes.get(before) : start);
      }
    }
    return 0;
  }

  private static int changeBefore(List<Double> changes, double seconds) {
    for (int i = changes.size() - 1; i >= 0; i--) {
      double delay = seconds - changes.get(i);
      if (delay >= -0.5) {
        return delay <= CHANGE_TO_REQUEST_SECONDS ? i : -1;
      }
    }
    return -1;
  }

  /** log2 of the bytes of a file that grow with its length. */
  private static double audioLog2(double bytes) {
    return log2(Math.max(bytes - FIXED_BYTES, 0.3 * bytes) / FILE_OVERHEAD);
  }

  private double density(
      int hypothesis,
      int rate,
      double bytes,
      int object,
      double seconds,
      double secondsLog2,
      double list) {
    boolean flac = rate == RATES.length - 1;
    double explained;
    if (hypothesis == SEGMENTS) {
      double expected = rateLog2[rate] + SEGMENT_OVERHEAD_LOG2 + secondsLog2;
      double segment = t3(sizeLog2[object] - expected, flac ? FLAC_SCALE : SEGMENT_SCALE);
      explained = isChunk(bytes) ? ANYTHING : 0.85 * segment + 0.15 * ANYTHING;
    } else if (hypothesis > SEGMENTS) {
      double expected = rateLog2[rate] + PACED_OVERHEAD_LOG2 + secondsLog2;
      explained =
          seconds <= 0
              ? ANYTHING
              : PACED_SHARE * t3(sizeLog2[object] - expected, PACED_SCALE)
                  + (1 - PACED_SHARE) * ANYTHING;
    } else {
      double length = audioLog2[object] - rateLog2[rate];
      double usual = TRACK_MEDIAN_LOG2 + list;
      explained = t7(length - usual, flac ? FLAC_TRACK_SCALE : TRACK_SCALE);
      if (seconds >= SHORTEST_TRACK) {
        double aligned = t3(length - secondsLog2, flac ? FLAC_SCALE : ALIGNED_SCALE);
        explained = PLAYED_WHOLE * aligned + (1 - PLAYED_WHOLE) * explained;
      }
      if (isChunk(bytes)) {
        explained *= CHUNK_IS_TRACK;
      }
    }
    return (1 - OUTLIERS) * explained + OUTLIERS * ANYTHING;
  }

  /** Probability that an object becomes as large as that. */
  private double atLeast(int hypothesis, int rate, double bytes, double bytesLog2, double list) {
    boolean flac = rate == RATES.length - 1;
    double anything = Math.clamp((LARGEST_LOG2 - bytesLog2) * ANYTHING, 0, 1);
    double explained;
    if (hypothesis == SEGMENTS) {
      double expected = rateLog2[rate] + SEGMENT_OVERHEAD_LOG2 + log2(SEGMENT_SECONDS);
      double segment = beyond3((bytesLog2 - expected) / (flac ? FLAC_SCALE : SEGMENT_SCALE));
      explained = 0.85 * segment + 0.15 * anything;
    } else if (hypothesis > SEGMENTS) {
      explained = anything;
    } else {
      double longer = audioLog2(bytes) - rateLog2[rate] - TRACK_MEDIAN_LOG2 - list;
      explained = beyond7(longer / (flac ? FLAC_TRACK_SCALE : TRACK_SCALE));
    }
    return (1 - OUTLIERS) * explained + OUTLIERS * anything;
  }

  /** A piece that the client cut by bytes and not by time: 64 KiB and its doubles. */
  private static boolean isChunk(double bytes) {
    for (int chunk = 65_536; chunk <= 524_288; chunk *= 2) {
      if (bytes >= chunk && bytes <= 1.01 * chunk + 1_500) {
        return true;
      }
    }
    return false;
  }

  /** Student's t with 3 degrees of freedom. */
  private static double t3(double deviation, double scale) {
    double z = deviation / scale;
    double base = 1 + z * z / 3;
    return 2 / (Math.PI * 1.7320508075688772 * scale * base * base);
  }

  /** Student's t with 7 degrees of freedom. */
  private static double t7(double deviation, double scale) {
    double z = deviation / scale;
    double base = 1 + z * z / 7;
    double square = base * base;
    return 0.3850337 / (scale * square * square);
  }

  /** Probability beyond z of Student's t with 3 degrees of freedom. */
  private static double beyond3(double z) {
    double angle = StrictMath.atan(z / StrictMath.sqrt(3));
    double sine = StrictMath.sin(angle);
    double cosine = StrictMath.cos(angle);
    return 0.5 - (angle + sine * cosine) / Math.PI;
  }

  /** Probability beyond z of Student's t with 7 degrees of freedom. */
  private static double beyond7(double z) {
    double angle = StrictMath.atan(z / StrictMath.sqrt(7));
    double sine = StrictMath.sin(angle);
    double cosine = StrictMath.cos(angle);
    double square = cosine * cosine;
    double sum = cosine * (1 + square * (2.0 / 3 + square * 8.0 / 15));
    return 0.5 - (angle + sine * sum) / Math.PI;
  }

  private static double log2(double value) {
    return value <= 1e-300 ? -1000 : StrictMath.log(value) / StrictMath.log(2);
  }
}
