package io.earshot.models.train;

import static java.util.stream.Collectors.joining;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.Calibration;
import io.earshot.models.classify.FeatureRange;
import io.earshot.models.classify.GatingFacts;
import io.earshot.models.classify.ModelManifest;
import io.earshot.models.classify.QualityClassifier;
import io.earshot.models.classify.SizeEvidence;
import io.earshot.models.classify.SmileModel;
import io.earshot.models.classify.VerdictPolicy;
import io.earshot.models.feature.FeatureSchema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fits, calibrates and measures a model on disjoint groups of sessions and links.
 *
 * <p>The same windows (per session in the same order) and the same options give the same bytes,
 * whatever the number of cores. The model is the one that was measured: it is not fitted again on
 * the test part. Owner: one thread, which Smile's generator is seeded on.
 */
public final class ModelTrainer {
  private static final Logger LOG = LoggerFactory.getLogger(ModelTrainer.class);

  /** Key in the manifest's options: links that the model was tested on, separated by blanks. */
  public static final String HELD_OUT_LINKS = "held_out_links";

  /** The forest must be this much better in macro F1 to be taken, for its size and speed. */
  private static final double CLEARLY_BETTER = 0.01;

  /** The smallest part of the learning curve is one in so many sessions. */
  private static final int CURVE_PARTS = 16;

  private final TrainingOptions options;
  private final FeatureSchema schema;

  public ModelTrainer(TrainingOptions options, FeatureSchema schema) {
    this.options = options;
    this.schema = schema;
  }

  /**
   * Trains on these windows.
   *
   * @throws IllegalArgumentException if a vector does not fit the schema, there are fewer than
   *     three classes, or the data cannot be split
   */
  public TrainingResult train(List<LabelledWindow> windows) {
    check(windows);
    List<LabelledWindow> ordered =
        windows.stream().sorted(Comparator.comparing(LabelledWindow::session)).toList();
    List<QualityClass> classes =
        ordered.stream().map(LabelledWindow::label).distinct().sorted().toList();
    if (classes.size() < 3) {
      throw new IllegalArgumentException("three classes or more are needed, there are " + classes);
    }
    GroupedSplit.Parts parts = GroupedSplit.split(ordered, options.grouping(), options.seed());
    LOG.info(
        "{} windows in {} groups: {} to fit, {} to calibrate, {} to test",
        ordered.size(),
        parts.groups(),
        parts.train().size(),
        parts.calibration().size(),
        parts.test().size());
    List<LabelledWindow> seen = new ArrayList<>(parts.train());
    seen.addAll(parts.calibration());
    ModelComparison comparison = compare(seen, classes, options.folds());
    Candidate winner = winner(comparison);

    List<LabelledWindow> rows =
        Resampling.rows(parts.train(), options.maxRows(), options.balance(), options.seed());
    LOG.info("fitting {} on {} rows", winner.title(), rows.size());
    SmileModel model =
        winner.trees(
            rows.stream().map(LabelledWindow::features).toArray(double[][]::new),
            rows.stream().mapToInt(row -> classes.indexOf(row.label())).toArray(),
            schema,
            options);
    SizeEvidence evidence = new SizeEvidence(schema.names(), classes);
    Calibration calibration =
        CalibrationFit.fit(
            parts.calibration().stream().map(w -> model.probabilities(w.features())).toList(),
            parts.calibration().stream().map(w -> evidence.of(w.features())).toList(),
            parts.calibration().stream().mapToInt(w -> classes.indexOf(w.label())).toArray(),
            Resampling.weights(parts.calibration(), options.balance()));
    List<FeatureRange> ranges = ranges(parts.train());
    QualityClassifier classifier = new QualityClassifier(model, calibration, classes, ranges);
    List<Outcome> outcomes = judge(parts.test(), classifier);
    Evaluation onWindows = Evaluation.of("windows", outcomes);
    Evaluation onSessions = Evaluation.of("sessions", lastPerSession(outcomes));
    ModelManifest manifest =
        new ModelManifest(
            ModelManifest.FORMAT_VERSION,
            options.name(),
            options.version(),
            model.algorithm(),
            classes,
            schema.names(),
            schema.hash(),
            SmileModel.SMILE_VERSION,
            options.seed(),
            dataDigest(ordered),
            options.command(),
            settings(parts.test()),
            calibration,
            options.thresholds(),
            onWindows.metrics(),
            ranges,
            "0".repeat(64),
            0);
    String card = new ModelCard(manifest, parts, comparison, onWindows, onSessions).text();
    return new TrainingResult(manifest, model, comparison, onWindows, onSessions, card);
  }

  /**
   * Boosting fitted on growing parts of the training sessions, judged before calibration on the
   * windows of the same held-out links each time.
   *
   * @throws IllegalArgumentException as {@link #train}
   */
  public List<Findings.CurvePoint> learningCurve(List<LabelledWindow> windows) {
    check(windows);
    List<LabelledWindow> ordered =
        windows.stream().sorted(Comparator.comparing(LabelledWindow::session)).toList();
    List<QualityClass> classes =
        ordered.stream().map(LabelledWindow::label).distinct().sorted().toList();
    GroupedSplit.Parts parts = GroupedSplit.split(ordered, options.grouping(), options.seed());
    List<String> sessions = new ArrayList<>();
    parts.train().stream().map(LabelledWindow::session).distinct().forEach(sessions::add);
    Collections.shuffle(sessions, new Random(options.seed()));
    VerdictPolicy policy = new VerdictPolicy(classes, options.thresholds());
    List<Findings.CurvePoint> points = new ArrayList<>();
    for (int part = CURVE_PARTS; part >= 1; part /= 2) {
      Set<String> chosen = Set.copyOf(sessions.subList(0, sessions.size() / part));
      List<LabelledWindow> some =
          parts.train().stream().filter(window -> chosen.contains(window.session())).toList();
      if (some.stream().map(LabelledWindow::label).distinct().count() < classes.size()) {
        continue;
      }
      List<LabelledWindow> rows =
          Resampling.rows(some, options.maxRows(), options.balance(), options.seed());
      LOG.info("learning curve: fitting on {} sessions, {} rows", chosen.size(), rows.size());
      Candidate.Fitted fitted = Candidate.GRADIENT_BOOSTING.fit(rows, classes, schema, options);
      Evaluation e =
          Evaluation.of(
              "windows",
              parts.test().stream()
                  .map(window -> outcome(window, policy, fitted.probabilities(window.features())))
                  .toList());
      points.add(
          new Findings.CurvePoint(
              chosen.size(), some.size(), e.modelAccuracy(), e.modelMacroF1(), e.logLoss()));
    }
    return points;
  }

  /** The learners side by side, without a fit of the model itself. */
  public ModelComparison compareLearners(List<LabelledWindow> windows, int folds) {
    check(windows);
    List<LabelledWindow> ordered =
        windows.stream().sorted(Comparator.comparing(LabelledWindow::session)).toList();
    return compare(
        ordered, ordered.stream().map(LabelledWindow::label).distinct().sorted().toList(), folds);
  }

  /** The settings of the fit, and which links it has never seen. */
  private Map<String, String> settings(List<LabelledWindow> test) {
    Map<String, String> settings = new TreeMap<>(options.settings());
    settings.put(
        HELD_OUT_LINKS,
        test.stream().map(LabelledWindow::link).distinct().sorted().collect(joining(" ")));
    return settings;
  }

  private void check(List<LabelledWindow> windows) {
    for (LabelledWindow window : windows) {
      if (window.features().length != schema.size()) {
        throw new IllegalArgumentException(
            "a window of session "
                + window.session()
                + " has "
                + window.features().length
                + " features, the schema "
                + schema.size());
      }
      for (int i = 0; i < schema.size(); i++) {
        if (!Double.isFinite(window.features()[i])) {
          throw new IllegalArgumentException(
              "feature "
                  + schema.names().get(i)
                  + " of a window of session "
                  + window.session()
                  + " is "
                  + window.features()[i]);
        }
      }
    }
  }

  /** Learners over the same folds; each is fitted without the groups it is judged on. */
  private ModelComparison compare(
      List<LabelledWindow> windows, List<QualityClass> classes, int count) {
    if (count < 2) {
      return ModelComparison.none();
    }
    List<List<LabelledWindow>> folds =
        GroupedSplit.folds(windows, options.grouping(), count, options.seed());
    if (folds.size() < 2) {
      return ModelComparison.none();
    }
    Map<Candidate, List<Outcome>> outcomes = new EnumMap<>(Candidate.class);
    for (List<LabelledWindow> held : folds) {
      List<LabelledWindow> others =
          folds.stream().filter(fold -> fold != held).flatMap(Collection::stream).toList();
      List<QualityClass> present =
          classes.stream()
              .filter(c -> others.stream().anyMatch(window -> window.label() == c))
              .toList();
      if (present.size() < 3) {
        continue;
      }
      List<LabelledWindow> rows =
          Resampling.rows(others, options.comparisonRows(), options.balance(), options.seed());
      VerdictPolicy policy = new VerdictPolicy(present, options.thresholds());
      for (Candidate candidate : Candidate.values()) {
        LOG.info("comparing {} on {} rows", candidate.title(), rows.size());
        Candidate.Fitted fitted = candidate.fit(rows, present, schema, options);
        for (LabelledWindow window : held) {
          double[] probabilities = fitted.probabilities(window.features());
          outcomes
              .computeIfAbsent(candidate, _ -> new ArrayList<>())
              .add(outcome(window, policy, probabilities));
        }
      }
    }
    List<ModelComparison.Row> rows = new ArrayList<>();
    outcomes.forEach(
        (candidate, judged) -> {
          Evaluation e = Evaluation.of("windows", judged);
          rows.add(
              new ModelComparison.Row(
                  candidate.title(), e.modelAccuracy(), e.modelMacroF1(), e.logLoss(), e.ece()));
        });
    return new ModelComparison(folds.size(), rows);
  }

  private static Candidate winner(ModelComparison comparison) {
    double boosting = macroF1(comparison, Candidate.GRADIENT_BOOSTING);
    double forest = macroF1(comparison, Candidate.RANDOM_FOREST);
    return forest > boosting + CLEARLY_BETTER
        ? Candidate.RANDOM_FOREST
        : Candidate.GRADIENT_BOOSTING;
  }

  private static double macroF1(ModelComparison comparison, Candidate candidate) {
    return comparison.rows().stream()
        .filter(row -> row.model().equals(candidate.title()))
        .mapToDouble(ModelComparison.Row::macroF1)
        .findFirst()
        .orElse(0.0);
  }

  private List<Outcome> judge(List<LabelledWindow> windows, QualityClassifier classifier) {
    VerdictPolicy policy = new VerdictPolicy(classifier.classes(), options.thresholds());
    return windows.stream()
        .map(window -> outcome(window, policy, classifier.probabilities(window.features())))
        .toList();
  }

  private static Outcome outcome(
      LabelledWindow window, VerdictPolicy policy, double[] probabilities) {
    return new Outcome(
        window.session(),
        window.link(),
        window.profile(),
        window.label(),
        policy.decide(probabilities, GatingFacts.clean(Long.MAX_VALUE)),
        window.weight());
  }

  private static List<Outcome> lastPerSession(List<Outcome> outcomes) {
    Map<String, Outcome> last = new LinkedHashMap<>();
    for (Outcome o : outcomes) {
      last.put(
          o.session(),
          new Outcome(o.session(), o.link(), o.profile(), o.truth(), o.verdict(), 1.0));
    }
    return List.copyOf(last.values());
  }

  private List<FeatureRange> ranges(List<LabelledWindow> windows) {
    List<FeatureRange> ranges = new ArrayList<>(schema.size());
    for (int i = 0; i < schema.size(); i++) {
      int column = i;
      ranges.add(
          FeatureRange.of(
              schema.names().get(i),
              windows.stream().mapToDouble(w -> w.features()[column]).toArray()));
    }
    return ranges;
  }

  private static String dataDigest(List<LabelledWindow> windows) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (LabelledWindow window : windows) {
        String key =
            String.join(
                "\t",
                window.session(),
                window.link(),
                window.profile(),
                window.label().label() + "\n");
        sha256.update(key.getBytes(StandardCharsets.UTF_8));
        ByteBuffer values = ByteBuffer.allocate(Double.BYTES * (window.features().length + 1));
        for (double value : window.features()) {
          values.putDouble(value);
        }
        sha256.update(values.putDouble(window.weight()).flip());
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
