package io.earshot.models.classify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * How far the vectors of operation have moved away from those of the training, feature by feature.
 *
 * <p>The population stability index of a feature is {@code Σ (o − e) · ln(o / e)} over bins, with o
 * the share of vectors seen in a bin and e the share in the training. Bins end at the deciles that
 * the manifest keeps. Usual reading: below 0.1 nothing, from 0.25 on another population (Siddiqi,
 * Credit Risk Scorecards, 2006). With n independent vectors chance alone gives about (bins − 1) /
 * n; the vectors of one stream are anything but independent, so streams are counted, and nothing is
 * said before {@link #ENOUGH_STREAMS} of them. At {@value #HALVED_AT} streams all counts are
 * halved: what is long past is forgotten.
 *
 * <p>Where a feature takes one value often, several deciles are the same and the manifest tells the
 * share up to that value only within a tenth; such a share is taken as the one nearest to what was
 * seen, so that drift is understated and never made up.
 *
 * <p>Bounded: ten counts per feature. Owner: the analysis thread until the analysis is over.
 */
public final class FeatureDrift {
  /** From this index on a feature counts as drifted. */
  public static final double DRIFTED = 0.25;

  /** Fewer streams than this are too few to tell drift from who happens to listen. */
  public static final int ENOUGH_STREAMS = 100;

  private static final int HALVED_AT = 1_000;

  private static final int DECILES = 10;

  /** Share that an empty bin counts as. */
  private static final double FLOOR = 1e-3;

  private final List<String> names;

  /** Upper ends of the bins but the last, ascending, all different. */
  private final double[][] ends;

  /** Least and largest share of the training up to each end. */
  private final double[][] least;

  private final double[][] most;
  private final long[][] counts;
  private long vectors;

  /** Streams in the counts. */
  private long streams;

  public FeatureDrift(List<FeatureRange> ranges) {
    int n = ranges.size();
    names = ranges.stream().map(FeatureRange::feature).toList();
    ends = new double[n][];
    least = new double[n][];
    most = new double[n][];
    counts = new long[n][];
    for (int i = 0; i < n; i++) {
      List<Double> quantiles = ranges.get(i).quantiles();
      double[] distinct =
          quantiles.subList(1, DECILES).stream().mapToDouble(q -> q).distinct().toArray();
      ends[i] = distinct;
      least[i] = new double[distinct.length];
      most[i] = new double[distinct.length];
      for (int j = 0; j < distinct.length; j++) {
        int last = quantiles.lastIndexOf(distinct[j]);
        boolean tied = quantiles.indexOf(distinct[j]) != last;
        least[i][j] = last / (double) DECILES;
        most[i][j] = tied ? Math.min(1.0, (last + 1) / (double) DECILES) : least[i][j];
      }
      counts[i] = new long[distinct.length + 1];
    }
  }

  /**
   * The drift of one feature.
   *
   * @param stabilityIndex population stability index, 0 and more
   */
  public record Feature(String feature, double stabilityIndex) {}

  /**
   * Counts a vector that the model was asked about.
   *
   * @param firstOfStream true where no vector of its stream came before
   */
  public void add(double[] features, boolean firstOfStream) {
    if (features.length != ends.length) {
      throw new IllegalArgumentException(features.length + " features for " + ends.length);
    }
    for (int i = 0; i < features.length; i++) {
      int at = Arrays.binarySearch(ends[i], features[i]);
      counts[i][at >= 0 ? at : -at - 1]++;
    }
    vectors++;
    if (firstOfStream) {
      streams++;
      if (streams >= HALVED_AT) {
        halve();
      }
    }
  }

  private void halve() {
    for (long[] bins : counts) {
      for (int i = 0; i < bins.length; i++) {
        bins[i] /= 2;
      }
    }
    streams /= 2;
  }

  /** Counts what another one has counted against the same ranges. */
  public void add(FeatureDrift other) {
    if (!other.names.equals(names)) {
      throw new IllegalArgumentException("the other drift is that of other features");
    }
    for (int i = 0; i < counts.length; i++) {
      for (int j = 0; j < counts[i].length; j++) {
        counts[i][j] += other.counts[i][j];
      }
    }
    vectors += other.vectors;
    streams += other.streams;
  }

  /** Vectors so far, the forgotten ones too. */
  public long vectors() {
    return vectors;
  }

  /** Streams that {@link #report} rests on. */
  public long streams() {
    return streams;
  }

  /** Every feature, the most drifted first; empty where too few streams were seen. */
  public List<Feature> report() {
    if (streams < ENOUGH_STREAMS) {
      return List.of();
    }
    List<Feature> report = new ArrayList<>(ends.length);
    for (int i = 0; i < ends.length; i++) {
      report.add(new Feature(names.get(i), stabilityIndex(i)));
    }
    report.sort(
        Comparator.comparingDouble(Feature::stabilityIndex)
            .reversed()
            .thenComparing(Feature::feature));
    return report;
  }

  private double stabilityIndex(int i) {
    double total = Arrays.stream(counts[i]).sum();
    double index = 0.0;
    double seenBefore = 0.0;
    double trainedBefore = 0.0;
    for (int j = 0; j < counts[i].length; j++) {
      double seenUpTo = seenBefore + counts[i][j] / total;
      double trainedUpTo =
          j < ends[i].length
              ? Math.max(trainedBefore, Math.clamp(seenUpTo, least[i][j], most[i][j]))
              : 1.0;
      double seen = Math.max(seenUpTo - seenBefore, FLOOR);
      double trained = Math.max(trainedUpTo - trainedBefore, FLOOR);
      index += (seen - trained) * Math.log(seen / trained);
      seenBefore = seenUpTo;
      trainedBefore = trainedUpTo;
    }
    return index;
  }
}
