package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was truly playing at each second, by client address. Immutable once built. */
public final class Timeline {
  private final Map<Moment, Truth> truths;

  private Timeline(Map<Moment, Truth> truths) {
    this.truths = truths;
  }

  /**
   * The truth of one second.
   *
   * @param label class, null where nothing can be known
   * @param evidence true where audio of the quality has been on the wire
   */
  public record Truth(@Nullable QualityClass label, boolean evidence) {}

  /** The truth at that packet time, null where the timeline says nothing or two things. */
  public @Nullable Truth at(String client, long nanos) {
    return truths.get(new Moment(client, Math.floorDiv(nanos, 1_000_000_000L)));
  }

  private record Moment(String client, long second) {}

  static final class Builder {
    private final Map<Moment, Truth> truths = new HashMap<>();

    /** Adds a second; a second listener with another truth makes the moment undecidable. */
    void add(String client, long second, Truth truth) {
      truths.merge(
          new Moment(client, second),
          truth,
          (a, b) -> a.equals(b) ? a : new Truth(null, a.evidence() && b.evidence()));
    }

    Timeline build() {
      return new Timeline(Map.copyOf(truths));
    }
  }
}
