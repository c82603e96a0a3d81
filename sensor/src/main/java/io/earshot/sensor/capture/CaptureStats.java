package io.earshot.sensor.capture;

import org.jspecify.annotations.Nullable;

/**
 * Counters of a source.
 *
 * @param framesReceived frames handed to the handler
 * @param bytesReceived bytes of those frames on the wire
 * @param kernelDropped frames the kernel or the interface dropped, live only
 * @param firstNanos time of the first frame, nanoseconds since the epoch; 0 without frames
 * @param lastNanos largest time seen, nanoseconds since the epoch; 0 without frames
 * @param damage what was wrong with the input (for example a truncated tail and its offset, or an
 *     interface that disappeared), null when nothing was
 */
public record CaptureStats(
    long framesReceived,
    long bytesReceived,
    long kernelDropped,
    long firstNanos,
    long lastNanos,
    @Nullable String damage) {}
