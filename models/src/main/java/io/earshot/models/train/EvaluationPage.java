package io.earshot.models.train;

import static io.earshot.models.report.ReportPage.escape;

import io.earshot.models.report.Chart;
import io.earshot.models.report.Colour;
import io.earshot.models.report.ReportPage;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The page of an evaluation: first the figures with their targets, then what they rest on. */
final class EvaluationPage {
  private final ReportPage page;

  private EvaluationPage(String title) {
    page = new ReportPage("Earshot: " + title);
    page.html("<h1>" + escape(title) + "</h1>");
  }

  static String of(
      String title, List<Evaluation> evaluations, ModelComparison comparison, Findings findings) {
    EvaluationPage page = new EvaluationPage(title);
    page.figures(findings.figures());
    page.rows("Verdicts by evidence", findings.stages());
    page.rows("Kinds of client left out of the training", findings.leftOut());
    page.curve(findings.curve());
    page.comparison(comparison);
    evaluations.forEach(page::evaluation);
    return page.page.html();
  }

  private void figures(List<Figure> figures) {
    if (figures.isEmpty()) {
      return;
    }
    Table table = new Table("figure", "target", "value", "measured on", "");
    for (Figure f : figures) {
      table.row(
          f.name(),
          f.targetText(),
          f.valueText(),
          String.format(Locale.ROOT, "%,d", f.count()),
          f.state());
    }
    page.html("<h2>Figures and their targets</h2>" + table.html());
  }

  private void rows(String title, List<Findings.Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    Table table =
        new Table(
            "when",
            "streams",
            "accuracy",
            "coverage",
            "of answers",
            "macro F1",
            "rule: accuracy",
            "rule: macro F1",
            "only the model right",
            "only the rule right");
    for (Findings.Row r : rows) {
      table.row(
          r.name(),
          Integer.toString(r.model().count()),
          number(r.model().accuracy()),
          number(r.model().coverage()),
          number(r.model().answeredAccuracy()),
          number(r.model().macroF1()),
          number(r.rule().accuracy()),
          number(r.rule().macroF1()),
          Integer.toString(r.onlyModelRight()),
          Integer.toString(r.onlyRuleRight()));
    }
    page.html("<h2>" + escape(title) + "</h2>");
    page.html(
        "<p>Labels that stand for the same file count as one; <code>unknown</code> is a miss. The"
            + " rule is the baseline that the model has to beat.</p>");
    page.html(table.html());
  }

  private void curve(List<Findings.CurvePoint> curve) {
    if (curve.isEmpty()) {
      return;
    }
    page.html("<h2>Learning curve</h2>");
    page.chart(
        new Chart(
            Chart.Kind.LINES,
            "Windows of held-out links over the sessions fitted on",
            "before calibration and thresholds",
            curve.stream().map(p -> (double) p.sessions()).toList(),
            false,
            "sessions",
            List.of(
                new Chart.Series(
                    "accuracy",
                    Colour.VERY_HIGH,
                    false,
                    curve.stream().map(Findings.CurvePoint::accuracy).toList()),
                new Chart.Series(
                    "macro F1",
                    Colour.ACCENT,
                    false,
                    curve.stream().map(Findings.CurvePoint::macroF1).toList()))));
    Table table = new Table("sessions", "windows", "accuracy", "macro F1", "log loss");
    for (Findings.CurvePoint p : curve) {
      table.row(
          Integer.toString(p.sessions()),
          Integer.toString(p.windows()),
          number(p.accuracy()),
          number(p.macroF1()),
          number(p.logLoss()));
    }
    page.html(table.html());
  }

  private void comparison(ModelComparison comparison) {
    if (comparison.rows().isEmpty()) {
      return;
    }
    Table table = new Table("learner", "accuracy", "macro F1", "log loss", "ECE");
    for (ModelComparison.Row r : comparison.rows()) {
      table.row(
          r.model(),
          number(r.accuracy()),
          number(r.macroF1()),
          number(r.logLoss()),
          number(r.ece()));
    }
    page.html("<h2>Learners over " + comparison.folds() + " grouped folds</h2>" + table.html());
  }

  private void evaluation(Evaluation e) {
    page.html("<h2>" + escape(e.subject()) + ": " + e.count() + "</h2>");
    Table figures = new Table("figure", "value");
    figures.row("accuracy (unknown is a miss)", number(e.accuracy()));
    figures.row("coverage", number(e.coverage()));
    figures.row("accuracy of answers", number(e.answeredAccuracy()));
    figures.row("macro F1", number(e.macroF1()));
    figures.row("accuracy before thresholds", number(e.modelAccuracy()));
    figures.row("macro F1 before thresholds", number(e.modelMacroF1()));
    figures.row("log loss, nats", number(e.logLoss()));
    figures.row("expected calibration error", number(e.ece()));
    figures.row("share of unknown", number(e.unknownShare()));
    figures.row("unknown where it is right", number(e.unknownRecall()));
    page.html(figures.html());
    confusion(e);
    reliability(e);
    Table classes = new Table("class", "precision", "recall", "F1", "weight");
    e.classes()
        .forEach(
            (name, c) ->
                classes.row(
                    name,
                    number(c.precision()),
                    number(c.recall()),
                    number(c.f1()),
                    whole(c.support())));
    page.html(classes.html());
    if (!e.unknownReasons().isEmpty()) {
      Table reasons = new Table("unknown because of", "weight");
      e.unknownReasons().forEach((reason, weight) -> reasons.row(reason, whole(weight)));
      page.html(reasons.html());
    }
    parts("client", e.profiles());
    parts("link", e.links());
  }

  /** Share of each true class that got each label; the fuller the colour the more. */
  private void confusion(Evaluation e) {
    List<String> labels = List.copyOf(e.confusion().keySet());
    StringBuilder html = new StringBuilder("<h3>Answers by true class</h3><table class=\"cells\">");
    html.append("<tr><th>true, given:</th>");
    labels.forEach(label -> html.append("<th>").append(escape(label)).append("</th>"));
    html.append("</tr>");
    for (String truth : labels) {
      Map<String, Double> row = e.confusion().getOrDefault(truth, Map.of());
      double sum = row.values().stream().mapToDouble(Double::doubleValue).sum();
      html.append("<tr><td class=\"text\">").append(escape(truth)).append("</td>");
      for (String given : labels) {
        double share = Evaluation.ratio(row.getOrDefault(given, 0.0), sum);
        html.append(
            String.format(
                Locale.ROOT,
                "<td class=\"heat\" style=\"--p:%.3f\" title=\"%.0f\">%s</td>",
                share,
                row.getOrDefault(given, 0.0),
                sum > 0.0 ? String.format(Locale.ROOT, "%.1f %%", 100.0 * share) : ""));
      }
      html.append("</tr>\n");
    }
    page.html(html.append("</table>").toString());
  }

  private void reliability(Evaluation e) {
    List<Evaluation.Bin> bins = e.reliability().stream().filter(bin -> bin.weight() > 0.0).toList();
    if (bins.isEmpty()) {
      return;
    }
    page.chart(
        new Chart(
            Chart.Kind.DIAGONAL,
            "Reliability: how often the most probable class was right",
            "on the diagonal a probability means what it says",
            bins.stream().map(Evaluation.Bin::confidence).toList(),
            false,
            "probability",
            List.of(
                new Chart.Series(
                    "right",
                    Colour.ACCENT,
                    true,
                    bins.stream().map(Evaluation.Bin::accuracy).toList()))));
    Table table = new Table("probability", "weight", "mean", "right");
    for (Evaluation.Bin bin : bins) {
      table.row(
          String.format(Locale.ROOT, "%.2f – %.2f", bin.from(), bin.to()),
          whole(bin.weight()),
          number(bin.confidence()),
          number(bin.accuracy()));
    }
    page.html(table.html());
  }

  private void parts(String what, List<Evaluation.Part> parts) {
    Table table =
        new Table(
            what, "count", "accuracy", "coverage", "of answers", "macro F1", "before thresholds");
    for (Evaluation.Part p : parts) {
      table.row(
          p.name(),
          Integer.toString(p.count()),
          number(p.accuracy()),
          number(p.coverage()),
          number(p.answeredAccuracy()),
          number(p.macroF1()),
          number(p.modelAccuracy()));
    }
    page.html(table.html());
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String whole(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  /** Cells of plain text. */
  private static final class Table {
    private final StringBuilder html = new StringBuilder("<table>");

    Table(String... heads) {
      html.append("<tr>");
      for (String head : heads) {
        html.append("<th>").append(escape(head)).append("</th>");
      }
      html.append("</tr>\n");
    }

    void row(String... cells) {
      html.append("<tr>");
      for (String cell : cells) {
        html.append("<td>").append(escape(cell)).append("</td>");
      }
      html.append("</tr>\n");
    }

    String html() {
      return html + "</table>";
    }
  }
}
