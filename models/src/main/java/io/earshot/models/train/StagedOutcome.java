package io.earshot.models.train;

/**
 * A stream's verdict when it had shown so much, beside the one of the {@link BaselineRule}. A label
 * that stands for the same file counts as the true one in both.
 *
 * @param stage how much the stream had shown
 * @param model what the model answered
 * @param rule what the rule answered
 */
public record StagedOutcome(Stage stage, Outcome model, Outcome rule) {
  /** True where the model named the right class. */
  public boolean modelRight() {
    return model.verdict().label() == model.truth();
  }

  /** True where the rule named the right class. */
  public boolean ruleRight() {
    return rule.verdict().label() == rule.truth();
  }
}
