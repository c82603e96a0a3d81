package io.earshot.models.train;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Weights by true and by given label, and the ratios that follow from them. */
final class Confusion {
  private static final List<String> LABELS = labels();

  private final double[][] cells = new double[LABELS.size()][LABELS.size()];

  private static List<String> labels() {
    List<String> labels = new ArrayList<>();
    for (QualityClass quality : QualityClass.values()) {
      labels.add(quality.label());
    }
    labels.add(Evaluation.UNKNOWN);
    return List.copyOf(labels);
  }

  void add(String truth, String given, double weight) {
    cells[LABELS.indexOf(truth)][LABELS.indexOf(given)] += weight;
  }

  double at(String truth, String given) {
    return cells[LABELS.indexOf(truth)][LABELS.indexOf(given)];
  }

  double row(String truth) {
    double sum = 0.0;
    for (String given : LABELS) {
      sum += at(truth, given);
    }
    return sum;
  }

  double column(String given) {
    double sum = 0.0;
    for (String truth : LABELS) {
      sum += at(truth, given);
    }
    return sum;
  }

  double total() {
    return LABELS.stream().mapToDouble(this::row).sum();
  }

  double accuracy() {
    return Evaluation.ratio(right(), known());
  }

  double coverage() {
    return Evaluation.ratio(answered(), known());
  }

  double answeredAccuracy() {
    return Evaluation.ratio(right(), answered());
  }

  /** Mean F1 over the classes that truly occur. */
  double macroF1() {
    return perClass().values().stream()
        .filter(c -> c.support() > 0.0)
        .mapToDouble(ModelMetrics.PerClass::f1)
        .average()
        .orElse(0.0);
  }

  /** The classes that truly occur or were given. */
  Map<String, ModelMetrics.PerClass> perClass() {
    Map<String, ModelMetrics.PerClass> result = new TreeMap<>();
    for (QualityClass quality : QualityClass.values()) {
      String label = quality.label();
      double support = row(label);
      double given = column(label);
      if (support > 0.0 || given > 0.0) {
        double right = at(label, label);
        result.put(
            label,
            new ModelMetrics.PerClass(
                Evaluation.ratio(right, given),
                Evaluation.ratio(right, support),
                Evaluation.ratio(2.0 * right, support + given),
                support));
      }
    }
    return result;
  }

  Map<String, Map<String, Double>> table() {
    Map<String, Map<String, Double>> table = new LinkedHashMap<>();
    for (String truth : LABELS) {
      Map<String, Double> row = new LinkedHashMap<>();
      LABELS.forEach(given -> row.put(given, at(truth, given)));
      table.put(truth, row);
    }
    return table;
  }

  private double right() {
    double sum = 0.0;
    for (QualityClass quality : QualityClass.values()) {
      sum += at(quality.label(), quality.label());
    }
    return sum;
  }

  private double known() {
    return total() - row(Evaluation.UNKNOWN);
  }

  private double answered() {
    double unanswered = column(Evaluation.UNKNOWN) - at(Evaluation.UNKNOWN, Evaluation.UNKNOWN);
    return known() - unanswered;
  }
}
