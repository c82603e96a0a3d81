package io.earshot.models.train;

import java.util.List;

/**
 * Learners side by side on the same grouped folds, before calibration and thresholds.
 *
 * @param folds of the cross-validation
 * @param rows what each learner was judged on
 */
public record ModelComparison(int folds, List<Row> rows) {

  /**
   * One learner.
   *
   * @param model its name
   * @param accuracy most probable class right
   * @param macroF1 mean of the classes' F1
   * @param logLoss mean negative log probability of the true class, nats
   * @param ece expected calibration error over 15 bins
   */
  public record Row(String model, double accuracy, double macroF1, double logLoss, double ece) {}

  public ModelComparison {
    rows = List.copyOf(rows);
  }

  /** No learners were compared. */
  public static ModelComparison none() {
    return new ModelComparison(0, List.of());
  }
}
