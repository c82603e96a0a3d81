package io.earshot.sensor.dataset;

import io.earshot.models.classify.ModelBundle;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.util.List;

/**
 * How many clients were seen behind the address of one session whose number of listeners is known.
 *
 * @param listeners how many there are
 * @param seen what the windows say, in order; those of the first minute, in which clients still
 *     start, are left out
 */
public record ListenerTrial(int listeners, List<Integer> seen) {
  private static final long STARTING_NANOS = 60_000_000_000L;

  public ListenerTrial {
    seen = List.copyOf(seen);
  }

  /**
   * Analyses the session as {@code analyze} does.
   *
   * @throws CaptureException where it cannot be read
   */
  public static ListenerTrial of(
      SimulatedCapture capture, PipelineSettings settings, ModelBundle model)
      throws CaptureException {
    List<WindowVerdict> verdicts = capture.windows(settings, model);
    return new ListenerTrial(
        capture.listeners(),
        verdicts.stream()
            .map(WindowVerdict::observation)
            .filter(w -> w.startNanos() - w.stream().startNanos() >= STARTING_NANOS)
            .map(w -> w.clients())
            .toList());
  }

  /** Windows that say this many. */
  public int windows(int clients) {
    return (int) seen.stream().filter(n -> n == clients).count();
  }
}
