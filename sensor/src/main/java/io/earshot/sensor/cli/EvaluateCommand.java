package io.earshot.sensor.cli;

import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.train.Evaluation;
import io.earshot.models.train.EvaluationReport;
import io.earshot.models.train.ModelComparison;
import io.earshot.models.train.ModelTrainer;
import io.earshot.models.train.Outcome;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.dataset.DatasetException;
import io.earshot.sensor.dataset.JudgedSession;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
  @Mixin DatasetInput input = new DatasetInput();

  @Option(names = "--report", paramLabel = "FILE", description = "Also write an HTML page.")
  @Nullable Path report;

  @Option(
      names = "--held-out",
      description = "Only captures on links that the model was not trained on.")
  boolean heldOut;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description = "Also write one line per capture: truth, verdict, evidence.")
  @Nullable Path csv;

  @Mixin ModelOption model = new ModelOption();

  @Override
  public Integer call() throws CaptureException, DatasetException, ModelBundleException {
    ModelBundle bundle = model.load();
    PipelineSettings settings =
        PipelineSettings.offline("earshot", PipelineSettings.DEFAULT_WINDOW);
    List<Outcome> windows = new ArrayList<>();
    List<Outcome> sessions = new ArrayList<>();
    List<Outcome> sameFile = new ArrayList<>();
    Set<String> links =
        Set.of(
            bundle
                .manifest()
                .options()
                .getOrDefault(ModelTrainer.HELD_OUT_LINKS, "")
                .split(" ", -1));
    List<String> lines = new ArrayList<>(List.of(JudgedSession.CSV_HEADER));
    for (JudgedSession judged :
        input.map("analysed", capture -> JudgedSession.of(capture, settings, bundle))) {
      if (heldOut && !links.contains(judged.session().link())) {
        continue;
      }
      windows.addAll(judged.windows());
      sessions.add(judged.session());
      sameFile.add(judged.sameFile());
      lines.add(judged.csv());
    }
    EvaluationReport text =
        new EvaluationReport(
            "%s %s on %d labelled captures"
                .formatted(bundle.manifest().name(), bundle.manifest().version(), sessions.size()),
            List.of(
                Evaluation.of("windows", windows),
                Evaluation.of("sessions", sessions),
                Evaluation.of("sessions, labels that share a file counted as one", sameFile)),
            ModelComparison.none());
    System.out.println(text.text());
    write("--report", report, text.html());
    write("--csv", csv, String.join("\n", lines) + "\n");
    return ExitCode.DONE;
  }

  private static void write(String option, @Nullable Path file, String content) {
    if (file == null) {
      return;
    }
    try {
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, option + ": cannot write " + file + ": " + e.getMessage());
    }
  }
}
