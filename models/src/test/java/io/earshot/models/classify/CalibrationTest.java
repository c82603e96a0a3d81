package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CalibrationTest {
  @Test
  void apply_temperatureOne_changesNothing() {
    assertThat(Calibration.NONE.apply(new double[] {0.7, 0.2, 0.1}))
        .containsExactly(new double[] {0.7, 0.2, 0.1}, Offset.offset(1e-12));
  }

  @Test
  void apply_temperatureTwo_takesTheSquareRoot() {
    double[] softer = new Calibration("temperature", 2.0).apply(new double[] {0.64, 0.36});

    assertThat(softer).containsExactly(new double[] {0.8 / 1.4, 0.6 / 1.4}, Offset.offset(1e-12));
  }

  @Test
  void apply_zeroProbability_isUnlikelyAndNotImpossible() {
    double[] calibrated = new Calibration("temperature", 1.5).apply(new double[] {1.0, 0.0});

    assertThat(calibrated[1]).isPositive().isLessThan(0.01);
    assertThat(Arrays.stream(calibrated).sum()).isCloseTo(1.0, Offset.offset(1e-12));
  }

  @Test
  void apply_argument_isNotChanged() {
    double[] raw = {0.9, 0.1};
    new Calibration("temperature", 3.0).apply(raw);

    assertThat(raw).containsExactly(0.9, 0.1);
  }

  @Test
  void constructor_nonsense_isRefused() {
    assertThatThrownBy(() -> new Calibration("temperature", 0.0)).hasMessageContaining("above 0");
    assertThatThrownBy(() -> new Calibration("temperature", Double.NaN))
        .hasMessageContaining("above 0");
    assertThatThrownBy(() -> new Calibration("magic", 1.0)).hasMessageContaining("magic");
  }
}
