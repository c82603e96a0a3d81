package io.earshot.sensor.pipeline;

import io.earshot.models.classify.FeatureWeight;
import io.earshot.models.classify.ModelIdentity;
import io.earshot.models.classify.Verdict;
import io.earshot.sensor.window.WindowObservation;
import java.util.List;

/**
 * A window with its verdict. Immutable.
 *
 * @param observation what was seen
 * @param verdict the stream's verdict as it stood at the end of the window
 * @param model the model that was active then
 * @param explanation what weighed most in the model's last opinion, the heaviest first; empty where
 *     nobody asked for it or the model was not asked yet
 */
public record WindowVerdict(
    WindowObservation observation,
    Verdict verdict,
    ModelIdentity model,
    List<FeatureWeight> explanation) {

  public WindowVerdict {
    explanation = List.copyOf(explanation);
  }
}
