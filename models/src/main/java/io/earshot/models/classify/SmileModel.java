package io.earshot.models.classify;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import smile.classification.DataFrameClassifier;
import smile.classification.DecisionTree;
import smile.classification.GradientTreeBoost;
import smile.classification.RandomForest;
import smile.data.Tuple;
import smile.model.cart.DecisionNode;
import smile.model.cart.LeafNode;
import smile.model.cart.Node;
import smile.model.cart.OrdinalNode;
import smile.model.cart.RegressionNode;
import smile.regression.RegressionTree;
import smile.validation.ClassificationMetrics;

/**
 * A fitted Smile model behind one method: raw probabilities of a vector.
 *
 * <p>Gradient boosting is evaluated over flattened trees in place of Smile's own {@code predict}.
 * Immutable; any thread may ask.
 */
public final class SmileModel {
  /** Version of Smile whose classes are serialised; a test holds it against the library's own. */
  public static final String SMILE_VERSION = "6.3.0";

  public static final String GRADIENT_BOOSTING = "gradient_boosting";
  public static final String RANDOM_FOREST = "random_forest";

  private final DataFrameClassifier model;
  private final int classes;
  private final @Nullable FlatTrees flat;

  private SmileModel(DataFrameClassifier model, @Nullable FlatTrees flat) {
    this.model = model;
    this.flat = flat;
    classes = model.numClasses();
  }

  /** Takes a fitted model over at least three classes. */
  public static SmileModel of(GradientTreeBoost model) {
    if (model.numClasses() < 3) {
      throw new IllegalArgumentException("gradient boosting needs three classes or more");
    }
    for (RegressionTree[] ofClass : model.trees()) {
      for (RegressionTree tree : ofClass) {
        checkTree(tree.root(), model.schema().length(), RegressionNode.class);
      }
    }
    return new SmileModel(model, new FlatTrees(model));
  }

  /** Takes a fitted model; how long its fit took is taken out, it would change the bytes. */
  public static SmileModel of(RandomForest model) {
    RandomForest.Model[] trees =
        Arrays.stream(model.models())
            .map(m -> new RandomForest.Model(m.tree(), timeless(m.metrics()), m.weight()))
            .toArray(RandomForest.Model[]::new);
    RandomForest timeless =
        new RandomForest(
            model.formula(),
            model.numClasses(),
            trees,
            timeless(model.metrics()),
            model.importance());
    return ofForest(timeless);
  }

  private static SmileModel ofForest(RandomForest forest) {
    for (DecisionTree tree : forest.trees()) {
      checkTree(tree.root(), forest.schema().length(), DecisionNode.class);
    }
    return new SmileModel(forest, null);
  }

  /** {@code gradient_boosting} or {@code random_forest}. */
  public String algorithm() {
    return flat != null ? GRADIENT_BOOSTING : RANDOM_FOREST;
  }

  public int classCount() {
    return classes;
  }

  /** The input columns in order. */
  public List<String> features() {
    return List.of(model.schema().names());
  }

  /** How much each input column served the splits, in their order; the unit is Smile's. */
  public double[] importance() {
    return model instanceof GradientTreeBoost boosted
        ? boosted.importance()
        : ((RandomForest) model).importance();
  }

  /** Raw probabilities over the classes; they sum to 1. */
  public double[] probabilities(double[] features) {
    double[] result = new double[classes];
    if (flat == null) {
      model.predict(Tuple.of(model.schema(), features), result);
      return result;
    }
    flat.scores(features, result);
    double largest = Double.NEGATIVE_INFINITY;
    for (double score : result) {
      largest = Math.max(largest, score);
    }
    double sum = 0.0;
    for (int k = 0; k < classes; k++) {
      result[k] = Math.exp(result[k] - largest);
      sum += result[k];
    }
    for (int k = 0; k < classes; k++) {
      result[k] /= sum;
    }
    return result;
  }

  /**
   * SHAP values (Lundberg et al., Consistent Individualized Feature Attribution for Tree Ensembles,
   * 2018, path-dependent): per class and column, how far the column moves the class's raw score (of
   * boosting) or share of votes (of a forest) from its mean over the training rows.
   */
  public double[][] contributions(double[] features) {
    Tuple row = Tuple.of(model.schema(), features);
    double[] values;
    double scale;
    if (model instanceof GradientTreeBoost boosted) {
      values = boosted.shap(row);
      // Smile averages over the trees of a class and leaves the learning rate out
      scale = flat == null ? 1.0 : flat.scale();
    } else {
      values = ((RandomForest) model).shap(row);
      scale = 1.0;
    }
    double[][] byClass = new double[classes][features.length];
    for (int j = 0; j < features.length; j++) {
      for (int k = 0; k < classes; k++) {
        byClass[k][j] = scale * values[j * classes + k];
      }
    }
    return byClass;
  }

  /** The bytes of {@code model.bin}: the same model gives the same bytes. */
  public byte[] serialise() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(model);
    } catch (IOException e) {
      throw new IllegalStateException("a fitted model is always serialisable", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads {@code model.bin}; no class outside the allow-list is ever loaded.
   *
   * @throws ModelBundleException with one line that starts with {@code where}
   */
  static SmileModel deserialise(byte[] bytes, String where) throws ModelBundleException {
    ModelFilter filter = new ModelFilter();
    Object model;
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      in.setObjectInputFilter(filter);
      model = in.readObject();
    } catch (IOException | ClassNotFoundException | RuntimeException e) {
      throw new ModelBundleException(
          where
              + ": model.bin: expected a serialised model of Smile "
              + SMILE_VERSION
              + ", found "
              + filter.refusal().orElse("bytes that cannot be read (" + reason(e) + ")")
              + "; do not use this bundle, get it again from a source you trust",
          e);
    }
    try {
      return switch (model) {
        case GradientTreeBoost boosted -> of(boosted);
        case RandomForest forest -> ofForest(forest);
        case null, default ->
            throw ModelBundleException.mismatch(
                where,
                "model.bin",
                "gradient boosting or a random forest",
                model == null ? "nothing" : model.getClass().getName(),
                "train the model again");
      };
    } catch (RuntimeException e) {
      throw new ModelBundleException(
          where + ": model.bin: expected a whole model, found " + reason(e) + "; train it again",
          e);
    }
  }

  private static String reason(Exception e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message.lines().findFirst().orElse("");
  }

  /**
   * A forged file may hold a tree that is its own branch or reads beyond the vector.
   *
   * @throws IllegalArgumentException if some path is not a path to a leaf of this kind
   */
  private static void checkTree(Node root, int columns, Class<? extends LeafNode> leaf) {
    Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Node> open = new ArrayDeque<>();
    open.push(root);
    while (!open.isEmpty()) {
      Node node = open.pop();
      if (!seen.add(node)) {
        throw new IllegalArgumentException("a branch that is reached twice");
      }
      if (node instanceof OrdinalNode inner) {
        if (inner.feature() < 0 || inner.feature() >= columns) {
          throw new IllegalArgumentException("a split on column " + inner.feature());
        }
        open.push(inner.trueChild());
        open.push(inner.falseChild());
      } else if (!leaf.isInstance(node)) {
        throw new IllegalArgumentException("a branch without a leaf");
      }
    }
  }

  private static ClassificationMetrics timeless(ClassificationMetrics m) {
    return new ClassificationMetrics(
        0.0,
        0.0,
        m.size(),
        m.error(),
        m.accuracy(),
        m.sensitivity(),
        m.specificity(),
        m.precision(),
        m.f1(),
        m.mcc(),
        m.auc(),
        m.logloss(),
        m.crossEntropy());
  }
}
