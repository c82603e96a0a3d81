package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelBundle;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.document.Spotify.Cause;
import io.earshot.sensor.pipeline.CauseRule;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Causes that were given in one session whose cause is known.
 *
 * @param truth why the stream sounds no better
 * @param given windows by the cause that was given; windows without one do not count
 */
public record CauseTrial(Cause truth, Map<Cause, Integer> given) {
  public CauseTrial {
    given = Map.copyOf(given);
  }

  /**
   * The sessions whose low or normal quality has a known cause: as drawn, where the link has room
   * for more, and once more on a link that has none.
   */
  public static List<Known> of(List<SimulatedCapture> captures) {
    List<Known> known = new ArrayList<>();
    for (SimulatedCapture capture : captures) {
      SimulatedCapture tight = capture.onTightLink();
      if (tight != null) {
        known.add(new Known(Cause.NETWORK, tight));
      }
      if (capture.hasRoom()) {
        known.add(new Known(Cause.CLIENT_SETTING, capture));
      }
    }
    return known;
  }

  /** A session and its cause. */
  public record Known(Cause truth, SimulatedCapture capture) {

    /**
     * Analyses the session as {@code analyze} does.
     *
     * @throws CaptureException where it cannot be read
     */
    public CauseTrial judge(PipelineSettings settings, ModelBundle model) throws CaptureException {
      List<WindowVerdict> verdicts = capture.windows(settings, model);
      TruthTimeline timeline = capture.truth().timeline();
      Map<Cause, Integer> given = new EnumMap<>(Cause.class);
      for (WindowVerdict window : verdicts) {
        QualityClass label = window.verdict().label();
        String client = AddressText.of(window.observation().stream().client());
        TruthTimeline.Truth at = timeline.at(client, window.observation().endNanos() - 1);
        if (label != null && at != null && at.label() != null) {
          Cause cause = CauseRule.of(label, window.bitrateKbps(), window.observation().context());
          if (cause != null) {
            given.merge(cause, 1, Integer::sum);
          }
        }
      }
      return new CauseTrial(truth, given);
    }
  }

  /** Windows that were given this cause. */
  public int windows(Cause cause) {
    return given.getOrDefault(cause, 0);
  }
}
