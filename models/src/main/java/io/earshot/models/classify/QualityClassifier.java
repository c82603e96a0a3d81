package io.earshot.models.classify;

import io.earshot.models.QualityClass;
import java.util.List;

/**
 * Calibrated probabilities of a feature vector over the classes of a model.
 *
 * <p>Immutable; any thread may ask.
 */
public final class QualityClassifier {
  /** How far beyond the trained range a feature may lie, in widths of that range. */
  private static final double MARGIN = 0.5;

  private final SmileModel model;
  private final Calibration calibration;
  private final List<QualityClass> classes;
  private final double[] least;
  private final double[] largest;

  /**
   * A classifier from its parts.
   *
   * @param ranges of each input column in the training data, in their order
   */
  public QualityClassifier(
      SmileModel model,
      Calibration calibration,
      List<QualityClass> classes,
      List<FeatureRange> ranges) {
    if (model.classCount() != classes.size() || model.features().size() != ranges.size()) {
      throw new IllegalArgumentException("the model has other classes or features");
    }
    this.model = model;
    this.calibration = calibration;
    this.classes = List.copyOf(classes);
    least = new double[ranges.size()];
    largest = new double[ranges.size()];
    for (int i = 0; i < least.length; i++) {
      FeatureRange range = ranges.get(i);
      double margin = MARGIN * (range.max() - range.min()) + 1e-9;
      least[i] = range.min() - margin;
      largest[i] = range.max() + margin;
    }
  }

  /** What the probabilities are about, in their order. */
  public List<QualityClass> classes() {
    return classes;
  }

  /**
   * Probabilities in the order of {@link #classes}; they sum to 1.
   *
   * @param features one value per column of the model's schema
   */
  public double[] probabilities(double[] features) {
    if (features.length != least.length) {
      throw new IllegalArgumentException(
          features.length + " features for a model of " + least.length);
    }
    return calibration.apply(model.probabilities(features));
  }

  /**
   * How many features lie far outside the trained range: beyond its ends by more than half its
   * width, or not a number. Above 0 the answer would be a guess: {@code implausible}.
   */
  public int implausibleFeatures(double[] features) {
    int count = 0;
    for (int i = 0; i < least.length; i++) {
      if (!(features[i] >= least[i] && features[i] <= largest[i])) {
        count++;
      }
    }
    return count;
  }
}
