package io.earshot.models.train;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.SmileModel;
import io.earshot.models.feature.FeatureSchema;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import smile.classification.GradientTreeBoost;
import smile.classification.LogisticRegression;
import smile.classification.RandomForest;
import smile.data.DataFrame;
import smile.data.formula.Formula;
import smile.data.vector.IntVector;
import smile.math.MathEx;
import smile.model.cart.SplitRule;

/** The learners that are compared. */
enum Candidate {
  GRADIENT_BOOSTING("gradient boosting"),
  RANDOM_FOREST("random forest"),
  LOGISTIC("logistic regression");

  private static final String LABEL = "label__";
  private static final int FOREST_DEPTH = 24;
  private static final double LOGISTIC_LAMBDA = 1.0;
  private static final double LOGISTIC_TOLERANCE = 1e-4;
  private static final int LOGISTIC_ITERATIONS = 200;

  /** Standardised values are cut here: a linear model must not follow one wild value. */
  private static final double LOGISTIC_CLIP = 8.0;

  private final String title;

  Candidate(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /** A fitted learner. */
  interface Fitted {
    /** Raw probabilities over the classes it was fitted with. */
    double[] probabilities(double[] features);
  }

  /** Fits on rows that count the same; classes are taken in the order given, all must occur. */
  Fitted fit(
      List<LabelledWindow> rows,
      List<QualityClass> classes,
      FeatureSchema schema,
      TrainingOptions options) {
    double[][] x = rows.stream().map(LabelledWindow::features).toArray(double[][]::new);
    int[] y = rows.stream().mapToInt(row -> classes.indexOf(row.label())).toArray();
    return switch (this) {
      case LOGISTIC -> logistic(x, y);
      case GRADIENT_BOOSTING, RANDOM_FOREST -> {
        SmileModel model = trees(x, y, schema, options);
        yield model::probabilities;
      }
    };
  }

  /** Fits one of the two that can be shipped. */
  SmileModel trees(double[][] x, int[] y, FeatureSchema schema, TrainingOptions options) {
    DataFrame frame =
        DataFrame.of(x, schema.names().toArray(String[]::new)).add(new IntVector(LABEL, y));
    Formula formula = Formula.lhs(LABEL);
    // Smile draws from a generator of the calling thread.
    MathEx.setSeed(options.seed());
    if (this == GRADIENT_BOOSTING) {
      return SmileModel.of(
          GradientTreeBoost.fit(
              formula,
              frame,
              new GradientTreeBoost.Options(
                  options.trees(),
                  options.depth(),
                  1 << options.depth(),
                  options.minLeaf(),
                  options.shrinkage(),
                  options.subsample(),
                  null,
                  null)));
    }
    long[] seeds = new SplittableRandom(options.seed()).longs(options.trees()).toArray();
    int perSplit = Math.max(1, (int) Math.round(Math.sqrt(schema.size())));
    return SmileModel.of(
        RandomForest.fit(
            formula,
            frame,
            new RandomForest.Options(
                options.trees(),
                perSplit,
                SplitRule.GINI,
                FOREST_DEPTH,
                Math.max(2, y.length / 2),
                Math.max(2, options.minLeaf() / 2),
                1.0,
                null,
                seeds,
                null)));
  }

  private static Fitted logistic(double[][] x, int[] y) {
    int columns = x[0].length;
    double[] mean = new double[columns];
    double[] scale = new double[columns];
    for (int j = 0; j < columns; j++) {
      double sum = 0.0;
      for (double[] row : x) {
        sum += row[j];
      }
      mean[j] = sum / x.length;
      double squares = 0.0;
      for (double[] row : x) {
        squares += (row[j] - mean[j]) * (row[j] - mean[j]);
      }
      double deviation = Math.sqrt(squares / x.length);
      scale[j] = deviation > 0.0 ? 1.0 / deviation : 0.0;
    }
    double[][] standard =
        Arrays.stream(x).map(row -> standardise(row, mean, scale)).toArray(double[][]::new);
    LogisticRegression.Multinomial model =
        LogisticRegression.multinomial(
            standard,
            y,
            new LogisticRegression.Options(
                LOGISTIC_LAMBDA, LOGISTIC_TOLERANCE, LOGISTIC_ITERATIONS));
    int classes = model.numClasses();
    return features -> {
      double[] result = new double[classes];
      model.predict(standardise(features, mean, scale), result);
      return result;
    };
  }

  private static double[] standardise(double[] row, double[] mean, double[] scale) {
    double[] result = new double[row.length];
    for (int j = 0; j < row.length; j++) {
      result[j] = Math.clamp((row[j] - mean[j]) * scale[j], -LOGISTIC_CLIP, LOGISTIC_CLIP);
    }
    return result;
  }
}
