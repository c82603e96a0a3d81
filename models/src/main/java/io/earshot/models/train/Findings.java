package io.earshot.models.train;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What an evaluation found beside its tables of windows and sessions.
 *
 * @param figures the numbers the model is held to
 * @param stages one row per stage that occurred, in the order of the stages
 * @param leftOut one row per kind of client: verdicts of a model that never saw that kind
 * @param curve accuracy over the size of the training set
 */
public record Findings(
    List<Figure> figures, List<Row> stages, List<Row> leftOut, List<CurvePoint> curve) {
  public static final Findings NONE = new Findings(List.of(), List.of(), List.of(), List.of());

  public Findings {
    figures = List.copyOf(figures);
    stages = List.copyOf(stages);
    leftOut = List.copyOf(leftOut);
    curve = List.copyOf(curve);
  }

  /**
   * Model and rule on the same verdicts.
   *
   * @param name stage or kind of client
   * @param onlyModelRight verdicts that the model has right and the rule wrong
   * @param onlyRuleRight the other way round
   */
  public record Row(
      String name, Evaluation model, Evaluation rule, int onlyModelRight, int onlyRuleRight) {
    static Row of(String name, List<StagedOutcome> outcomes) {
      int model = 0;
      int rule = 0;
      for (StagedOutcome one : outcomes) {
        model += one.modelRight() && !one.ruleRight() ? 1 : 0;
        rule += one.ruleRight() && !one.modelRight() ? 1 : 0;
      }
      return new Row(
          name,
          Evaluation.of(name, outcomes.stream().map(StagedOutcome::model).toList()),
          Evaluation.of(name, outcomes.stream().map(StagedOutcome::rule).toList()),
          model,
          rule);
    }
  }

  /**
   * A model fitted on part of the training sessions.
   *
   * @param sessions it was fitted on
   * @param windows it was fitted on
   * @param accuracy most probable class right on the held-out windows
   * @param macroF1 mean F1 there
   * @param logLoss mean negative log probability of the true class there, nats
   */
  public record CurvePoint(
      int sessions, int windows, double accuracy, double macroF1, double logLoss) {}

  /** The rows of the stages that occurred. */
  public static List<Row> byStage(List<StagedOutcome> outcomes) {
    Map<Stage, List<StagedOutcome>> groups = new EnumMap<>(Stage.class);
    for (StagedOutcome one : outcomes) {
      groups.computeIfAbsent(one.stage(), _ -> new ArrayList<>()).add(one);
    }
    return groups.entrySet().stream()
        .map(group -> Row.of(group.getKey().title(), group.getValue()))
        .toList();
  }
}
