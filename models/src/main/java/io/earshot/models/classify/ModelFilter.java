package io.earshot.models.classify;

import java.io.ObjectInputFilter;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets through exactly the classes a serialised Smile model consists of, within limits.
 *
 * <p>One use each: remembers the first thing it refused.
 */
final class ModelFilter implements ObjectInputFilter {
  static final long MAX_BYTES = 128L << 20;
  private static final long MAX_REFERENCES = 20_000_000;
  private static final long MAX_DEPTH = 200;
  private static final long MAX_ARRAY = 1_000_000;

  private static final Set<String> ALLOWED =
      Set.of(
          "java.lang.Enum",
          "java.lang.Integer",
          "java.lang.Number",
          "java.lang.Object",
          "java.util.ArrayList",
          "java.util.HashMap",
          "java.util.Map$Entry",
          "smile.classification.AbstractClassifier",
          "smile.classification.DecisionTree",
          "smile.classification.GradientTreeBoost",
          "smile.classification.RandomForest",
          "smile.classification.RandomForest$Model",
          "smile.data.formula.Formula",
          "smile.data.formula.Term",
          "smile.data.formula.Variable",
          "smile.data.type.DataType$ID",
          "smile.data.type.DoubleType",
          "smile.data.type.IntType",
          "smile.data.type.PrimitiveType",
          "smile.data.type.StructField",
          "smile.data.type.StructType",
          "smile.model.cart.CART",
          "smile.model.cart.DecisionNode",
          "smile.model.cart.InternalNode",
          "smile.model.cart.LeafNode",
          "smile.model.cart.OrdinalNode",
          "smile.model.cart.RegressionNode",
          "smile.model.cart.SplitRule",
          "smile.regression.RegressionTree",
          "smile.util.IntSet",
          "smile.validation.ClassificationMetrics");

  private @Nullable String refused;

  @Override
  public Status checkInput(FilterInfo info) {
    if (info.streamBytes() > MAX_BYTES) {
      return refuse("more than " + MAX_BYTES + " bytes");
    }
    if (info.references() > MAX_REFERENCES) {
      return refuse("more than " + MAX_REFERENCES + " objects");
    }
    if (info.depth() > MAX_DEPTH) {
      return refuse("objects nested more than " + MAX_DEPTH + " deep");
    }
    if (info.arrayLength() > MAX_ARRAY) {
      return refuse("an array of " + info.arrayLength() + " elements");
    }
    Class<?> type = info.serialClass();
    if (type == null) {
      return Status.UNDECIDED;
    }
    while (type.isArray()) {
      type = type.getComponentType();
    }
    if (type.isPrimitive() || ALLOWED.contains(type.getName())) {
      return Status.ALLOWED;
    }
    return refuse("the class " + type.getName() + ", which no model contains");
  }

  Optional<String> refusal() {
    return Optional.ofNullable(refused);
  }

  private Status refuse(String what) {
    if (refused == null) {
      refused = what;
    }
    return Status.REJECTED;
  }
}
