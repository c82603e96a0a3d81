package io.earshot.models.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import io.earshot.models.classify.ModelMetrics;
import io.earshot.models.classify.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  private static final Offset<Double> EXACT = Offset.offset(1e-9);

  private final List<Outcome> outcomes = new ArrayList<>();

  @Test
  void of_answersAndUnknowns_areCountedApart() {
    add(QualityClass.LOW, answer(QualityClass.LOW, 0.9));
    add(QualityClass.LOW, answer(QualityClass.HIGH, 0.6));
    add(QualityClass.HIGH, answer(QualityClass.HIGH, 0.8));
    add(QualityClass.HIGH, unsure(QualityClass.HIGH, 0.5));
    add(null, Verdict.unknown(UnknownReason.NO_AUDIO));
    add(null, answer(QualityClass.LOW, 0.7));

    Evaluation e = Evaluation.of("windows", outcomes);

    assertThat(e.count()).isEqualTo(6);
    assertThat(e.accuracy()).isEqualTo(2.0 / 4.0);
    assertThat(e.coverage()).isEqualTo(3.0 / 4.0);
    assertThat(e.answeredAccuracy()).isEqualTo(2.0 / 3.0);
    assertThat(e.unknownShare()).isEqualTo(2.0 / 6.0);
    assertThat(e.unknownRecall()).isEqualTo(0.5);
    assertThat(e.modelAccuracy()).isEqualTo(3.0 / 4.0);
    assertThat(e.unknownReasons())
        .containsEntry("no_audio", 1.0)
        .containsEntry("low_confidence", 1.0);
    assertThat(e.confusion().get("high")).containsEntry("high", 1.0).containsEntry("unknown", 1.0);
    assertThat(e.confusion().get("unknown")).containsEntry("low", 1.0);
  }

  @Test
  void of_classes_havePrecisionRecallAndF1() {
    add(QualityClass.LOW, answer(QualityClass.LOW, 0.9));
    add(QualityClass.LOW, answer(QualityClass.HIGH, 0.6));
    add(QualityClass.HIGH, answer(QualityClass.HIGH, 0.8));

    Evaluation e = Evaluation.of("windows", outcomes);

    assertThat(e.classes())
        .containsEntry("low", new ModelMetrics.PerClass(1.0, 0.5, 2.0 / 3.0, 2.0))
        .containsEntry("high", new ModelMetrics.PerClass(0.5, 1.0, 2.0 / 3.0, 1.0))
        .hasSize(2);
    assertThat(e.macroF1()).isCloseTo(2.0 / 3.0, EXACT);
  }

  @Test
  void of_perfectlyCalibratedBins_haveNoCalibrationError() {
    for (int i = 0; i < 10; i++) {
      add(i < 7 ? QualityClass.LOW : QualityClass.HIGH, answer(QualityClass.LOW, 0.7));
    }

    assertThat(Evaluation.of("windows", outcomes).ece()).isCloseTo(0.0, EXACT);
  }

  @Test
  void of_overConfidentAnswers_haveTheirGapAsCalibrationError() {
    for (int i = 0; i < 10; i++) {
      add(i < 5 ? QualityClass.LOW : QualityClass.HIGH, answer(QualityClass.LOW, 0.95));
    }

    Evaluation e = Evaluation.of("windows", outcomes);

    assertThat(e.ece()).isCloseTo(0.45, EXACT);
    assertThat(e.reliability()).hasSize(15);
    assertThat(e.reliability().getLast().weight()).isEqualTo(10.0);
    assertThat(e.reliability().getLast().accuracy()).isEqualTo(0.5);
  }

  @Test
  void of_logLoss_isThatOfTheTrueClass() {
    add(QualityClass.LOW, answer(QualityClass.LOW, 0.5));
    add(QualityClass.LOW, answer(QualityClass.LOW, 0.25));

    assertThat(Evaluation.of("windows", outcomes).logLoss())
        .isCloseTo((Math.log(2) + Math.log(4)) / 2, EXACT);
  }

  @Test
  void of_profilesAndLinks_haveTheirOwnRows() {
    outcomes.add(
        new Outcome("s1", "dsl", "web", QualityClass.LOW, answer(QualityClass.LOW, 0.9), 1.0));
    outcomes.add(
        new Outcome("s2", "lte", "web", QualityClass.LOW, answer(QualityClass.HIGH, 0.9), 3.0));

    Evaluation e = Evaluation.of("sessions", outcomes);

    assertThat(e.profiles())
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.name()).isEqualTo("web");
              assertThat(p.accuracy()).isEqualTo(0.25);
            });
    assertThat(e.links()).extracting(Evaluation.Part::accuracy).containsExactly(1.0, 0.0);
  }

  @Test
  void of_nothing_isFinite() {
    Evaluation e = Evaluation.of("windows", List.of());

    assertThat(e.accuracy()).isZero();
    assertThat(e.unknownRecall()).isEqualTo(1.0);
    assertThat(e.toJson()).contains("\"macro_f1\" : 0.0").doesNotContain("NaN");
  }

  @Test
  void report_namesFromTheData_areEscaped() {
    outcomes.add(
        new Outcome(
            "s1",
            "<script>alert(1)</script>",
            "a & b",
            QualityClass.LOW,
            answer(QualityClass.LOW, 0.9),
            1.0));
    ModelComparison comparison =
        new ModelComparison(4, List.of(new ModelComparison.Row("forest", 0.9, 0.8, 0.3, 0.02)));
    EvaluationReport report =
        new EvaluationReport(
            "bundle \"x\"", List.of(Evaluation.of("windows", outcomes)), comparison);

    assertThat(report.html())
        .contains("&lt;script&gt;", "a &amp; b", "&quot;x&quot;", "Reliability", "forest")
        .doesNotContain("<script>alert");
    assertThat(report.text()).contains("accuracy 1.0000", "forest", "a & b");
  }

  private void add(@Nullable QualityClass truth, Verdict verdict) {
    outcomes.add(new Outcome("s", "l", "p", truth, verdict, 1.0));
  }

  private static Verdict answer(QualityClass label, double confidence) {
    return new Verdict(label, confidence, spread(label, confidence), null);
  }

  private static Verdict unsure(QualityClass best, double confidence) {
    return new Verdict(null, confidence, spread(best, confidence), UnknownReason.LOW_CONFIDENCE);
  }

  private static List<Double> spread(QualityClass best, double confidence) {
    List<Double> all = new ArrayList<>();
    for (QualityClass quality : QualityClass.values()) {
      all.add(quality == best ? confidence : (1.0 - confidence) / 4);
    }
    return all;
  }
}
