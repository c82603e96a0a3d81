package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was truly playing at a listener at a time. */
public interface TruthTimeline {
  /**
   * The truth of one moment.
   *
   * @param label class, null where nothing can be known
   * @param evidence true where audio of the quality has been on the wire
   * @param acceptable labels that stand for the same file, the true one among them
   */
  record Truth(@Nullable QualityClass label, boolean evidence, Set<QualityClass> acceptable) {
    public Truth {
      acceptable = Set.copyOf(acceptable);
    }

    /** A truth that no other label stands for. */
    public static Truth of(@Nullable QualityClass label, boolean evidence) {
      return new Truth(label, evidence, label == null ? Set.of() : Set.of(label));
    }
  }

  /**
   * The truth at that packet time, null where it is not known.
   *
   * @param client address of the listener as documents write it
   * @param nanos nanoseconds since the epoch
   */
  @Nullable Truth at(String client, long nanos);

  /** One label throughout. */
  static TruthTimeline always(@Nullable QualityClass label, Set<QualityClass> acceptable) {
    Truth truth = new Truth(label, label != null, acceptable);
    return (_, _) -> truth;
  }
}
