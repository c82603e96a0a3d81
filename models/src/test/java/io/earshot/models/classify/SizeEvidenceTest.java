package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.QualityClass;
import io.earshot.models.feature.FeatureSchema;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SizeEvidenceTest {
  private static final List<QualityClass> CLASSES = List.of(QualityClass.values());

  private final List<String> names = FeatureSchema.standard().names();
  private final SizeEvidence evidence = new SizeEvidence(names, CLASSES);

  @Test
  void of_rateThatTwoClassesShare_countsForBoth() {
    double[] features = posterior(96, 0.75, 320, 0.25);

    assertThat(evidence.of(features))
        .containsExactly(
            new double[] {
              Math.log(0.75), Math.log(0.75), Math.log(0.01), Math.log(0.25), Math.log(0.01)
            },
            Offset.offset(1e-3));
  }

  @Test
  void of_noObjectYet_saysTheSameOfEachClass() {
    double[] features = new double[names.size()];
    Arrays.fill(features, -12.0);

    assertThat(Arrays.stream(evidence.of(features)).distinct()).hasSize(1);
  }

  @Test
  void of_modelWithoutSuchFeatures_saysNothing() {
    SizeEvidence none = new SizeEvidence(List.of("a", "b"), CLASSES);

    assertThat(Arrays.stream(none.of(new double[2])).distinct()).hasSize(1);
    assertThat(none.strongest(new double[2], 0)).isEqualTo(-1);
  }

  @Test
  void strongest_ofTwoRates_isTheLikelier() {
    int column =
        evidence.strongest(posterior(96, 0.75, 320, 0.25), CLASSES.indexOf(QualityClass.LOW));

    assertThat(names.get(column)).isEqualTo("posterior_96_log2");
  }

  private double[] posterior(int rate, double p, int other, double q) {
    double[] features = new double[names.size()];
    Arrays.fill(features, -12.0);
    features[names.indexOf("posterior_" + rate + "_log2")] = Math.log(p) / Math.log(2);
    features[names.indexOf("posterior_" + other + "_log2")] = Math.log(q) / Math.log(2);
    return features;
  }
}
