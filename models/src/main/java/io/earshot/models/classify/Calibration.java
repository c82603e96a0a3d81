package io.earshot.models.classify;

/**
 * Temperature scaling: {@code p_i^(1/T)}, normalised. T above 1 tones an over-confident model down
 * and never changes which class is ahead.
 *
 * <p>Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 4.2, applied to log
 * probabilities in place of logits (the same up to a constant, which the normalisation removes).
 *
 * @param method always {@value #TEMPERATURE}
 * @param temperature T, above 0; 1 leaves probabilities as they are
 */
public record Calibration(String method, double temperature) {
  public static final String TEMPERATURE = "temperature";

  /** Leaves probabilities as they are. */
  public static final Calibration NONE = new Calibration(TEMPERATURE, 1.0);

  /** A forest's 0 becomes this, so that a class without votes is unlikely and not impossible. */
  private static final double FLOOR = 1e-6;

  public Calibration {
    if (!TEMPERATURE.equals(method)) {
      throw new IllegalArgumentException("calibration method " + method + " is not known");
    }
    if (!(temperature > 0.0) || !Double.isFinite(temperature)) {
      throw new IllegalArgumentException("temperature must be above 0, is " + temperature);
    }
  }

  /** The calibrated copy of a distribution; the sum is 1. */
  public double[] apply(double[] probabilities) {
    double[] calibrated = new double[probabilities.length];
    double largest = 0.0;
    for (double p : probabilities) {
      largest = Math.max(largest, p);
    }
    double reference = Math.log(Math.max(largest, FLOOR));
    double sum = 0.0;
    for (int i = 0; i < calibrated.length; i++) {
      double logit = Math.log(Math.max(probabilities[i], FLOOR)) - reference;
      calibrated[i] = Math.exp(logit / temperature);
      sum += calibrated[i];
    }
    for (int i = 0; i < calibrated.length; i++) {
      calibrated[i] /= sum;
    }
    return calibrated;
  }
}
