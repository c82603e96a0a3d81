package io.earshot.sensor.identify;

import io.earshot.sensor.identify.dns.DnsTcpAssembler;
import io.earshot.sensor.identify.quic.QuicHandshakeAssembler;
import io.earshot.sensor.identify.tls.HandshakeAssembler;
import io.earshot.sensor.identify.tls.ReassemblyBuffer;
import io.earshot.sensor.identify.tls.ServerFlightAssembler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the {@link FlowIdentifier} keeps with a flow that is not foreign. Owner: capture thread. */
public final class FlowTrack {
  @Nullable HandshakeAssembler tls;
  @Nullable QuicHandshakeAssembler quic;
  @Nullable ServerFlightAssembler server;
  @Nullable DnsTcpAssembler dns;

  /** A request whose header goes on in the next segment, and the number of its first byte. */
  @Nullable ReassemblyBuffer request;

  long requestSeq;

  /** The handshake as far as it was seen. */
  @Nullable TlsHandshake handshake;

  /** Names in the server's certificate, empty where none was seen. */
  List<String> certificateNames = List.of();

  @Nullable SampleBuffer buffer;

  /** How the flow asks and is answered while it has no name. */
  final RequestShape shape = new RequestShape();

  @Nullable FlowDescriptor descriptor;

  /** Counted among the messages that are half read. */
  boolean assembling;

  /** Payload packets seen while undecided. */
  int payloadPackets;

  /** Packets that the client sent before anything of it was understood. */
  int futile;

  /** Sequence number of the client's first payload byte, -1 without a SYN. */
  long firstSeq = -1;

  /** No name can come from the flow itself any more: waits for one learned elsewhere. */
  boolean unnamed;

  /** State of the learned names and of the shape when they were last asked. */
  int learnedGeneration = -1;

  /** The ends were turned round while samples were waiting. */
  boolean swapped;

  long missedBytes;

  /** The server's side of the handshake was read, or cannot be. */
  boolean flightSeen;

  /** The server sent payload while the flow was undecided. */
  boolean serverSpoke;

  /** Packets of the server since a hello is half read. */
  int answers;

  /** Time of the last packet. */
  long lastNanos;
}
