package io.earshot.models.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.QualityClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ResamplingTest {
  private final List<LabelledWindow> windows = new ArrayList<>();

  @Test
  void rows_evenClassesAndWeights_areEachWindowOnce() {
    add(QualityClass.LOW, 50, 1.0);
    add(QualityClass.HIGH, 50, 1.0);

    assertThat(Resampling.rows(windows, 1_000, 1.0, 1))
        .containsExactlyInAnyOrderElementsOf(windows);
  }

  @Test
  void rows_unevenClasses_areEvenedOut() {
    add(QualityClass.LOW, 90, 1.0);
    add(QualityClass.HIGH, 30, 1.0);

    List<LabelledWindow> rows = Resampling.rows(windows, 1_000, 1.0, 1);

    assertThat(count(rows, QualityClass.LOW)).isEqualTo(60);
    assertThat(count(rows, QualityClass.HIGH)).isEqualTo(60);
    assertThat(rows.stream().filter(w -> w.label() == QualityClass.HIGH).distinct()).hasSize(30);
  }

  @Test
  void rows_balanceZero_keepsTheShares() {
    add(QualityClass.LOW, 90, 1.0);
    add(QualityClass.HIGH, 30, 1.0);

    List<LabelledWindow> rows = Resampling.rows(windows, 40, 0.0, 1);

    assertThat(count(rows, QualityClass.LOW)).isEqualTo(30);
    assertThat(count(rows, QualityClass.HIGH)).isEqualTo(10);
  }

  @Test
  void rows_veryRareClass_isRepeatedAtMostFourTimes() {
    add(QualityClass.LOW, 1_000, 1.0);
    add(QualityClass.LOSSLESS, 2, 1.0);

    assertThat(count(Resampling.rows(windows, 1_000, 1.0, 1), QualityClass.LOSSLESS)).isEqualTo(8);
  }

  @Test
  void rows_heavierWindow_occursMoreOften() {
    add(QualityClass.LOW, 10, 1.0);
    add(QualityClass.LOW, 1, 10.0);
    LabelledWindow heavy = windows.getLast();

    List<LabelledWindow> rows = Resampling.rows(windows, 20, 1.0, 1);

    assertThat(rows.stream().filter(w -> w.session().equals(heavy.session())).count())
        .isBetween(5L, 6L);
  }

  @Test
  void weights_balanced_sumToTheSamePerClass() {
    add(QualityClass.LOW, 90, 1.0);
    add(QualityClass.HIGH, 30, 1.0);

    double[] weights = Resampling.weights(windows, 1.0);

    assertThat(Arrays.stream(weights, 0, 90).sum()).isCloseTo(60.0, Offset.offset(1e-9));
    assertThat(Arrays.stream(weights, 90, 120).sum()).isCloseTo(60.0, Offset.offset(1e-9));
  }

  private static long count(List<LabelledWindow> rows, QualityClass label) {
    return rows.stream().filter(w -> w.label() == label).count();
  }

  private void add(QualityClass label, int count, double weight) {
    for (int i = 0; i < count; i++) {
      windows.add(Windows.window("s" + windows.size(), "l", label, weight));
    }
  }
}
