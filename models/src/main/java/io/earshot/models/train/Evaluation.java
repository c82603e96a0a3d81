package io.earshot.models.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.earshot.models.QualityClass;
import io.earshot.models.classify.ModelMetrics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * How good answers were: of windows, or of sessions.
 *
 * <p>An unknown on something that had a class counts as a miss of that class in recall, F1 and
 * {@code accuracy}; {@code coverage} and {@code answeredAccuracy} tell the two kinds of error
 * apart. Figures named {@code model} look at the probabilities alone, before any threshold, where a
 * model was asked. All counts are weighted. Immutable.
 *
 * @param subject what was judged: {@code windows} or {@code sessions}
 * @param count outcomes, not weighted
 * @param weight of all outcomes
 * @param accuracy right labels over all with a true class
 * @param coverage labels over all with a true class
 * @param answeredAccuracy right labels over labels, where there is a true class
 * @param unknownShare unknown over all
 * @param unknownRecall unknown over all where it is the right answer; 1 where there are none
 * @param macroF1 mean F1 over the classes that occur
 * @param modelAccuracy most probable class right, over all with a true class and probabilities
 * @param modelMacroF1 the same as a mean of F1
 * @param logLoss mean negative log probability of the true class, nats
 * @param ece expected calibration error of the most probable class over 15 bins of equal width
 * @param classes by label: precision, recall, F1 of the final labels
 * @param confusion rows by true label, columns by given label, {@code unknown} among both
 * @param reliability the bins behind {@code ece}
 * @param unknownReasons weight by reason
 * @param profiles one row per kind of client
 * @param links one row per link
 */
public record Evaluation(
    String subject,
    int count,
    double weight,
    double accuracy,
    double coverage,
    double answeredAccuracy,
    double unknownShare,
    double unknownRecall,
    double macroF1,
    double modelAccuracy,
    double modelMacroF1,
    double logLoss,
    double ece,
    Map<String, ModelMetrics.PerClass> classes,
    Map<String, Map<String, Double>> confusion,
    List<Bin> reliability,
    Map<String, Double> unknownReasons,
    List<Part> profiles,
    List<Part> links) {

  /** Name of the answer that is none. */
  public static final String UNKNOWN = "unknown";

  private static final int BINS = 15;
  private static final double FLOOR = 1e-12;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /**
   * Outcomes whose most probable class got a probability in this range.
   *
   * @param from least probability, exclusive but for 0
   * @param to largest probability, inclusive
   * @param weight of the outcomes
   * @param confidence their mean probability
   * @param accuracy how often the class was right
   */
  public record Bin(double from, double to, double weight, double confidence, double accuracy) {}

  /**
   * The outcomes of one kind of client or one link.
   *
   * @param modelAccuracy most probable class right, before any threshold
   */
  public record Part(
      String name,
      int count,
      double weight,
      double accuracy,
      double coverage,
      double answeredAccuracy,
      double macroF1,
      double modelAccuracy) {}

  public Evaluation {
    classes = Collections.unmodifiableMap(new TreeMap<>(classes));
    reliability = List.copyOf(reliability);
    unknownReasons = Collections.unmodifiableMap(new TreeMap<>(unknownReasons));
    profiles = List.copyOf(profiles);
    links = List.copyOf(links);
  }

  /** Judges these outcomes. */
  public static Evaluation of(String subject, List<Outcome> outcomes) {
    Confusion labels = new Confusion();
    Confusion model = new Confusion();
    Map<String, Double> reasons = new TreeMap<>();
    double[] binWeight = new double[BINS];
    double[] binConfidence = new double[BINS];
    double[] binRight = new double[BINS];
    double logLoss = 0.0;
    double asked = 0.0;
    for (Outcome outcome : outcomes) {
      double w = outcome.weight();
      String truth = truth(outcome);
      labels.add(truth, outcome.verdict().labelOrUnknown(), w);
      if (outcome.verdict().unknownReason() != null) {
        reasons.merge(outcome.verdict().unknownReason().label(), w, Double::sum);
      }
      if (outcome.truth() == null || outcome.verdict().probabilities().isEmpty()) {
        continue;
      }
      QualityClass best = mostProbable(outcome);
      double confidence = outcome.verdict().probability(best);
      model.add(truth, best.label(), w);
      logLoss -= w * Math.log(Math.max(outcome.verdict().probability(outcome.truth()), FLOOR));
      asked += w;
      int bin = Math.clamp((int) Math.ceil(confidence * BINS) - 1, 0, BINS - 1);
      binWeight[bin] += w;
      binConfidence[bin] += w * confidence;
      binRight[bin] += best == outcome.truth() ? w : 0.0;
    }
    List<Bin> reliability = new ArrayList<>(BINS);
    double ece = 0.0;
    for (int i = 0; i < BINS; i++) {
      double confidence = ratio(binConfidence[i], binWeight[i]);
      double right = ratio(binRight[i], binWeight[i]);
      reliability.add(
          new Bin(i / (double) BINS, (i + 1) / (double) BINS, binWeight[i], confidence, right));
      ece += ratio(binWeight[i], asked) * Math.abs(confidence - right);
    }
    double unknown = labels.column(UNKNOWN);
    double noTruth = labels.row(UNKNOWN);
    return new Evaluation(
        subject,
        outcomes.size(),
        labels.total(),
        labels.accuracy(),
        labels.coverage(),
        labels.answeredAccuracy(),
        ratio(unknown, labels.total()),
        noTruth > 0.0 ? labels.at(UNKNOWN, UNKNOWN) / noTruth : 1.0,
        labels.macroF1(),
        model.accuracy(),
        model.macroF1(),
        ratio(logLoss, asked),
        ece,
        labels.perClass(),
        labels.table(),
        reliability,
        reasons,
        parts(outcomes, Outcome::profile),
        parts(outcomes, Outcome::link));
  }

  /** The figures a manifest keeps. */
  public ModelMetrics metrics() {
    return new ModelMetrics(modelAccuracy, modelMacroF1, logLoss, ece, unknownShare, classes);
  }

  /** As JSON, names in snake case. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an evaluation is always writable", e);
    }
  }

  private static List<Part> parts(List<Outcome> outcomes, Function<Outcome, String> key) {
    Map<String, List<Outcome>> groups = new TreeMap<>();
    for (Outcome outcome : outcomes) {
      groups.computeIfAbsent(key.apply(outcome), _ -> new ArrayList<>()).add(outcome);
    }
    List<Part> parts = new ArrayList<>(groups.size());
    groups.forEach(
        (name, members) -> {
          Confusion labels = new Confusion();
          Confusion model = new Confusion();
          for (Outcome outcome : members) {
            labels.add(truth(outcome), outcome.verdict().labelOrUnknown(), outcome.weight());
            if (outcome.truth() != null && !outcome.verdict().probabilities().isEmpty()) {
              model.add(truth(outcome), mostProbable(outcome).label(), outcome.weight());
            }
          }
          parts.add(
              new Part(
                  name,
                  members.size(),
                  labels.total(),
                  labels.accuracy(),
                  labels.coverage(),
                  labels.answeredAccuracy(),
                  labels.macroF1(),
                  model.accuracy()));
        });
    return parts;
  }

  private static String truth(Outcome outcome) {
    return outcome.truth() == null ? UNKNOWN : outcome.truth().label();
  }

  private static QualityClass mostProbable(Outcome outcome) {
    QualityClass best = QualityClass.LOW;
    for (QualityClass quality : QualityClass.values()) {
      if (outcome.verdict().probability(quality) > outcome.verdict().probability(best)) {
        best = quality;
      }
    }
    return best;
  }

  static double ratio(double part, double whole) {
    return whole > 0.0 ? part / whole : 0.0;
  }
}
