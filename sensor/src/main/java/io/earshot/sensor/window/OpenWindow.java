package io.earshot.sensor.window;

import io.earshot.models.feature.Direction;
import io.earshot.models.feature.PacketSeries;
import io.earshot.models.feature.StreamContext;
import io.earshot.sensor.identify.FlowSampleSink;
import org.jspecify.annotations.Nullable;

/** One window of one stream while it fills. Owner: the analysis thread. */
final class OpenWindow {
  private static final int MAX_FLOWS = 64;

  final long startNanos;
  final PacketSeries series = new PacketSeries();
  long packetsUp;
  long packetsDown;
  long bytesUp;
  long bytesDown;
  long audioBytes;
  int objectsTotal;
  int clients = 1;
  @Nullable StreamContext context;
  private long segmentsDown;
  private long repeatedDown;
  final Hindrances.Count hindrances = new Hindrances.Count();
  private final long[] flowIds = new long[MAX_FLOWS];
  private int flows;

  OpenWindow(long startNanos) {
    this.startNanos = startNanos;
  }

  void sample(
      long flowId,
      boolean audio,
      long tsNanos,
      int frameBytes,
      int payloadBytes,
      int newBytes,
      Direction direction,
      int flags) {
    boolean retransmission = (flags & FlowSampleSink.RETRANSMISSION) != 0;
    series.add(tsNanos, frameBytes, payloadBytes, direction, audio, retransmission);
    if (direction == Direction.UP) {
      packetsUp++;
      bytesUp += frameBytes;
    } else {
      packetsDown++;
      bytesDown += frameBytes;
      if (payloadBytes > 0) {
        segmentsDown++;
        repeatedDown += retransmission ? 1 : 0;
      }
      if (audio) {
        audioBytes += newBytes;
      }
    }
    hindrances.sample(direction, payloadBytes, flags);
    countFlow(flowId);
  }

  private void countFlow(long flowId) {
    for (int i = flows - 1; i >= 0; i--) {
      if (flowIds[i] == flowId) {
        return;
      }
    }
    if (flows < MAX_FLOWS) {
      flowIds[flows++] = flowId;
    }
  }

  /** Flows seen, up to {@value #MAX_FLOWS}. */
  int flows() {
    return flows;
  }

  long packets() {
    return packetsUp + packetsDown;
  }

  double retransmissionRatio() {
    return segmentsDown == 0 ? 0 : (double) repeatedDown / segmentsDown;
  }
}
