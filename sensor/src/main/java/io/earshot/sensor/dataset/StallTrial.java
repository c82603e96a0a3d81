package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelBundle;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.pipeline.CauseRule;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.util.ArrayList;
import java.util.List;

/**
 * Stalls that were told of in one session of which it is known whether its link carries what plays.
 *
 * @param starving whether the link is slower than the audio
 * @param stalled windows with an answer whose last object was told to come too slowly
 * @param playing all other windows with an answer
 */
public record StallTrial(boolean starving, int stalled, int playing) {
  /** The sessions with one bitrate: as drawn, where the link has room, and on a slower link. */
  public static List<Known> of(List<SimulatedCapture> captures) {
    List<Known> known = new ArrayList<>();
    for (SimulatedCapture capture : captures) {
      SimulatedCapture starving = capture.onStarvingLink();
      if (starving != null) {
        known.add(new Known(true, starving));
        if (capture.linkHasRoom()) {
          known.add(new Known(false, capture));
        }
      }
    }
    return known;
  }

  /** A session and its truth. */
  public record Known(boolean starving, SimulatedCapture capture) {
    /**
     * Analyses the session as {@code analyze} does.
     *
     * @throws CaptureException where it cannot be read
     */
    public StallTrial judge(PipelineSettings settings, ModelBundle model) throws CaptureException {
      List<WindowVerdict> verdicts = capture.windows(settings, model);
      TruthTimeline timeline = capture.truth().timeline();
      int stalled = 0;
      int playing = 0;
      for (WindowVerdict window : verdicts) {
        QualityClass label = window.verdict().label();
        String client = AddressText.of(window.observation().stream().client());
        TruthTimeline.Truth at = timeline.at(client, window.observation().endNanos() - 1);
        if (label != null && at != null && at.label() != null) {
          CauseRule.Finding finding =
              CauseRule.find(label, window.bitrateKbps(), window.observation().context());
          if (finding != null && finding.stall() != null) {
            stalled++;
          } else {
            playing++;
          }
        }
      }
      return new StallTrial(starving, stalled, playing);
    }
  }
}
