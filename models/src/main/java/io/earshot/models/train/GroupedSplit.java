package io.earshot.models.train;

import io.earshot.models.QualityClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Splits windows so that no session and no link is on two sides.
 *
 * <p>Windows that share a session or a link are one group, and so are windows that are joined by a
 * chain of such (a session that changes its link joins both links). Groups go to a side as a whole,
 * in the order of a hash of the seed and their name, the side that is furthest from its share
 * first. Depends on nothing but the windows and the seed.
 */
public final class GroupedSplit {
  /** Orders of groups that are tried until the training part has every class. */
  private static final int TRIES = 64;

  private static final double TEST_SHARE = 0.20;
  private static final double CALIBRATION_SHARE = 0.15;

  private GroupedSplit() {}

  /**
   * Windows to fit on, to calibrate on, and to measure on.
   *
   * @param groups independent groups that were found
   */
  public record Parts(
      List<LabelledWindow> train,
      List<LabelledWindow> calibration,
      List<LabelledWindow> test,
      int groups) {
    public Parts {
      train = List.copyOf(train);
      calibration = List.copyOf(calibration);
      test = List.copyOf(test);
    }
  }

  /**
   * About 65 % to fit, 15 % to calibrate, 20 % to measure.
   *
   * @throws IllegalArgumentException if there are fewer than three groups, or if no order of them
   *     gives the training part every class
   */
  public static Parts split(List<LabelledWindow> windows, Grouping grouping, long seed) {
    Set<QualityClass> classes = classes(windows);
    double[] shares = {1.0 - TEST_SHARE - CALIBRATION_SHARE, CALIBRATION_SHARE, TEST_SHARE};
    for (int salt = 0; salt < TRIES; salt++) {
      List<List<LabelledWindow>> groups = groups(windows, grouping, mix(seed + salt));
      if (groups.size() < 3) {
        throw new IllegalArgumentException(
            "the data falls into "
                + groups.size()
                + " independent groups of sessions and links, three are needed"
                + (grouping == Grouping.SESSION_AND_LINK
                    ? ": give more links, or group by session alone"
                    : ": give more sessions"));
      }
      List<List<LabelledWindow>> sides = distribute(groups, shares);
      if (classes(sides.get(0)).containsAll(classes) && sides.stream().noneMatch(List::isEmpty)) {
        return new Parts(sides.get(0), sides.get(1), sides.get(2), groups.size());
      }
    }
    throw new IllegalArgumentException(
        "some class is heard on too few links or sessions to be both learned and tested: give more"
            + " of each of "
            + classes);
  }

  /** The same windows in so many folds of about equal weight; fewer where there are not enough. */
  public static List<List<LabelledWindow>> folds(
      List<LabelledWindow> windows, Grouping grouping, int count, long seed) {
    List<List<LabelledWindow>> groups = groups(windows, grouping, mix(seed));
    double[] shares = new double[Math.max(1, Math.min(count, groups.size()))];
    Arrays.fill(shares, 1.0 / shares.length);
    return distribute(groups, shares);
  }

  private static Set<QualityClass> classes(List<LabelledWindow> windows) {
    Set<QualityClass> classes = EnumSet.noneOf(QualityClass.class);
    windows.forEach(window -> classes.add(window.label()));
    return classes;
  }

  private static List<List<LabelledWindow>> distribute(
      List<List<LabelledWindow>> groups, double[] shares) {
    List<List<LabelledWindow>> sides = new ArrayList<>();
    for (int i = 0; i < shares.length; i++) {
      sides.add(new ArrayList<>());
    }
    double[] filled = new double[shares.length];
    for (List<LabelledWindow> group : groups) {
      int neediest = 0;
      for (int i = 1; i < shares.length; i++) {
        if (filled[i] / shares[i] < filled[neediest] / shares[neediest]) {
          neediest = i;
        }
      }
      sides.get(neediest).addAll(group);
      for (LabelledWindow window : group) {
        filled[neediest] += window.weight();
      }
    }
    return sides;
  }

  private static List<List<LabelledWindow>> groups(
      List<LabelledWindow> windows, Grouping grouping, long seed) {
    Map<String, String> parents = new HashMap<>();
    for (LabelledWindow window : windows) {
      String session = root(parents, "session " + window.session());
      if (grouping == Grouping.SESSION_AND_LINK) {
        String link = root(parents, "link " + window.link());
        if (!session.equals(link)) {
          // The smaller name stays, so that a group's name does not depend on the order of rows.
          boolean linkFirst = link.compareTo(session) < 0;
          parents.put(linkFirst ? session : link, linkFirst ? link : session);
        }
      }
    }
    Map<String, List<LabelledWindow>> groups = new LinkedHashMap<>();
    for (LabelledWindow window : windows) {
      String root = root(parents, "session " + window.session());
      groups.computeIfAbsent(root, _ -> new ArrayList<>()).add(window);
    }
    return groups.entrySet().stream()
        .sorted(
            Comparator.comparingLong((Map.Entry<String, ?> e) -> hash(e.getKey(), seed))
                .thenComparing(Map.Entry::getKey))
        .map(Map.Entry::getValue)
        .toList();
  }

  private static String root(Map<String, String> parents, String key) {
    String at = key;
    String parent = parents.computeIfAbsent(at, k -> k);
    while (!parent.equals(at)) {
      at = parent;
      parent = parents.getOrDefault(at, at);
    }
    parents.put(key, at);
    return at;
  }

  private static long hash(String name, long seed) {
    long h = seed;
    for (int i = 0; i < name.length(); i++) {
      h = mix(h ^ name.charAt(i));
    }
    return h;
  }

  /** Finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
