package io.earshot.sensor.cli;

import io.earshot.models.classify.FeatureDrift;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.feature.FeatureSchema;
import io.earshot.models.train.Evaluation;
import io.earshot.models.train.EvaluationReport;
import io.earshot.models.train.Findings;
import io.earshot.models.train.LabelledWindow;
import io.earshot.models.train.ModelComparison;
import io.earshot.models.train.ModelTrainer;
import io.earshot.models.train.Outcome;
import io.earshot.models.train.Scorecard;
import io.earshot.models.train.TrainingOptions;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.dataset.BitrateTrial;
import io.earshot.sensor.dataset.CauseTrial;
import io.earshot.sensor.dataset.DatasetException;
import io.earshot.sensor.dataset.JudgedSession;
import io.earshot.sensor.dataset.LabelledCapture;
import io.earshot.sensor.dataset.ListenerTrial;
import io.earshot.sensor.dataset.SimulatedCapture;
import io.earshot.sensor.dataset.StallTrial;
import io.earshot.sensor.dataset.TrainingWindows;
import io.earshot.sensor.document.Spotify.Cause;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
  /** Rounds of boosting and rows of the models that are fitted only to be judged. */
  private static final int REFIT_TREES = 100;

  private static final int REFIT_ROWS = 12_000;
  private static final int REFIT_FOLDS = 4;

  private static final int DRIFT_ROWS = 8;

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

  @Option(
      names = "--variants",
      description =
          "Also judge the simulated sessions without hellos and captured from their middle on.")
  boolean variants;

  @Option(
      names = "--causes",
      description =
          "Also judge why low and normal streams are no better, where the simulation knows it.")
  boolean causes;

  @Option(
      names = "--listeners",
      description = "Also judge how many clients are seen behind an address.")
  boolean listeners;

  @Option(names = "--bitrate", description = "Also judge the bitrates that windows name.")
  boolean bitrate;

  @Option(
      names = "--speed",
      description = "Also measure how many windows one core classifies per second.")
  boolean speed;

  @Option(
      names = "--refit",
      paramLabel = "N",
      description =
          "Also fit on N simulated listeners of the training's seed: without each kind of client,"
              + " on growing parts (learning curve), and with each learner.")
  int refit;

  @Option(
      names = "--refit-seed",
      paramLabel = "S",
      description = "Which simulated listeners --refit takes; default ${DEFAULT-VALUE}.")
  long refitSeed = 1;

  @Option(
      names = "--require",
      description = "Exit with 1 where a figure that was measured misses its target.")
  boolean require;

  @Mixin ModelOption model = new ModelOption();

  @Override
  public Integer call() throws CaptureException, DatasetException, ModelBundleException {
    ModelBundle bundle = model.load();
    PipelineSettings settings =
        PipelineSettings.offline("earshot", PipelineSettings.DEFAULT_WINDOW);
    Set<String> links =
        Set.of(
            bundle
                .manifest()
                .options()
                .getOrDefault(ModelTrainer.HELD_OUT_LINKS, "")
                .split(" ", -1));
    List<LabelledCapture> captures =
        input.captures().stream()
            .filter(capture -> !heldOut || links.contains(capture.link()))
            .toList();
    if (captures.isEmpty()) {
      throw new CommandFailure(
          ExitCode.USAGE, "--held-out: no capture is on a link held out of the training: " + links);
    }
    List<SimulatedCapture> simulated = new ArrayList<>();
    for (LabelledCapture capture : captures) {
      if (capture instanceof SimulatedCapture one) {
        simulated.add(one);
      }
    }
    if ((variants || causes || listeners || bitrate || refit > 0) && simulated.isEmpty()) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "--variants, --causes, --listeners, --bitrate and --refit go with --simulate N");
    }
    Scorecard scorecard = new Scorecard();
    List<Outcome> windows = new ArrayList<>();
    List<Outcome> sessions = new ArrayList<>();
    List<Outcome> sameFile = new ArrayList<>();
    List<Outcome> rule = new ArrayList<>();
    FeatureDrift drift = new FeatureDrift(bundle.manifest().ranges());
    List<String> lines = new ArrayList<>(List.of(JudgedSession.CSV_HEADER));
    for (JudgedSession judged :
        DatasetInput.map(
            "analysed", captures, capture -> JudgedSession.of(capture, settings, bundle))) {
      windows.addAll(judged.windows());
      sessions.add(judged.session());
      sameFile.add(judged.sameFile());
      rule.add(judged.rule());
      drift.add(judged.drift());
      scorecard.session(
          judged.windows(), judged.sameFileWindows(), judged.sameFile(), judged.staged());
      lines.add(judged.csv("drawn"));
    }
    if (variants) {
      variants(simulated, settings, bundle, scorecard, lines);
    }
    String causeTable =
        causes
            ? causes(simulated, settings, bundle, scorecard) + stalls(simulated, settings, bundle)
            : "";
    String listenerTable = listeners ? listeners(simulated, settings, bundle) : "";
    String bitrateTable = bitrate ? bitrates(simulated, settings, bundle) : "";
    ModelComparison comparison =
        refit > 0 ? refit(simulated, links, settings, scorecard) : ModelComparison.none();
    ClassificationSpeed.Result costs = speed ? ClassificationSpeed.measure(bundle, settings) : null;
    if (costs != null) {
      scorecard.speed(costs.windowsPerSecond());
    }
    Findings findings = scorecard.findings();
    EvaluationReport text =
        new EvaluationReport(
            "%s %s on %d labelled captures"
                .formatted(bundle.manifest().name(), bundle.manifest().version(), sessions.size()),
            List.of(
                Evaluation.of("windows", windows),
                Evaluation.of("sessions", sessions),
                Evaluation.of("sessions, labels that share a file counted as one", sameFile),
                Evaluation.of("sessions, the same, answered by the baseline rule", rule)),
            comparison,
            findings);
    System.out.println(text.text());
    System.out.print(causeTable);
    System.out.print(listenerTable);
    System.out.print(bitrateTable);
    drift(drift);
    if (costs != null) {
      System.out.printf(
          Locale.ROOT,
          "a window with new evidence costs %.0f µs, with its explanation %.0f µs%n",
          costs.askedMicros(),
          costs.explainedMicros());
    }
    write("--report", report, text.html());
    write("--csv", csv, String.join("\n", lines) + "\n");
    boolean missed =
        findings.figures().stream().anyMatch(figure -> figure.measured() && !figure.held());
    return require && missed ? ExitCode.MISSED : ExitCode.DONE;
  }

  private static void drift(FeatureDrift drift) {
    if (drift.report().isEmpty()) {
      System.out.printf(
          Locale.ROOT,
          "drift of the features: %d streams with evidence are too few to tell, from %d on it is"
              + " shown%n",
          drift.streams(),
          FeatureDrift.ENOUGH_STREAMS);
      return;
    }
    System.out.printf(
        Locale.ROOT,
        "features furthest from the training over %,d windows of %,d streams with new"
            + " evidence (population stability index, %.2f and more is another population)%n",
        drift.vectors(),
        drift.streams(),
        FeatureDrift.DRIFTED);
    for (FeatureDrift.Feature feature : drift.report().stream().limit(DRIFT_ROWS).toList()) {
      System.out.printf(
          Locale.ROOT, "  %-32s %8.4f%n", feature.feature(), feature.stabilityIndex());
    }
  }

  private static void variants(
      List<SimulatedCapture> captures,
      PipelineSettings settings,
      ModelBundle bundle,
      Scorecard scorecard,
      List<String> lines)
      throws CaptureException {
    for (SimulatedCapture.Variant variant : SimulatedCapture.Variant.values()) {
      String captured = variant.name().toLowerCase(Locale.ROOT).replace('_', '-');
      for (JudgedSession judged :
          DatasetInput.map(
              "analysed " + captured,
              captures.stream().map(capture -> capture.captured(variant)).toList(),
              capture -> JudgedSession.of(capture, settings, bundle))) {
        switch (variant) {
          case WHOLE -> scorecard.whole(judged.staged());
          case DNS_ONLY -> scorecard.dnsOnly(judged.staged());
          case MID_STREAM -> scorecard.midStream(judged.staged());
        }
        lines.add(judged.csv(captured));
      }
    }
  }

  /** Causes given by windows, against those the simulation knows. */
  private static String causes(
      List<SimulatedCapture> captures,
      PipelineSettings settings,
      ModelBundle bundle,
      Scorecard scorecard)
      throws CaptureException {
    List<CauseTrial> trials =
        DatasetInput.map(
            "judged the causes of",
            CauseTrial.of(captures),
            known -> known.judge(settings, bundle));
    StringBuilder table = new StringBuilder("windows by their cause, true\\given");
    for (Cause given : Cause.values()) {
      table.append("%16s".formatted(given.label()));
    }
    table.append("   sessions\n");
    int right = 0;
    int network = 0;
    for (Cause truth : List.of(Cause.CLIENT_SETTING, Cause.NETWORK)) {
      List<CauseTrial> own = trials.stream().filter(trial -> trial.truth() == truth).toList();
      table.append("  %-35s".formatted(truth.label()));
      for (Cause given : Cause.values()) {
        int windows = own.stream().mapToInt(trial -> trial.windows(given)).sum();
        table.append("%16d".formatted(windows));
        if (given == Cause.NETWORK) {
          network += windows;
          right += truth == given ? windows : 0;
        }
      }
      table.append("%11d%n".formatted(own.size()));
    }
    scorecard.networkCause(right, network);
    return table.toString();
  }

  /** Stalls told of by windows, against whether the link carries what plays. */
  private static String stalls(
      List<SimulatedCapture> captures, PipelineSettings settings, ModelBundle bundle)
      throws CaptureException {
    List<StallTrial> trials =
        DatasetInput.map(
            "judged the stalls of",
            StallTrial.of(captures),
            known -> known.judge(settings, bundle));
    StringBuilder table =
        new StringBuilder(
            "windows by the last object, link\\told         slower than it plays        in time   sessions\n");
    for (boolean starving : new boolean[] {false, true}) {
      List<StallTrial> own = trials.stream().filter(t -> t.starving() == starving).toList();
      table.append(
          "  %-35s%27d%15d%11d%n"
              .formatted(
                  starving ? "slower than the audio" : "several times the audio",
                  own.stream().mapToInt(StallTrial::stalled).sum(),
                  own.stream().mapToInt(StallTrial::playing).sum(),
                  own.size()));
    }
    return table.toString();
  }

  /** Clients seen behind an address by windows, against the listeners that are there. */
  private static String listeners(
      List<SimulatedCapture> captures, PipelineSettings settings, ModelBundle bundle)
      throws CaptureException {
    List<ListenerTrial> trials =
        DatasetInput.map(
            "counted the listeners of",
            captures,
            capture -> ListenerTrial.of(capture, settings, bundle));
    int most = trials.stream().mapToInt(ListenerTrial::listeners).max().orElse(1) + 1;
    StringBuilder table = new StringBuilder("windows by the clients seen, listeners\\seen");
    for (int seen = 1; seen <= most; seen++) {
      table.append("%10d".formatted(seen));
    }
    table.append("   sessions\n");
    for (int truth = 1; truth < most; truth++) {
      int count = truth;
      List<ListenerTrial> own = trials.stream().filter(t -> t.listeners() == count).toList();
      table.append("  %-42d".formatted(truth));
      for (int seen = 1; seen <= most; seen++) {
        int clients = seen;
        table.append("%10d".formatted(own.stream().mapToInt(t -> t.windows(clients)).sum()));
      }
      table.append("%11d%n".formatted(own.size()));
    }
    return table.toString();
  }

  /** Bitrates that windows name, against the one that their session fetches. */
  private static String bitrates(
      List<SimulatedCapture> captures, PipelineSettings settings, ModelBundle bundle)
      throws CaptureException {
    Map<Integer, List<BitrateTrial>> trials = new TreeMap<>();
    for (BitrateTrial trial :
        DatasetInput.map(
            "asked for the bitrate of",
            BitrateTrial.of(captures),
            capture -> BitrateTrial.of(capture, settings, bundle))) {
      trials.computeIfAbsent(trial.kbps(), _ -> new ArrayList<>()).add(trial);
    }
    StringBuilder table =
        new StringBuilder("windows with an answer by bitrate    windows  named  right  sessions\n");
    trials.forEach(
        (kbps, own) -> {
          int windows = own.stream().mapToInt(trial -> trial.named().size()).sum();
          int given = own.stream().mapToInt(BitrateTrial::given).sum();
          int right = own.stream().mapToInt(BitrateTrial::right).sum();
          table.append(
              "  %-32s %9d %6s %6s %9d%n"
                  .formatted(
                      kbps + " kbit/s",
                      windows,
                      share(given, windows),
                      share(right, given),
                      own.size()));
        });
    return table.toString();
  }

  private static String share(int part, int whole) {
    return whole == 0 ? "-" : "%.1f%%".formatted(100.0 * part / whole);
  }

  /** Models that are fitted only to be judged. */
  private ModelComparison refit(
      List<SimulatedCapture> captures,
      Set<String> links,
      PipelineSettings settings,
      Scorecard scorecard)
      throws CaptureException {
    List<SimulatedCapture> training =
        SimulatedCapture.draw(refitSeed, 1, refit).stream()
            .filter(capture -> !links.contains(capture.link()))
            .toList();
    List<LabelledWindow> windows =
        DatasetInput.map("read", training, capture -> TrainingWindows.of(capture, settings))
            .stream()
            .flatMap(List::stream)
            .toList();
    TrainingOptions options =
        TrainingOptions.standard("refit", "0", "", refitSeed).forJudging(REFIT_TREES, REFIT_ROWS);
    ModelTrainer trainer = new ModelTrainer(options, FeatureSchema.standard());
    try {
      Map<String, List<SimulatedCapture>> byProfile = new TreeMap<>();
      for (SimulatedCapture capture : captures) {
        if (training.stream().anyMatch(other -> sameFileElsewhere(other, capture))) {
          byProfile.computeIfAbsent(capture.profile(), _ -> new ArrayList<>()).add(capture);
        }
      }
      for (Map.Entry<String, List<SimulatedCapture>> entry : byProfile.entrySet()) {
        String profile = entry.getKey();
        ModelBundle without =
            trainer
                .train(
                    windows.stream().filter(window -> !window.profile().equals(profile)).toList())
                .bundle();
        for (JudgedSession judged :
            DatasetInput.map(
                "analysed without " + profile,
                entry.getValue(),
                capture -> JudgedSession.of(capture, settings, without))) {
          scorecard.leftOut(profile, judged.staged());
        }
      }
      scorecard.curve(trainer.learningCurve(windows));
      return trainer.compareLearners(windows, REFIT_FOLDS);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.UNREADABLE, "--refit: cannot fit: " + e.getMessage());
    }
  }

  /**
   * True where another kind of client fetches the same bitrate. Without one, nobody could know it:
   * only mobile clients fetch 24 kbit/s.
   */
  private static boolean sameFileElsewhere(SimulatedCapture other, SimulatedCapture capture) {
    return !other.profile().equals(capture.profile()) && other.kbps() == capture.kbps();
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
