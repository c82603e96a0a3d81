package io.earshot.sensor.stream;

import io.earshot.enrichment.Role;
import io.earshot.models.feature.Direction;
import io.earshot.models.feature.StreamContext;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.identify.FlowSampleSink;
import org.jspecify.annotations.Nullable;

/**
 * One listener's playing stream: the flows of one client address put together.
 *
 * <p>Owner: the analysis thread.
 */
public final class Stream {
  private final StreamIdentity identity;
  private final AudioObjects objects = new AudioObjects();
  private final TrackChanges trackChanges = new TrackChanges();
  private final ClientCount clients = new ClientCount();
  private long lastNanos;
  private @Nullable FlowDescriptor audioFlow;
  private FlowDescriptor lastFlow;
  private long audioPacketsUp;
  private long audioPacketsDown;

  Stream(StreamIdentity identity, FlowDescriptor first) {
    this.identity = identity;
    this.lastNanos = identity.startNanos();
    this.lastFlow = first;
  }

  void sample(
      FlowDescriptor flow,
      long tsNanos,
      int payloadBytes,
      int newBytes,
      long missedBytes,
      Direction direction,
      int flags) {
    lastNanos = Math.max(lastNanos, tsNanos);
    lastFlow = flow;
    Role role = roleOf(flow);
    if (role == Role.AUDIO) {
      audioFlow = flow;
      if (direction == Direction.UP) {
        audioPacketsUp++;
      } else {
        audioPacketsDown++;
      }
      objects.sample(
          flow.id(),
          tsNanos,
          payloadBytes,
          newBytes,
          missedBytes,
          direction,
          (flags & FlowSampleSink.HELLO) != 0);
    } else if (role == Role.IMAGE && direction == Direction.UP && newBytes > 0) {
      trackChanges.sent(tsNanos, newBytes);
    } else if (role == Role.CONTROL || role == Role.ACCESS_POINT) {
      clients.sample(flow, role, tsNanos, newBytes, direction);
    }
  }

  void flowClosed(FlowDescriptor flow) {
    objects.flowClosed(flow.id());
    clients.flowClosed(flow.id());
  }

  /** The role of a followed flow's server. */
  public static Role roleOf(FlowDescriptor flow) {
    return flow.identification().match() == null
        ? Role.OTHER
        : flow.identification().match().role();
  }

  public StreamIdentity identity() {
    return identity;
  }

  /** Time of the last packet, nanoseconds since the epoch. */
  public long lastNanos() {
    return lastNanos;
  }

  /** The flow that brought audio last, or any flow of the stream while none did. */
  public FlowDescriptor representativeFlow() {
    return audioFlow == null ? lastFlow : audioFlow;
  }

  /** Audio payload so far, each byte once. */
  public long audioBytes() {
    return objects.audioBytes();
  }

  /** Completed audio objects so far. */
  public int objectsTotal() {
    return objects.completedTotal();
  }

  /** True where audio flows were seen in one direction only. */
  public boolean oneSided() {
    return audioPacketsUp + audioPacketsDown >= 8 && (audioPacketsUp == 0 || audioPacketsDown == 0);
  }

  /** Clients that seem to share the address at that time, at least 1. */
  public int clientsAt(long nowNanos) {
    return clients.at(nowNanos);
  }

  /** What the stream has shown up to a time that has passed. */
  public StreamContext contextAt(long nowNanos) {
    objects.completeIdle(nowNanos);
    long start = identity.startNanos();
    double elapsed = (nowNanos - start) / 1e9;
    long lastAudio = objects.lastAudioNanos();
    return new StreamContext(
        elapsed,
        lastAudio == 0 ? elapsed : Math.max(0, (nowNanos - lastAudio) / 1e9),
        objects.audioBytes(),
        objects.recentBytes(nowNanos),
        objects.evidence(start),
        objects.completedTotal(),
        objects.openBytes(),
        trackChanges.evidence(start));
  }
}
