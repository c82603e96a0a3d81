package io.earshot.models.train;

import io.earshot.models.classify.ModelMetrics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Evaluations as text for a console and as one self-contained HTML page.
 *
 * <p>Names come from data sets and are escaped. The page loads nothing from anywhere.
 */
public final class EvaluationReport {
  private static final int PLOT = 300;
  private static final int MARGIN = 44;
  private static final int CELL = 64;

  /** The learning curve's axis spans this much accuracy below 1. */
  private static final double CURVE_DEPTH = 0.4;

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

  /** One page with tables, a confusion matrix and a reliability diagram per evaluation. */
  public String html() {
    StringBuilder out = new StringBuilder();
    out.append(
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <title>%1$s</title>
        <style>
        body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;
        color:#1b1f24;background:#fff}
        table{border-collapse:collapse;margin:1rem 0}
        th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid #d8dee4}
        th:first-child,td:first-child{text-align:left}
        tr.held td:last-child{color:#116329}
        tr.missed td:last-child{color:#a40e26;font-weight:600}
        .plots{display:flex;flex-wrap:wrap;gap:2rem}
        svg text{font:11px system-ui,sans-serif;fill:#1b1f24}
        </style></head><body>
        <h1>%1$s</h1>
        """
            .formatted(escape(title)));
    figuresHtml(out);
    rowsHtml(out, "Verdicts by evidence", findings.stages());
    rowsHtml(out, "Kinds of client left out of the training", findings.leftOut());
    curveHtml(out);
    if (!comparison.rows().isEmpty()) {
      out.append("<h2>Learners over ").append(comparison.folds()).append(" grouped folds</h2>\n");
      head(out, "learner", "accuracy", "macro F1", "log loss", "ECE");
      for (ModelComparison.Row r : comparison.rows()) {
        row(out, r.model(), r.accuracy(), r.macroF1(), r.logLoss(), r.ece());
      }
      out.append("</table>\n");
    }
    for (Evaluation e : evaluations) {
      html(out, e);
    }
    return out.append("</body></html>\n").toString();
  }

  private void figuresHtml(StringBuilder out) {
    if (findings.figures().isEmpty()) {
      return;
    }
    out.append("<h2>Figures and their targets</h2>\n");
    head(out, "figure", "target", "value", "measured on", "");
    for (Figure f : findings.figures()) {
      out.append("<tr class=\"").append(f.measured() ? f.held() ? "held" : "missed" : "");
      line(
          out,
          "\"><td>%s</td><td>%s</td><td>%s</td><td>%d</td><td>%s</td></tr>",
          escape(f.name()),
          f.targetText(),
          f.valueText(),
          f.count(),
          f.state());
    }
    out.append("</table>\n");
  }

  private static void rowsHtml(StringBuilder out, String what, List<Findings.Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    out.append("<h2>").append(escape(what)).append("</h2>\n");
    out.append("<p>Labels that stand for the same file count as one; unknown is a miss.</p>\n");
    head(
        out,
        "when",
        "count",
        "accuracy",
        "coverage",
        "of answers",
        "macro F1",
        "rule's accuracy",
        "rule's macro F1",
        "only the model right",
        "only the rule right");
    for (Findings.Row r : rows) {
      row(
          out,
          r.name(),
          r.model().count(),
          r.model().accuracy(),
          r.model().coverage(),
          r.model().answeredAccuracy(),
          r.model().macroF1(),
          r.rule().accuracy(),
          r.rule().macroF1(),
          r.onlyModelRight(),
          r.onlyRuleRight());
    }
    out.append("</table>\n");
  }

  private void curveHtml(StringBuilder out) {
    List<Findings.CurvePoint> curve = findings.curve();
    if (curve.isEmpty()) {
      return;
    }
    out.append("<h2>Learning curve</h2>\n<div class=\"plots\">\n");
    int size = PLOT + 2 * MARGIN;
    line(
        out,
        "<svg role=\"img\" aria-label=\"learning curve\" width=\"%d\" height=\"%d\">",
        size,
        size);
    line(
        out,
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#8c959f\"/>",
        MARGIN,
        MARGIN,
        PLOT,
        PLOT);
    double most = curve.stream().mapToInt(Findings.CurvePoint::sessions).max().orElse(1);
    StringBuilder points = new StringBuilder();
    for (Findings.CurvePoint p : curve) {
      double x = MARGIN + PLOT * p.sessions() / most;
      double y = MARGIN + PLOT * (1.0 - p.accuracy()) / CURVE_DEPTH;
      points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, Math.min(y, MARGIN + PLOT)));
    }
    line(
        out,
        "<polyline points=\"%s\" fill=\"none\" stroke=\"#0969da\" stroke-width=\"2\"/>",
        points.toString().strip());
    String sessions = String.format(Locale.ROOT, "sessions to fit on, 0 to %.0f", most);
    label(out, MARGIN + PLOT / 2, size - 10, "middle", sessions);
    String range = String.format(Locale.ROOT, "accuracy, %.1f to 1", 1.0 - CURVE_DEPTH);
    label(out, MARGIN, MARGIN - 10, "start", range);
    out.append("</svg>\n</div>\n");
    head(out, "sessions", "windows", "accuracy", "macro F1", "log loss");
    for (Findings.CurvePoint p : curve) {
      row(out, Integer.toString(p.sessions()), p.windows(), p.accuracy(), p.macroF1(), p.logLoss());
    }
    out.append("</table>\n");
  }

  private static void html(StringBuilder out, Evaluation e) {
    out.append("<h2>").append(escape(e.subject())).append(": ").append(e.count()).append("</h2>\n");
    head(out, "figure", "value");
    row(out, "accuracy (unknown is a miss)", e.accuracy());
    row(out, "coverage", e.coverage());
    row(out, "accuracy of answers", e.answeredAccuracy());
    row(out, "macro F1", e.macroF1());
    row(out, "accuracy before thresholds", e.modelAccuracy());
    row(out, "macro F1 before thresholds", e.modelMacroF1());
    row(out, "log loss, nats", e.logLoss());
    row(out, "expected calibration error", e.ece());
    row(out, "share of unknown", e.unknownShare());
    row(out, "unknown where it is right", e.unknownRecall());
    out.append("</table>\n<div class=\"plots\">\n");
    confusion(out, e);
    reliability(out, e);
    out.append("</div>\n");
    head(out, "class", "precision", "recall", "F1", "weight");
    for (Map.Entry<String, ModelMetrics.PerClass> entry : e.classes().entrySet()) {
      ModelMetrics.PerClass c = entry.getValue();
      row(out, entry.getKey(), c.precision(), c.recall(), c.f1(), c.support());
    }
    out.append("</table>\n");
    head(out, "unknown because of", "weight");
    e.unknownReasons().forEach((reason, weight) -> row(out, reason, weight));
    out.append("</table>\n");
    head(out, "probability", "weight", "mean confidence", "accuracy");
    for (Evaluation.Bin bin : e.reliability()) {
      if (bin.weight() > 0.0) {
        String range = String.format(Locale.ROOT, "%.2f – %.2f", bin.from(), bin.to());
        row(out, range, bin.weight(), bin.confidence(), bin.accuracy());
      }
    }
    out.append("</table>\n");
    table(out, "client", e.profiles());
    table(out, "link", e.links());
  }

  private static void table(StringBuilder out, String what, List<Evaluation.Part> parts) {
    head(out, what, "count", "accuracy", "coverage", "of answers", "macro F1", "model accuracy");
    for (Evaluation.Part p : parts) {
      row(
          out,
          p.name(),
          p.count(),
          p.accuracy(),
          p.coverage(),
          p.answeredAccuracy(),
          p.macroF1(),
          p.modelAccuracy());
    }
    out.append("</table>\n");
  }

  private static void head(StringBuilder out, String... cells) {
    out.append("<table><tr>");
    for (String cell : cells) {
      out.append("<th>").append(escape(cell)).append("</th>");
    }
    out.append("</tr>\n");
  }

  private static void row(StringBuilder out, String name, double... values) {
    out.append("<tr><td>").append(escape(name)).append("</td>");
    for (double value : values) {
      boolean whole = value == Math.rint(value) && value > 1.0;
      out.append("<td>")
          .append(String.format(Locale.ROOT, whole ? "%.0f" : "%.4f", value))
          .append("</td>");
    }
    out.append("</tr>\n");
  }

  /** Share of each true class that got each label; the darker the more. */
  private static void confusion(StringBuilder out, Evaluation e) {
    List<String> labels = List.copyOf(e.confusion().keySet());
    int left = 84;
    int top = 36;
    line(
        out,
        "<svg role=\"img\" aria-label=\"confusion matrix\" width=\"%d\" height=\"%d\">",
        left + CELL * labels.size() + 4,
        top + CELL * labels.size() + 4);
    line(out, "<text x=\"0\" y=\"12\">true class by row, answer by column</text>");
    for (int i = 0; i < labels.size(); i++) {
      int middle = CELL * i + CELL / 2;
      label(out, left + middle, top - 6, "middle", labels.get(i));
      label(out, left - 6, top + middle + 4, "end", labels.get(i));
      Map<String, Double> row = e.confusion().getOrDefault(labels.get(i), Map.of());
      double sum = row.values().stream().mapToDouble(Double::doubleValue).sum();
      for (int j = 0; j < labels.size(); j++) {
        double share = Evaluation.ratio(row.getOrDefault(labels.get(j), 0.0), sum);
        line(
            out,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"rgb(%d,%d,%d)\""
                + " stroke=\"#d8dee4\"/>",
            left + CELL * j,
            top + CELL * i,
            CELL,
            CELL,
            (int) (255 - 140 * share),
            (int) (255 - 75 * share),
            255);
        if (sum > 0.0) {
          String percent = String.format(Locale.ROOT, "%.1f %%", 100.0 * share);
          label(out, left + CELL * j + CELL / 2, top + middle + 4, "middle", percent);
        }
      }
    }
    out.append("</svg>\n");
  }

  /** Accuracy over confidence; the area of a dot follows the weight of its bin. */
  private static void reliability(StringBuilder out, Evaluation e) {
    int size = PLOT + 2 * MARGIN;
    line(
        out,
        "<svg role=\"img\" aria-label=\"reliability diagram\" width=\"%d\" height=\"%d\">",
        size,
        size);
    line(
        out,
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#8c959f\"/>",
        MARGIN,
        MARGIN,
        PLOT,
        PLOT);
    line(
        out,
        "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#8c959f\" stroke-dasharray=\"4\"/>",
        MARGIN,
        MARGIN + PLOT,
        MARGIN + PLOT,
        MARGIN);
    double total = e.reliability().stream().mapToDouble(Evaluation.Bin::weight).sum();
    for (Evaluation.Bin bin : e.reliability()) {
      if (bin.weight() > 0.0) {
        line(
            out,
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"#0969da\" fill-opacity=\"0.6\"/>",
            MARGIN + PLOT * bin.confidence(),
            MARGIN + PLOT * (1.0 - bin.accuracy()),
            3.0 + 18.0 * Math.sqrt(bin.weight() / total));
      }
    }
    label(out, MARGIN + PLOT / 2, size - 10, "middle", "confidence, 0 to 1");
    label(out, MARGIN, MARGIN - 10, "start", "how often right, 0 to 1");
    out.append("</svg>\n");
  }

  private static void label(StringBuilder out, int x, int y, String anchor, String text) {
    line(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>", x, y, anchor, escape(text));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
