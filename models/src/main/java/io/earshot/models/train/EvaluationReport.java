package io.earshot.models.train;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Evaluations as text for a console and as one self-contained HTML page.
 *
 * <p>Names come from data sets and are escaped. The page loads nothing from anywhere.
 */
public final class EvaluationReport {
  private final String title;
  private final List<Evaluation> evaluations;
  private final ModelComparison comparison;
  private final Findings findings;

  /**
   * A report on these evaluations, in this order.
   *
   * @param title what was evaluated
   * @param comparison learners side by side; {@link ModelComparison#none} leaves the table out
   * @param findings figures with their targets; {@link Findings#NONE} leaves those tables out
   */
  public EvaluationReport(
      String title, List<Evaluation> evaluations, ModelComparison comparison, Findings findings) {
    this.title = title;
    this.evaluations = List.copyOf(evaluations);
    this.comparison = comparison;
    this.findings = findings;
  }

  /** A report without figures that have a target. */
  public EvaluationReport(String title, List<Evaluation> evaluations, ModelComparison comparison) {
    this(title, evaluations, comparison, Findings.NONE);
  }

  /** Plain text, lines of about 120 columns for ordinary names. */
  public String text() {
    StringBuilder out = new StringBuilder(title).append("\n");
    figures(out);
    rows(out, "verdicts by evidence, labels that share a file counted as one", findings.stages());
    rows(out, "kinds of client left out of the training", findings.leftOut());
    curve(out);
    if (!comparison.rows().isEmpty()) {
      out.append("\nlearners over ").append(comparison.folds()).append(" grouped folds\n");
      line(out, "%-22s %9s %9s %9s %9s", "", "accuracy", "macro F1", "log loss", "ECE");
      for (ModelComparison.Row row : comparison.rows()) {
        line(
            out,
            "%-22s %9.4f %9.4f %9.4f %9.4f",
            row.model(),
            row.accuracy(),
            row.macroF1(),
            row.logLoss(),
            row.ece());
      }
    }
    for (Evaluation e : evaluations) {
      text(out, e);
    }
    return out.toString();
  }

  private void figures(StringBuilder out) {
    if (findings.figures().isEmpty()) {
      return;
    }
    line(out, "\n%-62s %9s %9s %7s", "figure", "target", "value", "of");
    for (Figure f : findings.figures()) {
      line(
          out,
          "%-62s %9s %9s %7d  %s",
          f.name(),
          f.targetText(),
          f.valueText(),
          f.count(),
          f.state());
    }
  }

  private static void rows(StringBuilder out, String what, List<Findings.Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    line(
        out,
        "\n%-60s %6s %8s %8s %8s %8s %8s",
        what,
        "count",
        "accuracy",
        "answers",
        "macro F1",
        "rule",
        "rule F1");
    for (Findings.Row r : rows) {
      line(
          out,
          "%-60s %6d %8.4f %8.4f %8.4f %8.4f %8.4f",
          r.name(),
          r.model().count(),
          r.model().accuracy(),
          r.model().answeredAccuracy(),
          r.model().macroF1(),
          r.rule().accuracy(),
          r.rule().macroF1());
    }
    line(out, "only the model right, only the rule right:");
    for (Findings.Row r : rows) {
      line(out, "  %-58s %6d %6d", r.name(), r.onlyModelRight(), r.onlyRuleRight());
    }
  }

  private void curve(StringBuilder out) {
    if (findings.curve().isEmpty()) {
      return;
    }
    line(
        out,
        "\nlearning curve: %s",
        "a fit on part of the training sessions, judged on windows of links held out");
    line(out, "%10s %10s %9s %9s %9s", "sessions", "windows", "accuracy", "macro F1", "log loss");
    for (Findings.CurvePoint p : findings.curve()) {
      line(
          out,
          "%10d %10d %9.4f %9.4f %9.4f",
          p.sessions(),
          p.windows(),
          p.accuracy(),
          p.macroF1(),
          p.logLoss());
    }
  }

  private static void text(StringBuilder out, Evaluation e) {
    line(out, "\n%s: %d", e.subject(), e.count());
    line(
        out,
        "  accuracy %.4f  coverage %.4f  of answers %.4f  macro F1 %.4f",
        e.accuracy(),
        e.coverage(),
        e.answeredAccuracy(),
        e.macroF1());
    line(
        out,
        "  before thresholds: accuracy %.4f  macro F1 %.4f  log loss %.4f  ECE %.4f",
        e.modelAccuracy(),
        e.modelMacroF1(),
        e.logLoss(),
        e.ece());
    line(
        out,
        "  unknown %.4f of all, %.4f where it is the right answer %s",
        e.unknownShare(),
        e.unknownRecall(),
        e.unknownReasons().keySet());
    line(out, "  %-12s %9s %9s %9s %9s", "class", "precision", "recall", "F1", "weight");
    e.classes()
        .forEach(
            (label, c) ->
                line(
                    out,
                    "  %-12s %9.4f %9.4f %9.4f %9.0f",
                    label,
                    c.precision(),
                    c.recall(),
                    c.f1(),
                    c.support()));
    line(out, "  %-12s %s", "true\\given", String.join(" ", pad(e.confusion().keySet().stream())));
    e.confusion()
        .forEach(
            (truth, row) ->
                line(
                    out,
                    "  %-12s %s",
                    truth,
                    String.join(
                        " ",
                        pad(
                            row.values().stream()
                                .map(v -> String.format(Locale.ROOT, "%.0f", v))))));
    parts(out, "client", e.profiles());
    parts(out, "link", e.links());
  }

  private static List<String> pad(Stream<String> cells) {
    return cells.map(cell -> String.format(Locale.ROOT, "%9s", cell)).toList();
  }

  private static void parts(StringBuilder out, String what, List<Evaluation.Part> parts) {
    line(out, "  %-28s %8s %9s %9s %10s", what, "count", "accuracy", "coverage", "of answers");
    for (Evaluation.Part p : parts) {
      line(
          out,
          "  %-28s %8d %9.4f %9.4f %10.4f",
          p.name(),
          p.count(),
          p.accuracy(),
          p.coverage(),
          p.answeredAccuracy());
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // would be a dependency for one private method
  private static void line(StringBuilder out, String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  /** One page with tables, confusion matrices, reliability diagrams and the learning curve. */
  public String html() {
    return EvaluationPage.of(title, evaluations, comparison, findings);
  }
}
