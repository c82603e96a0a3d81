package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class FeatureDriftTest {
  private static final int VECTORS = 20_000;
  private final Random random = new Random(3);

  @Test
  void report_samePopulation_isNearNothing() {
    assertThat(index(random::nextGaussian, random::nextGaussian)).isLessThan(0.002);
  }

  @Test
  void report_shiftedPopulation_isDrifted() {
    assertThat(index(random::nextGaussian, () -> 1.0 + random.nextGaussian())).isBetween(0.9, 1.1);
  }

  /** One decile of ten is seen 91 times in 100, the others once each. */
  @Test
  void report_oneDecileSeenMost_isTheFormula() {
    double[] trained = new double[1000];
    for (int i = 0; i < trained.length; i++) {
      trained[i] = i;
    }
    FeatureDrift drift = new FeatureDrift(List.of(FeatureRange.of("x", trained)));
    for (int decile = 0; decile < 10; decile++) {
      for (int i = 0; i < (decile == 0 ? 91 : 1); i++) {
        drift.add(new double[] {decile * 100 + 50}, true);
      }
    }

    double expected = 0.81 * Math.log(9.1) + 9 * (0.01 - 0.1) * Math.log(0.1);
    assertThat(drift.report().getFirst().stabilityIndex()).isCloseTo(expected, Offset.offset(1e-9));
  }

  @Test
  void report_valueThatIsOftenTheSame_makesNoDriftUp() {
    DoubleSupplier mostlyMissing = () -> random.nextDouble() < 0.46 ? -1.0 : random.nextDouble();

    assertThat(index(mostlyMissing, mostlyMissing)).isLessThan(0.002);
  }

  @Test
  void report_valueThatWasNeverSeen_isDrifted() {
    assertThat(index(() -> -1.0, () -> 5.0)).isGreaterThan(FeatureDrift.DRIFTED);
  }

  @Test
  void report_manyVectorsOfFewStreams_saysNothing() {
    FeatureDrift drift = oneFeature();
    for (int i = 0; i < VECTORS; i++) {
      drift.add(new double[] {100}, i < FeatureDrift.ENOUGH_STREAMS - 1);
    }
    assertThat(drift.report()).isEmpty();

    drift.add(new double[] {100}, true);

    assertThat(drift.report()).hasSize(1);
    assertThat(drift.vectors()).isEqualTo(VECTORS + 1);
  }

  @Test
  void report_populationThatCameBack_forgetsTheOther() {
    FeatureDrift drift = oneFeature();
    for (int i = 0; i < 1_000; i++) {
      drift.add(new double[] {100}, true);
    }
    assertThat(drift.report().getFirst().stabilityIndex()).isGreaterThan(1.0);

    for (int i = 0; i < VECTORS; i++) {
      drift.add(new double[] {1 + i % 5}, true);
    }

    assertThat(drift.report().getFirst().stabilityIndex()).isLessThan(FeatureDrift.DRIFTED);
    assertThat(drift.streams()).isLessThan(1_000);
    assertThat(drift.vectors()).isEqualTo(1_000 + VECTORS);
  }

  private static FeatureDrift oneFeature() {
    return new FeatureDrift(List.of(FeatureRange.of("x", new double[] {1, 2, 3, 4, 5})));
  }

  @Test
  void add_otherLength_isRefused() {
    FeatureDrift drift = new FeatureDrift(List.of(FeatureRange.of("x", new double[] {1, 2})));

    assertThatThrownBy(() -> drift.add(new double[2], true)).hasMessage("2 features for 1");
  }

  private static double index(DoubleSupplier trained, DoubleSupplier seen) {
    double[] training = new double[VECTORS];
    for (int i = 0; i < training.length; i++) {
      training[i] = trained.getAsDouble();
    }
    FeatureDrift drift = new FeatureDrift(List.of(FeatureRange.of("x", training)));
    for (int i = 0; i < VECTORS; i++) {
      drift.add(new double[] {seen.getAsDouble()}, i < FeatureDrift.ENOUGH_STREAMS);
    }
    return drift.report().getFirst().stabilityIndex();
  }
}
