package io.earshot.models.classify;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns calibrated probabilities and what is known about the capture into a {@link Verdict}.
 *
 * <p>First what forbids an answer, the cause before its consequence: one-sided capture, heavy
 * capture loss, no audio, too little audio, a vector outside the trained range. Then the best class
 * decides if it reaches {@code min_confidence}. Low and normal are one file on a desktop client:
 * such a pair is compared with the other classes as one and decides as one; the label is the larger
 * of the two, the confidence its own probability. The web player's 128 kbit/s is sold as normal or
 * high, but elsewhere these are two files: such a pair decides if the best class is one of them and
 * both together reach {@code pair_confidence}. Otherwise: low confidence, or capture loss or
 * offload where there was some: both keep the bytes of an object but spoil sizes and gaps of
 * packets, so they explain a doubt and do not forbid an answer. Immutable.
 */
@SuppressWarnings("EnumOrdinal") // a verdict lists its probabilities in the order of the classes
public final class VerdictPolicy {
  /**
   * Share of missed packets beyond which nothing is answered. Bytes that the listener acknowledged
   * belong to their object although the capture missed them, so less loss spoils times, not sizes;
   * and what passed before a flow was named counts as missed too.
   */
  static final double HOPELESS_LOSS = 0.5;

  private final QualityClass[] classes;
  private final OperatingThresholds thresholds;

  /**
   * A policy for a model.
   *
   * @param classes of the model, in the order of its probabilities
   */
  public VerdictPolicy(List<QualityClass> classes, OperatingThresholds thresholds) {
    this.classes = classes.toArray(new QualityClass[0]);
    this.thresholds = thresholds;
  }

  /** The verdict on a distribution over the model's classes. */
  public Verdict decide(double[] probabilities, GatingFacts facts) {
    List<Double> all = spread(probabilities);
    int best = best(probabilities, all);
    UnknownReason objection = objection(facts);
    if (objection == null && !decides(classes[best], probabilities[best], all)) {
      objection = doubt(facts);
    }
    double confidence = Math.min(1.0, probabilities[best]);
    return new Verdict(objection == null ? classes[best] : null, confidence, all, objection);
  }

  /** Why the model may be in doubt: what the operator can mend goes first. */
  private UnknownReason doubt(GatingFacts facts) {
    if (facts.captureLossRatio() > thresholds.maxCaptureLossRatio()) {
      return UnknownReason.CAPTURE_LOSS;
    }
    return facts.offload() ? UnknownReason.OFFLOAD : UnknownReason.LOW_CONFIDENCE;
  }

  /** What forbids an answer whatever the model says; null where nothing does. */
  public @Nullable UnknownReason objection(GatingFacts facts) {
    if (facts.oneSided()) {
      return UnknownReason.ONE_SIDED;
    }
    if (facts.captureLossRatio() > HOPELESS_LOSS) {
      return UnknownReason.CAPTURE_LOSS;
    }
    if (facts.audioBytes() <= 0) {
      return UnknownReason.NO_AUDIO;
    }
    if (facts.audioBytes() < thresholds.minAudioBytes()) {
      return UnknownReason.INSUFFICIENT_EVIDENCE;
    }
    return facts.implausible() ? UnknownReason.IMPLAUSIBLE : null;
  }

  List<QualityClass> classes() {
    return List.of(classes);
  }

  private boolean decides(QualityClass best, double probability, List<Double> all) {
    return probability >= thresholds.minConfidence()
        || together(thresholds.sameFile(), best, all) >= thresholds.minConfidence()
        || together(thresholds.adjacentPairs(), best, all) >= thresholds.pairConfidence();
  }

  /** Largest joint probability of a pair with the class in it, 0 where there is none. */
  private static double together(
      List<OperatingThresholds.Pair> pairs, QualityClass quality, List<Double> all) {
    double largest = 0;
    for (OperatingThresholds.Pair pair : pairs) {
      if (pair.contains(quality)) {
        double joint = all.get(pair.worse().ordinal()) + all.get(pair.better().ordinal());
        largest = Math.max(largest, joint);
      }
    }
    return largest;
  }

  /** The likeliest file, and of its classes the likelier one. */
  private int best(double[] probabilities, List<Double> all) {
    int best = 0;
    double most = -1;
    for (int i = 0; i < probabilities.length; i++) {
      double file = Math.max(probabilities[i], together(thresholds.sameFile(), classes[i], all));
      boolean likelier = file == most && probabilities[i] > probabilities[best];
      if (file > most || likelier) {
        most = file;
        best = i;
      }
    }
    return best;
  }

  private List<Double> spread(double[] probabilities) {
    if (probabilities.length != classes.length) {
      throw new IllegalArgumentException(
          probabilities.length + " probabilities for " + classes.length + " classes");
    }
    Double[] all = new Double[QualityClass.values().length];
    Arrays.fill(all, 0.0);
    for (int i = 0; i < classes.length; i++) {
      all[classes[i].ordinal()] = probabilities[i];
    }
    return List.of(all);
  }
}
