package io.earshot.models.feature;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Group C: what a stream's objects and track changes say about its bitrate.
 *
 * <p>A native client fetches whole tracks ahead of time, so the bytes of an object belong to a
 * track that plays later. The bitrate is therefore measured under several alignments: an object's
 * bytes against the gap to the next object (lag 0), the gap after that (lag 1), and so on, and the
 * same against the gaps between track changes. Each alignment comes with its dispersion: the right
 * one is the one whose rates agree with each other.
 *
 * <p>Sizes, gaps and alignments are those of the major objects: a head file or another small first
 * piece is added to the object that follows it, and one that nothing follows is left out unless it
 * is as large as a track at the lowest bitrate. A feature that has no evidence yet is {@value
 * #MISSING}; rates and sizes are in log2, so that no true value is near it.
 *
 * <p>Owner: one instance per thread; the scratch arrays are reused.
 */
public final class StreamFeatures {
  /** Value of a feature that has no evidence. */
  public static final double MISSING = -1.0;

  /** Alignments that are tried: the object belongs to the gap that starts this many gaps later. */
  private static final int LAGS = 4;

  /** An object that starts within this time of a track change was asked for by it, seconds. */
  private static final double CHANGE_TO_REQUEST_SECONDS = 8.0;

  /** Objects that start within this time of the first one form the opening fetch, seconds. */
  private static final double OPENING_SECONDS = 2.0;

  /** Track changes closer than this are one change, seconds. */
  private static final double MIN_TRACK_SECONDS = 10.0;

  /** The columns this class writes, in order. */
  public static final List<FeatureDefinition> DEFINITIONS = definitions();

  /** An object below this share of the upper quartile of sizes is a piece of another. */
  private static final double MAJOR_SHARE = 0.25;

  /** A small piece belongs to the major object that starts within this time, seconds. */
  private static final double PIECE_SECONDS = 15.0;

  /** A larger one that no major object follows stands for itself: tracks at 24 kbit/s, bytes. */
  private static final double ALONE_BYTES = 250_000;

  private final double[] scratch = new double[StreamContext.MAX_CHANGES + 1];
  private final double[] majorStart = new double[StreamContext.MAX_OBJECTS];
  private final double[] majorBytes = new double[StreamContext.MAX_OBJECTS];
  private final RateEvidence evidence = new RateEvidence();
  private int majors;
  private double bestRate;
  private double bestDeviation;
  private double[] out = new double[0];
  private int next;

  /** Writes the features of {@code context} to {@code target} from {@code offset} on. */
  public void compute(StreamContext context, double[] target, int offset) {
    out = target;
    next = offset;
    List<FetchedObject> objects = context.objects();
    int n = objects.size();

    put(context.elapsedSeconds());
    put(context.sinceAudioSeconds());
    put(context.objectsTotal());
    put(log2(context.audioBytes()));
    put(log2(context.recentAudioBytes()));
    put(log2(context.openObjectBytes()));
    double first = n == 0 ? 0 : objects.get(0).startSeconds();
    double since = context.elapsedSeconds() - first;
    long kept = context.openObjectBytes();
    for (FetchedObject object : objects) {
      kept += object.bytes();
    }
    put(n == 0 ? MISSING : rateLog2(kept, since));

    findMajors(objects);
    put(majors);
    sizes();
    gaps(context.elapsedSeconds());
    forgetBest();
    for (int lag = 0; lag < LAGS; lag++) {
      objectRate(lag);
    }
    put(bestRate);
    put(bestDeviation);
    forgetBest();
    for (int lag = 0; lag < LAGS; lag++) {
      changeRate(context.trackChanges(), lag);
    }
    put(bestRate);
    put(bestDeviation);
    changes(context.trackChanges());
    requests(objects);
    segments(objects, context.elapsedSeconds());
    posterior(context);
    if (next - offset != DEFINITIONS.size()) {
      throw new IllegalStateException("wrote " + (next - offset) + " of " + DEFINITIONS.size());
    }
  }

  /** Fills {@link #majorStart} and {@link #majorBytes}. */
  private void findMajors(List<FetchedObject> objects) {
    int n = objects.size();
    majors = 0;
    if (n == 0) {
      return;
    }
    for (int i = 0; i < n; i++) {
      scratch[i] = objects.get(i).bytes();
    }
    Arrays.sort(scratch, 0, n);
    double least = MAJOR_SHARE * scratch[(n - 1) * 3 / 4];
    double pieces = 0;
    double pieceStart = 0;
    for (int i = 0; i < n; i++) {
      FetchedObject object = objects.get(i);
      if (object.bytes() >= least || standsAlone(objects, i, least)) {
        boolean owned = pieces > 0 && object.startSeconds() - pieceStart <= PIECE_SECONDS;
        majorStart[majors] = owned ? pieceStart : object.startSeconds();
        majorBytes[majors] = object.bytes() + (owned ? pieces : 0);
        majors++;
        pieces = 0;
      } else {
        pieceStart = pieces > 0 ? pieceStart : object.startSeconds();
        pieces += object.bytes();
      }
    }
  }

  private static boolean standsAlone(List<FetchedObject> objects, int small, double least) {
    if (objects.get(small).bytes() < ALONE_BYTES) {
      return false;
    }
    int next = small + 1;
    while (next < objects.size() && objects.get(next).bytes() < least) {
      next++;
    }
    return next == objects.size()
        || objects.get(next).startSeconds() - objects.get(small).startSeconds() > PIECE_SECONDS;
  }

  private void sizes() {
    for (int back = 1; back <= 3; back++) {
      put(majors < back ? MISSING : log2(majorBytes[majors - back]));
    }
    double sum = 0;
    for (int i = 0; i < majors; i++) {
      scratch[i] = log2(majorBytes[i]);
      sum += scratch[i];
    }
    put(majors == 0 ? MISSING : sum / majors);
    summary(majors);
  }

  private void gaps(double now) {
    put(majors == 0 ? MISSING : log2(now - majorStart[majors - 1]));
    for (int i = 0; i + 1 < majors; i++) {
      scratch[i] = log2(majorStart[i + 1] - majorStart[i]);
    }
    summary(Math.max(0, majors - 1));
    int opening = 0;
    while (opening < majors && majorStart[opening] - majorStart[0] < OPENING_SECONDS) {
      opening++;
    }
    put(opening);
  }

  private void objectRate(int lag) {
    int pairs = Math.max(0, majors - 1 - lag);
    double bytes = 0;
    double seconds = 0;
    for (int i = 0; i < pairs; i++) {
      double gap = majorStart[i + lag + 1] - majorStart[i + lag];
      bytes += majorBytes[i];
      seconds += gap;
      scratch[i] = rateLog2(majorBytes[i], gap);
    }
    put(pairs == 0 ? MISSING : rateLog2(bytes, seconds));
    rates(pairs);
  }

  private void changeRate(List<Double> changes, int lag) {
    int pairs = 0;
    for (int i = 0; i < majors; i++) {
      int at = changeBefore(changes, majorStart[i]);
      if (at >= 0 && at + lag + 1 < changes.size()) {
        double track = changes.get(at + lag + 1) - changes.get(at + lag);
        if (track >= MIN_TRACK_SECONDS) {
          scratch[pairs++] = rateLog2(majorBytes[i], track);
        }
      }
    }
    rates(pairs);
    put(pairs);
  }

  /** Median and deviation of the rates in the scratch array; remembers the most coherent ones. */
  private void rates(int pairs) {
    double deviation = pairs < 2 ? MISSING : deviation(pairs);
    double median = pairs == 0 ? MISSING : median(pairs);
    put(median);
    put(deviation);
    if (pairs >= 2 && (bestDeviation == MISSING || deviation < bestDeviation)) {
      bestDeviation = deviation;
      bestRate = median;
    }
  }

  private void forgetBest() {
    bestRate = MISSING;
    bestDeviation = MISSING;
  }

  private void changes(List<Double> changes) {
    put(changes.size());
    int gaps = Math.max(0, changes.size() - 1);
    for (int i = 0; i < gaps; i++) {
      scratch[i] = log2(changes.get(i + 1) - changes.get(i));
    }
    put(gaps == 0 ? MISSING : median(gaps));
    int aligned = 0;
    for (int i = 0; i < majors; i++) {
      int at = changeBefore(changes, majorStart[i]);
      if (at >= 0) {
        scratch[aligned++] = majorStart[i] - changes.get(at);
      }
    }
    put(majors == 0 ? MISSING : (double) aligned / majors);
    put(aligned == 0 ? MISSING : median(aligned));
  }

  private void requests(List<FetchedObject> objects) {
    int n = objects.size();
    int seen = 0;
    for (FetchedObject object : objects) {
      if (object.requestBytes() > 0) {
        scratch[seen++] = object.requestBytes();
      }
    }
    put(seen == 0 ? MISSING : median(seen));
    for (int i = 0; i < n; i++) {
      scratch[i] = objects.get(i).ranges();
    }
    put(n == 0 ? MISSING : median(n));
    for (int i = 0; i < n; i++) {
      scratch[i] = log2(objects.get(i).firstRangeBytes());
    }
    put(n == 0 ? MISSING : median(n));
    for (int i = 0; i < n; i++) {
      scratch[i] = log2(objects.get(i).largestRangeBytes());
    }
    put(n == 0 ? MISSING : median(n));
    int timed = 0;
    for (FetchedObject object : objects) {
      if (object.durationSeconds() > 0) {
        scratch[timed++] = rateLog2(object.bytes(), object.durationSeconds());
      }
    }
    put(timed == 0 ? MISSING : median(timed));
  }

  /** Short, equal objects at short intervals are the segments of a web player. */
  private void segments(List<FetchedObject> objects, double now) {
    int n = objects.size();
    int near = 0;
    if (n > 0) {
      double middle = objects.get(n / 2).bytes();
      for (FetchedObject object : objects) {
        if (Math.abs(object.bytes() - middle) < 0.15 * middle) {
          near++;
        }
      }
    }
    put(n == 0 ? MISSING : (double) near / n);
    int from = Math.max(0, n - 7);
    int last = n - 1;
    double bytes = 0;
    for (int i = from; i < last; i++) {
      bytes += objects.get(i).bytes();
    }
    double span =
        last > from ? objects.get(last).startSeconds() - objects.get(from).startSeconds() : 0;
    put(span > 0 ? rateLog2(bytes, span) : MISSING);
    double span2 = n > 0 ? now - objects.get(from).startSeconds() : 0;
    put(span2 > 0 ? rateLog2(bytes + objects.get(last).bytes(), span2) : MISSING);
  }

  /** The filtered opinion of the sizes and times on each bitrate. */
  private void posterior(StreamContext context) {
    long coming = context.openObjectBytes();
    evidence.compute(majorStart, majorBytes, majors, coming, context.trackChanges());
    boolean none = majors == 0 && coming == 0;
    for (int rate = 0; rate < RateEvidence.RATES.length; rate++) {
      put(none ? MISSING : evidence.log2Probability(rate));
    }
    put(none ? MISSING : evidence.largest());
    put(none ? MISSING : evidence.byChanges());
    put(none ? MISSING : evidence.segments());
    put(none ? MISSING : evidence.paced());
  }

  /** Median, deviation, least and largest of {@code scratch[0..n)}. */
  private void summary(int n) {
    if (n == 0) {
      put(MISSING);
      put(MISSING);
      put(MISSING);
      put(MISSING);
      return;
    }
    double least = Double.POSITIVE_INFINITY;
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      least = Math.min(least, scratch[i]);
      largest = Math.max(largest, scratch[i]);
    }
    double deviation = n < 2 ? MISSING : deviation(n);
    put(median(n));
    put(deviation);
    put(least);
    put(largest);
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

  private void put(double value) {
    out[next++] = value;
  }

  /** Sorts the scratch array: call it last. */
  private double median(int n) {
    Arrays.sort(scratch, 0, n);
    return n % 2 == 1 ? scratch[n / 2] : (scratch[n / 2 - 1] + scratch[n / 2]) / 2;
  }

  private double deviation(int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += scratch[i];
    }
    double mean = sum / n;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      squares += (scratch[i] - mean) * (scratch[i] - mean);
    }
    return Math.sqrt(squares / n);
  }

  /** log2 of a rate in kbit/s, never below 0. */
  private static double rateLog2(double bytes, double seconds) {
    return log2(bytes * 8 / 1000 / Math.max(seconds, 1e-3));
  }

  /** log2 of a size, 0 for anything below 1. */
  private static double log2(double value) {
    return value <= 1 ? 0 : StrictMath.log(value) / StrictMath.log(2);
  }

  private static List<FeatureDefinition> definitions() {
    List<FeatureDefinition> list = new ArrayList<>();
    add(list, "stream_elapsed", "s", "time since the first packet of the stream");
    add(list, "since_audio", "s", "time since the last audio byte");
    add(list, "objects_total", "1", "audio objects completed so far");
    add(list, "audio_bytes_log2", "log2 B", "audio payload received so far");
    add(list, "recent_audio_bytes_log2", "log2 B", "audio payload of the last minute");
    add(list, "open_object_bytes_log2", "log2 B", "bytes of the object still arriving");
    add(
        list,
        "rate_kept_log2",
        "log2 kbit/s",
        "bytes of the kept objects per time since the first");
    add(list, "major_objects", "1", "kept objects that are not pieces of others");
    add(list, "object_bytes_1_log2", "log2 B", "size of the last object");
    add(list, "object_bytes_2_log2", "log2 B", "size of the last object but one");
    add(list, "object_bytes_3_log2", "log2 B", "size of the last object but two");
    add(list, "object_bytes_mean_log2", "log2 B", "mean of the sizes of the kept objects");
    four(list, "object_bytes", "log2 B", "sizes of the kept objects");
    add(list, "since_object_log2", "log2 s", "time since the start of the last object");
    four(list, "object_gap", "log2 s", "times between starts of the kept objects");
    add(list, "opening_objects", "1", "kept objects that began within two seconds of the first");
    for (int lag = 0; lag < LAGS; lag++) {
      String what = "an object's bytes per gap between objects, " + lag + " gaps later: ";
      add(list, "rate_gap" + lag + "_log2", "log2 kbit/s", what + "all together");
      add(list, "rate_gap" + lag + "_median", "log2 kbit/s", what + "median");
      add(list, "rate_gap" + lag + "_std", "log2", what + "standard deviation");
    }
    best(list, "gap");
    for (int lag = 0; lag < LAGS; lag++) {
      String what = "an object's bytes per time between track changes, " + lag + " changes later: ";
      add(list, "rate_change" + lag + "_median", "log2 kbit/s", what + "median");
      add(list, "rate_change" + lag + "_std", "log2", what + "standard deviation");
      add(list, "rate_change" + lag + "_count", "1", what + "how many");
    }
    best(list, "change");
    add(list, "track_changes", "1", "track changes kept");
    add(list, "track_change_gap_log2", "log2 s", "median time between track changes");
    add(list, "objects_after_change", "1", "share of objects asked for by a track change");
    add(list, "change_to_object", "s", "median time from a track change to its object");
    add(list, "object_request_bytes", "B", "median size of an object's first request");
    add(list, "object_ranges", "1", "median number of requests per object");
    add(list, "first_range_log2", "log2 B", "median size of an object's first range");
    add(list, "largest_range_log2", "log2 B", "median size of an object's largest range");
    add(list, "object_download_rate_log2", "log2 kbit/s", "median rate at which an object arrives");
    add(list, "equal_objects", "1", "share of objects within 15 % of the middle one's size");
    add(list, "rate_last_segments_log2", "log2 kbit/s", "rate over the last six gaps");
    add(list, "rate_to_now_log2", "log2 kbit/s", "rate over the last seven objects up to now");
    for (int rate : RateEvidence.RATES) {
      add(list, "posterior_" + rate + "_log2", "log2", "probability of " + rate + " kbit/s");
    }
    add(list, "posterior_largest", "1", "probability of the likeliest bitrate");
    add(list, "posterior_by_changes", "1", "probability of tracks timed by track changes");
    add(list, "posterior_segments", "1", "probability of segments of ten seconds");
    add(list, "posterior_paced", "1", "probability of objects asked for as they play");
    return List.copyOf(list);
  }

  private static void best(List<FeatureDefinition> list, String name) {
    String what = " of the rates of the " + name + " alignment that agree best with each other";
    add(list, "rate_" + name + "_best_median", "log2 kbit/s", "median" + what);
    add(list, "rate_" + name + "_best_std", "log2", "standard deviation" + what);
  }

  private static void four(List<FeatureDefinition> list, String name, String unit, String what) {
    add(list, name + "_median_log2", unit, "median of the " + what);
    add(list, name + "_std_log2", "log2", "standard deviation of the " + what);
    add(list, name + "_min_log2", unit, "least of the " + what);
    add(list, name + "_max_log2", unit, "largest of the " + what);
  }

  private static void add(List<FeatureDefinition> list, String name, String unit, String meaning) {
    list.add(new FeatureDefinition(name, unit, meaning, FeatureGroup.STREAM));
  }
}
