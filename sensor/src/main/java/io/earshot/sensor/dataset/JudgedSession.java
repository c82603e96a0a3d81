package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.Verdict;
import io.earshot.models.train.Outcome;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PcapFileSource;
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
 */
public record JudgedSession(List<Outcome> windows, Outcome session, Outcome sameFile) {
  public JudgedSession {
    windows = List.copyOf(windows);
  }

  /**
   * Analyses the capture as {@code analyze} does and compares.
   *
   * @throws CaptureException where the capture cannot be read
   */
  public static JudgedSession of(
      DatasetSession session, PipelineSettings settings, ModelBundle model)
      throws CaptureException {
    List<Outcome> windows = new ArrayList<>();
    VerdictListener listener =
        new VerdictListener() {
          @Override
          public void window(WindowVerdict window) {
            Timeline timeline = session.timeline();
            if (timeline == null) {
              windows.add(outcome(session, session.label(), window.verdict()));
              return;
            }
            Timeline.Truth truth =
                timeline.at(
                    AddressText.of(window.observation().stream().client()),
                    window.observation().endNanos() - 1);
            if (truth != null && (truth.label() != null || !truth.evidence())) {
              windows.add(
                  outcome(session, truth.evidence() ? truth.label() : null, window.verdict()));
            }
          }

          @Override
          public void ended(StreamResult stream) {}
        };
    try (PcapFileSource source = PcapFileSource.open(session.file())) {
      CaptureAnalysis analysis =
          CaptureAnalysis.run(source, settings, model, listener, handler -> handler);
      Verdict verdict = analysis.verdict();
      QualityClass label = session.label();
      QualityClass given = verdict.label();
      QualityClass tolerant = given != null && session.acceptable().contains(given) ? given : label;
      return new JudgedSession(
          windows, outcome(session, label, verdict), outcome(session, tolerant, verdict));
    }
  }

  private static Outcome outcome(
      DatasetSession session,
      @Nullable QualityClass truth,
      Verdict verdict) {
    return new Outcome(
        session.session(), session.link(), session.profile(), truth, verdict, 1.0);
  }
}
