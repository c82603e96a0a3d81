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
    return load(null);
  }

  /** The model of the option, or that of the folder where the option is not given. */
  ModelBundle load(@Nullable Path otherwise) throws ModelBundleException {
    Path chosen = dir == null ? otherwise : dir;
    return chosen == null ? ModelBundle.shipped() : ModelBundle.load(chosen);
  }
}
