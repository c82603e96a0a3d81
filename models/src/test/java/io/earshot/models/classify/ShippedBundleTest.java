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
}
