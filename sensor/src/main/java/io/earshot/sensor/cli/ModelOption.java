package io.earshot.sensor.cli;

import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The model bundle, as commands take it. */
final class ModelOption {
  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model bundle to use instead of the shipped one.")
  @Nullable Path dir;

  ModelBundle load() throws ModelBundleException {
    return dir == null ? ModelBundle.shipped() : ModelBundle.load(dir);
  }
}
