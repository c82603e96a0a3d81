package io.earshot.sensor.cli;

import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.feature.FeatureSchema;
import io.earshot.models.train.EvaluationReport;
import io.earshot.models.train.LabelledWindow;
import io.earshot.models.train.ModelTrainer;
import io.earshot.models.train.TrainingOptions;
import io.earshot.models.train.TrainingResult;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.dataset.DatasetException;
import io.earshot.sensor.dataset.TrainingWindows;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code earshot train}: a folder of labelled captures to a model bundle. */
@Command(
    name = "train",
    description = "Trains a model bundle on a folder of captures with a labels.csv.",
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  @Mixin DatasetInput input = new DatasetInput();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder that will hold the new bundle <name>-<version>.")
  @SuppressWarnings("NullAway.Init")
  Path out;

  @Option(names = "--name", paramLabel = "NAME", description = "Default ${DEFAULT-VALUE}.")
  String name = "earshot";

  @Option(names = "--bundle-version", paramLabel = "V", description = "Default ${DEFAULT-VALUE}.")
  String version = "0";

  @Option(names = "--seed", paramLabel = "S", description = "Default ${DEFAULT-VALUE}.")
  long seed = 1;

  @Option(names = "--trees", paramLabel = "N", description = "Boosting rounds.")
  @Nullable Integer trees;

  @Option(names = "--depth", paramLabel = "N", description = "Largest depth of a tree.")
  @Nullable Integer depth;

  @Option(names = "--min-leaf", paramLabel = "N", description = "Fewest rows in a leaf.")
  @Nullable Integer minLeaf;

  @Option(names = "--shrinkage", paramLabel = "X", description = "Learning rate.")
  @Nullable Double shrinkage;

  @Option(
      names = "--compare",
      negatable = true,
      description = "Compare learners by grouped folds first; boosting is taken without.")
  boolean compare;

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Override
  public Integer call() throws CaptureException, DatasetException, ModelBundleException {
    PipelineSettings settings =
        PipelineSettings.offline("earshot", PipelineSettings.DEFAULT_WINDOW);
    List<LabelledWindow> windows =
        DatasetInput.map("read", input.captures(), capture -> TrainingWindows.of(capture, settings))
            .stream()
            .flatMap(List::stream)
            .toList();
    TrainingResult result;
    try {
      result = new ModelTrainer(options(), FeatureSchema.standard()).train(windows);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.UNREADABLE, "cannot train on this: " + e.getMessage());
    }
    Path bundle = result.write(out);
    System.out.println(
        new EvaluationReport(
                name + " " + version + " on groups held out from its training",
                List.of(result.windows(), result.sessions()),
                result.comparison())
            .text());
    System.out.println(bundle);
    return ExitCode.DONE;
  }

  /** What was typed, without where the bundle goes and with the last name of each folder only. */
  private String command() {
    StringBuilder command = new StringBuilder("earshot train");
    List<String> given = spec.commandLine().getParseResult().originalArgs();
    for (int i = given.indexOf(spec.name()) + 1; i < given.size(); i++) {
      String arg = given.get(i);
      if (arg.equals("--out")) {
        i++;
      } else if (arg.equals("--dataset") && i + 1 < given.size()) {
        i++;
        command.append(" --dataset ").append(Path.of(given.get(i)).getFileName());
      } else if (!arg.startsWith("--out=")) {
        command.append(' ').append(arg);
      }
    }
    return command.toString();
  }

  private TrainingOptions options() {
    String command = command();
    TrainingOptions standard = TrainingOptions.standard(name, version, command, seed);
    return new TrainingOptions(
        name,
        version,
        command,
        seed,
        trees == null ? standard.trees() : trees,
        depth == null ? standard.depth() : depth,
        minLeaf == null ? standard.minLeaf() : minLeaf,
        shrinkage == null ? standard.shrinkage() : shrinkage,
        standard.subsample(),
        standard.maxRows(),
        standard.balance(),
        compare ? standard.folds() : 0,
        standard.comparisonRows(),
        standard.grouping(),
        standard.thresholds());
  }
}
