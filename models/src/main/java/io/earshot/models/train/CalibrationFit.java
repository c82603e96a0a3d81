package io.earshot.models.train;

import io.earshot.models.classify.Calibration;
import java.util.List;

/** Finds the temperature that makes held-out labels most likely. */
public final class CalibrationFit {
  private static final double LOG_LIMIT = Math.log(20.0);
  private static final double GOLDEN = (Math.sqrt(5.0) - 1.0) / 2.0;
  private static final int STEPS = 60;

  private CalibrationFit() {}

  /**
   * The temperature from 1/20 to 20 with the smallest weighted negative log likelihood, which has
   * one minimum over it. 1 where there is nothing to fit on.
   *
   * @param raw one distribution per row
   * @param labels index of the true class per row
   */
  public static Calibration fit(List<double[]> raw, int[] labels, double[] weights) {
    if (raw.isEmpty()) {
      return Calibration.NONE;
    }
    double low = -LOG_LIMIT;
    double high = LOG_LIMIT;
    double left = high - GOLDEN * (high - low);
    double right = low + GOLDEN * (high - low);
    double atLeft = loss(raw, labels, weights, left);
    double atRight = loss(raw, labels, weights, right);
    for (int i = 0; i < STEPS; i++) {
      if (atLeft <= atRight) {
        high = right;
        right = left;
        atRight = atLeft;
        left = high - GOLDEN * (high - low);
        atLeft = loss(raw, labels, weights, left);
      } else {
        low = left;
        left = right;
        atLeft = atRight;
        right = low + GOLDEN * (high - low);
        atRight = loss(raw, labels, weights, right);
      }
    }
    return new Calibration(Calibration.TEMPERATURE, Math.exp((low + high) / 2.0));
  }

  /** Weighted mean negative log likelihood, nats. */
  static double loss(Calibration calibration, List<double[]> raw, int[] labels, double[] weights) {
    double sum = 0.0;
    double weight = 0.0;
    for (int i = 0; i < labels.length; i++) {
      double p = calibration.apply(raw.get(i))[labels[i]];
      sum -= weights[i] * Math.log(Math.max(p, Double.MIN_NORMAL));
      weight += weights[i];
    }
    return sum / weight;
  }

  private static double loss(List<double[]> raw, int[] labels, double[] weights, double logT) {
    return loss(new Calibration(Calibration.TEMPERATURE, Math.exp(logT)), raw, labels, weights);
  }
}
