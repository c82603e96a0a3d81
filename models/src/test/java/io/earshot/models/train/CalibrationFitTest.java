package io.earshot.models.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.classify.Calibration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CalibrationFitTest {
  private final List<double[]> raw = new ArrayList<>();
  private final List<double[]> evidence = new ArrayList<>();
  private int[] labels = new int[0];
  private double[] weights = new double[0];

  @Test
  void fit_overConfidentModel_lowersTheLossAndFindsTheTemperature() {
    draw(4_000, 3.0);
    Calibration fitted = CalibrationFit.fit(raw, evidence, labels, weights);

    double before = CalibrationFit.loss(Calibration.NONE, raw, evidence, labels, weights);
    double after = CalibrationFit.loss(fitted, raw, evidence, labels, weights);

    assertThat(fitted.temperature()).isCloseTo(3.0, Offset.offset(0.3));
    assertThat(after).isLessThan(0.8 * before);
  }

  @Test
  void fit_timidModel_isSharpened() {
    draw(4_000, 0.5);

    assertThat(CalibrationFit.fit(raw, evidence, labels, weights).temperature())
        .isCloseTo(0.5, Offset.offset(0.05));
  }

  @Test
  void fit_anyData_isNoWorseThanDoingNothing() {
    for (double distortion : new double[] {0.1, 0.9, 1.0, 1.1, 15.0}) {
      raw.clear();
      evidence.clear();
      draw(300, distortion);
      Calibration fitted = CalibrationFit.fit(raw, evidence, labels, weights);

      assertThat(CalibrationFit.loss(fitted, raw, evidence, labels, weights))
          .isLessThanOrEqualTo(
              CalibrationFit.loss(Calibration.NONE, raw, evidence, labels, weights) + 1e-9);
    }
  }

  @Test
  void fit_weights_count() {
    raw.addAll(List.of(new double[] {0.9, 0.1}, new double[] {0.9, 0.1}));
    evidence.addAll(List.of(new double[2], new double[2]));
    labels = new int[] {0, 1};
    weights = new double[] {1.0, 1.0};
    double even = CalibrationFit.fit(raw, evidence, labels, weights).temperature();
    weights = new double[] {9.0, 1.0};
    double mostlyRight = CalibrationFit.fit(raw, evidence, labels, weights).temperature();

    assertThat(mostlyRight).isCloseTo(1.0, Offset.offset(1e-3));
    assertThat(even).isGreaterThan(10.0);
  }

  @Test
  void fit_evidenceThatTheModelLacks_getsItsWeight() {
    draw(4_000, 1.0, 0.7);

    Calibration fitted = CalibrationFit.fit(raw, evidence, labels, weights);

    assertThat(fitted.evidenceWeight()).isCloseTo(0.7, Offset.offset(0.05));
    assertThat(fitted.temperature()).isCloseTo(1.0, Offset.offset(0.05));
  }

  @Test
  void fit_evidenceThatMisleads_isLeftOut() {
    draw(4_000, 2.0, -0.7);

    Calibration fitted = CalibrationFit.fit(raw, evidence, labels, weights);

    assertThat(fitted.evidenceWeight()).isZero();
    assertThat(fitted.temperature()).isGreaterThan(1.5);
  }

  @Test
  void fit_nothing_leavesProbabilitiesAlone() {
    assertThat(CalibrationFit.fit(List.of(), List.of(), new int[0], new double[0]))
        .isEqualTo(Calibration.NONE);
  }

  private void draw(int count, double factor) {
    draw(count, factor, 0.0);
  }

  /**
   * Labels drawn from true distributions; the model reports its part of the logits times a factor
   * and does not know what the evidence adds.
   */
  private void draw(int count, double factor, double weight) {
    Random random = new Random(8);
    labels = new int[count];
    weights = new double[count];
    Arrays.fill(weights, 1.0);
    for (int i = 0; i < count; i++) {
      double[] logits = {random.nextGaussian(), random.nextGaussian(), random.nextGaussian()};
      double[] log = {random.nextGaussian(), random.nextGaussian(), random.nextGaussian()};
      double[] sum = new double[3];
      Arrays.setAll(sum, k -> logits[k] + weight * log[k]);
      double[] truth = softmax(sum, 1.0);
      double u = random.nextDouble();
      labels[i] = u < truth[0] ? 0 : u < truth[0] + truth[1] ? 1 : 2;
      raw.add(softmax(logits, factor));
      evidence.add(log);
    }
  }

  private static double[] softmax(double[] logits, double factor) {
    double[] p = Arrays.stream(logits).map(x -> Math.exp(x * factor)).toArray();
    double sum = Arrays.stream(p).sum();
    return Arrays.stream(p).map(x -> x / sum).toArray();
  }
}
