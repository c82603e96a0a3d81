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
 * Credit Risk Scorecards, 2006). With n vectors, chance alone gives about (bins − 1) / n, and n is
 * told beside it.
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

  /** Counts a vector that the model was asked about. */
  public void add(double[] features) {
    if (features.length != ends.length) {
      throw new IllegalArgumentException(features.length + " features for " + ends.length);
    }
    for (int i = 0; i < features.length; i++) {
      int at = Arrays.binarySearch(ends[i], features[i]);
      counts[i][at >= 0 ? at : -at - 1]++;
    }
    vectors++;
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
  }

  /** Vectors since the start or the last {@link #clear}. */
  public long vectors() {
    return vectors;
  }

  /** Every feature, the most drifted first; empty before the first vector. */
  public List<Feature> report() {
    if (vectors == 0) {
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

  /** Begins anew, for the figures of the next period. */
  public void clear() {
    for (long[] bins : counts) {
      Arrays.fill(bins, 0);
    }
    vectors = 0;
  }

  private double stabilityIndex(int i) {
    double index = 0.0;
    double seenBefore = 0.0;
    double trainedBefore = 0.0;
    for (int j = 0; j < counts[i].length; j++) {
      double seenUpTo = seenBefore + (double) counts[i][j] / vectors;
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
