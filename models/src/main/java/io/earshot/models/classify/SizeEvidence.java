package io.earshot.models.classify;

import io.earshot.models.QualityClass;
import java.util.List;

/**
 * What the sizes of a stream's objects alone say about each class, read from the features that hold
 * the posterior of the bitrates.
 *
 * <p>A class stands for the bitrates that a client fetches for it (wire notes, section 3). Several
 * classes can share one: 96 kbit/s is {@code low} and {@code normal} on a desktop. Immutable; any
 * thread may ask.
 */
public final class SizeEvidence {
  /** Less than this is not believed: a size can have causes that no hypothesis knows. */
  private static final double LEAST = 0.01;

  private final int[][] columns;

  /**
   * Where a model has no such features, the evidence says nothing.
   *
   * @param features names of the model's columns
   * @param classes whose evidence is asked for, in their order
   */
  public SizeEvidence(List<String> features, List<QualityClass> classes) {
    columns = new int[classes.size()][];
    for (int k = 0; k < columns.length; k++) {
      columns[k] =
          kbps(classes.get(k)).stream()
              .mapToInt(rate -> features.indexOf("posterior_" + rate + "_log2"))
              .filter(column -> column >= 0)
              .toArray();
    }
  }

  private static List<Integer> kbps(QualityClass quality) {
    return switch (quality) {
      case LOW -> List.of(24, 96);
      case NORMAL -> List.of(96, 128);
      case HIGH -> List.of(128, 160);
      case VERY_HIGH -> List.of(256, 320);
      case LOSSLESS -> List.of(1000);
    };
  }

  /**
   * Natural logarithm of each class's share of the posterior, at least that of one in a hundred.
   */
  public double[] of(double[] features) {
    double[] evidence = new double[columns.length];
    for (int k = 0; k < evidence.length; k++) {
      double sum = 0.0;
      for (int column : columns[k]) {
        sum += Math.pow(2.0, features[column]);
      }
      evidence[k] = Math.log(Math.max(sum, LEAST));
    }
    return evidence;
  }

  /** The column that says most for a class; -1 where none does. */
  int strongest(double[] features, int quality) {
    int best = -1;
    for (int column : columns[quality]) {
      if (best < 0 || features[column] > features[best]) {
        best = column;
      }
    }
    return best;
  }
}
