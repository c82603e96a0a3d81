package io.earshot.sensor.pipeline;

/**
 * A run of windows with one label.
 *
 * @param startNanos start of its first window
 * @param endNanos end of its last window
 * @param label class or {@code unknown}
 * @param meanConfidence mean confidence of its windows
 * @param windows how many
 */
public record VerdictPhase(
    long startNanos, long endNanos, String label, double meanConfidence, long windows) {}
