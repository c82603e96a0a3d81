package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import io.earshot.models.classify.FeatureDrift;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.Verdict;
import io.earshot.models.train.BaselineRule;
import io.earshot.models.train.Outcome;
import io.earshot.models.train.Stage;
import io.earshot.models.train.StagedOutcome;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a model answered on a labelled capture, beside the truth and the {@link BaselineRule}.
 *
 * @param windows every window of every stream whose truth is known
 * @param sameFileWindows the same, where a label that stands for the same file counts as true
 * @param session the verdict on the capture against its label
 * @param sameFile the same, where a label that stands for the same file counts as the true one
 * @param staged verdicts of the listener's stream when it had shown so much
 * @param rule what the baseline rule says at the end of the principal stream, counted likewise
 * @param drift how far the vectors are from those of the training
 * @param evidenceUnits evidence the verdict rests on, in whole tracks
 * @param audioBytes audio payload of the principal stream
 * @param atEnd the principal stream's verdict at its end
 */
public record JudgedSession(
    List<Outcome> windows,
    List<Outcome> sameFileWindows,
    Outcome session,
    Outcome sameFile,
    List<StagedOutcome> staged,
    Outcome rule,
    FeatureDrift drift,
    double evidenceUnits,
    long audioBytes,
    String atEnd) {
  /** Names of the columns of {@link #csv}. */
  public static final String CSV_HEADER =
      "captured,session,profile,link,truth,right,verdict,confidence,unknown_reason,evidence_units,"
          + "audio_bytes,at_end,rule,rule_right,stages_right,stages_wrong";

  /** Objects that stand for three tracks, or for 60 s of the web player, where none are known. */
  private static final int TRACK_OBJECTS = 3;

  private static final int WEB_OBJECTS = 6;

  public JudgedSession {
    windows = List.copyOf(windows);
    sameFileWindows = List.copyOf(sameFileWindows);
    staged = List.copyOf(staged);
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
    VerdictListener listener = VerdictListener.windowsInto(verdicts);
    try (PacketSource source = capture.open()) {
      CaptureAnalysis analysis =
          CaptureAnalysis.run(source, settings.anew(), model, listener, handler -> handler);
      CaptureTruth truth = capture.truth();
      List<Outcome> windows = new ArrayList<>();
      List<Outcome> sameFile = new ArrayList<>();
      for (WindowVerdict window : verdicts) {
        TruthTimeline.Truth at = truthOf(truth, window);
        if (at != null && (at.label() != null || !at.evidence())) {
          QualityClass label = at.evidence() ? at.label() : null;
          windows.add(outcome(truth, label, window.verdict()));
          sameFile.add(
              label == null
                  ? outcome(truth, null, window.verdict())
                  : tolerant(truth, label, at.acceptable(), window.verdict()));
        }
      }
      Verdict verdict = analysis.verdict();
      String principal =
          analysis.principal().map(stream -> stream.result().stream().id()).orElse("");
      Verdict ruled =
          verdicts.stream()
              .filter(window -> window.observation().stream().id().equals(principal))
              .reduce((_, last) -> last)
              .map(JudgedSession::ruled)
              .orElseGet(() -> Verdict.unknown(UnknownReason.NO_AUDIO));
      return new JudgedSession(
          windows,
          sameFile,
          outcome(truth, truth.label(), verdict),
          tolerant(truth, truth.label(), truth.acceptable(), verdict),
          staged(truth, verdicts),
          tolerant(truth, truth.label(), truth.acceptable(), ruled),
          analysis.drift(),
          analysis.principal().map(s -> s.result().evidenceUnits()).orElse(0.0),
          analysis.principal().map(s -> s.result().audioBytes()).orElse(0L),
          analysis.principal().map(s -> s.result().verdict().labelOrUnknown()).orElse("unknown"));
    }
  }

  private static List<StagedOutcome> staged(CaptureTruth truth, List<WindowVerdict> verdicts) {
    List<StagedOutcome> outcomes = new ArrayList<>();
    boolean web = truth.profile().startsWith("web");
    if (!web) {
      byObjects(Stage.FIRST_OBJECT, 1, truth, verdicts).forEach(outcomes::add);
    }
    List<TruthMilestone> milestones = truth.milestones();
    if (milestones == null) {
      int enough = web ? WEB_OBJECTS : TRACK_OBJECTS;
      byObjects(Stage.THREE_TRACKS, enough, truth, verdicts).forEach(outcomes::add);
      return outcomes;
    }
    for (TruthMilestone milestone : milestones) {
      List<WindowVerdict> own =
          verdicts.stream().filter(window -> client(window).equals(milestone.client())).toList();
      Stream.concat(
              own.stream()
                  .filter(window -> window.observation().endNanos() > milestone.nanos())
                  .limit(1),
              own.reversed().stream().limit(1))
          .findFirst()
          .ifPresent(
              window ->
                  outcomes.add(
                      stagedOutcome(
                          milestone.stage(),
                          truth,
                          milestone.label(),
                          milestone.acceptable(),
                          window)));
    }
    return outcomes;
  }

  /** The first window of each stream that has shown so many objects, where its truth is known. */
  private static Stream<StagedOutcome> byObjects(
      Stage stage, int objects, CaptureTruth truth, List<WindowVerdict> verdicts) {
    return verdicts.stream()
        .filter(window -> window.observation().context().objectsTotal() >= objects)
        .findFirst()
        .stream()
        .flatMap(
            window -> {
              TruthTimeline.Truth at = truthOf(truth, window);
              return at == null || at.label() == null || !at.evidence()
                  ? Stream.empty()
                  : Stream.of(stagedOutcome(stage, truth, at.label(), at.acceptable(), window));
            });
  }

  private static StagedOutcome stagedOutcome(
      Stage stage,
      CaptureTruth truth,
      QualityClass label,
      Set<QualityClass> acceptable,
      WindowVerdict window) {
    return new StagedOutcome(
        stage,
        tolerant(truth, label, acceptable, window.verdict()),
        tolerant(truth, label, acceptable, ruled(window)));
  }

  private static Verdict ruled(WindowVerdict window) {
    QualityClass rule = BaselineRule.of(window.observation().context());
    return rule == null
        ? Verdict.unknown(UnknownReason.NO_AUDIO)
        : new Verdict(rule, 1.0, List.of(), null);
  }

  private static Outcome tolerant(
      CaptureTruth truth,
      @Nullable QualityClass label,
      Set<QualityClass> acceptable,
      Verdict verdict) {
    QualityClass given = verdict.label();
    return outcome(truth, given != null && acceptable.contains(given) ? given : label, verdict);
  }

  private static Outcome outcome(
      CaptureTruth truth, @Nullable QualityClass label, Verdict verdict) {
    return new Outcome(truth.session(), truth.link(), truth.profile(), label, verdict, 1.0);
  }

  private static TruthTimeline.@Nullable Truth truthOf(CaptureTruth truth, WindowVerdict window) {
    return truth.timeline().at(client(window), window.observation().endNanos() - 1);
  }

  private static String client(WindowVerdict window) {
    return AddressText.of(window.observation().stream().client());
  }

  /**
   * One line of a table of captures.
   *
   * @param captured how the session was captured
   */
  public String csv(String captured) {
    QualityClass truth = session.truth();
    Verdict verdict = session.verdict();
    return String.join(
        ",",
        captured,
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
        atEnd,
        rule.verdict().labelOrUnknown(),
        rule.verdict().label() == rule.truth() ? "1" : "0",
        stages(true),
        stages(false));
  }

  private String stages(boolean right) {
    return staged.stream()
        .filter(outcome -> outcome.modelRight() == right)
        .map(outcome -> outcome.stage().name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining("|"));
  }
}
