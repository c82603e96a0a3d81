package io.earshot.models.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BitrateEstimateTest {
  @Test
  void kbps_oneRateIsSure_isThatRate() {
    assertThat(BitrateEstimate.kbps(vector("posterior_160_log2", -0.1))).isEqualTo(160);
  }

  @Test
  void kbps_likeliestIsNotSureEnough_isNone() {
    assertThat(BitrateEstimate.kbps(vector("posterior_160_log2", -0.4))).isNull();
  }

  @Test
  void kbps_withoutAnObject_isNone() {
    double[] missing = new double[FeatureSchema.standard().size()];
    Arrays.fill(missing, StreamFeatures.MISSING);
    assertThat(BitrateEstimate.kbps(missing)).isNull();
  }

  @Test
  void kbps_lossless_hasNoNominalBitrate() {
    assertThat(BitrateEstimate.kbps(vector("posterior_1000_log2", 0.0))).isNull();
  }

  private static double[] vector(String likely, double log2) {
    double[] vector = new double[FeatureSchema.standard().size()];
    Arrays.fill(vector, RateEvidence.LEAST_LOG2);
    vector[FeatureSchema.standard().indexOf(likely)] = log2;
    return vector;
  }
}
