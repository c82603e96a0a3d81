package io.earshot.sensor.identify;

import io.earshot.sensor.identify.quic.QuicHandshakeAssembler;
import io.earshot.sensor.identify.tls.HandshakeAssembler;
import org.jspecify.annotations.Nullable;

/** What the {@link FlowIdentifier} keeps with a flow that is not foreign. Owner: capture thread. */
public final class FlowTrack {
  @Nullable HandshakeAssembler tls;
  @Nullable QuicHandshakeAssembler quic;
  @Nullable SampleBuffer buffer;
  @Nullable FlowDescriptor descriptor;

  /** Counted among the hellos that are half read. */
  boolean assembling;

  /** Payload packets seen while undecided. */
  int payloadPackets;

  /** Packets that the client sent before anything of it was understood. */
  int futile;

  /** Sequence number of the client's first payload byte, -1 without a SYN. */
  long firstSeq = -1;

  /** No name can come from the flow itself any more: waits for one learned elsewhere. */
  boolean unnamed;

  /** State of the learned names when they were last asked. */
  int learnedGeneration = -1;

  /** The ends were turned round while samples were waiting. */
  boolean swapped;

  long missedBytes;
}
