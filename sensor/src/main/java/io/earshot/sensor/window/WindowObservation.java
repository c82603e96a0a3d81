package io.earshot.sensor.window;

import io.earshot.models.feature.StreamContext;
import io.earshot.sensor.identify.Evidence;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.stream.StreamIdentity;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is known of one stream in one window, before a verdict. Immutable.
 *
 * @param stream whose window it is
 * @param startNanos start, a multiple of the window's length since the epoch
 * @param endNanos end, exclusive
 * @param sequence number of the window within the stream, from 0
 * @param flow the flow that brought audio last, or any of the stream's while none did
 * @param evidence what named the flows of the stream so far
 * @param echOffered a hello of the stream offered an encrypted client hello
 * @param packetsUp packets from the listener in the window
 * @param packetsDown packets to the listener in the window
 * @param bytesUp frame bytes from the listener
 * @param bytesDown frame bytes to the listener
 * @param audioBytes audio payload that came in the window, each byte once
 * @param clients clients that seemed to share the address at the end of the window, at least 1
 * @param flows flows that had a packet in the window
 * @param objects audio objects that were completed in the window
 * @param rttNanos smoothed round-trip time of the audio flow, 0 while not known
 * @param retransmissionRatio repeated over all segments with payload to the listener
 * @param hindrances what stood in the way of the data, as the TCP headers tell
 * @param downloadRateKbps rate of the last object while it came, null without one
 * @param captureLossRatio payload that the receiver acknowledged but the capture never held, over
 *     all payload of the stream so far
 * @param oneSided audio flows were seen in one direction only
 * @param offload frames larger than an Ethernet MTU were seen on audio flows
 * @param context what the stream has shown up to the end of the window
 */
public record WindowObservation(
    StreamIdentity stream,
    long startNanos,
    long endNanos,
    long sequence,
    FlowDescriptor flow,
    Set<Evidence> evidence,
    boolean echOffered,
    long packetsUp,
    long packetsDown,
    long bytesUp,
    long bytesDown,
    long audioBytes,
    int clients,
    int flows,
    int objects,
    long rttNanos,
    double retransmissionRatio,
    Hindrances hindrances,
    @Nullable Double downloadRateKbps,
    double captureLossRatio,
    boolean oneSided,
    boolean offload,
    StreamContext context) {

  public WindowObservation {
    evidence = Set.copyOf(evidence);
  }

  /** Packets in both directions. */
  public long packets() {
    return packetsUp + packetsDown;
  }

  /** Frame bytes in both directions. */
  public long bytes() {
    return bytesUp + bytesDown;
  }

  /** The same with other names for whose it is. */
  public WindowObservation shownAs(StreamIdentity as, FlowDescriptor flowAs) {
    return new WindowObservation(
        as,
        startNanos,
        endNanos,
        sequence,
        flowAs,
        evidence,
        echOffered,
        packetsUp,
        packetsDown,
        bytesUp,
        bytesDown,
        audioBytes,
        clients,
        flows,
        objects,
        rttNanos,
        retransmissionRatio,
        hindrances,
        downloadRateKbps,
        captureLossRatio,
        oneSided,
        offload,
        context);
  }
}
