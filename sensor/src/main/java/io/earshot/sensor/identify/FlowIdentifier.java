package io.earshot.sensor.identify;

import io.earshot.enrichment.Role;
import io.earshot.enrichment.ServiceCatalogue;
import io.earshot.enrichment.ServiceMatch;
import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.PacketView;
import io.earshot.sensor.flow.Disposition;
import io.earshot.sensor.flow.Flow;
import io.earshot.sensor.flow.FlowHandler;
import io.earshot.sensor.identify.dns.DnsHandler;
import io.earshot.sensor.identify.dns.DnsParser;
import io.earshot.sensor.identify.dns.DnsResult;
import io.earshot.sensor.identify.http.HttpHostParser;
import io.earshot.sensor.identify.http.HttpResult;
import io.earshot.sensor.identify.quic.QuicHandshakeAssembler;
import io.earshot.sensor.identify.quic.QuicInitialParser;
import io.earshot.sensor.identify.tls.AssemblyResult;
import io.earshot.sensor.identify.tls.ClientHello;
import io.earshot.sensor.identify.tls.HandshakeAssembler;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Names flows: by the hello in the flow, else by what the client looked up, else by what the same
 * server was called in another flow; hands the packets of the service's flows on.
 *
 * <p>Packets that come before the name wait in a small buffer, so that no byte of a followed flow
 * is lost to the features. A flow of another service is given back as foreign at its first word. A
 * flow whose beginning was not captured and whose server has no name yet waits, bounded in number,
 * until some other flow or look-up names it.
 *
 * <p>Owner: the capture thread.
 */
public final class FlowIdentifier implements FlowHandler<FlowTrack> {
  /** Payload packets after which a flow is not expected to name itself any more. */
  private static final int MAX_UNDECIDED_PAYLOADS = 48;

  /** Client segments that are searched for a hello behind a preface (STARTTLS, CONNECT). */
  private static final int MAX_PREFACE_SEGMENTS = 12;

  /** Hellos that may be half read at once; each holds at most 16 KiB. */
  private static final int MAX_ASSEMBLING = 4096;

  /** Nameless flows that may wait for a name at once. */
  private static final int MAX_WAITING = 4096;

  private static final int HTTPS = 443;
  private static final int HTTP = 80;
  private static final int ACCESS_POINT = 4070;
  private static final int DNS = 53;
  private static final int MDNS = 5353;
  private static final int SPOTIFY_LAN = 57621;

  /** First bit of a QUIC packet with a long header (RFC 8999 section 5.1). */
  private static final int QUIC_LONG_HEADER = 0x80;

  private static final int SYN = 2;
  private static final int ACK = 16;
  private static final byte[] SPOT_UDP = {'S', 'p', 'o', 't', 'U', 'd', 'p'};

  private final ServiceCatalogue catalogue;
  private final FlowSampleSink sink;
  private final NameListener names;
  private final KnownServers known;
  private final DnsParser dns = new DnsParser();
  private final QuicInitialParser quic = new QuicInitialParser();
  private final IdentifyStats stats = new IdentifyStats();
  private final Answers answers = new Answers();
  private int waiting;
  private int assembling;

  public FlowIdentifier(ServiceCatalogue catalogue, FlowSampleSink sink, NameListener names) {
    this.catalogue = catalogue;
    this.sink = sink;
    this.names = names;
    this.known = new KnownServers(catalogue);
  }

  @Override
  public FlowTrack attach(Flow<FlowTrack> flow) {
    return new FlowTrack();
  }

  @Override
  public Disposition packet(Flow<FlowTrack> flow, PacketView packet) {
    FlowTrack track = flow.attachment();
    if (track.descriptor != null) {
      emit(flow, track.descriptor, packet, 0);
      return Disposition.TRACKED;
    }
    return packet.protocol == PacketView.TCP ? tcp(flow, track, packet) : udp(flow, track, packet);
  }

  @Override
  public void closed(Flow<FlowTrack> flow) {
    FlowTrack track = flow.attachment();
    if (track.unnamed) {
      waiting--;
    }
    endAssembly(track);
    if (track.descriptor != null) {
      sink.closed(track.descriptor);
    }
  }

  public IdentifyStats stats() {
    return stats;
  }

  private Disposition tcp(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    Direction direction = flow.direction(packet);
    if ((packet.tcpFlags & (SYN | ACK)) == SYN) {
      track.firstSeq = (packet.tcpSeq + 1) & 0xffffffffL;
    }
    if (track.unnamed) {
      wait(track, flow, packet, 0);
      return waitForName(flow, track, packet);
    }
    if (packet.payloadBytes == 0) {
      wait(track, flow, packet, 0);
      return Disposition.UNDECIDED;
    }
    if (direction == Direction.DOWN
        && !flow.startSeen()
        && track.tls == null
        && startsHello(packet)) {
      flow.swapEnds();
      track.swapped = !track.swapped;
      direction = Direction.UP;
    }
    track.payloadPackets++;
    if (direction == Direction.DOWN) {
      wait(track, flow, packet, 0);
      boolean late = track.payloadPackets > MAX_UNDECIDED_PAYLOADS;
      return late || midStreamOfKnownServer(flow, track, packet)
          ? withoutHello(flow, track, packet)
          : Disposition.UNDECIDED;
    }
    return clientSpeaks(flow, track, packet);
  }

  /** A hello that is half read takes memory, and only so many may. */
  private boolean mayAssemble(FlowTrack track) {
    if (!track.assembling) {
      if (assembling >= MAX_ASSEMBLING) {
        stats.hellosGivenUp++;
        return false;
      }
      track.assembling = true;
      assembling++;
    }
    return true;
  }

  private void endAssembly(FlowTrack track) {
    track.tls = null;
    track.quic = null;
    if (track.assembling) {
      track.assembling = false;
      assembling--;
    }
  }

  /** The beginning was not captured, so no hello will come, and the server has a name already. */
  private boolean midStreamOfKnownServer(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    if (flow.startSeen() || track.tls != null || track.learnedGeneration == known.generation()) {
      return false;
    }
    track.learnedGeneration = known.generation();
    Identification found = known.find(flow.key(), packet.tsNanos);
    return found != null && found.isSpotify();
  }

  private static boolean startsHello(PacketView packet) {
    return HandshakeAssembler.startsHello(
        packet.data, packet.payloadOffset, packet.payloadCaptured);
  }

  private Disposition clientSpeaks(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    HandshakeAssembler tls = track.tls;
    if (tls == null) {
      boolean inOrder = track.firstSeq < 0 || track.firstSeq == packet.tcpSeq;
      if (startsHello(packet) || (!inOrder && track.futile == 0)) {
        tls = new HandshakeAssembler();
        if (!inOrder && track.futile == 0) {
          tls.begin(track.firstSeq);
        }
        track.tls = tls;
      } else {
        return otherProtocol(flow, track, packet);
      }
    }
    AssemblyResult result =
        tls.offer(packet.tcpSeq, packet.data, packet.payloadOffset, packet.payloadCaptured);
    wait(track, flow, packet, FlowSampleSink.HELLO);
    switch (result) {
      case NEED_MORE -> {
        return track.payloadPackets > MAX_UNDECIDED_PAYLOADS || !mayAssemble(track)
            ? withoutHello(flow, track, packet)
            : Disposition.UNDECIDED;
      }
      case COMPLETE -> {
        ClientHello hello = tls.hello();
        return named(flow, track, packet, hello.serverName(), Evidence.SNI, hello.echOffered());
      }
      case NOT_TLS, UNSUPPORTED -> {
        endAssembly(track);
        track.futile++;
        return withoutHello(flow, track, packet);
      }
      case GAVE_UP -> stats.hellosGivenUp++;
      case MALFORMED -> stats.hellosMalformed++;
    }
    return withoutHello(flow, track, packet);
  }

  private Disposition otherProtocol(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    wait(track, flow, packet, 0);
    if (track.futile == 0) {
      if (isAccessPointHello(packet)) {
        return follow(
            flow,
            track,
            new Identification(
                null,
                new ServiceMatch(ServiceMatch.SPOTIFY, Role.ACCESS_POINT),
                Evidence.ACCESS_POINT,
                false));
      }
      if (HttpHostParser.parse(packet.data, packet.payloadOffset, packet.payloadCaptured)
          instanceof HttpResult.Named host) {
        return named(flow, track, packet, host.host(), Evidence.HTTP_HOST, false);
      }
    }
    track.futile++;
    if (track.futile < MAX_PREFACE_SEGMENTS && flow.startSeen()) {
      return Disposition.UNDECIDED;
    }
    return withoutHello(flow, track, packet);
  }

  /**
   * First message of a native client to an access point.
   *
   * <pre>
   * 00 04 | length 4, the whole message, big-endian | protobuf: 52 0e|0f 50 ...
   * </pre>
   *
   * Source: open clients and nDPI's dissector, see the wire notes.
   */
  private static boolean isAccessPointHello(PacketView packet) {
    return packet.payloadCaptured >= 9
        && packet.payloadByte(0) == 0
        && packet.payloadByte(1) == 4
        && packet.payloadByte(2) == 0
        && packet.payloadByte(3) == 0
        && packet.payloadByte(6) == 0x52
        && (packet.payloadByte(7) == 0x0e || packet.payloadByte(7) == 0x0f)
        && packet.payloadByte(8) == 0x50;
  }

  private Disposition udp(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    int server = flow.key().serverPort();
    int client = flow.key().clientPort();
    if (server == DNS || client == DNS || server == MDNS || client == MDNS) {
      if (packet.srcPort == DNS || packet.srcPort == MDNS) {
        answer(packet);
      }
      return Disposition.INSPECTED;
    }
    if (server == SPOTIFY_LAN && client == SPOTIFY_LAN) {
      if (startsWith(packet, SPOT_UDP)) {
        stats.lanDiscoveryPackets++;
      }
      return Disposition.INSPECTED;
    }
    if (track.unnamed) {
      wait(track, flow, packet, 0);
      return waitForName(flow, track, packet);
    }
    track.payloadPackets++;
    QuicHandshakeAssembler assembler = track.quic;
    if (assembler == null) {
      if (packet.payloadCaptured == 0 || (packet.payloadByte(0) & QUIC_LONG_HEADER) == 0) {
        wait(track, flow, packet, 0);
        return server == HTTPS ? withoutHello(flow, track, packet) : Disposition.FOREIGN;
      }
      if (flow.direction(packet) == Direction.DOWN && client != HTTPS) {
        wait(track, flow, packet, 0);
        return track.payloadPackets > MAX_UNDECIDED_PAYLOADS
            ? Disposition.FOREIGN
            : Disposition.UNDECIDED;
      }
      assembler = new QuicHandshakeAssembler(quic);
      track.quic = assembler;
    }
    if (flow.direction(packet) == Direction.DOWN) {
      wait(track, flow, packet, 0);
      return track.payloadPackets > MAX_UNDECIDED_PAYLOADS
          ? withoutHello(flow, track, packet)
          : Disposition.UNDECIDED;
    }
    AssemblyResult result =
        assembler.offer(packet.data, packet.payloadOffset, packet.payloadCaptured);
    wait(track, flow, packet, FlowSampleSink.HELLO);
    switch (result) {
      case NEED_MORE -> {
        return track.payloadPackets > MAX_UNDECIDED_PAYLOADS || !mayAssemble(track)
            ? withoutHello(flow, track, packet)
            : Disposition.UNDECIDED;
      }
      case COMPLETE -> {
        ClientHello hello = assembler.hello();
        return named(
            flow, track, packet, hello.serverName(), Evidence.QUIC_SNI, hello.echOffered());
      }
      case NOT_TLS, UNSUPPORTED -> {
        return server == HTTPS ? withoutHello(flow, track, packet) : Disposition.FOREIGN;
      }
      case GAVE_UP -> stats.hellosGivenUp++;
      case MALFORMED -> stats.hellosMalformed++;
    }
    return withoutHello(flow, track, packet);
  }

  private static boolean startsWith(PacketView packet, byte[] prefix) {
    if (packet.payloadCaptured < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (packet.payloadByte(i) != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private void answer(PacketView packet) {
    answers.clientHi = packet.dstHi;
    answers.clientLo = packet.dstLo;
    answers.nowNanos = packet.tsNanos;
    DnsResult result =
        dns.parse(packet.data, packet.payloadOffset, packet.payloadCaptured, answers);
    if (result.malformed()) {
      stats.dnsMalformed++;
    }
  }

  private Disposition named(
      Flow<FlowTrack> flow,
      FlowTrack track,
      PacketView packet,
      @Nullable String serverName,
      Evidence evidence,
      boolean echOffered) {
    endAssembly(track);
    if (serverName == null) {
      return withoutHello(flow, track, packet);
    }
    Optional<ServiceMatch> match = catalogue.byName(serverName);
    Identification identification =
        new Identification(serverName, match.orElse(null), evidence, echOffered);
    stats.countNamed(evidence);
    if (match.isPresent()) {
      known.learned(flow.key(), identification);
    } else {
      known.foreign(flow.key());
    }
    if (identification.isSpotify()) {
      known.listens(flow.key(), packet.tsNanos);
      return follow(flow, track, identification);
    }
    names.named(describe(flow, identification));
    return Disposition.FOREIGN;
  }

  /** The flow did not name its server: somebody else may have. */
  private Disposition withoutHello(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    endAssembly(track);
    Identification found = known.find(flow.key(), packet.tsNanos);
    if (found != null && found.isSpotify()) {
      stats.countNamed(found.evidence());
      return follow(flow, track, found);
    }
    int port = flow.key().serverPort();
    boolean mayBeOurs = port == HTTPS || port == HTTP || port == ACCESS_POINT;
    if (!mayBeOurs) {
      return Disposition.FOREIGN;
    }
    if (waiting >= MAX_WAITING) {
      stats.waitingRefused++;
      return Disposition.FOREIGN;
    }
    waiting++;
    track.unnamed = true;
    track.learnedGeneration = known.generation();
    return Disposition.WAITING;
  }

  private Disposition waitForName(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    if (track.learnedGeneration == known.generation()) {
      return Disposition.WAITING;
    }
    track.learnedGeneration = known.generation();
    Identification found = known.find(flow.key(), packet.tsNanos);
    if (found == null || !found.isSpotify()) {
      return Disposition.WAITING;
    }
    track.unnamed = false;
    waiting--;
    stats.countNamed(found.evidence());
    return follow(flow, track, found);
  }

  private Disposition follow(Flow<FlowTrack> flow, FlowTrack track, Identification identification) {
    FlowDescriptor descriptor = describe(flow, identification);
    track.descriptor = descriptor;
    stats.spotifyFlows++;
    names.named(descriptor);
    if (track.buffer != null) {
      track.buffer.drainTo(sink, descriptor, track.swapped);
      track.buffer = null;
    }
    return Disposition.TRACKED;
  }

  private static FlowDescriptor describe(Flow<FlowTrack> flow, Identification identification) {
    return new FlowDescriptor(
        flow.id(),
        flow.key(),
        flow.startNanos(),
        flow.vlanId(),
        flow.interfaceId(),
        identification);
  }

  private void wait(FlowTrack track, Flow<FlowTrack> flow, PacketView packet, int flags) {
    SampleBuffer buffer = track.buffer;
    if (buffer == null) {
      buffer = new SampleBuffer();
      track.buffer = buffer;
    }
    Direction direction = flow.direction(packet);
    if (track.swapped) {
      direction = direction == Direction.UP ? Direction.DOWN : Direction.UP;
    }
    buffer.add(
        packet.tsNanos,
        packet.frameBytes,
        packet.payloadBytes,
        newBytes(flow, packet),
        direction,
        flags | healthFlags(flow, packet));
  }

  private void emit(Flow<FlowTrack> flow, FlowDescriptor descriptor, PacketView packet, int flags) {
    FlowTrack track = flow.attachment();
    long missed = flow.health().missedBytes(Direction.DOWN);
    sink.sample(
        descriptor,
        packet.tsNanos,
        packet.frameBytes,
        packet.payloadBytes,
        newBytes(flow, packet),
        flow.direction(packet),
        flags | healthFlags(flow, packet),
        flow.health().rttNanos(),
        missed - track.missedBytes);
    track.missedBytes = missed;
  }

  private static int newBytes(Flow<FlowTrack> flow, PacketView packet) {
    return packet.protocol == PacketView.TCP ? flow.health().newBytes() : packet.payloadBytes;
  }

  private static int healthFlags(Flow<FlowTrack> flow, PacketView packet) {
    if (packet.protocol != PacketView.TCP) {
      return 0;
    }
    return (flow.health().retransmission() ? FlowSampleSink.RETRANSMISSION : 0)
        | (flow.health().outOfOrder() ? FlowSampleSink.OUT_OF_ORDER : 0);
  }

  /** Takes the answers of the DNS message that is being read. */
  private final class Answers implements DnsHandler {
    private long clientHi;
    private long clientLo;
    private long nowNanos;

    @Override
    public void onAddress(
        String queryName, String ownerName, long addrHi, long addrLo, long ttlSeconds) {
      known.resolved(clientHi, clientLo, addrHi, addrLo, queryName, ttlSeconds, nowNanos);
    }

    @Override
    public void onAlias(String queryName, String name) {}
  }
}
