package io.earshot.models.classify;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The majority of a stream's window verdicts, each weighted by its duration.
 *
 * <p>Unknown windows count only if there is no other; then the reason with the most time wins. Ties
 * go to the worse class. Confidence and probabilities are means over the windows that carry the
 * winning label, weighted by duration. Owner: one thread.
 */
public final class MajorityVerdict {
  private final Map<QualityClass, Tally> labels = new EnumMap<>(QualityClass.class);
  private final Map<UnknownReason, Double> reasons = new EnumMap<>(UnknownReason.class);

  /** Counts a window of this duration; one of 0 s counts nothing. */
  public void add(Verdict verdict, double durationSeconds) {
    if (!(durationSeconds >= 0.0)) {
      throw new IllegalArgumentException("a window lasts 0 s or more, not " + durationSeconds);
    }
    if (durationSeconds == 0.0) {
      return;
    }
    if (verdict.label() != null) {
      labels.computeIfAbsent(verdict.label(), _ -> new Tally()).add(verdict, durationSeconds);
    } else if (verdict.unknownReason() != null) {
      reasons.merge(verdict.unknownReason(), durationSeconds, Double::sum);
    }
  }

  /** The majority so far; no audio where nothing was counted. */
  public Verdict current() {
    QualityClass best = null;
    Tally most = new Tally();
    for (Map.Entry<QualityClass, Tally> entry : labels.entrySet()) {
      if (entry.getValue().seconds > most.seconds) {
        best = entry.getKey();
        most = entry.getValue();
      }
    }
    if (best != null) {
      double seconds = most.seconds;
      List<Double> mean = new ArrayList<>(most.probabilities.length);
      for (double sum : most.probabilities) {
        mean.add(sum / seconds);
      }
      return new Verdict(best, Math.min(1.0, most.confidence / seconds), mean, null);
    }
    return Verdict.unknown(
        reasons.entrySet().stream()
            .max(Map.Entry.comparingByValue())
            .map(Map.Entry::getKey)
            .orElse(UnknownReason.NO_AUDIO));
  }

  private static final class Tally {
    private final double[] probabilities = new double[QualityClass.values().length];
    private double seconds;
    private double confidence;

    void add(Verdict verdict, double duration) {
      seconds += duration;
      confidence += duration * verdict.confidence();
      List<Double> all = verdict.probabilities();
      for (int i = 0; i < all.size(); i++) {
        probabilities[i] += duration * all.get(i);
      }
    }
  }
}
