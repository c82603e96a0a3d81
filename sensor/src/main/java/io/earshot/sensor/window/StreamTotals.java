package io.earshot.sensor.window;

import io.earshot.sensor.identify.Evidence;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.identify.FlowSampleSink;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a stream has shown of its names, its path and its capture. Owner: the analysis thread. */
final class StreamTotals {
  /** Ethernet header, one VLAN tag and an MTU of 1500 bytes with room for tunnels. */
  private static final int LARGEST_MTU_FRAME = 1600;

  /** So many oversized frames are not an accident. */
  private static final int MIN_OVERSIZED = 3;

  private final EnumSet<Evidence> evidence = EnumSet.noneOf(Evidence.class);
  private long lastFlowId = -1;
  private @Nullable Evidence lastEvidence;
  private boolean echOffered;
  private long rttNanos;
  private long newBytes;
  private long missedBytes;
  private long oversized;

  void sample(
      FlowDescriptor flow,
      boolean audio,
      int frameBytes,
      int payloadBytes,
      int fresh,
      int flags,
      long rtt,
      long missed) {
    Evidence now = flow.identification().evidence();
    if (flow.id() != lastFlowId || now != lastEvidence) {
      lastFlowId = flow.id();
      lastEvidence = now;
      evidence.add(now);
      echOffered |= flow.identification().echOffered();
    }
    if (audio) {
      rttNanos = rtt != 0 ? rtt : rttNanos;
      boolean folded = (flags & FlowSampleSink.FOLDED) != 0;
      newBytes += fresh + (folded ? missed : 0);
      missedBytes += folded ? 0 : missed;
      if (frameBytes > LARGEST_MTU_FRAME && payloadBytes > 0) {
        oversized++;
      }
    }
  }

  Set<Evidence> evidence() {
    return evidence;
  }

  boolean echOffered() {
    return echOffered;
  }

  long rttNanos() {
    return rttNanos;
  }

  double captureLossRatio() {
    return newBytes + missedBytes == 0 ? 0 : (double) missedBytes / (newBytes + missedBytes);
  }

  boolean offload() {
    return oversized >= MIN_OVERSIZED;
  }
}
