package io.earshot.sensor.cli;

import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.train.Evaluation;
import io.earshot.models.train.EvaluationReport;
import io.earshot.models.train.ModelComparison;
import io.earshot.models.train.Outcome;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.dataset.Dataset;
import io.earshot.sensor.dataset.DatasetException;
import io.earshot.sensor.dataset.DatasetSession;
import io.earshot.sensor.dataset.JudgedSession;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code earshot evaluate}: what the model answers on labelled captures, against the truth. */
@Command(
    name = "evaluate",
    description = "Judges a model on a folder of captures with a labels.csv.",
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
  @Option(
      names = "--dataset",
      required = true,
      paramLabel = "DIR",
      description = "Folder of captures with labels.csv, as simulate writes it.")
  @SuppressWarnings("NullAway.Init")
  Path dataset;

  @Option(names = "--report", paramLabel = "FILE", description = "Also write an HTML page.")
  @Nullable Path report;

  @Mixin ModelOption model = new ModelOption();

  @Override
  public Integer call() throws CaptureException, DatasetException, ModelBundleException {
    ModelBundle bundle = model.load();
    Dataset data = Dataset.open(dataset);
    PipelineSettings settings =
        PipelineSettings.offline("earshot", PipelineSettings.DEFAULT_WINDOW);
    List<Outcome> windows = new ArrayList<>();
    List<Outcome> sessions = new ArrayList<>();
    List<Outcome> sameFile = new ArrayList<>();
    StepProgress progress = new StepProgress("analysed", data.sessions().size());
    for (DatasetSession session : data.sessions()) {
      JudgedSession judged = JudgedSession.of(session, settings, bundle);
      windows.addAll(judged.windows());
      sessions.add(judged.session());
      sameFile.add(judged.sameFile());
      progress.done(sessions.size());
    }
    progress.end();
    EvaluationReport text =
        new EvaluationReport(
            "%s %s on %s"
                .formatted(bundle.manifest().name(), bundle.manifest().version(), dataset),
            List.of(
                Evaluation.of("windows", windows),
                Evaluation.of("sessions", sessions),
                Evaluation.of("sessions, labels that share a file counted as one", sameFile)),
            ModelComparison.none());
    System.out.println(text.text());
    if (report != null) {
      try {
        Files.writeString(report, text.html());
      } catch (IOException e) {
        throw new CommandFailure(
            ExitCode.CANNOT_CREATE, "--report: cannot write " + report + ": " + e.getMessage());
      }
    }
    return ExitCode.DONE;
  }
}
