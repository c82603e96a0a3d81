package io.earshot.sensor.flow;

import java.time.Duration;

/**
 * Bounds of a {@link FlowTable}.
 *
 * @param maxFlows flows kept at once, at least 1,024
 * @param foreignIdleNanos packet time after which a silent foreign flow is forgotten
 * @param trackedIdleNanos the same for a flow that is or may be ours; longer than the silence
 *     between two tracks
 */
public record FlowLimits(int maxFlows, long foreignIdleNanos, long trackedIdleNanos) {
  public static final FlowLimits DEFAULT =
      new FlowLimits(1_000_000, Duration.ofMinutes(5).toNanos(), Duration.ofMinutes(30).toNanos());

  public FlowLimits {
    if (maxFlows < 1024 || foreignIdleNanos <= 0 || trackedIdleNanos < foreignIdleNanos) {
      throw new IllegalArgumentException("flow limits out of range");
    }
  }
}
