package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.Verdict;
import io.earshot.models.train.Outcome;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model answered on a labelled capture, beside the truth.
 *
 * @param windows every window of every stream whose truth is known
 * @param session the verdict on the capture against its label
 * @param sameFile the same, where a label that stands for the same file counts as the true one
 * @param evidenceUnits evidence the verdict rests on, in whole tracks
 * @param audioBytes audio payload of the principal stream
 * @param atEnd the principal stream's verdict at its end
 */
public record JudgedSession(
    List<Outcome> windows,
    Outcome session,
    Outcome sameFile,
    double evidenceUnits,
    long audioBytes,
    String atEnd) {
  /** Names of the columns of {@link #csv}. */
  public static final String CSV_HEADER =
      "session,profile,link,truth,right,verdict,confidence,unknown_reason,evidence_units,audio_bytes,at_end";

  public JudgedSession {
    windows = List.copyOf(windows);
  }

  /**
   * Analyses the capture as {@code analyze} does and compares.
   *
   * @throws CaptureException where the capture cannot be read
   */
  public static JudgedSession of(
      LabelledCapture capture, PipelineSettings settings, ModelBundle model)
      throws CaptureException {
    List<WindowVerdict> verdicts = new ArrayList<>();
    VerdictListener listener =
        new VerdictListener() {
          @Override
          public void window(WindowVerdict window) {
            verdicts.add(window);
          }

          @Override
          public void ended(StreamResult stream) {}
        };
    try (PacketSource source = capture.open()) {
      CaptureAnalysis analysis =
          CaptureAnalysis.run(source, settings, model, listener, handler -> handler);
      CaptureTruth truth = capture.truth();
      List<Outcome> windows = new ArrayList<>();
      for (WindowVerdict window : verdicts) {
        TruthTimeline.Truth at =
            truth
                .timeline()
                .at(
                    AddressText.of(window.observation().stream().client()),
                    window.observation().endNanos() - 1);
        if (at != null && (at.label() != null || !at.evidence())) {
          windows.add(outcome(truth, at.evidence() ? at.label() : null, window.verdict()));
        }
      }
      Verdict verdict = analysis.verdict();
      QualityClass given = verdict.label();
      QualityClass tolerant =
          given != null && truth.acceptable().contains(given) ? given : truth.label();
      return new JudgedSession(
          windows,
          outcome(truth, truth.label(), verdict),
          outcome(truth, tolerant, verdict),
          analysis.principal().map(s -> s.result().evidenceUnits()).orElse(0.0),
          analysis.principal().map(s -> s.result().audioBytes()).orElse(0L),
          analysis.principal().map(s -> s.result().verdict().labelOrUnknown()).orElse("unknown"));
    }
  }

  /** One line of a table of captures. */
  public String csv() {
    QualityClass truth = session.truth();
    Verdict verdict = session.verdict();
    return String.join(
        ",",
        session.session(),
        session.profile(),
        session.link(),
        truth == null ? "unknown" : truth.label(),
        verdict.label() == sameFile.truth() ? "1" : "0",
        verdict.labelOrUnknown(),
        "%.3f".formatted(verdict.confidence()),
        verdict.unknownReason() == null ? "" : verdict.unknownReason().label(),
        "%.2f".formatted(evidenceUnits),
        Long.toString(audioBytes),
        atEnd);
  }

  private static Outcome outcome(
      CaptureTruth truth, @Nullable QualityClass label, Verdict verdict) {
    return new Outcome(truth.session(), truth.link(), truth.profile(), label, verdict, 1.0);
  }
}
