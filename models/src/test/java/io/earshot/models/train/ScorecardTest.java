package io.earshot.models.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import io.earshot.models.classify.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ScorecardTest {
  private static final String THREE =
      "streams after three tracks or 60 s of web playback: accuracy";
  private static final String RULE = "accuracy beyond that of the baseline rule, at the end";

  private final Scorecard scorecard = new Scorecard();

  @Test
  void findings_nothingFedIn_measuresNothing() {
    assertThat(scorecard.findings().figures())
        .isNotEmpty()
        .allSatisfy(
            figure -> {
              assertThat(figure.measured()).isFalse();
              assertThat(figure.held()).isFalse();
              assertThat(figure.state()).isEqualTo("not measured");
            });
  }

  @Test
  void findings_oneInFiftyWrong_holdsTheTarget() {
    sessions(Stage.THREE_TRACKS, 49, 1, 0);

    assertThat(figure(THREE).value()).isEqualTo(0.98);
    assertThat(figure(THREE).held()).isTrue();
  }

  @Test
  void findings_twoInFiftyWrong_missesTheTarget() {
    sessions(Stage.THREE_TRACKS, 48, 2, 0);

    assertThat(figure(THREE).held()).isFalse();
    assertThat(figure(THREE).state()).isEqualTo("MISSED");
  }

  /** A model that does not clearly beat the rule is not to be shipped: the report must say so. */
  @Test
  void findings_modelAsGoodAsTheRule_missesTheTarget() {
    sessions(Stage.END, 90, 10, 90);

    assertThat(figure(RULE).value()).isZero();
    assertThat(figure(RULE).held()).isFalse();
    String text = report();
    assertThat(text).containsPattern(RULE + ".*MISSED");
  }

  @Test
  void findings_modelBetterThanTheRule_holdsTheTarget() {
    sessions(Stage.END, 98, 2, 90);

    assertThat(figure(RULE).value()).isCloseTo(0.08, Offset.offset(1e-9));
    assertThat(figure(RULE).held()).isTrue();
    assertThat(scorecard.findings().stages().getFirst().onlyModelRight()).isEqualTo(8);
    assertThat(scorecard.findings().stages().getFirst().onlyRuleRight()).isZero();
  }

  @Test
  void findings_variant_isHeldAgainstTheSameSessions() {
    List<StagedOutcome> whole = new ArrayList<>();
    List<StagedOutcome> middle = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      whole.add(outcome(Stage.THREE_TRACKS, "s" + i, true, true));
      if (i < 5) {
        middle.add(outcome(Stage.THREE_TRACKS, "s" + i, i > 0, true));
      }
    }
    scorecard.whole(whole);
    scorecard.midStream(middle);

    Figure figure = figure("captures that start mid-stream: accuracy lost");
    assertThat(figure.count()).isEqualTo(5);
    assertThat(figure.value()).isCloseTo(0.2, Offset.offset(1e-9));
    assertThat(figure.held()).isFalse();
  }

  @Test
  void findings_sessionsWithoutAudio_wantUnknown() {
    silent(Verdict.unknown(UnknownReason.NO_AUDIO));
    silent(Verdict.unknown(UnknownReason.NO_AUDIO));
    silent(answer(QualityClass.LOW));

    assertThat(figure("sessions without audio answered unknown: share").value())
        .isEqualTo(2.0 / 3.0);
  }

  private void silent(Verdict verdict) {
    scorecard.session(
        List.of(), List.of(), new Outcome("s", "l", "p", null, verdict, 1.0), List.of());
  }

  /** The first sessions are those that are right. */
  private void sessions(Stage stage, int right, int wrong, int ruleRight) {
    for (int i = 0; i < right + wrong; i++) {
      StagedOutcome outcome = outcome(stage, "s" + i, i < right, i < ruleRight);
      scorecard.session(List.of(), List.of(), outcome.model(), List.of(outcome));
    }
  }

  private static StagedOutcome outcome(
      Stage stage, String session, boolean right, boolean ruleRight) {
    return new StagedOutcome(stage, outcome(session, right), outcome(session, ruleRight));
  }

  private static Outcome outcome(String session, boolean right) {
    return new Outcome(
        session,
        "link",
        "profile",
        QualityClass.HIGH,
        answer(right ? QualityClass.HIGH : QualityClass.NORMAL),
        1.0);
  }

  private static Verdict answer(QualityClass quality) {
    return new Verdict(quality, 0.9, List.of(), null);
  }

  private Figure figure(String name) {
    return scorecard.findings().figures().stream()
        .filter(figure -> figure.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private String report() {
    return new EvaluationReport("test", List.of(), ModelComparison.none(), scorecard.findings())
        .text();
  }
}
