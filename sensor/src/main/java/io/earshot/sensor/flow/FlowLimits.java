package io.earshot.sensor.flow;

import java.time.Duration;

/**
 * Bounds of a {@link FlowTable}.
 *
 * @param maxFlows flows kept at once, at least 1,024
 * @param maxObjects flows among them that may have an object of their own: undecided, waiting or
 *     ours
 * @param undecidedIdleNanos packet time after which a silent flow without a name is forgotten: a
 *     hello follows its connection at once
 * @param foreignIdleNanos packet time after which a silent foreign flow is forgotten
 * @param trackedIdleNanos the same for a flow that is or may be ours; longer than the silence
 *     between two tracks
 */
public record FlowLimits(
    int maxFlows,
    int maxObjects,
    long undecidedIdleNanos,
    long foreignIdleNanos,
    long trackedIdleNanos) {
  public static final FlowLimits DEFAULT =
      new FlowLimits(
          1_000_000,
          131_072,
          Duration.ofSeconds(30).toNanos(),
          Duration.ofMinutes(5).toNanos(),
          Duration.ofMinutes(30).toNanos());

  public FlowLimits {
    if (maxFlows < 1024
        || maxObjects < 16
        || undecidedIdleNanos <= 0
        || foreignIdleNanos < undecidedIdleNanos
        || trackedIdleNanos < foreignIdleNanos) {
      throw new IllegalArgumentException("flow limits out of range");
    }
  }
}
