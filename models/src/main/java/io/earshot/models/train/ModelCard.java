package io.earshot.models.train;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelManifest;
import io.earshot.models.classify.ModelMetrics;
import io.earshot.models.classify.OperatingThresholds;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes {@code MODEL_CARD.md}: what a model is, what it was measured on, what is not known. */
final class ModelCard {
  private final ModelManifest manifest;
  private final GroupedSplit.Parts parts;
  private final ModelComparison comparison;
  private final Evaluation windows;
  private final Evaluation sessions;

  ModelCard(
      ModelManifest manifest,
      GroupedSplit.Parts parts,
      ModelComparison comparison,
      Evaluation windows,
      Evaluation sessions) {
    this.manifest = manifest;
    this.parts = parts;
    this.comparison = comparison;
    this.windows = windows;
    this.sessions = sessions;
  }

  String text() {
    return """
    # Model card: %s

    Says how good a Spotify stream sounds (%s) from the sizes, times and directions of its packets.
    Made for network operators who watch a mirror port, window by window. It decrypts nothing, and
    it must not be used to judge a person.

    ## What it is

    | item | value |
    | --- | --- |
    | algorithm | %s, Smile %s |
    | settings | %s |
    | input | %d features, schema `%s` |
    | calibration | temperature %s, weight of the size evidence %s, fitted on groups held out from the fit |
    | answers from | %s; otherwise `unknown` |
    | seed | %d |
    | training data | SHA-256 `%s` |
    | made with | `%s` |

    ## Data

    %d independent groups; %s.

    | part | windows | sessions | links | %s |
    | --- | --: | --: | --: | %s |
    %s%s%s
    ## Figures on sessions%s it has never seen

    | subject | count | accuracy | coverage | accuracy of answers | macro F1 | log loss | ECE |
    | --- | --: | --: | --: | --: | --: | --: | --: |
    %s%s
    Accuracy and macro F1 count an `unknown` as a miss. Sessions are judged by the verdict on their
    last window.

    ### Windows by class

    | class | precision | recall | F1 | weight |
    | --- | --: | --: | --: | --: |
    %s
    ### Windows by client

    | client | count | accuracy | coverage | accuracy of answers | macro F1 |
    | --- | --: | --: | --: | --: | --: |
    %s
    %s
    ## What is not known

    - The figures above hold for data like the training data. Where that was simulated, they say
      how well the simulator's sessions are told apart, and the simulator rests on a small number
      of real captures.
    - No labelled capture of a mobile client exists: everything said about mobile clients rests on
      their description, not on a measurement.
    - Accuracy on real networks is unmeasured beyond the labelled captures that came with the
      project.
    - `low` and `normal` are the same file on desktop clients, and the web player's 128 kbit/s is
      sold as `normal` or `high`. The model cannot tell such classes apart and spreads its
      probability over them.
    - A client whose way of fetching changes after this model was made is answered `unknown` at best
      and wrongly at worst; watch the drift figures.
    """
        .formatted(
            manifest.folder(),
            manifest.classes().stream().map(QualityClass::label).collect(Collectors.joining(", ")),
            manifest.algorithm().replace('_', ' '),
            manifest.smileVersion(),
            manifest.options().entrySet().stream()
                .map(e -> e.getKey().replace('_', ' ') + " " + e.getValue())
                .collect(Collectors.joining(", ")),
            manifest.features().size(),
            manifest.schemaHash().substring(0, 12),
            number(manifest.calibration().temperature()),
            number(manifest.calibration().evidenceWeight()),
            thresholds(manifest.thresholds()),
            manifest.seed(),
            manifest.dataDigest(),
            manifest.trainingCommand(),
            parts.groups(),
            bySession()
                ? "no session is in two parts, but links are: figures for unseen links are missing"
                : "no session and no link is in two parts",
            manifest.classes().stream().map(QualityClass::label).collect(Collectors.joining(" | ")),
            manifest.classes().stream().map(_ -> "--:").collect(Collectors.joining(" | ")),
            part("fit", parts.train()),
            part("calibration", parts.calibration()),
            part("test", parts.test()),
            bySession() ? "" : " and links",
            subject(windows),
            subject(sessions),
            classes(),
            clients(),
            comparison());
  }

  private boolean bySession() {
    return "session".equals(manifest.options().get("grouping"));
  }

  private static String thresholds(OperatingThresholds t) {
    return "probability "
        + t.minConfidence()
        + " ("
        + pairs(t.sameFile())
        + " counted as one), or "
        + t.pairConfidence()
        + " for "
        + pairs(t.adjacentPairs());
  }

  private static String pairs(List<OperatingThresholds.Pair> pairs) {
    return pairs.stream()
        .map(pair -> pair.worse().label() + " with " + pair.better().label())
        .collect(Collectors.joining(" or "));
  }

  private String part(String name, List<LabelledWindow> members) {
    Map<QualityClass, Integer> counts = new EnumMap<>(QualityClass.class);
    members.forEach(window -> counts.merge(window.label(), 1, Integer::sum));
    return "| %s | %d | %d | %d | %s |\n"
        .formatted(
            name,
            members.size(),
            members.stream().map(LabelledWindow::session).distinct().count(),
            members.stream().map(LabelledWindow::link).distinct().count(),
            manifest.classes().stream()
                .map(c -> Integer.toString(counts.getOrDefault(c, 0)))
                .collect(Collectors.joining(" | ")));
  }

  private static String subject(Evaluation e) {
    return "| %s | %d | %s | %s | %s | %s | %s | %s |\n"
        .formatted(
            e.subject(),
            e.count(),
            number(e.accuracy()),
            number(e.coverage()),
            number(e.answeredAccuracy()),
            number(e.macroF1()),
            number(e.logLoss()),
            number(e.ece()));
  }

  private String classes() {
    StringBuilder rows = new StringBuilder();
    for (QualityClass quality : manifest.classes()) {
      ModelMetrics.PerClass c = windows.classes().get(quality.label());
      if (c != null) {
        rows.append(
            String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s | %.0f |\n",
                quality.label(),
                number(c.precision()),
                number(c.recall()),
                number(c.f1()),
                c.support()));
      }
    }
    return rows.toString();
  }

  private String clients() {
    return windows.profiles().stream()
        .map(
            p ->
                "| %s | %d | %s | %s | %s | %s |\n"
                    .formatted(
                        p.name(),
                        p.count(),
                        number(p.accuracy()),
                        number(p.coverage()),
                        number(p.answeredAccuracy()),
                        number(p.macroF1())))
        .collect(Collectors.joining());
  }

  private String comparison() {
    if (comparison.rows().isEmpty()) {
      return "Learners were not compared.\n";
    }
    return """
    ### Learners compared

    %d folds of the data without the test part, grouped as above; before calibration and thresholds.

    | learner | accuracy | macro F1 | log loss | ECE |
    | --- | --: | --: | --: | --: |
    %s"""
        .formatted(
            comparison.folds(),
            comparison.rows().stream()
                .map(
                    r ->
                        "| %s | %s | %s | %s | %s |\n"
                            .formatted(
                                r.model(),
                                number(r.accuracy()),
                                number(r.macroF1()),
                                number(r.logLoss()),
                                number(r.ece())))
                .collect(Collectors.joining()));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
