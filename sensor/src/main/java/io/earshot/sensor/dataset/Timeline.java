package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A {@code timeline.csv}: what was truly playing at each second. Immutable once built. */
final class Timeline implements TruthTimeline {
  private final Map<Moment, Truth> truths;

  private Timeline(Map<Moment, Truth> truths) {
    this.truths = truths;
  }

  /** Null where the timeline says nothing. */
  @Override
  public @Nullable Truth at(String client, long nanos) {
    return truths.get(new Moment(client, Math.floorDiv(nanos, 1_000_000_000L)));
  }

  /** The class that plays with evidence for most seconds, the worse one on a tie, or null. */
  @Nullable QualityClass majority() {
    Map<QualityClass, Integer> seconds = new EnumMap<>(QualityClass.class);
    for (Truth truth : truths.values()) {
      if (truth.label() != null && truth.evidence()) {
        seconds.merge(truth.label(), 1, Integer::sum);
      }
    }
    QualityClass best = null;
    for (Map.Entry<QualityClass, Integer> entry : seconds.entrySet()) {
      if (best == null || entry.getValue() > seconds.getOrDefault(best, 0)) {
        best = entry.getKey();
      }
    }
    return best;
  }

  private record Moment(String client, long second) {}

  static final class Builder {
    private final Map<Moment, Truth> truths = new HashMap<>();

    /** Adds a second; a second listener with another truth makes the moment undecidable. */
    void add(String client, long second, Truth truth) {
      truths.merge(
          new Moment(client, second),
          truth,
          (a, b) -> a.equals(b) ? a : Truth.of(null, a.evidence() && b.evidence()));
    }

    Timeline build() {
      return new Timeline(Map.copyOf(truths));
    }
  }
}
