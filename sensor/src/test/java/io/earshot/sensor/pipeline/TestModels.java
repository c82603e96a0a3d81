package io.earshot.sensor.pipeline;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.classify.OperatingThresholds;
import io.earshot.models.feature.FeatureSchema;
import io.earshot.models.train.Grouping;
import io.earshot.models.train.LabelledWindow;
import io.earshot.models.train.ModelTrainer;
import io.earshot.models.train.TrainingOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A small bundle over noise, for tests that need any model; the same on every run. */
public final class TestModels {
  private static final List<QualityClass> CLASSES =
      List.of(QualityClass.NORMAL, QualityClass.HIGH, QualityClass.VERY_HIGH);

  private TestModels() {}

  /** Trains the bundle into {@code parent} and returns its folder. */
  public static Path write(Path parent) throws ModelBundleException {
    return new ModelTrainer(options(), FeatureSchema.standard()).train(windows()).write(parent);
  }

  /** The bundle, loaded. */
  public static ModelBundle load(Path parent) throws ModelBundleException {
    return ModelBundle.load(write(parent));
  }

  private static TrainingOptions options() {
    TrainingOptions standard = TrainingOptions.standard("noise", "1", "a test", 1);
    return new TrainingOptions(
        standard.name(),
        standard.version(),
        standard.command(),
        standard.seed(),
        8,
        3,
        5,
        0.1,
        0.7,
        1_000,
        1.0,
        0,
        500,
        Grouping.SESSION,
        OperatingThresholds.standard());
  }

  private static List<LabelledWindow> windows() {
    Random random = new Random(5);
    List<LabelledWindow> windows = new ArrayList<>();
    for (int i = 0; i < 240; i++) {
      int label = i % CLASSES.size();
      double[] features = new double[FeatureSchema.standard().size()];
      for (int j = 0; j < features.length; j++) {
        features[j] = random.nextGaussian() + label;
      }
      windows.add(
          new LabelledWindow(
              "session" + i / 3, "link" + i / 3, "noise", CLASSES.get(label), features, 1.0));
    }
    return windows;
  }
}
