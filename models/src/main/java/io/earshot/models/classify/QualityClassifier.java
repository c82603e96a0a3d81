package io.earshot.models.classify;

import io.earshot.models.QualityClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Calibrated probabilities of a feature vector over the classes of a model.
 *
 * <p>Immutable; any thread may ask.
 */
public final class QualityClassifier {
  /** How far beyond the trained range a feature may lie, in widths of that range. */
  private static final double MARGIN = 0.1;

  /**
   * From so many features beyond their range on a vector is implausible. One or two happen by
   * chance where a training set has tens of thousands of rows and more than a hundred columns; an
   * object or a rate that no audio has shows in several.
   */
  private static final int IMPLAUSIBLE_FEATURES = 3;

  /** These grow as long as a stream lasts: being the longest so far is not implausible. */
  static final Set<String> GROW_WITH_TIME =
      Set.of("stream_elapsed", "since_audio", "objects_total", "audio_bytes_log2");

  private final SmileModel model;
  private final Calibration calibration;
  private final SizeEvidence evidence;
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
    evidence = new SizeEvidence(model.features(), this.classes);
    least = new double[ranges.size()];
    largest = new double[ranges.size()];
    for (int i = 0; i < least.length; i++) {
      FeatureRange range = ranges.get(i);
      double margin = MARGIN * (range.max() - range.min()) + 1e-9;
      boolean grows = GROW_WITH_TIME.contains(range.feature());
      least[i] = range.min() - margin;
      largest[i] = grows ? Double.MAX_VALUE : range.max() + margin;
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
    return calibration.apply(model.probabilities(features), evidence.of(features));
  }

  /**
   * The features that weighed most in a class's probability, the heaviest first: log odds against
   * the mean of the classes. What the evidence adds counts for the bitrate that says most.
   *
   * @param quality one of {@link #classes}
   */
  public List<FeatureWeight> explain(double[] features, QualityClass quality, int count) {
    int k = classes.indexOf(quality);
    if (k < 0) {
      throw new IllegalArgumentException("the model does not know " + quality.label());
    }
    double[][] contributions = model.contributions(features);
    double[] log = evidence.of(features);
    int rate = evidence.strongest(features, k);
    double pooled =
        calibration.evidenceWeight()
            * calibration.temperature()
            * (log[k] - Arrays.stream(log).average().orElse(0.0));
    List<FeatureWeight> weights = new ArrayList<>(features.length);
    for (int j = 0; j < features.length; j++) {
      double mean = 0.0;
      for (double[] ofClass : contributions) {
        mean += ofClass[j] / contributions.length;
      }
      double weight = contributions[k][j] - mean + (j == rate ? pooled : 0.0);
      weights.add(new FeatureWeight(model.features().get(j), features[j], weight));
    }
    weights.sort(
        Comparator.comparingDouble((FeatureWeight weight) -> Math.abs(weight.weight())).reversed());
    return List.copyOf(weights.subList(0, Math.min(count, weights.size())));
  }

  /**
   * True where an answer would be a guess: the vector lies outside what the model was trained on in
   * {@value #IMPLAUSIBLE_FEATURES} features or more.
   */
  public boolean implausible(double[] features) {
    return implausibleFeatures(features) >= IMPLAUSIBLE_FEATURES;
  }

  /**
   * How many features lie beyond the trained range by more than a tenth of its width, or are not a
   * number. Features that grow as long as a stream lasts have no upper end.
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
