package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
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
