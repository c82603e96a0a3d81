package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.QualityClass;
import io.earshot.models.feature.FeatureSchema;
import org.junit.jupiter.api.Test;

class ShippedBundleTest {
  @Test
  void shipped_fitsTheFeaturesOfThisVersion() throws ModelBundleException {
    ModelBundle bundle = ModelBundle.shipped();

    assertThat(bundle.manifest().schemaHash()).isEqualTo(FeatureSchema.standard().hash());
    assertThat(bundle.manifest().features()).isEqualTo(FeatureSchema.standard().names());
    assertThat(bundle.classes()).containsExactly(QualityClass.values());
  }

  @Test
  void shipped_cardNamesTheCommandThatMadeIt() throws ModelBundleException {
    ModelBundle bundle = ModelBundle.shipped();

    assertThat(bundle.modelCard())
        .contains(bundle.manifest().trainingCommand())
        .contains("What is not known");
  }

  @Test
  void implausible_ordinaryValues_isNot() throws ModelBundleException {
    ModelBundle bundle = ModelBundle.shipped();

    for (int quantile = 0; quantile < FeatureRange.QUANTILES; quantile++) {
      assertThat(bundle.classifier().implausible(at(bundle, quantile))).isFalse();
    }
  }

  /** Objects of 100 GB are no audio. */
  @Test
  void implausible_objectsOfAbsurdSize_is() throws ModelBundleException {
    ModelBundle bundle = ModelBundle.shipped();
    double[] features = at(bundle, 5);
    for (String name : bundle.manifest().features()) {
      if (name.startsWith("object_bytes_")) {
        features[bundle.manifest().features().indexOf(name)] = 36.5;
      }
    }

    assertThat(bundle.classifier().implausible(features)).isTrue();
  }

  @Test
  void implausible_streamOfADay_isNot() throws ModelBundleException {
    ModelBundle bundle = ModelBundle.shipped();
    double[] features = at(bundle, 5);
    for (String name : QualityClassifier.GROW_WITH_TIME) {
      assertThat(bundle.manifest().features()).contains(name);
      features[bundle.manifest().features().indexOf(name)] = 86_400;
    }

    assertThat(bundle.classifier().implausible(features)).isFalse();
  }

  private static double[] at(ModelBundle bundle, int quantile) {
    return bundle.manifest().ranges().stream()
        .mapToDouble(range -> range.quantiles().get(quantile))
        .toArray();
  }
}
