package io.earshot.sensor.pipeline;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stream of an analysed capture with its evolution. Immutable.
 *
 * @param result the ended stream
 * @param windows its windows, oldest first
 */
public record AnalysedStream(StreamResult result, List<WindowRow> windows) {
  public AnalysedStream {
    windows = List.copyOf(windows);
  }

  /**
   * The answer for the stream as a whole: what was known at its end, or the majority of its windows
   * where at the end nothing was known any more (paused for long).
   */
  public Verdict verdict() {
    return result.verdict().isUnknown() && !result.majority().isUnknown()
        ? result.majority()
        : result.verdict();
  }

  /** Why {@link #verdict} is no better, or it stops; null where nobody asks. */
  public CauseRule.@Nullable Finding cause() {
    QualityClass label = verdict().label();
    return label == null
        ? null
        : CauseRule.find(label, result.bitrateKbps(), result.last().context());
  }
}
