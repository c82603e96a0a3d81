package io.earshot.models.train;

import io.earshot.models.QualityClass;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Turns weighted windows of uneven classes into a list of rows that count the same.
 *
 * <p>Smile's boosting knows no weights. Each class gets a quota of rows; within the class the rows
 * are drawn systematically along their weights, so that each occurs as often as its weight says,
 * rounded up or down.
 */
final class Resampling {
  /** A row is repeated at most about this often to lift a rare class. */
  private static final int MAX_REPEAT = 4;

  private Resampling() {}

  /**
   * Rows in a random order that depends on the seed only.
   *
   * @param balance 0 keeps the classes' shares of the weight, 1 makes them equal
   */
  static List<LabelledWindow> rows(
      List<LabelledWindow> windows, int maxRows, double balance, long seed) {
    Map<QualityClass, List<LabelledWindow>> byClass = new EnumMap<>(QualityClass.class);
    for (LabelledWindow window : windows) {
      byClass.computeIfAbsent(window.label(), _ -> new ArrayList<>()).add(window);
    }
    Map<QualityClass, Double> shares = shares(windows, balance);
    SplittableRandom random = new SplittableRandom(seed);
    int rows = Math.min(maxRows, windows.size());
    List<LabelledWindow> result = new ArrayList<>(rows);
    byClass.forEach(
        (label, members) -> {
          double share = shares.getOrDefault(label, 0.0);
          long quota = Math.round(rows * share);
          draw(members, Math.min(Math.max(1, quota), (long) MAX_REPEAT * members.size()), random)
              .forEach(result::add);
        });
    shuffle(result, random);
    return result;
  }

  /** The share of each class after balancing; they sum to 1. */
  static Map<QualityClass, Double> shares(List<LabelledWindow> windows, double balance) {
    Map<QualityClass, Double> shares = new EnumMap<>(QualityClass.class);
    for (LabelledWindow window : windows) {
      shares.merge(window.label(), window.weight(), Double::sum);
    }
    shares.replaceAll((_, weight) -> Math.pow(weight, 1.0 - balance));
    double sum = shares.values().stream().mapToDouble(Double::doubleValue).sum();
    shares.replaceAll((_, share) -> share / sum);
    return shares;
  }

  /** A weight per window that gives each class its balanced share. */
  static double[] weights(List<LabelledWindow> windows, double balance) {
    Map<QualityClass, Double> natural = shares(windows, 0.0);
    Map<QualityClass, Double> wanted = shares(windows, balance);
    return windows.stream()
        .mapToDouble(
            w ->
                w.weight()
                    * wanted.getOrDefault(w.label(), 0.0)
                    / natural.getOrDefault(w.label(), 1.0))
        .toArray();
  }

  private static List<LabelledWindow> draw(
      List<LabelledWindow> members, long count, SplittableRandom random) {
    double total = 0.0;
    for (LabelledWindow member : members) {
      total += member.weight();
    }
    double step = total / count;
    double next = random.nextDouble() * step;
    double passed = 0.0;
    List<LabelledWindow> drawn = new ArrayList<>();
    for (LabelledWindow member : members) {
      passed += member.weight();
      while (next < passed && drawn.size() < count) {
        drawn.add(member);
        next += step;
      }
    }
    return drawn;
  }

  private static void shuffle(List<LabelledWindow> rows, SplittableRandom random) {
    for (int i = rows.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      LabelledWindow swapped = rows.get(i);
      rows.set(i, rows.get(j));
      rows.set(j, swapped);
    }
  }
}
