package io.earshot.sensor.identify;

import io.earshot.enrichment.LearnedEndpoints;
import io.earshot.enrichment.Role;
import io.earshot.enrichment.ServiceCatalogue;
import io.earshot.enrichment.ServiceMatch;
import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.PacketView;
import io.earshot.sensor.flow.Disposition;
import io.earshot.sensor.flow.Flow;
import io.earshot.sensor.flow.FlowHandler;
import io.earshot.sensor.flow.TcpHealth;
import io.earshot.sensor.flow.TcpPath;
import io.earshot.sensor.identify.dns.DnsHandler;
import io.earshot.sensor.identify.dns.DnsParser;
import io.earshot.sensor.identify.dns.DnsResult;
import io.earshot.sensor.identify.dns.DnsTcpAssembler;
import io.earshot.sensor.identify.http.HttpHostParser;
import io.earshot.sensor.identify.http.HttpResult;
import io.earshot.sensor.identify.quic.QuicHandshakeAssembler;
import io.earshot.sensor.identify.quic.QuicInitialParser;
import io.earshot.sensor.identify.tls.AssemblyResult;
import io.earshot.sensor.identify.tls.ClientHello;
import io.earshot.sensor.identify.tls.HandshakeAssembler;
import io.earshot.sensor.identify.tls.Ja4;
import io.earshot.sensor.identify.tls.ReassemblyBuffer;
import io.earshot.sensor.identify.tls.ServerFlight;
import io.earshot.sensor.identify.tls.ServerFlightAssembler;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

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

  /** The same while a hello is half read: it may come in single bytes, or late. */
  private static final int MAX_ASSEMBLING_PAYLOADS = 1024;

  /** Packets of the server that may come between the pieces of a hello. */
  private static final int MAX_ANSWERS = 16;

  /** Client segments that are searched for a hello behind a preface (STARTTLS, CONNECT). */
  private static final int MAX_PREFACE_SEGMENTS = 12;

  /** The same in a flow whose beginning was not captured. */
  private static final int MAX_MID_STREAM_SEGMENTS = 4;

  /** Datagrams of unknown versions that may come before one that is read: version negotiation. */
  private static final int MAX_STRANGE_DATAGRAMS = 8;

  /** Messages that may be half read at once; each holds at most 16 KiB. */
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

  /** Learns server addresses anew. */
  public FlowIdentifier(ServiceCatalogue catalogue, FlowSampleSink sink, NameListener names) {
    this(catalogue, new LearnedEndpoints(), sink, names);
  }

  /**
   * @param endpoints server addresses learned before; goes on learning
   */
  public FlowIdentifier(
      ServiceCatalogue catalogue,
      LearnedEndpoints endpoints,
      FlowSampleSink sink,
      NameListener names) {
    this.catalogue = catalogue;
    this.sink = sink;
    this.names = names;
    this.known = new KnownServers(catalogue, endpoints);
  }

  @Override
  public FlowTrack attach(Flow<FlowTrack> flow) {
    return new FlowTrack();
  }

  @Override
  public Disposition packet(Flow<FlowTrack> flow, PacketView packet) {
    FlowTrack track = flow.attachment();
    if (track.descriptor != null) {
      return tracked(flow, track, packet);
    }
    return packet.protocol == PacketView.TCP ? tcp(flow, track, packet) : udp(flow, track, packet);
  }

  @Override
  public void closed(Flow<FlowTrack> flow) {
    FlowTrack track = flow.attachment();
    if (track.descriptor == null && (track.tls != null || track.quic != null)) {
      lastWord(flow, track);
    }
    if (track.unnamed) {
      waiting--;
    }
    endAssembly(track);
    if (track.descriptor != null) {
      sink.closed(track.descriptor);
    }
  }

  /** A hello that was cut short may still hold the name. */
  private void lastWord(Flow<FlowTrack> flow, FlowTrack track) {
    HandshakeAssembler tls = track.tls;
    QuicHandshakeAssembler quicHello = track.quic;
    long lastNanos = track.lastNanos;
    if (tls != null && tls.endOfData() == AssemblyResult.COMPLETE) {
      helloRead(flow, track, lastNanos, tls.hello(), Evidence.SNI);
    } else if (quicHello != null && quicHello.endOfData() == AssemblyResult.COMPLETE) {
      helloRead(flow, track, lastNanos, quicHello.hello(), Evidence.QUIC_SNI);
    }
  }

  public IdentifyStats stats() {
    return stats;
  }

  /** The flow is followed; what both ends say in clear may still change what is known of it. */
  private Disposition tracked(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    FlowDescriptor descriptor = Objects.requireNonNull(track.descriptor);
    int flags = 0;
    if (packet.payloadBytes > 0) {
      if (flow.direction(packet) == Direction.DOWN) {
        if (packet.protocol == PacketView.TCP && offerFlight(track, packet)) {
          descriptor = describe(flow, track, descriptor.identification(), descriptor.namedNanos());
          track.descriptor = descriptor;
        }
      } else if (descriptor.identification().evidence().isGuess() && mayBeHello(track, packet)) {
        if (offerHello(flow, track, packet) == AssemblyResult.COMPLETE) {
          return overrule(flow, track, descriptor, packet);
        }
        flags = track.tls != null || track.quic != null ? helloFlag(track, packet) : 0;
      }
    }
    emit(flow, descriptor, packet, flags);
    return Disposition.TRACKED;
  }

  private static boolean mayBeHello(FlowTrack track, PacketView packet) {
    if (packet.protocol == PacketView.TCP) {
      return track.tls != null || startsHello(packet);
    }
    return track.quic != null
        || QuicHandshakeAssembler.startsQuic(
            packet.data, packet.payloadOffset, packet.payloadCaptured);
  }

  /** The name in the flow counts, whatever the flow had been held to be before. */
  private Disposition overrule(
      Flow<FlowTrack> flow, FlowTrack track, FlowDescriptor before, PacketView packet) {
    track.descriptor = null;
    Disposition now = helloRead(flow, track, packet.tsNanos);
    FlowDescriptor after = track.descriptor;
    if (after == null) {
      if (now == Disposition.FOREIGN) {
        stats.overruled++;
        sink.closed(before);
        return now;
      }
      // A hello without a name contradicts nothing.
      track.descriptor = before;
      emit(flow, before, packet, FlowSampleSink.HELLO);
      return Disposition.TRACKED;
    }
    stats.spotifyFlows--;
    if (!Objects.equals(after.identification().match(), before.identification().match())) {
      stats.overruled++;
    }
    emit(flow, after, packet, FlowSampleSink.HELLO);
    return Disposition.TRACKED;
  }

  private Disposition tcp(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    track.lastNanos = packet.tsNanos;
    if ((packet.tcpFlags & (SYN | ACK)) == SYN && !track.swapped) {
      track.firstSeq = (packet.tcpSeq + 1) & 0xffffffffL;
    }
    if (flow.key().serverPort() == DNS && track.tls == null && !startsHello(packet)) {
      return dnsOverTcp(flow, track, packet);
    }
    if (packet.payloadBytes == 0) {
      wait(track, flow, packet, 0);
      return track.unnamed ? waitForName(flow, track, packet) : Disposition.UNDECIDED;
    }
    if (flow.direction(packet) == Direction.DOWN
        && track.tls == null
        && !track.swapped
        && startsHello(packet)) {
      flow.swapEnds();
      track.swapped = true;
      track.firstSeq = -1;
    }
    track.payloadPackets++;
    return flow.direction(packet) == Direction.DOWN
        ? serverSpeaks(flow, track, packet)
        : clientSpeaks(flow, track, packet);
  }

  private Disposition serverSpeaks(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    wait(track, flow, packet, 0);
    track.serverSpoke = true;
    boolean answered = track.tls == null && offerFlight(track, packet);
    if (track.unnamed) {
      return answered ? byCertificate(flow, track, packet) : waitForName(flow, track, packet);
    }
    if (answered && !track.certificateNames.isEmpty()) {
      return withoutHello(flow, track, packet);
    }
    boolean late = track.payloadPackets > patience(track) || answeredTooOften(track);
    return late || midStreamOfKnownServer(flow, track, packet)
        ? withoutHello(flow, track, packet)
        : Disposition.UNDECIDED;
  }

  /** The server has the hello, so what is missing of it here was lost to the capture. */
  private static boolean answeredTooOften(FlowTrack track) {
    return (track.tls != null || track.quic != null) && ++track.answers > MAX_ANSWERS;
  }

  private static int patience(FlowTrack track) {
    return track.tls == null && track.quic == null
        ? MAX_UNDECIDED_PAYLOADS
        : MAX_ASSEMBLING_PAYLOADS;
  }

  /**
   * Reads the server's side of the handshake, where it begins one.
   *
   * @return true with the segment that completed it
   */
  private boolean offerFlight(FlowTrack track, PacketView packet) {
    ServerFlightAssembler server = track.server;
    if (server == null) {
      if (track.flightSeen
          || !ServerFlightAssembler.startsFlight(
              packet.data, packet.payloadOffset, packet.payloadCaptured)
          || !mayAssemble(track)) {
        return false;
      }
      server = new ServerFlightAssembler();
      track.server = server;
    }
    AssemblyResult result =
        server.offer(packet.tcpSeq, packet.data, packet.payloadOffset, packet.payloadCaptured);
    if (result == AssemblyResult.NEED_MORE) {
      return false;
    }
    track.flightSeen = true;
    if (result == AssemblyResult.COMPLETE) {
      ServerFlight flight = server.flight();
      TlsHandshake before = track.handshake == null ? TlsHandshake.ofClient(null) : track.handshake;
      track.handshake = before.answered(flight.version(), flight.cipherSuite());
      track.certificateNames = flight.certificateNames();
    }
    endAssembly(track);
    return result == AssemblyResult.COMPLETE;
  }

  private Disposition dnsOverTcp(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    if (packet.payloadBytes == 0 || flow.direction(packet) == Direction.UP) {
      return Disposition.INSPECTED;
    }
    DnsTcpAssembler assembler = track.dns;
    if (assembler == null) {
      if (!mayAssemble(track)) {
        return Disposition.FOREIGN;
      }
      assembler = new DnsTcpAssembler(dns);
      track.dns = assembler;
    }
    answers.of(packet);
    DnsResult result =
        assembler.offer(
            packet.tcpSeq, packet.data, packet.payloadOffset, packet.payloadCaptured, answers);
    if (result.malformed()) {
      stats.dnsMalformed++;
    }
    if (result == DnsResult.GAVE_UP) {
      stats.dnsGivenUp++;
      endAssembly(track);
      return Disposition.FOREIGN;
    }
    return Disposition.INSPECTED;
  }

  /** A message that is half read takes memory, and only so many may. */
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
    if (track.tls != null) {
      stats.conflictingBytes += track.tls.conflictingBytes();
    }
    if (track.quic != null) {
      stats.conflictingBytes += track.quic.conflictingBytes();
    }
    track.tls = null;
    track.quic = null;
    track.server = null;
    track.dns = null;
    track.request = null;
    if (track.assembling) {
      track.assembling = false;
      assembling--;
    }
  }

  /** The beginning was not captured, so no hello will come, and the server has a name already. */
  private boolean midStreamOfKnownServer(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    if (flow.startSeen() || track.tls != null || track.learnedGeneration == generation(track)) {
      return false;
    }
    track.learnedGeneration = generation(track);
    Identification found = known.find(flow.key(), track.shape, packet.tsNanos);
    return found != null;
  }

  private static boolean startsHello(PacketView packet) {
    return HandshakeAssembler.startsHello(
        packet.data, packet.payloadOffset, packet.payloadCaptured);
  }

  private Disposition clientSpeaks(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    if (track.tls == null && !startsHello(packet) && !isBehindTheStart(track, packet)) {
      if (track.unnamed) {
        wait(track, flow, packet, 0);
        return waitForName(flow, track, packet);
      }
      return otherProtocol(flow, track, packet);
    }
    AssemblyResult result = offerHello(flow, track, packet);
    wait(track, flow, packet, helloFlag(track, packet));
    return decide(flow, track, packet, result);
  }

  /**
   * A client whose hello is still missed, but that goes on with other records, asks already. Where
   * the payload was not captured, the server's answer tells that the hello is over.
   */
  private static int helloFlag(FlowTrack track, PacketView packet) {
    if (packet.protocol != PacketView.TCP) {
      return FlowSampleSink.HELLO;
    }
    boolean over =
        packet.payloadCaptured == 0
            ? track.serverSpoke
            : HandshakeAssembler.startsAfterHello(
                packet.data, packet.payloadOffset, packet.payloadCaptured);
    return over ? 0 : FlowSampleSink.HELLO;
  }

  /** The first segment of the client is missing so far, and this one comes after it. */
  private static boolean isBehindTheStart(FlowTrack track, PacketView packet) {
    return track.firstSeq >= 0
        && track.futile == 0
        && track.request == null
        && !track.unnamed
        && track.firstSeq != firstByte(packet);
  }

  /** A SYN counts as one, also where it carries payload (RFC 7413). */
  private static long firstByte(PacketView packet) {
    return packet.tcpSeq + ((packet.tcpFlags & SYN) == 0 ? 0 : 1) & 0xffffffffL;
  }

  /**
   * Offers what the client sends to the reader of hellos of its transport; a new one where the
   * packet may be the start of a hello.
   */
  private AssemblyResult offerHello(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    if (packet.protocol != PacketView.TCP) {
      return offerInitial(track, packet);
    }
    HandshakeAssembler tls = track.tls;
    if (tls == null) {
      boolean starts = startsHello(packet);
      if (!starts && !isBehindTheStart(track, packet)) {
        return AssemblyResult.NOT_TLS;
      }
      tls = new HandshakeAssembler();
      if (track.firstSeq >= 0 && track.futile == 0 && flow.attachment().descriptor == null) {
        tls.begin(starts ? firstByte(packet) : track.firstSeq);
      }
      track.tls = tls;
    }
    AssemblyResult result =
        tls.offer(firstByte(packet), packet.data, packet.payloadOffset, packet.payloadCaptured);
    return settle(track, result);
  }

  private AssemblyResult offerInitial(FlowTrack track, PacketView packet) {
    QuicHandshakeAssembler assembler = track.quic;
    if (assembler == null) {
      if (!QuicHandshakeAssembler.startsQuic(
          packet.data, packet.payloadOffset, packet.payloadCaptured)) {
        return AssemblyResult.NOT_TLS;
      }
      assembler = new QuicHandshakeAssembler(quic);
      track.quic = assembler;
    }
    return settle(
        track, assembler.offer(packet.data, packet.payloadOffset, packet.payloadCaptured));
  }

  /** Bounds what is half read, and lets go of what cannot become a hello any more. */
  private AssemblyResult settle(FlowTrack track, AssemblyResult result) {
    AssemblyResult settled =
        result == AssemblyResult.NEED_MORE && !mayAssemble(track) ? AssemblyResult.GAVE_UP : result;
    if (settled != AssemblyResult.NEED_MORE && settled != AssemblyResult.COMPLETE) {
      endAssembly(track);
    }
    return settled;
  }

  private Disposition decide(
      Flow<FlowTrack> flow, FlowTrack track, PacketView packet, AssemblyResult result) {
    switch (result) {
      case NEED_MORE -> {
        if (track.unnamed) {
          return waitForName(flow, track, packet);
        }
        return track.payloadPackets > patience(track)
            ? withoutHello(flow, track, packet)
            : Disposition.UNDECIDED;
      }
      case COMPLETE -> {
        Disposition read = helloRead(flow, track, packet.tsNanos);
        return read == Disposition.UNDECIDED ? withoutHello(flow, track, packet) : read;
      }
      case NOT_TLS -> {
        track.futile++;
        if (!track.unnamed && flow.startSeen() && track.futile < MAX_PREFACE_SEGMENTS) {
          return Disposition.UNDECIDED;
        }
      }
      case UNSUPPORTED -> stats.hellosUnsupported++;
      case GAVE_UP -> stats.hellosGivenUp++;
      case MALFORMED -> stats.hellosMalformed++;
    }
    return withoutHello(flow, track, packet);
  }

  /** Takes the hello that is complete. */
  private Disposition helloRead(Flow<FlowTrack> flow, FlowTrack track, long nowNanos) {
    HandshakeAssembler tls = track.tls;
    if (tls != null) {
      return helloRead(flow, track, nowNanos, tls.hello(), Evidence.SNI);
    }
    ClientHello hello = Objects.requireNonNull(track.quic).hello();
    return helloRead(flow, track, nowNanos, hello, Evidence.QUIC_SNI);
  }

  /** Takes a hello; {@link Disposition#UNDECIDED} where it names nobody. */
  private Disposition helloRead(
      Flow<FlowTrack> flow, FlowTrack track, long nowNanos, ClientHello hello, Evidence evidence) {
    endAssembly(track);
    String name = hello.serverName();
    Optional<ServiceMatch> match = name == null ? Optional.empty() : catalogue.byName(name);
    boolean followed = match.isPresent() && match.get().isSpotify();
    if (followed || names != NameListener.NONE || name == null) {
      track.handshake =
          TlsHandshake.ofClient(
              hello.partial() ? null : Ja4.of(hello, evidence == Evidence.QUIC_SNI));
    }
    if (name == null) {
      return Disposition.UNDECIDED;
    }
    return named(
        flow,
        track,
        nowNanos,
        new Identification(name, match.orElse(null), evidence, hello.echOffered()));
  }

  private Disposition otherProtocol(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    wait(track, flow, packet, 0);
    if (track.futile == 0) {
      if (track.request == null && isAccessPointHello(packet)) {
        known.listens(flow.key(), packet.tsNanos);
        return follow(
            flow,
            track,
            packet.tsNanos,
            new Identification(
                null,
                new ServiceMatch(ServiceMatch.SPOTIFY, Role.ACCESS_POINT),
                Evidence.ACCESS_POINT,
                false));
      }
      HttpResult http = request(track, packet);
      if (http instanceof HttpResult.Named host) {
        endAssembly(track);
        return named(
            flow,
            track,
            packet.tsNanos,
            new Identification(
                host.host(),
                catalogue.byName(host.host()).orElse(null),
                Evidence.HTTP_HOST,
                false));
      }
      if (http == HttpResult.Unnamed.NEED_MORE
          && track.request != null
          && track.payloadPackets <= MAX_UNDECIDED_PAYLOADS) {
        return Disposition.UNDECIDED;
      }
      endAssembly(track);
    }
    track.futile++;
    if (track.futile < (flow.startSeen() ? MAX_PREFACE_SEGMENTS : midStreamPatience(flow))) {
      return Disposition.UNDECIDED;
    }
    return withoutHello(flow, track, packet);
  }

  /** A flow that may wait for its name learns of a late hello while it waits. */
  private static int midStreamPatience(Flow<FlowTrack> flow) {
    return mayBeOurs(flow) ? 0 : MAX_MID_STREAM_SEGMENTS;
  }

  /** The request that begins with the packet, or goes on in it. */
  private HttpResult request(FlowTrack track, PacketView packet) {
    ReassemblyBuffer request = track.request;
    if (request == null) {
      HttpResult whole =
          HttpHostParser.parse(packet.data, packet.payloadOffset, packet.payloadCaptured);
      if (whole != HttpResult.Unnamed.NEED_MORE || !mayAssemble(track)) {
        return whole;
      }
      request = new ReassemblyBuffer();
      track.request = request;
      track.requestSeq = packet.tcpSeq;
    }
    long ahead = packet.tcpSeq - track.requestSeq & 0xffffffffL;
    if (ahead <= ReassemblyBuffer.CAPACITY) {
      request.offer((int) ahead, packet.data, packet.payloadOffset, packet.payloadCaptured);
    }
    return HttpHostParser.parse(MemorySegment.ofArray(request.array()), 0, request.contiguous());
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
    track.lastNanos = packet.tsNanos;
    track.payloadPackets++;
    boolean starts =
        QuicHandshakeAssembler.startsQuic(
            packet.data, packet.payloadOffset, packet.payloadCaptured);
    if (flow.direction(packet) == Direction.DOWN
        && track.payloadPackets == 1
        && server != HTTPS
        && starts) {
      // The first datagram is the client's, whatever the ports look like.
      flow.swapEnds();
      track.swapped = true;
    }
    if (flow.direction(packet) == Direction.DOWN || (track.quic == null && !starts)) {
      wait(track, flow, packet, 0);
      return track.unnamed ? waitForName(flow, track, packet) : strange(flow, track, packet);
    }
    AssemblyResult result = offerInitial(track, packet);
    wait(track, flow, packet, FlowSampleSink.HELLO);
    if (result == AssemblyResult.NOT_TLS || result == AssemblyResult.UNSUPPORTED) {
      return track.unnamed ? waitForName(flow, track, packet) : strange(flow, track, packet);
    }
    return decide(flow, track, packet, result);
  }

  /** A datagram that brings no hello nearer: an answer, another version, another protocol. */
  private Disposition strange(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    boolean longHeader =
        packet.payloadCaptured > 0 && (packet.payloadByte(0) & QUIC_LONG_HEADER) != 0;
    if (track.quic != null) {
      return track.payloadPackets > patience(track) || answeredTooOften(track)
          ? withoutHello(flow, track, packet)
          : Disposition.UNDECIDED;
    }
    if (track.payloadPackets == 1
        && QuicHandshakeAssembler.isUnsupported(
            packet.data, packet.payloadOffset, packet.payloadCaptured)) {
      stats.hellosUnsupported++;
    }
    return longHeader && track.payloadPackets <= MAX_STRANGE_DATAGRAMS
        ? Disposition.UNDECIDED
        : withoutHello(flow, track, packet);
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
    answers.of(packet);
    DnsResult result =
        dns.parse(packet.data, packet.payloadOffset, packet.payloadCaptured, answers);
    if (result.malformed()) {
      stats.dnsMalformed++;
    }
  }

  /** The flow named its server itself. */
  private Disposition named(
      Flow<FlowTrack> flow, FlowTrack track, long nowNanos, Identification identification) {
    stats.countNamed(identification.evidence());
    endWaiting(track);
    if (identification.isSpotify()) {
      known.learned(flow.key(), identification, nowNanos);
      known.listens(flow.key(), nowNanos);
      return follow(flow, track, nowNanos, identification);
    }
    known.foreign(flow.key());
    if (names != NameListener.NONE) {
      names.named(describe(flow, track, identification, nowNanos));
    }
    return Disposition.FOREIGN;
  }

  /** The flow did not name its server: the server itself may, or somebody else may have. */
  private Disposition withoutHello(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    HandshakeAssembler tls = track.tls;
    QuicHandshakeAssembler quicHello = track.quic;
    if ((tls != null && tls.endOfData() == AssemblyResult.COMPLETE)
        || (quicHello != null && quicHello.endOfData() == AssemblyResult.COMPLETE)) {
      Disposition read = helloRead(flow, track, packet.tsNanos);
      if (read != Disposition.UNDECIDED) {
        return read;
      }
    }
    endAssembly(track);
    if (track.unnamed) {
      return waitForName(flow, track, packet);
    }
    if (!track.certificateNames.isEmpty()) {
      return byCertificate(flow, track, packet);
    }
    boolean mayBeOurs = mayBeOurs(flow);
    if (!mayBeOurs && packet.protocol == PacketView.UDP) {
      return Disposition.FOREIGN;
    }
    Identification found = known.find(flow.key(), track.shape, packet.tsNanos);
    if (found != null) {
      stats.countNamed(found.evidence());
      return follow(flow, track, packet.tsNanos, found);
    }
    if (!mayBeOurs) {
      return Disposition.FOREIGN;
    }
    if (waiting >= MAX_WAITING) {
      stats.waitingRefused++;
      return Disposition.FOREIGN;
    }
    waiting++;
    track.unnamed = true;
    track.learnedGeneration = generation(track);
    return Disposition.WAITING;
  }

  private static boolean mayBeOurs(Flow<FlowTrack> flow) {
    int port = flow.key().serverPort();
    return flow.key().protocol() == PacketView.TCP
        ? port == HTTPS || port == HTTP || port == ACCESS_POINT
        : port == HTTPS;
  }

  /**
   * The server showed a certificate. It proves something only where all of its names are of the
   * service: certificates of shared networks name many.
   */
  private Disposition byCertificate(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    if (track.certificateNames.isEmpty()) {
      return waitForName(flow, track, packet);
    }
    int ours = 0;
    Role role = null;
    String only = null;
    for (String name : track.certificateNames) {
      boolean wildcard = name.startsWith("*.");
      Optional<ServiceMatch> match = catalogue.byName(wildcard ? "any" + name.substring(1) : name);
      if (match.isPresent() && match.get().isSpotify()) {
        Role its = wildcard ? Role.OTHER : match.get().role();
        role = role == null || role == its ? its : Role.OTHER;
        only = ours == 0 && !wildcard ? name : null;
        ours++;
      }
    }
    if (role == null) {
      endWaiting(track);
      return Disposition.FOREIGN;
    }
    Identification found = known.find(flow.key(), track.shape, packet.tsNanos);
    if (found == null && ours == track.certificateNames.size()) {
      found =
          new Identification(
              only, new ServiceMatch(ServiceMatch.SPOTIFY, role), Evidence.CERTIFICATE, false);
    }
    if (found == null) {
      track.certificateNames = List.of();
      return track.unnamed ? waitForName(flow, track, packet) : withoutHello(flow, track, packet);
    }
    endWaiting(track);
    stats.countNamed(found.evidence());
    return follow(flow, track, packet.tsNanos, found);
  }

  /** Changes whenever another answer about the flow's server is possible. */
  private int generation(FlowTrack track) {
    return known.generation() + track.shape.signs();
  }

  private Disposition waitForName(Flow<FlowTrack> flow, FlowTrack track, PacketView packet) {
    if (track.learnedGeneration == generation(track)) {
      return Disposition.WAITING;
    }
    track.learnedGeneration = generation(track);
    Identification found = known.find(flow.key(), track.shape, packet.tsNanos);
    if (found == null) {
      return Disposition.WAITING;
    }
    endWaiting(track);
    stats.countNamed(found.evidence());
    return follow(flow, track, packet.tsNanos, found);
  }

  private void endWaiting(FlowTrack track) {
    if (track.unnamed) {
      track.unnamed = false;
      waiting--;
    }
  }

  private Disposition follow(
      Flow<FlowTrack> flow, FlowTrack track, long nowNanos, Identification identification) {
    FlowDescriptor descriptor = describe(flow, track, identification, nowNanos);
    track.descriptor = descriptor;
    stats.spotifyFlows++;
    names.named(descriptor);
    if (track.buffer != null) {
      track.buffer.drainTo(sink, descriptor, track.swapped);
      track.buffer = null;
    }
    return Disposition.TRACKED;
  }

  private static FlowDescriptor describe(
      Flow<FlowTrack> flow, FlowTrack track, Identification identification, long namedNanos) {
    return new FlowDescriptor(
        flow.id(),
        flow.key(),
        flow.startNanos(),
        flow.vlanId(),
        flow.vni(),
        flow.interfaceId(),
        identification,
        namedNanos,
        flow.initialRttNanos(),
        track.handshake);
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
    int newBytes = newBytes(flow, packet);
    buffer.add(
        packet.tsNanos,
        packet.frameBytes,
        packet.payloadBytes,
        newBytes,
        direction,
        flags | healthFlags(flow, packet));
    if (newBytes > 0 && packet.protocol == PacketView.TCP) {
      track.shape.offer(packet.tsNanos, newBytes, flow.direction(packet));
    }
  }

  private void emit(Flow<FlowTrack> flow, FlowDescriptor descriptor, PacketView packet, int flags) {
    FlowTrack track = flow.attachment();
    long missed = flow.missedBytes(Direction.DOWN);
    sink.sample(
        descriptor,
        packet.tsNanos,
        packet.frameBytes,
        packet.payloadBytes,
        newBytes(flow, packet),
        flow.direction(packet),
        flags | healthFlags(flow, packet),
        flow.rttNanos(),
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
    TcpHealth health = flow.health();
    TcpPath path = health.path();
    boolean repaired = health.outOfOrder() && path.kind().isRepeated();
    return (health.retransmission() ? FlowSampleSink.RETRANSMISSION : 0)
        | (health.outOfOrder() ? FlowSampleSink.OUT_OF_ORDER : 0)
        | (repaired ? FlowSampleSink.REPAIRED : 0)
        | (path.zeroWindow() ? FlowSampleSink.ZERO_WINDOW : 0)
        | (path.receiverLimited() ? FlowSampleSink.RECEIVER_LIMITED : 0)
        | (path.senderLimited() ? FlowSampleSink.SENDER_LIMITED : 0);
  }

  /** Takes the answers of the DNS message that is being read. */
  private final class Answers implements DnsHandler {
    private long clientHi;
    private long clientLo;
    private long nowNanos;

    /** The packet goes from a resolver to the client that asked. */
    void of(PacketView packet) {
      clientHi = packet.dstHi;
      clientLo = packet.dstLo;
      nowNanos = packet.tsNanos;
    }

    @Override
    public void onAddress(
        String queryName, String ownerName, long addrHi, long addrLo, long ttlSeconds) {
      known.resolved(clientHi, clientLo, addrHi, addrLo, queryName, ttlSeconds, nowNanos);
    }

    @Override
    public void onAlias(String queryName, String name) {}
  }
}
