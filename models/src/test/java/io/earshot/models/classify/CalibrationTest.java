package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CalibrationTest {
  private static final double[] NOTHING = {0, 0};

  @Test
  void apply_temperatureOne_changesNothing() {
    assertThat(Calibration.NONE.apply(new double[] {0.7, 0.2, 0.1}, new double[] {-1, 0, -2}))
        .containsExactly(new double[] {0.7, 0.2, 0.1}, Offset.offset(1e-12));
  }

  @Test
  void apply_temperatureTwo_takesTheSquareRoot() {
    double[] softer = new Calibration(2.0, 0.0).apply(new double[] {0.64, 0.36}, NOTHING);

    assertThat(softer).containsExactly(new double[] {0.8 / 1.4, 0.6 / 1.4}, Offset.offset(1e-12));
  }

  @Test
  void apply_zeroProbability_isUnlikelyAndNotImpossible() {
    double[] calibrated = new Calibration(1.5, 0.0).apply(new double[] {1.0, 0.0}, NOTHING);

    assertThat(calibrated[1]).isPositive().isLessThan(0.01);
    assertThat(Arrays.stream(calibrated).sum()).isCloseTo(1.0, Offset.offset(1e-12));
  }

  @Test
  void apply_evidence_multipliesByItsPower() {
    double[] pooled =
        new Calibration(1.0, 0.5)
            .apply(new double[] {0.5, 0.5}, new double[] {Math.log(0.09), Math.log(0.01)});

    assertThat(pooled).containsExactly(new double[] {0.75, 0.25}, Offset.offset(1e-12));
  }

  @Test
  void apply_argument_isNotChanged() {
    double[] raw = {0.9, 0.1};
    new Calibration(3.0, 0.0).apply(raw, NOTHING);

    assertThat(raw).containsExactly(0.9, 0.1);
  }

  @Test
  void constructor_nonsense_isRefused() {
    assertThatThrownBy(() -> new Calibration(0.0, 0.0)).hasMessageContaining("above 0");
    assertThatThrownBy(() -> new Calibration(Double.NaN, 0.0)).hasMessageContaining("above 0");
    assertThatThrownBy(() -> new Calibration(1.0, -0.1)).hasMessageContaining("0 or above");
    assertThatThrownBy(() -> new Calibration("magic", 1.0, 0.0)).hasMessageContaining("magic");
  }
}
