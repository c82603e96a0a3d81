package io.earshot.sensor.pipeline;

import io.earshot.models.classify.Verdict;
import io.earshot.sensor.window.WindowObservation;

/**
 * A window with its verdict. Immutable.
 *
 * @param observation what was seen
 * @param verdict the stream's verdict as it stood at the end of the window
 */
public record WindowVerdict(WindowObservation observation, Verdict verdict) {}
