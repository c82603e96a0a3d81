package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictPolicyTest {
  private static final GatingFacts CLEAN = GatingFacts.clean(1_000_000);

  private final VerdictPolicy policy =
      new VerdictPolicy(List.of(QualityClass.values()), OperatingThresholds.standard());

  @Test
  void decide_clearClass_isTheLabel() {
    Verdict verdict = policy.decide(new double[] {0.05, 0.05, 0.1, 0.75, 0.05}, CLEAN);

    assertThat(verdict.label()).isEqualTo(QualityClass.VERY_HIGH);
    assertThat(verdict.confidence()).isEqualTo(0.75);
    assertThat(verdict.unknownReason()).isNull();
    assertThat(verdict.probability(QualityClass.HIGH)).isEqualTo(0.1);
  }

  @Test
  void decide_lowAndNormalShareTheFile_largerOneIsTheLabel() {
    Verdict verdict = policy.decide(new double[] {0.44, 0.5, 0.06, 0, 0}, CLEAN);

    assertThat(verdict.label()).isEqualTo(QualityClass.NORMAL);
    assertThat(verdict.confidence()).isEqualTo(0.5);
  }

  @Test
  void decide_fileLikelierThanABetterClass_isTheLabel() {
    Verdict verdict = policy.decide(new double[] {0.35, 0.26, 0.38, 0.01, 0}, CLEAN);

    assertThat(verdict.label()).isEqualTo(QualityClass.LOW);
    assertThat(verdict.confidence()).isEqualTo(0.35);
  }

  @Test
  void decide_fileBelowTheThreshold_isLowConfidence() {
    Verdict verdict = policy.decide(new double[] {0.24, 0.25, 0.21, 0.2, 0.1}, CLEAN);

    assertThat(verdict.unknownReason()).isEqualTo(UnknownReason.LOW_CONFIDENCE);
    assertThat(verdict.confidence()).isEqualTo(0.25);
  }

  @Test
  void decide_normalAndHighTogether_needTheirOwnThreshold() {
    assertThat(policy.decide(new double[] {0, 0.4, 0.41, 0.19, 0}, CLEAN).label())
        .isEqualTo(QualityClass.HIGH);
    Verdict verdict = policy.decide(new double[] {0, 0.38, 0.4, 0.2, 0.02}, CLEAN);

    assertThat(verdict.isUnknown()).isTrue();
    assertThat(verdict.unknownReason()).isEqualTo(UnknownReason.LOW_CONFIDENCE);
    assertThat(verdict.confidence()).isEqualTo(0.4);
    assertThat(verdict.probabilities()).hasSize(5);
  }

  @Test
  void decide_neighboursThatShareNoFile_areLowConfidence() {
    Verdict verdict = policy.decide(new double[] {0, 0.02, 0.49, 0.49, 0}, CLEAN);

    assertThat(verdict.unknownReason()).isEqualTo(UnknownReason.LOW_CONFIDENCE);
  }

  @Test
  void decide_classesOfTheModel_landInTheirPlaces() {
    VerdictPolicy three =
        new VerdictPolicy(
            List.of(QualityClass.LOSSLESS, QualityClass.LOW), OperatingThresholds.standard());

    Verdict verdict = three.decide(new double[] {0.9, 0.1}, CLEAN);

    assertThat(verdict.label()).isEqualTo(QualityClass.LOSSLESS);
    assertThat(verdict.probabilities()).containsExactly(0.1, 0.0, 0.0, 0.0, 0.9);
  }

  @Test
  void decide_objections_nameTheCauseBeforeItsConsequence() {
    assertReason(new GatingFacts(0, 0.9, true, true, true), UnknownReason.ONE_SIDED);
    assertReason(new GatingFacts(0, 0.9, false, true, true), UnknownReason.CAPTURE_LOSS);
    assertReason(new GatingFacts(0, 0.0, false, true, true), UnknownReason.NO_AUDIO);
    assertReason(new GatingFacts(9, 0.0, false, true, true), UnknownReason.INSUFFICIENT_EVIDENCE);
    assertReason(new GatingFacts(1 << 20, 0.0, false, false, true), UnknownReason.IMPLAUSIBLE);
  }

  @Test
  void decide_offload_explainsADoubtAndForbidsNoAnswer() {
    GatingFacts merged = new GatingFacts(1 << 20, 0.0, false, true, false);

    assertThat(policy.decide(new double[] {0, 0, 0, 1, 0}, merged).label())
        .isEqualTo(QualityClass.VERY_HIGH);
    assertThat(policy.decide(new double[] {0, 0.02, 0.49, 0.49, 0}, merged).unknownReason())
        .isEqualTo(UnknownReason.OFFLOAD);
  }

  @Test
  void decide_wrongNumberOfProbabilities_isRefused() {
    assertThatThrownBy(() -> policy.decide(new double[] {1.0}, CLEAN))
        .hasMessage("1 probabilities for 5 classes");
  }

  @Test
  void pair_notNeighbours_isRefused() {
    assertThatThrownBy(() -> new OperatingThresholds.Pair(QualityClass.LOW, QualityClass.HIGH))
        .hasMessageContaining("not neighbours");
  }

  @Test
  void verdict_labelAndReason_excludeEachOther() {
    assertThatThrownBy(() -> new Verdict(QualityClass.LOW, 0.5, List.of(), UnknownReason.NO_AUDIO))
        .hasMessageContaining("either");
    assertThatThrownBy(() -> new Verdict(null, 0.5, List.of(), null))
        .hasMessageContaining("either");
  }

  private void assertReason(GatingFacts facts, UnknownReason reason) {
    Verdict verdict = policy.decide(new double[] {0, 0, 0, 1, 0}, facts);
    assertThat(verdict.label()).isNull();
    assertThat(verdict.unknownReason()).isEqualTo(reason);
  }
}
