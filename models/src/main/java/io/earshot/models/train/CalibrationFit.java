package io.earshot.models.train;

import io.earshot.models.classify.Calibration;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the temperature and the weight of the evidence that make held-out labels most likely.
 *
 * <p>The negative log likelihood is convex in (1/T, w), as that of any log-linear model, so
 * Newton's method with halved steps finds its one minimum.
 */
public final class CalibrationFit {
  /** The temperature lies between one over this and this. */
  private static final double LIMIT = 20.0;

  private static final int STEPS = 100;
  private static final int HALVINGS = 40;

  /** Keeps the equations solvable where the evidence says nothing at all. */
  private static final double RIDGE = 1e-9;

  private final double[][] model;
  private final double[][] evidence;
  private final int[] labels;
  private final double[] weights;

  private CalibrationFit(
      List<double[]> raw, List<double[]> evidence, int[] labels, double[] weights) {
    this.model =
        raw.stream()
            .map(row -> Arrays.stream(row).map(Calibration::logOf).toArray())
            .toArray(double[][]::new);
    this.evidence = evidence.toArray(double[][]::new);
    this.labels = labels;
    this.weights = weights;
  }

  /**
   * The calibration with the smallest weighted negative log likelihood. None where there is nothing
   * to fit on.
   *
   * @param raw one distribution per row
   * @param evidence natural logarithm of each class's evidence per row
   * @param labels index of the true class per row
   */
  public static Calibration fit(
      List<double[]> raw, List<double[]> evidence, int[] labels, double[] weights) {
    if (raw.isEmpty()) {
      return Calibration.NONE;
    }
    CalibrationFit fit = new CalibrationFit(raw, evidence, labels, weights);
    double[] both = fit.minimum(true);
    double[] found = both[1] >= 0 ? both : fit.minimum(false);
    return new Calibration(1.0 / found[0], Math.max(0.0, found[1]));
  }

  /** Weighted mean negative log likelihood, nats. */
  static double loss(
      Calibration calibration,
      List<double[]> raw,
      List<double[]> evidence,
      int[] labels,
      double[] weights) {
    return new CalibrationFit(raw, evidence, labels, weights)
        .step(1.0 / calibration.temperature(), calibration.evidenceWeight())
        .loss();
  }

  /** 1/T and w. */
  private double[] minimum(boolean pooled) {
    double a = 1.0;
    double b = 0.0;
    Step here = step(a, b);
    for (int i = 0; i < STEPS; i++) {
      double da;
      double db = 0.0;
      if (pooled) {
        double det = here.aa * here.bb - here.ab * here.ab;
        da = -(here.bb * here.a - here.ab * here.b) / det;
        db = -(here.aa * here.b - here.ab * here.a) / det;
      } else {
        da = -here.a / here.aa;
      }
      Step next = here;
      double share = 1.0;
      for (int half = 0; half < HALVINGS && next.loss >= here.loss; half++, share /= 2) {
        next = step(Math.clamp(a + share * da, 1 / LIMIT, LIMIT), b + share * db);
      }
      if (next.loss >= here.loss) {
        break;
      }
      a = next.atA;
      b = next.atB;
      here = next;
    }
    return new double[] {a, b};
  }

  /** Loss with its first and second derivatives at one place. */
  private Step step(double a, double b) {
    double[] sums = new double[7];
    double[] p = new double[model[0].length];
    for (int i = 0; i < labels.length; i++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < p.length; k++) {
        p[k] = a * model[i][k] + b * evidence[i][k];
        largest = Math.max(largest, p[k]);
      }
      double own = p[labels[i]] - largest;
      double sum = 0.0;
      for (int k = 0; k < p.length; k++) {
        p[k] = Math.exp(p[k] - largest);
        sum += p[k];
      }
      double m = 0.0;
      double e = 0.0;
      double mm = 0.0;
      double me = 0.0;
      double ee = 0.0;
      for (int k = 0; k < p.length; k++) {
        double share = p[k] / sum;
        m += share * model[i][k];
        e += share * evidence[i][k];
        mm += share * model[i][k] * model[i][k];
        me += share * model[i][k] * evidence[i][k];
        ee += share * evidence[i][k] * evidence[i][k];
      }
      double weight = weights[i];
      sums[0] += weight * (Math.log(sum) - own);
      sums[1] += weight * (m - model[i][labels[i]]);
      sums[2] += weight * (e - evidence[i][labels[i]]);
      sums[3] += weight * (mm - m * m);
      sums[4] += weight * (me - m * e);
      sums[5] += weight * (ee - e * e);
      sums[6] += weight;
    }
    return new Step(
        a,
        b,
        sums[0] / sums[6],
        sums[1] / sums[6],
        sums[2] / sums[6],
        sums[3] / sums[6] + RIDGE,
        sums[4] / sums[6],
        sums[5] / sums[6] + RIDGE);
  }

  private record Step(
      double atA, double atB, double loss, double a, double b, double aa, double ab, double bb) {}
}
