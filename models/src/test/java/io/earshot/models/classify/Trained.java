package io.earshot.models.classify;

import io.earshot.models.QualityClass;
import io.earshot.models.feature.FeatureDefinition;
import io.earshot.models.feature.FeatureGroup;
import io.earshot.models.feature.FeatureSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import smile.classification.GradientTreeBoost;
import smile.classification.RandomForest;
import smile.data.DataFrame;
import smile.data.formula.Formula;
import smile.data.vector.IntVector;
import smile.math.MathEx;
import smile.model.cart.SplitRule;

/** Small models over four columns and three classes, two of which overlap. */
final class Trained {
  static final List<QualityClass> CLASSES =
      List.of(QualityClass.NORMAL, QualityClass.HIGH, QualityClass.VERY_HIGH);
  static final FeatureSchema SCHEMA = schema("rate", "size", "gap", "noise");
  static final double[][] X = new double[300][4];
  static final int[] Y = new int[X.length];

  static {
    Random random = new Random(1);
    for (int i = 0; i < X.length; i++) {
      Y[i] = i % CLASSES.size();
      X[i][0] = Y[i] * 2.0 + random.nextGaussian();
      X[i][1] = Y[i] == 2 ? 5.0 + random.nextGaussian() : random.nextGaussian();
      X[i][2] = random.nextInt(4);
      X[i][3] = random.nextGaussian();
    }
  }

  private Trained() {}

  static FeatureSchema schema(String... names) {
    List<FeatureDefinition> definitions = new ArrayList<>();
    for (String name : names) {
      definitions.add(new FeatureDefinition(name, "1", "a number", FeatureGroup.STREAM));
    }
    return new FeatureSchema(definitions);
  }

  static GradientTreeBoost boosted() {
    MathEx.setSeed(7);
    return GradientTreeBoost.fit(
        Formula.lhs("label"),
        frame(),
        new GradientTreeBoost.Options(20, 3, 8, 5, 0.1, 0.7, null, null));
  }

  static RandomForest forest() {
    MathEx.setSeed(7);
    return RandomForest.fit(
        Formula.lhs("label"),
        frame(),
        new RandomForest.Options(
            10,
            2,
            SplitRule.GINI,
            8,
            64,
            3,
            1.0,
            null,
            new SplittableRandom(3).longs(10).toArray(),
            null));
  }

  static ModelManifest manifest(SmileModel model) {
    return manifest(model, SCHEMA);
  }

  static ModelManifest manifest(SmileModel model, FeatureSchema schema) {
    return new ModelManifest(
        ModelManifest.FORMAT_VERSION,
        "test",
        "1",
        model.algorithm(),
        CLASSES,
        schema.names(),
        schema.hash(),
        SmileModel.SMILE_VERSION,
        7,
        "0".repeat(64),
        "earshot train",
        Map.of("trees", "20"),
        new Calibration(1.25, 0.0),
        OperatingThresholds.standard(),
        new ModelMetrics(0.9, 0.89, 0.3, 0.02, 0.1, Map.of()),
        ranges(schema),
        "",
        0);
  }

  private static List<FeatureRange> ranges(FeatureSchema schema) {
    List<FeatureRange> ranges = new ArrayList<>();
    for (int j = 0; j < schema.size(); j++) {
      double[] column = new double[X.length];
      for (int i = 0; i < X.length; i++) {
        column[i] = X[i][j];
      }
      ranges.add(FeatureRange.of(schema.names().get(j), column));
    }
    return ranges;
  }

  private static DataFrame frame() {
    return DataFrame.of(X, SCHEMA.names().toArray(String[]::new)).add(new IntVector("label", Y));
  }
}
