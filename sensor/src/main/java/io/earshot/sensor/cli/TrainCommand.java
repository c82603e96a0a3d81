package io.earshot.sensor.cli;

import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.feature.FeatureSchema;
import io.earshot.models.train.EvaluationReport;
import io.earshot.models.train.LabelledWindow;
import io.earshot.models.train.ModelTrainer;
import io.earshot.models.train.TrainingOptions;
import io.earshot.models.train.TrainingResult;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.dataset.Dataset;
import io.earshot.sensor.dataset.DatasetException;
import io.earshot.sensor.dataset.DatasetSession;
import io.earshot.sensor.dataset.TrainingWindows;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code earshot train}: a folder of labelled captures to a model bundle. */
@Command(
    name = "train",
    description = "Trains a model bundle on a folder of captures with a labels.csv.",
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  @Option(
      names = "--dataset",
      required = true,
      arity = "1..*",
      paramLabel = "DIR",
      description = "Folders of captures with labels.csv, as simulate writes them.")
  List<Path> datasets = List.of();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder that will hold the new bundle <name>-<version>.")
  @SuppressWarnings("NullAway.Init")
  Path out;

  @Option(names = "--name", paramLabel = "NAME", description = "Default ${DEFAULT-VALUE}.")
  String name = "earshot";

  @Option(names = "--version", paramLabel = "V", description = "Default ${DEFAULT-VALUE}.")
  String version = "0";

  @Option(names = "--seed", paramLabel = "S", description = "Default ${DEFAULT-VALUE}.")
  long seed = 1;

  @Option(
      names = "--command",
      paramLabel = "TEXT",
      description = "What the model card says the bundle was made with.")
  String command = "earshot train";

  @Override
  public Integer call() throws CaptureException, DatasetException, ModelBundleException {
    List<DatasetSession> sessions = new ArrayList<>();
    for (Path dataset : datasets) {
      sessions.addAll(Dataset.open(dataset).sessions());
    }
    PipelineSettings settings =
        PipelineSettings.offline("earshot", PipelineSettings.DEFAULT_WINDOW);
    List<LabelledWindow> windows = new ArrayList<>();
    StepProgress progress = new StepProgress("read", sessions.size());
    int done = 0;
    for (DatasetSession session : sessions) {
      windows.addAll(TrainingWindows.of(session, settings));
      progress.done(++done);
    }
    progress.end();
    TrainingResult result;
    try {
      result =
          new ModelTrainer(
                  TrainingOptions.standard(name, version, command, seed), FeatureSchema.standard())
              .train(windows);
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
}
