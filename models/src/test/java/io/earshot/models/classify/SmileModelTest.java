package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import smile.classification.DataFrameClassifier;
import smile.classification.GradientTreeBoost;
import smile.classification.RandomForest;
import smile.data.Tuple;
import smile.model.cart.InternalNode;

class SmileModelTest {
  @Test
  void probabilities_boosted_areSmilesOwn() {
    GradientTreeBoost model = Trained.boosted();
    assertSame(model, SmileModel.of(model));
  }

  @Test
  void probabilities_forest_areSmilesOwn() {
    RandomForest model = Trained.forest();
    assertSame(model, SmileModel.of(model));
  }

  @Test
  void probabilities_afterSerialisation_areTheSame() throws ModelBundleException {
    for (SmileModel model :
        new SmileModel[] {SmileModel.of(Trained.boosted()), SmileModel.of(Trained.forest())}) {
      SmileModel copy = SmileModel.deserialise(model.serialise(), "copy");

      assertThat(copy.algorithm()).isEqualTo(model.algorithm());
      assertThat(copy.features()).isEqualTo(Trained.SCHEMA.names());
      for (double[] x : Trained.X) {
        assertThat(copy.probabilities(x)).containsExactly(model.probabilities(x));
      }
    }
  }

  @Test
  void serialise_sameFitTwice_givesTheSameBytes() {
    assertThat(SmileModel.of(Trained.boosted()).serialise())
        .isEqualTo(SmileModel.of(Trained.boosted()).serialise());
    assertThat(SmileModel.of(Trained.forest()).serialise())
        .isEqualTo(SmileModel.of(Trained.forest()).serialise());
  }

  @Test
  void importance_columnThatTells_isAheadOfNoise() {
    double[] importance = SmileModel.of(Trained.boosted()).importance();

    assertThat(importance[0]).isGreaterThan(importance[3]);
  }

  @Test
  void contributions_boosted_addUpToTheLogOddsBetweenTwoRows() {
    SmileModel model = SmileModel.of(Trained.boosted());
    for (int row = 1; row < 20; row++) {
      for (int k = 1; k < Trained.CLASSES.size(); k++) {
        assertThat(sum(model, row, k) - sum(model, row, 0) - sum(model, 0, k) + sum(model, 0, 0))
            .isCloseTo(logOdds(model, row, k) - logOdds(model, 0, k), Offset.offset(1e-9));
      }
    }
  }

  @Test
  void contributions_forest_addUpToAboutTheProbabilityBetweenTwoRows() {
    SmileModel model = SmileModel.of(Trained.forest());
    for (int row = 1; row < 20; row++) {
      for (int k = 0; k < Trained.CLASSES.size(); k++) {
        double difference =
            model.probabilities(Trained.X[row])[k] - model.probabilities(Trained.X[0])[k];
        assertThat(sum(model, row, k) - sum(model, 0, k))
            .isCloseTo(difference, Offset.offset(0.02));
      }
    }
  }

  private static double sum(SmileModel model, int row, int k) {
    return Arrays.stream(model.contributions(Trained.X[row])[k]).sum();
  }

  private static double logOdds(SmileModel model, int row, int k) {
    double[] probabilities = model.probabilities(Trained.X[row]);
    return Math.log(probabilities[k] / probabilities[0]);
  }

  @Test
  void explain_classOfTheRow_namesTheColumnsThatTell() {
    QualityClassifier classifier =
        ModelBundle.unsaved(
                Trained.manifest(SmileModel.of(Trained.boosted())),
                SmileModel.of(Trained.boosted()),
                "")
            .classifier();

    for (int row = 2; row < 60; row += Trained.CLASSES.size()) {
      List<FeatureWeight> weights = classifier.explain(Trained.X[row], Trained.CLASSES.get(2), 2);

      assertThat(weights).hasSize(2);
      assertThat(weights.getFirst().feature()).isIn("rate", "size");
      assertThat(weights.getFirst().weight()).isPositive();
      assertThat(Math.abs(weights.getFirst().weight()))
          .isGreaterThanOrEqualTo(Math.abs(weights.getLast().weight()));
    }
  }

  @Test
  void smileVersion_constant_isTheLibrarysOwn() {
    assertThat(GradientTreeBoost.class.getPackage().getImplementationVersion())
        .isEqualTo(SmileModel.SMILE_VERSION);
  }

  @Test
  void deserialise_noSerialisedObject_isRefusedInOneLine() {
    assertThatThrownBy(() -> SmileModel.deserialise(new byte[] {1, 2, 3, 4}, "bundle x"))
        .isInstanceOf(ModelBundleException.class)
        .hasMessageStartingWith("bundle x: model.bin: expected")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void of_treeThatIsItsOwnBranch_isRefused() throws ReflectiveOperationException {
    GradientTreeBoost model = Trained.boosted();
    Field branch = InternalNode.class.getDeclaredField("trueChild");
    branch.setAccessible(true);
    branch.set(model.trees()[1][3].root(), model.trees()[1][3].root());

    assertThatThrownBy(() -> SmileModel.of(model))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a branch that is reached twice");
  }

  @Test
  void of_splitBeyondTheVector_isRefused() throws ReflectiveOperationException {
    GradientTreeBoost model = Trained.boosted();
    Field column = InternalNode.class.getDeclaredField("feature");
    column.setAccessible(true);
    column.setInt(model.trees()[0][0].root(), 4);

    assertThatThrownBy(() -> SmileModel.of(model))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a split on column 4");
  }

  private static void assertSame(DataFrameClassifier smile, SmileModel ours) {
    double[] expected = new double[Trained.CLASSES.size()];
    for (double[] x : Trained.X) {
      smile.predict(Tuple.of(smile.schema(), x), expected);
      assertThat(ours.probabilities(x)).containsExactly(expected, Offset.offset(1e-9));
    }
  }
}
