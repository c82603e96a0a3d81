package io.earshot.models.classify;

import io.earshot.models.UnknownReason;
import org.jspecify.annotations.Nullable;

/**
 * The accumulated verdict of a stream: a pool of its windows' opinions with forgetting.
 *
 * <h2>Rule</h2>
 *
 * Let window t say {@code p_t(c)} and let {@code e_t ≥ 0} be the evidence that arrived since the
 * window before it, in units of one audio object (one track of a native client; a web segment is a
 * fraction of it). The end of a track counts as much, for it tells the length of one. With {@code λ
 * = 2^(-1/h)}, h the half-life in units of evidence:
 *
 * <pre>
 *   S(c) ← λ^e · S(c) + (1 − λ^e) · log p_t(c)
 *   W    ← λ^e · W    + (1 − λ^e)
 *   q(c) ∝ exp(S(c) / W)
 * </pre>
 *
 * <h2>Derivation</h2>
 *
 * <ol>
 *   <li>The features behind {@code p_t} are cumulative: {@code p_t} is already an opinion on all
 *       that the stream has shown, not a likelihood of the last window. Multiplying windows, as
 *       naive Bayes would, counts the same objects once per window and ends in false certainty. The
 *       opinions of the same expert at different times are pooled instead.
 *   <li>The logarithmic pool {@code q ∝ Π p_t^w_t} with weights that sum to 1 is the pool that
 *       commutes with Bayesian updating by a common likelihood (external Bayesianity: Genest 1984),
 *       and n copies of an opinion pool to that opinion. Dividing by W makes the weights sum to 1.
 *   <li>Let the opinion be a function p(E) of the evidence E seen so far and weigh it with {@code
 *       λ^(E_now − E)}: what was thought before the last h units counts half. A window that brings
 *       e units holds its opinion over an interval of length e, whose weight is {@code ∫₀^e λ^s ds
 *       ∝ 1 − λ^e}; older weights shrink by {@code λ^e}. That is the rule above. Two windows with
 *       e/2 each and the same opinion leave the same state as one with e: the cut into windows does
 *       not matter.
 *   <li>A window without new evidence has weight 0 and changes nothing, however often it comes.
 * </ol>
 *
 * <h2>Delay after a change of quality</h2>
 *
 * With h = 1/2, after two units of evidence under the new quality fifteen sixteenths of the weight
 * are new (plus what the windows themselves forget: their features keep only the last objects).
 *
 * <p>Owner: the analysis thread.
 */
public final class StreamVerdict {
  /** Half-life of an opinion in units of evidence, where none is given. */
  public static final double DEFAULT_HALF_LIFE = 0.5;

  /** A window cannot veto a class: its probability counts as at least this. */
  private static final double FLOOR = 1e-4;

  private VerdictPolicy policy;
  private final double halfLife;
  private final double[] weightedLog;
  private double weight;
  private @Nullable GatingFacts facts;

  public StreamVerdict(VerdictPolicy policy) {
    this(policy, DEFAULT_HALF_LIFE);
  }

  /**
   * An empty verdict.
   *
   * @param halfLife units of evidence after which an opinion counts half, above 0
   */
  public StreamVerdict(VerdictPolicy policy, double halfLife) {
    if (!(halfLife > 0.0)) {
      throw new IllegalArgumentException("half-life must be above 0, is " + halfLife);
    }
    this.policy = policy;
    this.halfLife = halfLife;
    weightedLog = new double[policy.classes().size()];
  }

  /**
   * Takes a window's opinion.
   *
   * @param windowProbabilities calibrated, over the model's classes; not kept
   * @param newEvidence units that arrived since the last update; 0 or less changes nothing
   */
  public void update(double[] windowProbabilities, double newEvidence) {
    if (windowProbabilities.length != weightedLog.length) {
      throw new IllegalArgumentException(
          windowProbabilities.length + " probabilities for " + weightedLog.length + " classes");
    }
    if (!(newEvidence > 0.0)) {
      return;
    }
    double keep = Math.pow(2.0, -newEvidence / halfLife);
    double fresh = 1.0 - keep;
    weight = keep * weight + fresh;
    for (int i = 0; i < weightedLog.length; i++) {
      double opinion = Math.log(Math.max(windowProbabilities[i], FLOOR));
      weightedLog[i] = keep * weightedLog[i] + fresh * opinion;
    }
  }

  /**
   * Decides by another policy from now on; what was accumulated stays.
   *
   * @param other for the same classes in the same order
   */
  public void policy(VerdictPolicy other) {
    if (!other.classes().equals(policy.classes())) {
      throw new IllegalArgumentException("the other policy is for " + other.classes());
    }
    policy = other;
  }

  /** Notes what is known about the stream's capture so far; it may forbid an answer. */
  public void facts(GatingFacts soFar) {
    facts = soFar;
  }

  /** The pooled distribution over the model's classes; uniform before any evidence. */
  public double[] probabilities() {
    double[] pooled = new double[weightedLog.length];
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < pooled.length; i++) {
      pooled[i] = weight > 0.0 ? weightedLog[i] / weight : 0.0;
      largest = Math.max(largest, pooled[i]);
    }
    double sum = 0.0;
    for (int i = 0; i < pooled.length; i++) {
      pooled[i] = Math.exp(pooled[i] - largest);
      sum += pooled[i];
    }
    for (int i = 0; i < pooled.length; i++) {
      pooled[i] /= sum;
    }
    return pooled;
  }

  /**
   * What is known now. Without evidence: unknown, for the reason the facts give; without facts a
   * stream with evidence counts as a clean capture.
   */
  public Verdict current() {
    GatingFacts known = facts;
    if (weight > 0.0) {
      return policy.decide(
          probabilities(), known == null ? GatingFacts.clean(Long.MAX_VALUE) : known);
    }
    UnknownReason objection = policy.objection(known == null ? GatingFacts.clean(0) : known);
    return Verdict.unknown(objection == null ? UnknownReason.INSUFFICIENT_EVIDENCE : objection);
  }
}
