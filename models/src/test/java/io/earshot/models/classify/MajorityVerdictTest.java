package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import java.util.List;
import org.junit.jupiter.api.Test;

class MajorityVerdictTest {
  private final MajorityVerdict majority = new MajorityVerdict();

  @Test
  void current_nothingCounted_isNoAudio() {
    assertThat(majority.current()).isEqualTo(Verdict.unknown(UnknownReason.NO_AUDIO));
  }

  @Test
  void current_labels_areWeightedByDuration() {
    majority.add(verdict(QualityClass.HIGH, 0.9), 10);
    majority.add(verdict(QualityClass.HIGH, 0.9), 10);
    majority.add(verdict(QualityClass.NORMAL, 0.6), 10);
    majority.add(verdict(QualityClass.NORMAL, 0.8), 30);

    Verdict found = majority.current();

    assertThat(found.label()).isEqualTo(QualityClass.NORMAL);
    assertThat(found.confidence()).isEqualTo(0.75);
    assertThat(found.probability(QualityClass.NORMAL)).isEqualTo(0.75);
  }

  @Test
  void current_oneLabelAmongManyUnknown_isTheLabel() {
    majority.add(Verdict.unknown(UnknownReason.NO_AUDIO), 3_600);
    majority.add(verdict(QualityClass.LOSSLESS, 0.7), 10);

    assertThat(majority.current().label()).isEqualTo(QualityClass.LOSSLESS);
  }

  @Test
  void current_onlyUnknown_hasTheReasonWithTheMostTime() {
    majority.add(Verdict.unknown(UnknownReason.NO_AUDIO), 10);
    majority.add(Verdict.unknown(UnknownReason.CAPTURE_LOSS), 20);

    assertThat(majority.current().unknownReason()).isEqualTo(UnknownReason.CAPTURE_LOSS);
  }

  @Test
  void current_tie_goesToTheWorseClass() {
    majority.add(verdict(QualityClass.VERY_HIGH, 0.9), 10);
    majority.add(verdict(QualityClass.LOW, 0.6), 10);

    assertThat(majority.current().label()).isEqualTo(QualityClass.LOW);
  }

  private static Verdict verdict(QualityClass label, double p) {
    Double[] all = {0.0, 0.0, 0.0, 0.0, 0.0};
    all[List.of(QualityClass.values()).indexOf(label)] = p;
    return new Verdict(label, p, List.of(all), null);
  }
}
