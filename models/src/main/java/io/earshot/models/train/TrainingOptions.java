package io.earshot.models.train;

import io.earshot.models.classify.OperatingThresholds;
import java.util.Map;
import java.util.TreeMap;

/**
 * How to train; all of it goes into the manifest.
 *
 * @param name of the bundle, lower-case words
 * @param version of the bundle
 * @param command what to type to make the bundle again, without paths of this machine
 * @param seed of the split, the resampling and the fit
 * @param trees boosting rounds, and trees of the forest
 * @param depth largest depth of a boosted tree
 * @param minLeaf smallest number of rows in a leaf
 * @param shrinkage learning rate of boosting
 * @param subsample share of rows each boosted tree sees
 * @param maxRows rows the fit gets at most; more are thinned out
 * @param balance 0 keeps the classes' shares, 1 makes them equal
 * @param folds of the comparison; below 2 there is no comparison and boosting is taken
 * @param comparisonRows rows each fit of the comparison gets at most
 * @param grouping what must not be on two sides of a split
 * @param thresholds of the shipped model
 */
public record TrainingOptions(
    String name,
    String version,
    String command,
    long seed,
    int trees,
    int depth,
    int minLeaf,
    double shrinkage,
    double subsample,
    int maxRows,
    double balance,
    int folds,
    int comparisonRows,
    Grouping grouping,
    OperatingThresholds thresholds) {

  public TrainingOptions {
    require(trees > 0 && trees <= 5000, "trees must be from 1 to 5000");
    require(depth > 0 && depth <= 16, "depth must be from 1 to 16");
    require(minLeaf > 0, "min_leaf must be above 0");
    require(shrinkage > 0.0 && shrinkage <= 1.0, "shrinkage must be above 0, at most 1");
    require(subsample > 0.0 && subsample <= 1.0, "subsample must be above 0, at most 1");
    require(maxRows > 0 && comparisonRows > 0, "rows must be above 0");
    require(balance >= 0.0 && balance <= 1.0, "balance must be from 0 to 1");
  }

  /** What the shipped bundle is made with. */
  public static TrainingOptions standard(String name, String version, String command, long seed) {
    return new TrainingOptions(
        name,
        version,
        command,
        seed,
        200,
        4,
        20,
        0.08,
        0.5,
        60_000,
        0.0,
        4,
        8_000,
        Grouping.SESSION_AND_LINK,
        OperatingThresholds.standard());
  }

  /** The same for a model that is fitted only to be judged: less effort, no comparison. */
  public TrainingOptions forJudging(int fewerTrees, int fewerRows) {
    return new TrainingOptions(
        name,
        version,
        command,
        seed,
        fewerTrees,
        depth,
        minLeaf,
        shrinkage,
        subsample,
        fewerRows,
        balance,
        0,
        fewerRows,
        grouping,
        thresholds);
  }

  /** The settings of the fit by name. */
  Map<String, String> settings() {
    Map<String, String> map = new TreeMap<>();
    map.put("trees", Integer.toString(trees));
    map.put("depth", Integer.toString(depth));
    map.put("min_leaf", Integer.toString(minLeaf));
    map.put("shrinkage", Double.toString(shrinkage));
    map.put("subsample", Double.toString(subsample));
    map.put("max_rows", Integer.toString(maxRows));
    map.put("balance", Double.toString(balance));
    map.put("grouping", grouping == Grouping.SESSION ? "session" : "session and link");
    return map;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
