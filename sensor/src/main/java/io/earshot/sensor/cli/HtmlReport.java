package io.earshot.sensor.cli;

import static io.earshot.models.report.ReportPage.escape;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import io.earshot.models.classify.Verdict;
import io.earshot.models.feature.FetchedObject;
import io.earshot.models.report.Chart;
import io.earshot.models.report.Chart.Series;
import io.earshot.models.report.Colour;
import io.earshot.models.report.ReportPage;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.pipeline.AnalysedStream;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowRow;
import io.earshot.sensor.pipeline.WindowVerdict;
import io.earshot.sensor.window.WindowObservation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The page of {@code analyze --report}: what a stranger reads first is the verdict, then how it
 * went, then what it rests on.
 *
 * <p>Watches one analysis at a time and keeps its windows until {@link #capture} writes them down;
 * of more than {@value #MAX_CHARTED_WINDOWS} windows the rest has no charts. Owner: the thread that
 * analyses.
 */
final class HtmlReport {
  /** A page with more windows than this would be slow to open; the rest is said in words. */
  private static final int MAX_CHARTED_WINDOWS = 50_000;

  private static final double MEGA = 1e6;

  private final ReportPage page;
  private final StringBuilder summary = new StringBuilder();
  private final Map<String, List<Moment>> moments = new HashMap<>();
  private int captures;
  private long charted;

  HtmlReport(String title) {
    page = new ReportPage(title);
  }

  /** What the charts need of one window; NaN where it could not be measured. */
  private record Moment(
      double startSeconds,
      String label,
      List<Double> probabilities,
      double audioMegabytes,
      double rttMillis,
      double retransmissionPercent,
      double downloadMbps,
      List<FetchedObject> objects) {

    static Moment of(WindowVerdict window) {
      WindowObservation seen = window.observation();
      List<FetchedObject> objects = seen.context().objects();
      int fresh = Math.min(seen.objects(), objects.size());
      return new Moment(
          seen.startNanos() / 1e9,
          window.verdict().labelOrUnknown(),
          window.verdict().probabilities(),
          seen.context().audioBytes() / MEGA,
          seen.rttNanos() == 0 ? Double.NaN : seen.rttNanos() / 1e6,
          seen.retransmissionRatio() * 100,
          downloadMbps(seen),
          List.copyOf(objects.subList(objects.size() - fresh, objects.size())));
    }

    private static double downloadMbps(WindowObservation seen) {
      Double kbps = seen.downloadRateKbps();
      return kbps == null ? Double.NaN : kbps / 1000;
    }
  }

  /** Watches an analysis and hands everything on. */
  VerdictListener watching(VerdictListener next) {
    moments.clear();
    return new VerdictListener() {
      @Override
      public void window(WindowVerdict window) {
        if (charted < MAX_CHARTED_WINDOWS) {
          charted++;
          moments
              .computeIfAbsent(window.observation().stream().id(), _ -> new ArrayList<>())
              .add(Moment.of(window));
        }
        next.window(window);
      }

      @Override
      public void ended(StreamResult stream) {
        next.ended(stream);
      }
    };
  }

  /** Adds an analysed capture. */
  void capture(String name, CaptureAnalysis analysis) {
    captures++;
    Verdict verdict = analysis.verdict();
    summary.append(
        "<tr><td><a href=\"#c%d\">%s</a></td><td class=\"text\">%s%s</td><td>%s</td><td>%d</td></tr>%n"
            .formatted(
                captures,
                escape(name),
                key(verdict.labelOrUnknown()),
                words(verdict.labelOrUnknown()),
                verdict.isUnknown() ? "" : percent(verdict.confidence()),
                analysis.streams().size()));
    section(name, analysis);
    moments.clear();
  }

  /** The whole page. */
  String html() {
    if (captures != 1) {
      page.first(
          """
          <h1>%d captures</h1>
          <table><tr><th>capture</th><th class="text">verdict</th><th>sure</th><th>streams</th></tr>
          %s</table>
          """
              .formatted(captures, summary));
    }
    page.html(
        """
        <footer><p>Made by Earshot %s from names, sizes and times alone; nothing was decrypted.\
         Times are UTC.</p></footer>
        """
            .formatted(escape(Version.text())));
    return page.html();
  }

  private void section(String name, CaptureAnalysis analysis) {
    page.html(
        "<h1 id=\"c%d\">%s <span class=\"soft\">· %s UTC · %s · %,d packets</span></h1>"
            .formatted(
                captures,
                escape(name),
                date(analysis.stats().firstNanos()),
                AnalysisText.duration(analysis.durationSeconds()),
                analysis.stats().framesReceived()));
    AnalysedStream principal = analysis.principal().orElse(null);
    verdict(analysis.verdict(), principal);
    if (analysis.stats().damage() != null) {
      page.html("<p><b>Damaged:</b> " + escape(analysis.stats().damage()) + "</p>");
    }
    for (String law : analysis.brokenLaws()) {
      page.html("<p><b>Counters contradict each other:</b> " + escape(law) + "</p>");
    }
    for (AnalysedStream stream : analysis.streams()) {
      stream(stream, moments.getOrDefault(stream.result().stream().id(), List.of()));
    }
  }

  private void verdict(Verdict verdict, @Nullable AnalysedStream principal) {
    String label = verdict.labelOrUnknown();
    StringBuilder card = new StringBuilder();
    card.append(
        """
        <section class="verdict" style="--is:%s"><p class="of">Audio quality</p>
        <p class="answer"><i></i>%s</p>
        """
            .formatted(variable(label), words(label)));
    UnknownReason reason = verdict.unknownReason();
    if (reason == null) {
      card.append(
          "<p class=\"sure\">%s. Earshot is <b>%s</b> sure.</p>%n"
              .formatted(bitrate(label), percent(verdict.confidence())));
    } else {
      card.append("<p class=\"sure\">%s</p>%n".formatted(explain(reason)));
    }
    if (!verdict.probabilities().isEmpty()) {
      card.append(ladder(verdict));
    }
    if (principal != null) {
      changed(card, principal.windows());
      if (!verdict.isUnknown() && verdict.label() != null && sharesAFile(verdict)) {
        card.append(
            "<p class=\"soft\">The desktop client fetches the same file for low and normal; the"
                + " probabilities say how the two share it.</p>\n");
      }
    } else {
      card.append("<p>No Spotify traffic was seen in this capture.</p>\n");
    }
    page.html(card.append("</section>").toString());
  }

  private static boolean sharesAFile(Verdict verdict) {
    return (verdict.label() == QualityClass.NORMAL || verdict.label() == QualityClass.LOW)
        && Math.min(verdict.probability(QualityClass.LOW), verdict.probability(QualityClass.NORMAL))
            > 0.1;
  }

  private static String ladder(Verdict verdict) {
    StringBuilder ladder = new StringBuilder("<ol class=\"ladder\">");
    for (QualityClass quality : QualityClass.values()) {
      ladder.append(
          "<li%s style=\"--c:%s;--p:%.1f%%\">%s<small>%s</small></li>"
              .formatted(
                  quality == verdict.label() ? " class=\"is\"" : "",
                  variable(quality.label()),
                  verdict.probability(quality) * 100,
                  words(quality.label()),
                  percent(verdict.probability(quality))));
    }
    return ladder.append("</ol>\n").toString();
  }

  /** Says it in words when the quality changed on the way. */
  private static void changed(StringBuilder card, List<WindowRow> windows) {
    List<WindowRow> turns = new ArrayList<>();
    for (WindowRow row : windows) {
      boolean answered = row.unknownReason() == null;
      if (answered && (turns.isEmpty() || !turns.getLast().label().equals(row.label()))) {
        turns.add(row);
      }
    }
    if (turns.size() < 2) {
      return;
    }
    String way =
        turns.size() > 6
            ? "%d times, at last to <b>%s</b> at %s"
                .formatted(
                    turns.size() - 1,
                    words(turns.getLast().label()),
                    clock(turns.getLast().startNanos()))
            : turns.stream()
                .skip(1)
                .map(
                    row ->
                        "%s<b>%s</b> at %s"
                            .formatted(
                                key(row.label()), words(row.label()), clock(row.startNanos())))
                .collect(
                    Collectors.joining(
                        ", then to ",
                        "from %s<b>%s</b> to "
                            .formatted(
                                key(turns.getFirst().label()), words(turns.getFirst().label())),
                        ""));
    card.append("<p class=\"changed\">The answer changed ").append(way).append(".</p>\n");
  }

  private void stream(AnalysedStream stream, List<Moment> seen) {
    StreamResult result = stream.result();
    var context = result.last().context();
    String where = WhereaboutsText.listener(result.where());
    page.html(
        "<h2>Listener %s <span class=\"soft\">stream %s</span></h2>"
            .formatted(
                escape(AddressText.of(result.stream().client())),
                escape(result.stream().id().substring(0, 8))));
    page.html(
        """
        <ul class="facts"><li>at the end <b>%s</b></li><li>most of the time <b>%s</b></li>\
        <li>audio objects <b>%d%s</b></li><li>audio <b>%.1f MB</b></li><li>track changes <b>%d</b></li>\
        <li>named by <b>%s</b></li><li>server <b>%s</b></li>%s</ul>
        """
            .formatted(
                answer(result.verdict()),
                answer(result.majority()),
                context.objectsTotal(),
                result.bitrateKbps() == null
                    ? ""
                    : " of about %d kbit/s".formatted(result.bitrateKbps()),
                context.audioBytes() / MEGA,
                context.trackChanges().size(),
                escape(
                    result.last().evidence().stream()
                        .sorted()
                        .map(e -> e.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", "))),
                escape(WhereaboutsText.server(result)),
                where.isEmpty() ? "" : "<li>listener <b>" + escape(where) + "</b></li>"));
    if (seen.isEmpty()) {
      page.html("<p>Too many windows in this report to draw those of this stream.</p>");
      return;
    }
    charts(seen, result.stream().startNanos() / 1e9);
    reasons(stream.windows());
  }

  private void charts(List<Moment> seen, double startSeconds) {
    List<Double> x = seen.stream().map(Moment::startSeconds).toList();
    List<String> labels = new ArrayList<>();
    for (QualityClass quality : QualityClass.values()) {
      labels.add(quality.label());
    }
    labels.add("unknown");
    List<Series> strip = new ArrayList<>();
    for (String label : labels) {
      List<Double> cells = new ArrayList<>();
      seen.forEach(moment -> cells.add(moment.label().equals(label) ? 1.0 : Double.NaN));
      if (cells.stream().anyMatch(cell -> !cell.isNaN())) {
        strip.add(new Series(words(label), Colour.ofLabel(label), false, cells));
      }
    }
    page.chart(
        new Chart(
            Chart.Kind.STRIP, "How the answer went", "one cell per window", x, true, "", strip));
    if (seen.stream().anyMatch(moment -> !moment.probabilities().isEmpty())) {
      List<Series> shares = new ArrayList<>();
      for (QualityClass quality : QualityClass.values()) {
        shares.add(
            series(
                words(quality.label()),
                Colour.ofLabel(quality.label()),
                seen,
                moment ->
                    moment.probabilities().isEmpty()
                        ? Double.NaN
                        : moment.probabilities().get(position(quality))));
      }
      page.chart(
          new Chart(
              Chart.Kind.SHARES,
              "Probability of each class",
              "empty while nothing was known",
              x,
              true,
              "",
              shares));
    }
    objects(seen, startSeconds);
    page.html("<div class=\"row\">");
    lines(
        "Audio fetched so far, MB",
        x,
        series("audio", Colour.ACCENT, seen, Moment::audioMegabytes));
    lines("Round-trip time, ms", x, series("RTT", Colour.ACCENT, seen, Moment::rttMillis));
    lines(
        "Repeated segments, %",
        x, series("repeated", Colour.ACCENT, seen, Moment::retransmissionPercent));
    lines(
        "Download rate of the last object, Mbit/s",
        x,
        series("rate", Colour.ACCENT, seen, Moment::downloadMbps));
    page.html("</div>");
  }

  @SuppressWarnings("EnumOrdinal") // a verdict's probabilities are in the order of the classes
  private static int position(QualityClass quality) {
    return quality.ordinal();
  }

  /** Objects as points; on the axis of the windows, so that the charts stand beneath each other. */
  private void objects(List<Moment> seen, double startSeconds) {
    Map<Double, Double> sizes = new TreeMap<>();
    TreeSet<Double> x = new TreeSet<>();
    for (Moment moment : seen) {
      x.add(moment.startSeconds());
      for (FetchedObject object : moment.objects()) {
        sizes.merge(startSeconds + object.startSeconds(), object.bytes() / MEGA, Math::max);
      }
    }
    if (sizes.isEmpty()) {
      page.html("<p>No audio object was completed.</p>");
      return;
    }
    x.addAll(sizes.keySet());
    List<Double> points = new ArrayList<>();
    for (double at : x) {
      points.add(sizes.getOrDefault(at, Double.NaN));
    }
    page.chart(
        new Chart(
            Chart.Kind.LINES,
            "Audio objects, MB each",
            "a point is a track or a segment that was fetched",
            List.copyOf(x),
            true,
            "",
            List.of(new Series("one object", Colour.ACCENT, true, points))));
  }

  private void lines(String title, List<Double> x, Series series) {
    if (series.values().stream().anyMatch(value -> !value.isNaN())) {
      page.chart(new Chart(Chart.Kind.LINES, title, "", x, true, "", List.of(series)));
    } else {
      page.html(
          "<figure><figcaption><b>%s</b> <span>could not be measured</span></figcaption></figure>"
              .formatted(escape(title)));
    }
  }

  private static Series series(
      String label, Colour colour, List<Moment> seen, ToDoubleFunction<Moment> value) {
    List<Double> values = new ArrayList<>();
    seen.forEach(moment -> values.add(value.applyAsDouble(moment)));
    return new Series(label, colour, false, values);
  }

  private void reasons(List<WindowRow> windows) {
    Map<UnknownReason, Long> counts = new LinkedHashMap<>();
    for (WindowRow row : windows) {
      UnknownReason reason = row.unknownReason();
      if (reason != null) {
        counts.merge(reason, 1L, Long::sum);
      }
    }
    if (counts.isEmpty()) {
      return;
    }
    StringBuilder table =
        new StringBuilder(
            "<h3>Why some windows are unknown</h3><table><tr><th>reason</th><th>windows</th>"
                + "<th class=\"text\">meaning</th></tr>");
    counts.forEach(
        (reason, count) ->
            table.append(
                "<tr><td><code>%s</code></td><td>%d of %d</td><td class=\"text\">%s</td></tr>"
                    .formatted(reason.label(), count, windows.size(), explain(reason))));
    page.html(table.append("</table>").toString());
  }

  /** What an unknown means and what can be done about it. */
  private static String explain(UnknownReason reason) {
    return switch (reason) {
      case NO_AUDIO ->
          "No audio came over this wire: the track was cached, playback was paused, or only control"
              + " traffic was captured. Capture across a change of track.";
      case INSUFFICIENT_EVIDENCE ->
          "Too little audio was seen to tell one bitrate from another. Capture for longer.";
      case LOW_CONFIDENCE -> "The audio fits several classes and none is clearly ahead.";
      case CAPTURE_LOSS ->
          "The capture itself missed packets, so sizes cannot be trusted. Look at the mirror port.";
      case ONE_SIDED -> "Only one direction was captured. Mirror both.";
      case OFFLOAD ->
          "Frames larger than the MTU: receive offload on the capturing host falsifies sizes. Turn"
              + " GRO and LRO off.";
      case IMPLAUSIBLE -> "The traffic is unlike anything the model was trained on.";
    };
  }

  private static String answer(Verdict verdict) {
    UnknownReason reason = verdict.unknownReason();
    return reason == null
        ? key(verdict.labelOrUnknown())
            + words(verdict.labelOrUnknown())
            + ", "
            + percent(verdict.confidence())
        : key("unknown") + "Unknown (" + reason.label() + ")";
  }

  private static String key(String label) {
    return "<span class=\"key\" style=\"--c:%s\"></span>".formatted(variable(label));
  }

  private static String variable(String label) {
    return "var(--%s)".formatted(label.replace('_', '-'));
  }

  private static String words(String label) {
    String spaced = label.replace('_', ' ');
    return Character.toUpperCase(spaced.charAt(0)) + spaced.substring(1);
  }

  private static String bitrate(String label) {
    return switch (label) {
      case "low" -> "About 24 kbit/s on mobile; the file of normal on the desktop";
      case "normal" -> "About 96 kbit/s, 128 in the free web player";
      case "high" -> "About 160 kbit/s, 128 in the web player";
      case "very_high" -> "About 320 kbit/s, 256 in the web player";
      default -> "FLAC, 700 kbit/s and more";
    };
  }

  private static String percent(double share) {
    return "%.0f %%".formatted(share * 100);
  }

  private static String date(long nanos) {
    return DocumentFactory.instant(nanos).toString().replace('T', ' ').substring(0, 16);
  }

  private static String clock(long nanos) {
    return DocumentFactory.instant(nanos).toString().substring(11, 19);
  }
}
