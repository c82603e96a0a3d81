package io.earshot.sensor.pipeline;

import io.earshot.models.classify.FeatureWeight;
import io.earshot.models.classify.ModelIdentity;
import io.earshot.models.classify.Verdict;
import io.earshot.sensor.window.WindowObservation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A window with its verdict. Immutable.
 *
 * @param observation what was seen
 * @param verdict the stream's verdict as it stood at the end of the window
 * @param model the model that was active then
 * @param explanation what weighed most in the model's last opinion, the heaviest first; empty where
 *     nobody asked for it or the model was not asked yet
 * @param bitrateKbps likeliest nominal bitrate of what was fetched so far, kbit/s; null where none
 *     is likely enough, and without a class
 * @param where where the listener and the server are
 */
public record WindowVerdict(
    WindowObservation observation,
    Verdict verdict,
    ModelIdentity model,
    List<FeatureWeight> explanation,
    @Nullable Integer bitrateKbps,
    Whereabouts where) {

  public WindowVerdict {
    explanation = List.copyOf(explanation);
  }

  /** Before anybody was asked where that is. */
  public WindowVerdict(
      WindowObservation observation,
      Verdict verdict,
      ModelIdentity model,
      List<FeatureWeight> explanation,
      @Nullable Integer bitrateKbps) {
    this(observation, verdict, model, explanation, bitrateKbps, Whereabouts.UNKNOWN);
  }
}
