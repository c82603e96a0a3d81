package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class StreamVerdictTest {
  private static final double[] HIGH = {0.1, 0.8, 0.1};
  private static final double[] VERY_HIGH = {0.01, 0.04, 0.95};
  private static final Offset<Double> EXACT = Offset.offset(1e-12);

  private final VerdictPolicy policy =
      new VerdictPolicy(
          List.of(QualityClass.NORMAL, QualityClass.HIGH, QualityClass.VERY_HIGH),
          OperatingThresholds.standard());
  private final StreamVerdict verdict = new StreamVerdict(policy);

  @Test
  void current_beforeAnyEvidence_isNoAudio() {
    verdict.update(HIGH, 0.0);

    assertThat(verdict.current()).isEqualTo(Verdict.unknown(UnknownReason.NO_AUDIO));
    assertThat(verdict.probabilities())
        .containsExactly(new double[] {1 / 3.0, 1 / 3.0, 1 / 3.0}, EXACT);
  }

  @Test
  void current_audioBelowTheFirstObject_isInsufficientEvidence() {
    verdict.facts(GatingFacts.clean(1_000_000));

    assertThat(verdict.current().unknownReason()).isEqualTo(UnknownReason.INSUFFICIENT_EVIDENCE);
  }

  @Test
  void update_oneWindow_isItsOpinion() {
    verdict.update(HIGH, 0.2);

    assertThat(verdict.probabilities()).containsExactly(HIGH, EXACT);
    assertThat(verdict.current().label()).isEqualTo(QualityClass.HIGH);
  }

  @Test
  void update_sameOpinionAgainAndAgain_growsNoMoreCertain() {
    for (int i = 0; i < 500; i++) {
      verdict.update(HIGH, i % 7 == 0 ? 1.0 : 0.0);
    }

    assertThat(verdict.probabilities()).containsExactly(HIGH, EXACT);
  }

  @Test
  void update_withoutNewEvidence_changesNothing() {
    verdict.update(HIGH, 1.0);
    for (int i = 0; i < 1_000; i++) {
      verdict.update(VERY_HIGH, 0.0);
    }

    assertThat(verdict.probabilities()).containsExactly(HIGH, EXACT);
  }

  @Test
  void update_evidenceCutIntoManyWindows_givesTheSame() {
    StreamVerdict cut = new StreamVerdict(policy);
    verdict.update(HIGH, 2.0);
    verdict.update(VERY_HIGH, 1.0);
    for (int i = 0; i < 20; i++) {
      cut.update(HIGH, 0.1);
    }
    for (int i = 0; i < 10; i++) {
      cut.update(VERY_HIGH, 0.1);
    }

    assertThat(cut.probabilities()).containsExactly(verdict.probabilities(), Offset.offset(1e-9));
  }

  @Test
  void update_qualityChanged_followsWithinTwoUnits() {
    for (int i = 0; i < 50; i++) {
      verdict.update(HIGH, 1.0);
    }
    verdict.update(VERY_HIGH, 1.0);
    verdict.update(VERY_HIGH, 1.0);

    assertThat(verdict.current().label()).isEqualTo(QualityClass.VERY_HIGH);
  }

  @Test
  void update_longerHalfLife_followsLater() {
    StreamVerdict slow = new StreamVerdict(policy, 8.0);
    for (int i = 0; i < 50; i++) {
      slow.update(HIGH, 1.0);
    }
    slow.update(VERY_HIGH, 1.0);

    assertThat(slow.current().label()).isEqualTo(QualityClass.HIGH);
  }

  @Test
  void update_oneWindowThatExcludesTheTruth_cannotVetoIt() {
    for (int i = 0; i < 6; i++) {
      verdict.update(HIGH, 1.0);
    }
    verdict.update(new double[] {0.0, 0.0, 1.0}, 0.3);
    for (int i = 0; i < 3; i++) {
      verdict.update(HIGH, 1.0);
    }

    assertThat(verdict.current().label()).isEqualTo(QualityClass.HIGH);
  }

  @Test
  void facts_thatForbidAnAnswer_doSo() {
    verdict.update(HIGH, 1.0);
    verdict.facts(new GatingFacts(1_000_000, 0.0, true, false, false));

    assertThat(verdict.current().unknownReason()).isEqualTo(UnknownReason.ONE_SIDED);
  }

  @Test
  void constructor_halfLifeZero_isRefused() {
    assertThatThrownBy(() -> new StreamVerdict(policy, 0.0)).hasMessageContaining("half-life");
  }
}
