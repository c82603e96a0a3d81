package io.earshot.sensor.pipeline;

import io.earshot.models.UnknownReason;
import org.jspecify.annotations.Nullable;

/**
 * One window of a stream's evolution.
 *
 * @param startNanos start, nanoseconds since the epoch
 * @param endNanos end, exclusive
 * @param label class or {@code unknown}
 * @param confidence of the label
 * @param unknownReason why there is no class, null where there is one
 */
public record WindowRow(
    long startNanos,
    long endNanos,
    String label,
    double confidence,
    @Nullable UnknownReason unknownReason) {

  static WindowRow of(WindowVerdict window) {
    return new WindowRow(
        window.observation().startNanos(),
        window.observation().endNanos(),
        window.verdict().labelOrUnknown(),
        window.verdict().confidence(),
        window.verdict().unknownReason());
  }
}
