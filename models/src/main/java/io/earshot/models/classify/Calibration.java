package io.earshot.models.classify;

/**
 * Temperature scaling with a second opinion: {@code p_i^(1/T) · e_i^w}, normalised.
 *
 * <p>T above 1 tones an over-confident model down; w says how much the evidence of the objects'
 * sizes alone counts beside the model, which has learned from the same sizes and forgets some of
 * what they say. Both are fitted on groups held out from the fit, so w is 0 where it does not help.
 *
 * <p>Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 4.2, applied to log
 * probabilities in place of logits (the same up to a constant, which the normalisation removes);
 * the product is a logarithmic opinion pool (Genest and Zidek, Combining Probability Distributions,
 * Statistical Science 1986).
 *
 * @param method always {@value #POOLED_TEMPERATURE}
 * @param temperature T, above 0; 1 leaves probabilities as they are
 * @param evidenceWeight w, 0 or above; 0 leaves the evidence out
 */
public record Calibration(String method, double temperature, double evidenceWeight) {
  public static final String POOLED_TEMPERATURE = "pooled_temperature";

  /** Leaves probabilities as they are. */
  public static final Calibration NONE = new Calibration(1.0, 0.0);

  /** A forest's 0 becomes this, so that a class without votes is unlikely and not impossible. */
  private static final double FLOOR = 1e-6;

  public Calibration {
    if (!POOLED_TEMPERATURE.equals(method)) {
      throw new IllegalArgumentException("calibration method " + method + " is not known");
    }
    if (!(temperature > 0.0) || !Double.isFinite(temperature)) {
      throw new IllegalArgumentException("temperature must be above 0, is " + temperature);
    }
    if (!(evidenceWeight >= 0.0) || !Double.isFinite(evidenceWeight)) {
      throw new IllegalArgumentException("evidence weight must be 0 or above: " + evidenceWeight);
    }
  }

  public Calibration(double temperature, double evidenceWeight) {
    this(POOLED_TEMPERATURE, temperature, evidenceWeight);
  }

  /** What a model's probability counts as, natural logarithm. */
  public static double logOf(double probability) {
    return Math.log(Math.max(probability, FLOOR));
  }

  /**
   * The calibrated copy of a distribution; the sum is 1.
   *
   * @param evidence natural logarithm of each class's evidence, up to a constant
   */
  public double[] apply(double[] probabilities, double[] evidence) {
    double[] calibrated = new double[probabilities.length];
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < calibrated.length; i++) {
      calibrated[i] = logOf(probabilities[i]) / temperature + evidenceWeight * evidence[i];
      largest = Math.max(largest, calibrated[i]);
    }
    double sum = 0.0;
    for (int i = 0; i < calibrated.length; i++) {
      calibrated[i] = Math.exp(calibrated[i] - largest);
      sum += calibrated[i];
    }
    for (int i = 0; i < calibrated.length; i++) {
      calibrated[i] /= sum;
    }
    return calibrated;
  }
}
