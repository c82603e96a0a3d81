package io.earshot.sensor.cli;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import io.earshot.models.classify.FeatureWeight;
import io.earshot.models.classify.Verdict;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.pipeline.AnalysedStream;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.CauseRule;
import io.earshot.sensor.pipeline.WindowRow;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The text of {@code analyze}: the verdict first, then what it rests on, then its evolution. */
final class AnalysisText {
  private static final int STRIP_WIDTH = 72;

  private AnalysisText() {}

  static String of(String capture, CaptureAnalysis analysis) {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "%s: %,d packets, %s",
        capture,
        analysis.stats().framesReceived(),
        duration(analysis.durationSeconds()));
    if (analysis.stats().damage() != null) {
      line(text, "  damaged   %s", analysis.stats().damage());
    }
    line(text, "  verdict   %s", verdict(analysis.verdict()));
    if (analysis.streams().isEmpty()) {
      line(text, "  streams   none: no Spotify flow was seen");
    }
    for (AnalysedStream stream : analysis.streams()) {
      stream(text, stream);
    }
    for (String law : analysis.brokenLaws()) {
      line(text, "  BROKEN    %s", law);
    }
    return text.toString();
  }

  private static void stream(StringBuilder text, AnalysedStream stream) {
    var result = stream.result();
    var context = result.last().context();
    line(text, "");
    line(
        text,
        "  stream    %s, client %s%s",
        result.stream().id().substring(0, 8),
        AddressText.of(result.stream().client()),
        result.last().clients() == 1
            ? ""
            : ", an address that %d clients seem to share".formatted(result.last().clients()));
    line(
        text,
        "  evidence  %d audio object%s%s, %.1f MB of audio, %d track change%s; named by %s",
        context.objectsTotal(),
        context.objectsTotal() == 1 ? "" : "s",
        result.bitrateKbps() == null ? "" : " of about %d kbit/s".formatted(result.bitrateKbps()),
        context.audioBytes() / 1e6,
        context.trackChanges().size(),
        context.trackChanges().size() == 1 ? "" : "s",
        String.join(
            ", ",
            result.last().evidence().stream()
                .sorted()
                .map(e -> e.name().toLowerCase(Locale.ROOT))
                .toList()));
    String where = WhereaboutsText.listener(result.where());
    if (!where.isEmpty()) {
      line(text, "  where     %s", where);
    }
    line(text, "  server    %s", WhereaboutsText.server(result));
    if (result.last().oneSided()) {
      line(
          text,
          "  capture   one direction only: round trips, capture loss and the cause stay unknown;"
              + " mirror the other one too");
    }
    line(text, "  at end    %s", verdict(result.verdict()));
    line(text, "  majority  %s", verdict(result.majority()));
    if (!result.majority().probabilities().isEmpty()) {
      line(text, "  classes   %s", probabilities(stream.verdict()));
    }
    CauseRule.Finding cause = stream.cause();
    if (cause != null) {
      line(text, "  cause     %s", CauseText.of(cause, result.last().rttNanos()));
    }
    String explained =
        result.verdict().isUnknown() ? "the best class" : result.verdict().labelOrUnknown();
    for (FeatureWeight weight : result.explanation()) {
      line(
          text,
          "  because   %s is %.2f, which speaks %s %s (%+.2f)",
          weight.feature(),
          weight.value(),
          weight.weight() < 0 ? "against" : "for",
          explained,
          weight.weight());
    }
    evolution(text, stream.windows());
  }

  /** A strip with one letter per window, and the runs of equal verdicts in words. */
  private static void evolution(StringBuilder text, List<WindowRow> windows) {
    if (windows.isEmpty()) {
      return;
    }
    StringBuilder strip = new StringBuilder();
    for (WindowRow row : windows) {
      strip.append(letter(row.label()));
    }
    line(
        text,
        "  windows   %d of %s  (. unknown  l low  n normal  h high  V very_high  L lossless)",
        windows.size(),
        duration((windows.getFirst().endNanos() - windows.getFirst().startNanos()) / 1e9));
    for (int i = 0; i < strip.length(); i += STRIP_WIDTH) {
      line(text, "            %s", strip.substring(i, Math.min(strip.length(), i + STRIP_WIDTH)));
    }
    int from = 0;
    for (int i = 1; i <= windows.size(); i++) {
      if (i == windows.size() || !same(windows.get(i), windows.get(from))) {
        phase(text, windows.subList(from, i));
        from = i;
      }
    }
  }

  private static void phase(StringBuilder text, List<WindowRow> run) {
    WindowRow first = run.getFirst();
    double confidence = run.stream().mapToDouble(WindowRow::confidence).average().orElse(0);
    UnknownReason reason = first.unknownReason();
    line(
        text,
        "            %s  %s",
        AnalysisJson.instant(first.startNanos()),
        reason == null
            ? "%-10s %.2f  for %s".formatted(first.label(), confidence, duration(seconds(run)))
            : "unknown    %s  for %s".formatted(reason.label(), duration(seconds(run))));
  }

  private static double seconds(List<WindowRow> run) {
    return run.stream().mapToDouble(row -> (row.endNanos() - row.startNanos()) / 1e9).sum();
  }

  private static boolean same(WindowRow a, WindowRow b) {
    return a.label().equals(b.label()) && a.unknownReason() == b.unknownReason();
  }

  private static char letter(String label) {
    return switch (label) {
      case "low" -> 'l';
      case "normal" -> 'n';
      case "high" -> 'h';
      case "very_high" -> 'V';
      case "lossless" -> 'L';
      default -> '.';
    };
  }

  private static String verdict(Verdict verdict) {
    if (!verdict.isUnknown()) {
      return "%s, confidence %.2f".formatted(verdict.labelOrUnknown(), verdict.confidence());
    }
    return "unknown: " + explain(verdict.unknownReason());
  }

  private static String explain(@Nullable UnknownReason reason) {
    return switch (reason) {
      case null -> "no reason given";
      case NO_AUDIO -> "no_audio (cached, paused, or only control traffic)";
      case INSUFFICIENT_EVIDENCE ->
          "insufficient_evidence (too little audio to tell one bitrate from another)";
      case LOW_CONFIDENCE -> "low_confidence (no class is clearly ahead)";
      case CAPTURE_LOSS -> "capture_loss (the capture itself missed packets)";
      case ONE_SIDED -> "one_sided (only one direction was captured)";
      case OFFLOAD -> "offload (receive offload on the capturing host falsifies sizes)";
      case IMPLAUSIBLE -> "implausible (unlike anything the model was trained on)";
    };
  }

  private static String probabilities(Verdict verdict) {
    StringBuilder text = new StringBuilder();
    for (QualityClass quality : QualityClass.values()) {
      text.append("%s %.2f  ".formatted(quality.label(), verdict.probability(quality)));
    }
    return text.toString().strip();
  }

  static String duration(double seconds) {
    Duration d = Duration.ofMillis(Math.round(seconds * 1000));
    if (d.compareTo(Duration.ofMinutes(1)) < 0) {
      return seconds == Math.rint(seconds)
          ? "%.0f s".formatted(seconds)
          : "%.1f s".formatted(seconds);
    }
    if (d.compareTo(Duration.ofHours(1)) < 0) {
      return "%d min %02d s".formatted(d.toMinutes(), d.toSecondsPart());
    }
    return "%d h %02d min".formatted(d.toHours(), d.toMinutesPart());
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library we do not ship
  private static void line(StringBuilder text, String format, @Nullable Object... args) {
    text.append(format.formatted(args).stripTrailing()).append("\n");
  }
}
