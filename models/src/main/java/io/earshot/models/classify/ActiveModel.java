package io.earshot.models.classify;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The model that a running sensor asks, and its exchange while the sensor runs.
 *
 * <p>Another bundle takes over as a whole or not at all: it is loaded, checked and tried beside the
 * active one, and only then put in its place with one write, so that a window is judged by the one
 * or the other and never by a mixture. Where anything fails, the active model stays. The one before
 * is kept, for {@link #rollBack}.
 *
 * <p>Any thread may ask for the current model; {@link #replace} and {@link #rollBack} are for one
 * thread at a time, which they see to themselves.
 */
public final class ActiveModel {
  /** Probabilities of a model sum to 1 within this. */
  private static final double SUM_TOLERANCE = 1e-6;

  private final int explained;
  private volatile ModelBundle current;
  private @Nullable ModelBundle before;

  /** A model whose verdicts are not explained. */
  public ActiveModel(ModelBundle first) {
    this(first, 0);
  }

  /**
   * Starts with this model.
   *
   * @param explained how many features explain a verdict, 0 for none; an explanation costs more
   *     than twenty verdicts
   */
  public ActiveModel(ModelBundle first, int explained) {
    if (explained < 0) {
      throw new IllegalArgumentException("features that explain a verdict: " + explained);
    }
    current = first;
    this.explained = explained;
  }

  /** What became of an exchange. */
  public sealed interface Exchange {
    /** The model that is active now. */
    ModelIdentity active();

    /** The other model took over. */
    record Done(ModelIdentity active, ModelIdentity before) implements Exchange {}

    /**
     * The active model stays.
     *
     * @param reason one line for the operator
     */
    record Refused(ModelIdentity active, String reason) implements Exchange {}
  }

  /** The model to judge the next window with. */
  public ModelBundle current() {
    return current;
  }

  /** How many features explain a verdict, 0 for none. */
  public int explained() {
    return explained;
  }

  /** Loads the bundle in this folder and lets it take over; the active model stays otherwise. */
  public synchronized Exchange replace(Path dir) {
    ModelBundle active = current;
    ModelBundle next;
    try {
      next = ModelBundle.load(dir);
    } catch (ModelBundleException e) {
      return refused(Objects.requireNonNullElse(e.getMessage(), e.toString()));
    }
    String fault = trial(next);
    if (fault != null) {
      return refused("model bundle " + dir + ": " + fault + "; train the model again");
    }
    before = active;
    current = next;
    return new Exchange.Done(next.manifest().identity(), active.manifest().identity());
  }

  /** Puts the model before the last exchange back in its place. */
  public synchronized Exchange rollBack() {
    ModelBundle active = current;
    ModelBundle back = before;
    if (back == null) {
      return refused("there is no model before " + active.manifest().identity());
    }
    before = active;
    current = back;
    return new Exchange.Done(back.manifest().identity(), active.manifest().identity());
  }

  private Exchange.Refused refused(String reason) {
    return new Exchange.Refused(current.manifest().identity(), reason);
  }

  /** What is wrong with its answers on the quantiles of its own training data; null if nothing. */
  static @Nullable String trial(ModelBundle bundle) {
    List<FeatureRange> ranges = bundle.manifest().ranges();
    for (int quantile = 0; quantile < FeatureRange.QUANTILES; quantile++) {
      double[] features = new double[ranges.size()];
      for (int i = 0; i < features.length; i++) {
        features[i] = ranges.get(i).quantiles().get(quantile);
      }
      double sum = 0.0;
      for (double probability : bundle.classifier().probabilities(features)) {
        sum += probability >= 0.0 ? probability : Double.NaN;
      }
      if (!(Math.abs(sum - 1.0) <= SUM_TOLERANCE)) {
        return "its probabilities sum to " + sum + " on its own training data";
      }
    }
    return null;
  }
}
