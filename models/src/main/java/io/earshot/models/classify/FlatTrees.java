package io.earshot.models.classify;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import smile.classification.GradientTreeBoost;
import smile.data.Tuple;
import smile.data.type.StructType;
import smile.model.cart.InternalNode;
import smile.model.cart.Node;
import smile.model.cart.RegressionNode;
import smile.regression.RegressionTree;

/**
 * Boosted trees as three arrays, evaluated without a branch that could be predicted wrongly.
 *
 * <p>Smile's own {@code predict} resolves the formula, boxes every value and recurses through node
 * objects; here a step is {@code node = left[node] + (x > threshold ? 1 : 0)}. A leaf points to
 * itself and its threshold is infinite, so every walk of a tree may take as many steps as its
 * deepest leaf. The sums are Smile's to the last bit. Immutable.
 */
final class FlatTrees {
  private final int[] column;
  private final double[] threshold;
  private final int[] left;
  private final double[] output;

  /** Per class, per tree: where it starts. */
  private final int[][] starts;

  private final int[][] depths;
  private final double shrinkage;

  /**
   * Flattens a fitted model whose trees have been checked.
   *
   * @throws IllegalArgumentException if its trees tell no class from another
   */
  FlatTrees(GradientTreeBoost model) {
    RegressionTree[][] trees = model.trees();
    int nodes = 0;
    for (RegressionTree[] ofClass : trees) {
      for (RegressionTree tree : ofClass) {
        nodes += count(tree.root());
      }
    }
    column = new int[nodes];
    threshold = new double[nodes];
    left = new int[nodes];
    output = new double[nodes];
    starts = new int[trees.length][];
    depths = new int[trees.length][];
    Cell cell = new Cell(model.schema());
    int next = 0;
    for (int k = 0; k < trees.length; k++) {
      starts[k] = new int[trees[k].length];
      depths[k] = new int[trees[k].length];
      for (int t = 0; t < trees[k].length; t++) {
        Node root = trees[k][t].root();
        starts[k][t] = next;
        depths[k][t] = root.depth() - 1;
        next = flatten(root, next, cell);
      }
    }
    shrinkage = shrinkage(model);
  }

  /** Raw scores of the classes: their softmax is the distribution. */
  void scores(double[] x, double[] scores) {
    for (int k = 0; k < starts.length; k++) {
      scores[k] = shrinkage * treeSum(k, x);
    }
  }

  /** What the mean over a class's trees must be multiplied with to be its score. */
  double scale() {
    return shrinkage * starts[0].length;
  }

  private double treeSum(int k, double[] x) {
    double sum = 0.0;
    int[] roots = starts[k];
    int[] steps = depths[k];
    for (int t = 0; t < roots.length; t++) {
      int node = roots[t];
      for (int step = steps[t]; step > 0; step--) {
        node = left[node] + (x[column[node]] > threshold[node] ? 1 : 0);
      }
      sum += output[node];
    }
    return sum;
  }

  /** Breadth first, so that the two branches of a node lie side by side. */
  private int flatten(Node root, int start, Cell cell) {
    Deque<Node> open = new ArrayDeque<>();
    open.add(root);
    int reserved = start + 1;
    int at = start;
    while (!open.isEmpty()) {
      Node node = open.remove();
      if (node instanceof InternalNode inner) {
        column[at] = inner.feature();
        threshold[at] = cell.threshold(inner);
        left[at] = reserved;
        reserved += 2;
        open.add(inner.trueChild());
        open.add(inner.falseChild());
      } else {
        threshold[at] = Double.POSITIVE_INFINITY;
        left[at] = at;
        output[at] = ((RegressionNode) node).output();
      }
      at++;
    }
    return at;
  }

  private static int count(Node node) {
    return node instanceof InternalNode inner
        ? 1 + count(inner.trueChild()) + count(inner.falseChild())
        : 1;
  }

  /**
   * The learning rate, which Smile keeps to itself: the log odds of two classes are the difference
   * of their tree sums times the rate.
   */
  private double shrinkage(GradientTreeBoost model) {
    double[] posterior = new double[starts.length];
    double[] x = new double[model.schema().length()];
    for (double probe = 0.0; probe < 1e6; probe = probe * 4 + 1) {
      Arrays.fill(x, probe);
      model.predict(Tuple.of(model.schema(), x), posterior);
      double first = treeSum(0, x);
      for (int k = 1; k < starts.length; k++) {
        double difference = treeSum(k, x) - first;
        if (Math.abs(difference) > 1e-3 && posterior[k] > 1e-9 && posterior[0] > 1e-9) {
          return Math.log(posterior[k] / posterior[0]) / difference;
        }
      }
    }
    throw new IllegalArgumentException("the trees of the model tell no class from another");
  }

  /** A vector of which only one value is looked at. */
  private static final class Cell implements Tuple {
    private static final long serialVersionUID = 1L;

    private final transient StructType schema;
    private double value;

    Cell(StructType schema) {
      this.schema = schema;
    }

    /**
     * The largest value that still takes the true branch. Smile has no accessor for it; the branch
     * itself is asked, halving the range of all doubles.
     */
    double threshold(InternalNode node) {
      long low = order(Double.NEGATIVE_INFINITY);
      long high = order(Double.POSITIVE_INFINITY);
      while (low < high) {
        long middle = low + ((high - low + 1) >>> 1);
        value = unorder(middle);
        if (node.branch(this)) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      return unorder(low);
    }

    /** Doubles in ascending order as integers in ascending order. */
    private static long order(double x) {
      long bits = Double.doubleToRawLongBits(x);
      return bits >= 0 ? bits : Long.MIN_VALUE - bits;
    }

    private static double unorder(long order) {
      return Double.longBitsToDouble(order >= 0 ? order : Long.MIN_VALUE - order);
    }

    @Override
    public StructType schema() {
      return schema;
    }

    @Override
    public Object get(int i) {
      return value;
    }

    @Override
    public double getDouble(int i) {
      return value;
    }
  }
}
