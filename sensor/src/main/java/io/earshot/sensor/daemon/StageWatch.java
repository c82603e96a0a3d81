package io.earshot.sensor.daemon;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Tells which thread is stuck: one whose count of beats has not grown for too long.
 *
 * <p>The stages only count; the clock is here. Owner: the thread that calls {@link #look}; {@link
 * #stuck} from any.
 */
final class StageWatch {
  private final List<Stage> stages = new ArrayList<>();
  private final long patienceNanos;
  private volatile String stuck = "";

  private static final class Stage {
    private final String name;
    private final LongSupplier beats;
    private long lastBeats;
    private long aliveNanos;

    Stage(String name, LongSupplier beats, long nowNanos) {
      this.name = name;
      this.beats = beats;
      this.lastBeats = beats.getAsLong();
      this.aliveNanos = nowNanos;
    }
  }

  /**
   * @param patienceNanos a thread is stuck after so long without a beat
   */
  StageWatch(long patienceNanos) {
    this.patienceNanos = patienceNanos;
  }

  void add(String name, LongSupplier beats, long nowNanos) {
    stages.add(new Stage(name, beats, nowNanos));
  }

  /** Looks at every stage; true where none is stuck. */
  boolean look(long nowNanos) {
    String found = "";
    for (Stage stage : stages) {
      long beats = stage.beats.getAsLong();
      if (beats != stage.lastBeats) {
        stage.lastBeats = beats;
        stage.aliveNanos = nowNanos;
      } else if (nowNanos - stage.aliveNanos > patienceNanos) {
        found =
            "the thread %s has been stuck for %d s"
                .formatted(stage.name, (nowNanos - stage.aliveNanos) / 1_000_000_000L);
      }
    }
    stuck = found;
    return found.isEmpty();
  }

  /** Which thread was stuck at the last look, in words; empty for none. */
  String stuck() {
    return stuck;
  }
}
