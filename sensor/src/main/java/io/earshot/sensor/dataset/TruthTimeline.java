package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import org.jspecify.annotations.Nullable;

/** What was truly playing at a listener at a time. */
public interface TruthTimeline {
  /**
   * The truth of one moment.
   *
   * @param label class, null where nothing can be known
   * @param evidence true where audio of the quality has been on the wire
   */
  record Truth(@Nullable QualityClass label, boolean evidence) {}

  /**
   * The truth at that packet time, null where it is not known.
   *
   * @param client address of the listener as documents write it
   * @param nanos nanoseconds since the epoch
   */
  @Nullable Truth at(String client, long nanos);

  /** One label throughout. */
  static TruthTimeline always(@Nullable QualityClass label) {
    Truth truth = new Truth(label, label != null);
    return (_, _) -> truth;
  }
}
