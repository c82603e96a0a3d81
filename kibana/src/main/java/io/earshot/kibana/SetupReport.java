package io.earshot.kibana;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the installer did, in order.
 *
 * @param steps one per thing that was installed, found in place or left out
 */
public record SetupReport(List<Step> steps) {
  public SetupReport {
    steps = List.copyOf(steps);
  }

  /** What became of a step. */
  public enum Outcome {
    /** Installed or changed now. */
    DONE,
    /** In place already, in this version and form. */
    UNCHANGED,
    /** Would be installed or changed, but this was a dry run. */
    WOULD_DO,
    /** Left out, for the reason given; Earshot works without it. */
    SKIPPED
  }

  /**
   * One step.
   *
   * @param what for example {@code index template logs-earshot.window}
   * @param outcome what became of it
   * @param reason why it was skipped or changed, absent where the outcome says it all
   */
  public record Step(String what, Outcome outcome, @Nullable String reason) {}

  /** Whether everything was in place already. */
  public boolean unchanged() {
    return steps.stream()
        .noneMatch(step -> step.outcome() == Outcome.DONE || step.outcome() == Outcome.WOULD_DO);
  }
}
