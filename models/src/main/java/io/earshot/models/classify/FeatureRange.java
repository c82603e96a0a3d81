package io.earshot.models.classify;

import java.util.Arrays;
import java.util.List;

/**
 * Where a feature lay in the training data: the ground for "implausible" and for drift.
 *
 * @param feature name of the feature
 * @param quantiles the minimum, the nine deciles and the maximum: {@value #QUANTILES} values that
 *     never fall
 */
public record FeatureRange(String feature, List<Double> quantiles) {
  public static final int QUANTILES = 11;

  public FeatureRange {
    quantiles = List.copyOf(quantiles);
    if (quantiles.size() != QUANTILES) {
      throw new IllegalArgumentException(
          "feature " + feature + " needs " + QUANTILES + " quantiles, has " + quantiles.size());
    }
    for (int i = 1; i < QUANTILES; i++) {
      if (!(quantiles.get(i) >= quantiles.get(i - 1))) {
        throw new IllegalArgumentException("the quantiles of " + feature + " are out of order");
      }
    }
  }

  /** The range of these values; at least one is needed. */
  public static FeatureRange of(String feature, double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    Double[] quantiles = new Double[QUANTILES];
    for (int i = 0; i < QUANTILES; i++) {
      quantiles[i] = sorted[(int) ((sorted.length - 1) * (long) i / (QUANTILES - 1))];
    }
    return new FeatureRange(feature, List.of(quantiles));
  }

  public double min() {
    return quantiles.getFirst();
  }

  public double max() {
    return quantiles.getLast();
  }
}
