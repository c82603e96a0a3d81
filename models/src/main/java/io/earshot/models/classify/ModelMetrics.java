package io.earshot.models.classify;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a model did on sessions and links it had never seen, as its manifest keeps it.
 *
 * @param accuracy share of right answers over all windows with a true class, before any threshold
 * @param macroF1 mean of the classes' F1
 * @param logLoss mean negative log probability of the true class, nats
 * @param ece expected calibration error over 15 bins
 * @param unknownShare share of windows that the thresholds turned to unknown
 * @param classes by label: precision, recall, F1
 */
public record ModelMetrics(
    double accuracy,
    double macroF1,
    double logLoss,
    double ece,
    double unknownShare,
    Map<String, PerClass> classes) {

  /**
   * One class.
   *
   * @param support weight of the windows that truly had it
   */
  public record PerClass(double precision, double recall, double f1, double support) {}

  public ModelMetrics {
    classes = Collections.unmodifiableMap(new TreeMap<>(classes));
  }
}
