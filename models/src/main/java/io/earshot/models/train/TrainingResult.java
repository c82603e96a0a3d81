package io.earshot.models.train;

import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.classify.ModelBundleWriter;
import io.earshot.models.classify.ModelManifest;
import io.earshot.models.classify.SmileModel;
import java.nio.file.Path;

/**
 * A trained model and how it did on groups it had never seen.
 *
 * @param manifest complete but for the digest of {@code model.bin}
 * @param model the fitted trees
 * @param comparison of the learners
 * @param windows figures on the test windows
 * @param sessions figures on the last window of each test session
 * @param modelCard text of {@code MODEL_CARD.md}
 */
public record TrainingResult(
    ModelManifest manifest,
    SmileModel model,
    ModelComparison comparison,
    Evaluation windows,
    Evaluation sessions,
    String modelCard) {

  /**
   * Writes the bundle.
   *
   * @return its new folder in {@code parent}
   */
  public Path write(Path parent) throws ModelBundleException {
    return ModelBundleWriter.write(parent, manifest, model, modelCard);
  }

  /** The bundle without a detour over files. */
  public ModelBundle bundle() {
    return ModelBundle.unsaved(manifest, model, modelCard);
  }
}
