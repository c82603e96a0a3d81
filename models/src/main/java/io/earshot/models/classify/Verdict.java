package io.earshot.models.classify;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer about quality: a label with its probability, or an honest unknown with its reason.
 *
 * @param label the class, null where unknown
 * @param confidence calibrated probability of the label, 0 to 1; of the best class where unknown
 * @param probabilities one per {@link QualityClass} in its order (0 for a class the model does not
 *     have), or empty where no model was asked
 * @param unknownReason why there is no label, null where there is one
 */
public record Verdict(
    @Nullable QualityClass label,
    double confidence,
    List<Double> probabilities,
    @Nullable UnknownReason unknownReason) {

  public Verdict {
    probabilities = List.copyOf(probabilities);
    if ((label == null) == (unknownReason == null)) {
      throw new IllegalArgumentException("a verdict has either a label or a reason");
    }
    if (!(confidence >= 0.0 && confidence <= 1.0 + 1e-9)) {
      throw new IllegalArgumentException("confidence must be from 0 to 1, is " + confidence);
    }
    if (!probabilities.isEmpty() && probabilities.size() != QualityClass.values().length) {
      throw new IllegalArgumentException("probabilities must be none or one per class");
    }
  }

  /** No answer, and no model was asked. */
  public static Verdict unknown(UnknownReason reason) {
    return new Verdict(null, 0.0, List.of(), reason);
  }

  public boolean isUnknown() {
    return label == null;
  }

  /** Probability of a class; 0 where no model was asked. */
  @SuppressWarnings("EnumOrdinal") // the list is in the order of the classes
  public double probability(QualityClass quality) {
    return probabilities.isEmpty() ? 0.0 : probabilities.get(quality.ordinal());
  }

  /** The label's name, {@code unknown} where there is none. */
  public String labelOrUnknown() {
    return label == null ? "unknown" : label.label();
  }
}
