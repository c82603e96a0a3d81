package io.earshot.models.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.classify.SmileModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTrainerTest {
  @TempDir private Path parent;

  @Test
  void train_twice_givesTheSameBytes() throws Exception {
    Path one = trainer(3).train(Windows.make(1, 96)).write(parent.resolve("one"));
    Path two;
    // Another thread, and only one worker: neither may matter.
    try (ForkJoinPool pool = new ForkJoinPool(1)) {
      two =
          pool.submit(() -> trainer(3).train(Windows.make(1, 96)).write(parent.resolve("two")))
              .get();
    }

    for (String file : new String[] {"model.bin", "manifest.json", "MODEL_CARD.md"}) {
      assertThat(two.resolve(file)).hasSameBinaryContentAs(one.resolve(file));
    }
  }

  @Test
  void train_sessionsInOtherOrder_givesTheSameModel() {
    List<LabelledWindow> windows = Windows.make(1, 96);
    List<LabelledWindow> other = new ArrayList<>();
    for (int session = 95; session >= 0; session--) {
      other.addAll(windows.subList(session * 8, session * 8 + 8));
    }

    assertThat(trainer(0).train(other).model().serialise())
        .isEqualTo(trainer(0).train(windows).model().serialise());
  }

  @Test
  void train_otherSeed_givesAnotherModel() {
    List<LabelledWindow> windows = Windows.make(1, 96);

    assertThat(
            new ModelTrainer(Windows.options(8, 0), Windows.SCHEMA)
                .train(windows)
                .model()
                .serialise())
        .isNotEqualTo(trainer(0).train(windows).model().serialise());
  }

  @Test
  void train_separableClasses_areTold() throws ModelBundleException {
    TrainingResult result = trainer(3).train(Windows.make(1, 240));

    assertThat(result.windows().modelAccuracy()).isGreaterThan(0.85);
    assertThat(result.windows().ece()).isLessThan(0.1);
    assertThat(result.sessions().count()).isLessThan(result.windows().count());
    assertThat(result.comparison().rows())
        .extracting(ModelComparison.Row::model)
        .containsExactly("gradient boosting", "random forest", "logistic regression");
    assertThat(result.comparison().rows()).allMatch(row -> row.accuracy() > 0.8);

    ModelBundle bundle = ModelBundle.load(result.write(parent), Windows.SCHEMA);
    double[] features = Windows.make(2, 3).getFirst().features();
    assertThat(bundle.classifier().probabilities(features))
        .containsExactly(result.bundle().classifier().probabilities(features));
    assertThat(bundle.manifest().metrics()).isEqualTo(result.windows().metrics());
  }

  @Test
  void train_card_saysWhatWasMeasuredAndWhatIsNotKnown() throws Exception {
    TrainingResult result = trainer(3).train(Windows.make(1, 96));
    Path bundle = result.write(parent);

    assertThat(Files.readString(bundle.resolve("MODEL_CARD.md")))
        .isEqualTo(result.modelCard())
        .startsWith("# Model card: test-1\n")
        .contains(
            "`earshot train --seed 7`",
            "| windows | " + result.windows().count() + " |",
            "| sessions | " + result.sessions().count() + " |",
            "| gradient boosting |",
            "no session and no link is in two parts",
            "No labelled capture of a mobile client exists",
            "unmeasured beyond the labelled captures")
        .doesNotContain("%s", "NaN");
  }

  @Test
  void train_withoutComparison_takesBoosting() {
    TrainingResult result = trainer(0).train(Windows.make(1, 96));

    assertThat(result.comparison().rows()).isEmpty();
    assertThat(result.manifest().algorithm()).isEqualTo(SmileModel.GRADIENT_BOOSTING);
    assertThat(result.modelCard()).contains("Learners were not compared.");
  }

  @Test
  void train_vectorOfOtherLength_isRefused() {
    List<LabelledWindow> windows = new ArrayList<>(Windows.make(1, 96));
    windows.add(new LabelledWindow("odd", "l", "p", QualityClass.LOW, new double[] {1.0}, 1.0));

    assertThatThrownBy(() -> trainer(0).train(windows))
        .hasMessage("a window of session odd has 1 features, the schema 3");
  }

  @Test
  void train_vectorWithNaN_isRefusedByName() {
    List<LabelledWindow> windows = new ArrayList<>(Windows.make(1, 96));
    windows.add(
        new LabelledWindow(
            "odd", "l", "p", QualityClass.LOW, new double[] {1.0, Double.NaN, 0.0}, 1.0));

    assertThatThrownBy(() -> trainer(0).train(windows))
        .hasMessage("feature size of a window of session odd is NaN");
  }

  @Test
  void train_oneClass_isRefused() {
    assertThatThrownBy(
            () ->
                trainer(0)
                    .train(
                        Collections.nCopies(30, Windows.window("s", "l", QualityClass.LOW, 1.0))))
        .hasMessageContaining("three classes or more are needed");
  }

  private static ModelTrainer trainer(int folds) {
    return new ModelTrainer(Windows.options(7, folds), Windows.SCHEMA);
  }
}
