package io.earshot.sensor.identify;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.enrichment.Role;
import io.earshot.enrichment.ServiceCatalogue;
import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.Frames;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import io.earshot.sensor.flow.FlowLimits;
import io.earshot.sensor.flow.FlowTable;
import io.earshot.sensor.identify.dns.DnsMessages;
import io.earshot.sensor.identify.quic.QuicInitials;
import io.earshot.sensor.identify.tls.ServerFlights;
import io.earshot.sensor.identify.tls.TlsHellos;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames through the decoder and the flow table to the sink. */
class FlowIdentifierTest {
  private static final String AUDIO = "audio-fa.scdn.co";
  private static final int CLIENT = Frames.SRC4;
  private static final int OTHER_CLIENT = 0x0a00_0002;
  private static final int SERVER = Frames.DST4;
  private static final int RESOLVER = 0x0808_0808;

  /** 151.101.2.248, 2.17.3.4 and 35.186.224.24. */
  private static final int FASTLY_AUDIO = 0x9765_02f8;

  private static final int AKAMAI = 0x0211_0304;
  private static final int CONTROL = 0x23ba_e018;
  private static final int SYN = 2;
  private static final int ACK = 16;
  private static final int FIN = 1;
  private static final long MILLI = 1_000_000L;

  private final Sink sink = new Sink();
  private final List<FlowDescriptor> named = new ArrayList<>();
  private final FlowIdentifier identifier =
      new FlowIdentifier(ServiceCatalogue.shipped(), sink, named::add);
  private final FlowTable<FlowTrack> table = new FlowTable<>(identifier, FlowLimits.DEFAULT, 0);
  private final PacketDecoder decoder = new PacketDecoder();
  private final PacketView view = new PacketView();
  private long now = 1_700_000_000_000_000_000L;
  private long frames;

  @AfterEach
  void packets_areTheSumOfTheirDispositions() {
    assertThat(table.stats().packets()).isEqualTo(frames);
  }

  private void ip(byte[] packet) {
    byte[] frame = Frames.ethernet(Frames.IPV4_TYPE, packet);
    now += MILLI;
    frames++;
    DecodeResult result =
        decoder.decode(
            MemorySegment.ofArray(frame),
            0,
            frame.length,
            frame.length,
            now,
            LinkType.ETHERNET,
            0,
            view);
    assertThat(result).isEqualTo(DecodeResult.DECODED);
    table.packet(view);
  }

  private void udp(int src, int srcPort, int dst, int dstPort, byte[] payload) {
    ip(Frames.ipv4(17, src, dst, new byte[0], 0, Frames.udp(srcPort, dstPort, payload)));
  }

  /** One TCP connection and where its two ends have come to. */
  private final class Connection {
    private final int client;
    private final int clientPort;
    private final int server;
    private final int serverPort;
    private long clientSeq = 5_000;
    private long serverSeq = 900_000_000L;

    Connection(int client, int clientPort, int server, int serverPort) {
      this.client = client;
      this.clientPort = clientPort;
      this.server = server;
      this.serverPort = serverPort;
    }

    Connection open() {
      clientSends(clientSeq, SYN, new byte[0]);
      clientSeq++;
      serverSends(serverSeq, SYN | ACK, new byte[0]);
      serverSeq++;
      clientSends(clientSeq, ACK, new byte[0]);
      return this;
    }

    void clientSends(long seq, int flags, byte[] payload) {
      send(true, seq, flags, payload);
    }

    void serverSends(long seq, int flags, byte[] payload) {
      send(false, seq, flags, payload);
    }

    private void send(boolean up, long seq, int flags, byte[] payload) {
      byte[] segment =
          Frames.tcp(
              up ? clientPort : serverPort,
              up ? serverPort : clientPort,
              seq,
              up ? serverSeq : clientSeq,
              flags,
              0xffff,
              new byte[0],
              payload);
      ip(Frames.ipv4(6, up ? client : server, up ? server : client, new byte[0], 0, segment));
    }

    Connection up(byte[] payload) {
      clientSends(clientSeq, ACK, payload);
      clientSeq += payload.length;
      return this;
    }

    Connection down(int bytes) {
      serverSends(serverSeq, ACK, new byte[bytes]);
      serverSeq += bytes;
      return this;
    }

    Connection down(byte[] payload) {
      serverSends(serverSeq, ACK, payload);
      serverSeq += payload.length;
      return this;
    }

    Connection acknowledge() {
      clientSends(clientSeq, ACK, new byte[0]);
      return this;
    }
  }

  private Connection https(int port) {
    return new Connection(CLIENT, port, SERVER, 443);
  }

  private static byte[] hello(String name) {
    return new TlsHellos().serverName(name).alpn("h2", "http/1.1").record();
  }

  private static Role role(FlowDescriptor flow) {
    var match = flow.identification().match();
    return match == null ? Role.OTHER : match.role();
  }

  private FlowDescriptor onlyFlow() {
    assertThat(sink.samples).extracting(Sample::flow).containsOnly(sink.samples.getFirst().flow());
    return sink.samples.getFirst().flow();
  }

  @Test
  void sni_inOneSegment_namesTheFlowAndHandsOnEveryPacket() {
    byte[] hello = hello(AUDIO);
    https(40_000).open().up(hello).down(1400).acknowledge();

    FlowDescriptor flow = onlyFlow();
    assertThat(flow.identification().serverName()).isEqualTo(AUDIO);
    assertThat(flow.identification().evidence()).isEqualTo(Evidence.SNI);
    assertThat(role(flow)).isEqualTo(Role.AUDIO);
    assertThat(sink.samples).hasSize(6);
    assertThat(sink.samples).extracting(Sample::tsNanos).isSorted().doesNotHaveDuplicates();
    assertThat(sink.samples)
        .extracting(Sample::direction)
        .containsExactly(
            Direction.UP, Direction.DOWN, Direction.UP, Direction.UP, Direction.DOWN, Direction.UP);
    assertThat(sink.samples)
        .extracting(Sample::payloadBytes)
        .containsExactly(0, 0, 0, hello.length, 1400, 0);
    assertThat(sink.samples.get(3).flags()).isEqualTo(FlowSampleSink.HELLO);
    assertThat(named).containsExactly(flow);
    assertThat(identifier.stats().named()).containsEntry(Evidence.SNI, 1L);
    assertThat(identifier.stats().spotifyFlows()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 7, 60, 120})
  void sni_inTwoSegments_namesTheFlow(int cut) {
    byte[] hello = hello(AUDIO);
    https(40_000)
        .open()
        .up(Arrays.copyOfRange(hello, 0, cut))
        .up(Arrays.copyOfRange(hello, cut, hello.length))
        .down(1400);

    assertThat(onlyFlow().identification().serverName()).isEqualTo(AUDIO);
    assertThat(sink.samples).hasSize(6);
    assertThat(sink.samples).extracting(Sample::tsNanos).isSorted().doesNotHaveDuplicates();
    assertThat(sink.samples.get(3).flags()).isEqualTo(FlowSampleSink.HELLO);
    assertThat(sink.samples.get(4).flags()).isEqualTo(FlowSampleSink.HELLO);
  }

  @Test
  void helloThatTheCaptureMissed_requestBehindIt_isNoHello() {
    lookUp(CLIENT, AUDIO, SERVER);
    Connection connection = https(40_000).open();
    byte[] request = new byte[399];
    request[0] = 23;
    request[1] = 3;
    request[2] = 3;
    connection.clientSends(connection.clientSeq + 517, ACK, request);
    for (int i = 0; i < 50; i++) {
      connection.down(1400);
    }

    assertThat(onlyFlow().identification().evidence()).isEqualTo(Evidence.DNS);
    assertThat(sink.samples.stream().filter(sample -> sample.payloadBytes() == 399))
        .singleElement()
        .extracting(Sample::flags)
        .isEqualTo(0);
  }

  @Test
  void sni_inShuffledSegments_namesTheFlow() {
    byte[] hello = new TlsHellos().padding(3000).serverName(AUDIO).record();
    Connection connection = https(40_000).open();
    long first = connection.clientSeq;
    int[] order = {2, 0, 3, 1};
    int size = 900;
    for (int piece : order) {
      int from = Math.min(hello.length, piece * size);
      connection.clientSends(
          first + from, ACK, Arrays.copyOfRange(hello, from, Math.min(hello.length, from + size)));
    }

    assertThat(onlyFlow().identification().serverName()).isEqualTo(AUDIO);
    assertThat(sink.samples).hasSize(7);
    assertThat(sink.samples.stream().mapToInt(Sample::newBytes).sum()).isEqualTo(hello.length);
  }

  @Test
  void sni_ofAnotherService_isNamedAndForgotten() {
    https(40_000).open().up(hello("www.example.com")).down(1400).acknowledge().down(1400);

    assertThat(sink.samples).isEmpty();
    assertThat(named).hasSize(1);
    assertThat(named.getFirst().identification().match()).isNull();
    assertThat(table.stats().foreignPackets()).isEqualTo(4);
    assertThat(table.stats().trackedPackets()).isZero();
  }

  @Test
  void sni_whereEchWasOffered_saysSo() {
    byte[] hello =
        new TlsHellos().serverName(AUDIO).extension(TlsHellos.ECH, new byte[40]).record();
    https(40_000).open().up(hello);

    assertThat(onlyFlow().identification().echOffered()).isTrue();
  }

  @Test
  void hello_behindAProxyPreface_namesTheFlow() {
    https(40_000)
        .open()
        .up("CONNECT x:443 HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
        .down(39)
        .up(hello(AUDIO))
        .down(1400);

    assertThat(onlyFlow().identification().serverName()).isEqualTo(AUDIO);
    assertThat(sink.samples).hasSize(7);
  }

  @Test
  void dns_thenMidStreamFlow_isNamedByTheLookUp() {
    lookUp(CLIENT, AUDIO, SERVER);
    https(40_000).down(1400).acknowledge().up(new byte[200]).down(1400);

    FlowDescriptor flow = onlyFlow();
    assertThat(flow.identification().evidence()).isEqualTo(Evidence.DNS);
    assertThat(flow.identification().serverName()).isEqualTo(AUDIO);
    assertThat(flow.key().serverPort()).isEqualTo(443);
    assertThat(sink.samples).extracting(Sample::payloadBytes).containsExactly(1400, 0, 200, 1400);
    assertThat(table.stats().inspectedPackets()).isEqualTo(1);
  }

  @Test
  void dns_ofAnotherClient_isNotBelieved() {
    lookUp(OTHER_CLIENT, AUDIO, SERVER);
    https(40_000).down(1400).acknowledge().up(new byte[200]);

    assertThat(sink.samples).isEmpty();
  }

  @Test
  void dns_afterItsTimeAndAGrace_isForgotten() {
    lookUp(CLIENT, AUDIO, SERVER);
    now += 1000_000 * MILLI;
    https(40_000).acknowledge().up(new byte[200]).down(1400);

    assertThat(sink.samples).isEmpty();
  }

  private void lookUp(int client, String name, int address) {
    byte[] answer =
        new DnsMessages()
            .question(name)
            .answer(DnsMessages.firstName(), 1, 300, Frames.u32(address))
            .build();
    udp(RESOLVER, 53, client, 45_000, answer);
  }

  @Test
  void dns_malformed_isCountedAndHarmless() {
    byte[] answer = new DnsMessages().question(AUDIO).build();
    answer[7] = 9;
    udp(RESOLVER, 53, CLIENT, 45_000, answer);

    assertThat(identifier.stats().dnsMalformed()).isEqualTo(1);
    assertThat(table.stats().inspectedPackets()).isEqualTo(1);
  }

  @Test
  void sniOfAnotherFlow_claimsTheOneThatWaits() {
    Connection waiting = https(40_000);
    waiting.up(new byte[200]).down(1400).down(1400).acknowledge();
    assertThat(sink.samples).isEmpty();

    https(40_001).open().up(hello(AUDIO));
    sink.samples.clear();
    waiting.down(1000);

    FlowDescriptor flow = onlyFlow();
    assertThat(flow.identification().evidence()).isEqualTo(Evidence.LEARNED);
    assertThat(flow.identification().serverName()).isEqualTo(AUDIO);
    assertThat(flow.key().clientPort()).isEqualTo(40_000);
    assertThat(sink.samples)
        .extracting(Sample::payloadBytes)
        .containsExactly(200, 1400, 1400, 0, 1000);
    assertThat(sink.samples).extracting(Sample::tsNanos).isSorted();
  }

  /** A server of a shared network: what one listener calls it says nothing about another host. */
  @Test
  void sniOfAnotherClient_claimsNothing() {
    https(40_001).open().up(hello(AUDIO));
    sink.samples.clear();
    Connection other = new Connection(OTHER_CLIENT, 50_000, SERVER, 443);
    other.up(new byte[200]).down(1400).down(1400);

    assertThat(sink.samples).isEmpty();
  }

  @Test
  void foreignSniOnTheServer_unlearnsItsName() {
    https(40_001).open().up(hello(AUDIO));
    https(40_002).open().up(hello("www.example.org"));
    sink.samples.clear();
    https(40_003).up(new byte[200]).down(1400);

    assertThat(sink.samples).isEmpty();
  }

  @Test
  void flowThatWaitsInVain_givesNothingToTheSink() {
    Connection waiting = https(40_000);
    for (int i = 0; i < 300; i++) {
      waiting.down(1000).acknowledge();
    }
    table.closeAll();

    assertThat(sink.samples).isEmpty();
    assertThat(sink.closed).isEmpty();
    assertThat(table.stats().undecidedPackets()).isEqualTo(600);
  }

  @Test
  void httpHost_inARequest_namesTheFlow() {
    Connection connection = new Connection(CLIENT, 40_000, SERVER, 80).open();
    connection.up(
        ("GET /audio/x HTTP/1.1\r\nUser-Agent: a\r\nHost: " + AUDIO + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    connection.down(1400);

    assertThat(onlyFlow().identification().evidence()).isEqualTo(Evidence.HTTP_HOST);
    assertThat(onlyFlow().identification().serverName()).isEqualTo(AUDIO);
    assertThat(sink.samples).hasSize(5);
  }

  @ParameterizedTest
  @ValueSource(ints = {4070, 443, 80, 12_345})
  void accessPointHello_onAnyPort_isRecognised(int port) {
    byte[] hello = Frames.join(Frames.bytes(0, 4, 0, 0, 0, 60, 0x52, 0x0e, 0x50), new byte[51]);
    new Connection(CLIENT, 40_000, SERVER, port).open().up(hello).down(300);

    FlowDescriptor flow = onlyFlow();
    assertThat(flow.identification().evidence()).isEqualTo(Evidence.ACCESS_POINT);
    assertThat(flow.identification().serverName()).isNull();
    assertThat(role(flow)).isEqualTo(Role.ACCESS_POINT);
    assertThat(sink.samples).hasSize(5);
  }

  @ParameterizedTest
  @ValueSource(ints = {QuicInitials.V1, QuicInitials.V2})
  void quicHello_inTwoInitials_namesTheFlow(int version) {
    byte[] message = new TlsHellos().padding(1300).serverName(AUDIO).alpn("h3").handshake();
    QuicInitials quic = new QuicInitials(version, Frames.bytes(1, 2, 3, 4, 5, 6, 7, 8));
    udp(CLIENT, 50_000, SERVER, 443, quic.initial(1162, QuicInitials.crypto(message, 0, 1000)));
    assertThat(sink.samples).isEmpty();
    udp(
        CLIENT,
        50_000,
        SERVER,
        443,
        quic.initial(1162, QuicInitials.crypto(message, 1000, message.length)));
    udp(SERVER, 443, CLIENT, 50_000, Frames.join(Frames.bytes(0x40), new byte[1199]));

    FlowDescriptor flow = onlyFlow();
    assertThat(flow.identification().evidence()).isEqualTo(Evidence.QUIC_SNI);
    assertThat(flow.identification().serverName()).isEqualTo(AUDIO);
    assertThat(flow.key().transport()).isEqualTo("udp");
    assertThat(sink.samples)
        .extracting(Sample::direction)
        .containsExactly(Direction.UP, Direction.UP, Direction.DOWN);
    assertThat(sink.samples.get(2).newBytes()).isEqualTo(1200);
  }

  @Test
  void hello_fromTheSideWithTheLowerPort_turnsTheFlowRound() {
    Connection connection = new Connection(CLIENT, 900, SERVER, 4433);
    byte[] hello = hello(AUDIO);
    connection.up(hello).down(1400).down(1400).acknowledge();

    FlowDescriptor flow = onlyFlow();
    assertThat(flow.key().clientPort()).isEqualTo(900);
    assertThat(flow.key().serverPort()).isEqualTo(4433);
    assertThat(sink.samples)
        .extracting(Sample::direction)
        .containsExactly(Direction.UP, Direction.DOWN, Direction.DOWN, Direction.UP);
    assertThat(sink.samples)
        .extracting(Sample::newBytes)
        .containsExactly(hello.length, 1400, 1400, 0);
  }

  @Test
  void packets_beforeTheFlowWasTurnedRound_areTurnedToo() {
    Connection connection = new Connection(CLIENT, 900, SERVER, 4433);
    connection.serverSends(connection.serverSeq, ACK, new byte[0]);
    connection.acknowledge();
    connection.up(hello(AUDIO)).down(1400);

    assertThat(sink.samples)
        .extracting(Sample::direction)
        .containsExactly(Direction.DOWN, Direction.UP, Direction.UP, Direction.DOWN);
  }

  @Test
  void lanDiscovery_isCountedAndNoFlowOfAListener() {
    byte[] announcement = "SpotUdp0".getBytes(StandardCharsets.US_ASCII);
    udp(CLIENT, 57621, 0x0a00_00ff, 57621, announcement);
    udp(CLIENT, 57621, 0x0a00_00ff, 57621, announcement);

    assertThat(identifier.stats().lanDiscoveryPackets()).isEqualTo(2);
    assertThat(sink.samples).isEmpty();
    assertThat(table.stats().inspectedPackets()).isEqualTo(2);
  }

  @Test
  void retransmissionAndHole_areFlaggedAndCountedOnce() {
    Connection connection = https(40_000).open().up(hello(AUDIO));
    long at = connection.serverSeq;
    connection.serverSends(at, ACK, new byte[1000]);
    connection.serverSends(at + 2000, ACK, new byte[1000]);
    connection.serverSends(at + 1000, ACK, new byte[1000]);
    connection.serverSends(at, ACK, new byte[1000]);

    List<Sample> last = sink.samples.subList(sink.samples.size() - 4, sink.samples.size());
    assertThat(last).extracting(Sample::newBytes).containsExactly(1000, 1000, 1000, 0);
    assertThat(last)
        .extracting(Sample::flags)
        .containsExactly(0, 0, FlowSampleSink.OUT_OF_ORDER, FlowSampleSink.RETRANSMISSION);
  }

  @Test
  void missedBytes_areHandedOnOnce() {
    Connection connection = https(40_000).open().up(hello(AUDIO)).down(1000);
    connection.serverSeq += 5000;
    connection.down(1000).acknowledge().down(100).acknowledge();

    assertThat(sink.samples.stream().mapToLong(Sample::missedBytes).sum()).isEqualTo(5000);
    assertThat(sink.samples.getLast().missedBytes()).isZero();
    assertThat(sink.samples.getLast().rttNanos()).isPositive();
  }

  @Test
  void closed_ofAFollowedFlow_reachesTheSinkOnce() {
    Connection connection = https(40_000).open().up(hello(AUDIO)).down(1000);
    connection.clientSends(connection.clientSeq, FIN | ACK, new byte[0]);
    connection.serverSends(connection.serverSeq, FIN | ACK, new byte[0]);
    assertThat(sink.closed).isEmpty();
    https(40_000).open().up(hello("www.example.com"));
    table.closeAll();

    assertThat(sink.closed).containsExactly(sink.samples.getFirst().flow());
    assertThat(named).hasSize(2);
  }

  @Test
  void flowThatIsNobodys_onAnotherPort_isForeignSoon() {
    Connection connection = new Connection(CLIENT, 40_000, SERVER, 22);
    for (int i = 0; i < 6; i++) {
      connection.up("SSH-2.0-x\r\n".getBytes(StandardCharsets.US_ASCII)).down(100);
    }
    udp(CLIENT, 50_000, SERVER, 9999, new byte[100]);

    // Four words of the client may each have been a hello behind a preface.
    assertThat(table.stats().foreignPackets()).isEqualTo(7);
    assertThat(sink.samples).isEmpty();
  }

  @Test
  void certificate_ofTheService_namesAFlowWhoseHelloNamedNobody() {
    Connection connection = https(40_000).open().up(new TlsHellos().alpn("h2").record());
    byte[] certificate = ServerFlights.certificate("x", "*.scdn.co", AUDIO);
    connection.down(flight(0x0303, certificate)).down(1000);

    FlowDescriptor flow = onlyFlow();
    assertThat(flow.identification().evidence()).isEqualTo(Evidence.CERTIFICATE);
    assertThat(flow.identification().confidence()).isLessThan(Evidence.SNI.confidence());
    assertThat(sink.samples).hasSize(6);
  }

  /** Content networks put many customers into one certificate. */
  @Test
  void certificate_ofManyServices_provesNothing() {
    Connection connection = https(40_000).open().up(new TlsHellos().alpn("h2").record());
    connection.down(flight(0x0303, ServerFlights.certificate("x", AUDIO, "a.example"))).down(1000);

    assertThat(sink.samples).isEmpty();
    assertThat(named).isEmpty();
  }

  private static byte[] flight(int version, byte[] certificate) {
    return ServerFlights.records(
        4096, ServerFlights.hello(version, new byte[0]), ServerFlights.certificates(certificate));
  }

  @Test
  void serverHello_ofAFollowedFlow_givesItsVersion() {
    byte[] chosen = Frames.bytes(0, 43, 0, 2, 3, 4);
    byte[] flight = ServerFlights.records(4096, ServerFlights.hello(0x0303, chosen));
    https(40_000).open().up(hello(AUDIO)).down(flight).down(1000);

    TlsHandshake offered = Objects.requireNonNull(sink.samples.getFirst().flow().tls());
    assertThat(offered.version()).isZero();
    TlsHandshake tls = Objects.requireNonNull(sink.samples.getLast().flow().tls());
    assertThat(tls.version()).isEqualTo(0x0304);
    assertThat(tls.ja4()).startsWith("t12d04");
    assertThat(sink.samples.getLast().flow().id()).isEqualTo(sink.samples.getFirst().flow().id());
  }

  @Test
  void lateSni_ofAnotherService_overrulesTheLookUp() {
    lookUp(CLIENT, AUDIO, SERVER);
    Connection connection = https(40_000).up(new byte[200]).down(1400);
    assertThat(onlyFlow().identification().evidence()).isEqualTo(Evidence.DNS);
    sink.samples.clear();
    connection.up(hello("www.example.com")).down(1400);

    assertThat(sink.samples).isEmpty();
    assertThat(sink.closed).hasSize(1);
    assertThat(named.getLast().identification().serverName()).isEqualTo("www.example.com");
    assertThat(identifier.stats().overruled()).isEqualTo(1);
  }

  @Test
  void lateSni_ofTheService_correctsTheRole() {
    lookUp(CLIENT, AUDIO, SERVER);
    Connection connection = https(40_000).up(new byte[200]).down(1400);
    connection.up(hello("i.scdn.co")).down(1400);

    assertThat(role(sink.samples.getFirst().flow())).isEqualTo(Role.AUDIO);
    assertThat(role(sink.samples.getLast().flow())).isEqualTo(Role.IMAGE);
    assertThat(sink.samples).hasSize(4);
    assertThat(identifier.stats().overruled()).isEqualTo(1);
    assertThat(identifier.stats().spotifyFlows()).isEqualTo(1);
  }

  @Test
  void lateSni_ofAFlowThatWaits_bringsItsSamplesToTheRightStream() {
    Connection connection = https(40_000).up(new byte[200]).down(1400);
    assertThat(sink.samples).isEmpty();
    connection.up(hello(AUDIO)).down(100);

    assertThat(onlyFlow().identification().evidence()).isEqualTo(Evidence.SNI);
    assertThat(sink.samples).hasSize(4);
  }

  @Test
  void waitingFlow_whoseBufferRanOver_keepsRequestsAndWhatTheyBrought() {
    Connection waiting = https(40_000);
    for (int i = 0; i < 5; i++) {
      waiting.up(new byte[300]);
      for (int j = 0; j < SampleBuffer.CAPACITY; j++) {
        waiting.down(1000).acknowledge();
      }
    }
    https(40_001).open().up(hello(AUDIO));
    sink.samples.clear();
    waiting.down(1000);

    List<Long> answers = new ArrayList<>();
    for (Sample sample : sink.samples) {
      if (sample.direction() == Direction.UP && sample.newBytes() > 0) {
        answers.add(0L);
      } else if (sample.direction() == Direction.DOWN) {
        answers.add(answers.removeLast() + sample.newBytes() + sample.missedBytes());
      }
    }
    long answer = SampleBuffer.CAPACITY * 1000L;
    assertThat(answers).containsExactly(answer, answer, answer, answer, answer + 1000);
    assertThat(sink.samples).hasSizeLessThanOrEqualTo(SampleBuffer.CAPACITY + 1);
    assertThat(sink.samples).extracting(Sample::tsNanos).isSorted();
    assertThat(sink.samples)
        .allMatch(s -> (s.missedBytes() > 0) == ((s.flags() & FlowSampleSink.FOLDED) != 0));
  }

  @Test
  void waitingFlow_ofMoreExchangesThanFit_losesNoByte() {
    Connection waiting = https(40_000);
    for (int i = 0; i < 10 * SampleBuffer.CAPACITY; i++) {
      waiting.up(new byte[300]).down(1000);
    }
    https(40_001).open().up(hello(AUDIO));
    sink.samples.clear();
    waiting.down(1000);

    long down =
        sink.samples.stream()
            .filter(s -> s.direction() == Direction.DOWN)
            .mapToLong(s -> s.newBytes() + s.missedBytes())
            .sum();
    assertThat(down).isEqualTo((10 * SampleBuffer.CAPACITY + 1) * 1000L);
  }

  /** Requests of so many bytes, each answered with so many, in a flow without a beginning. */
  private Connection exchanges(int server, int count, int request, int answer) {
    Connection flow = new Connection(CLIENT, 40_500, server, 443);
    for (int i = 0; i < count; i++) {
      flow.up(new byte[request + i % 2]);
      for (int left = answer; left > 0; left -= 1400) {
        flow.down(Math.min(1400, left));
      }
    }
    return flow;
  }

  @Test
  void requestShape_inThePoolOfTheService_isEnough() {
    exchanges(FASTLY_AUDIO, 1, 485, 80_000);

    FlowDescriptor flow = onlyFlow();
    assertThat(flow.identification().evidence()).isEqualTo(Evidence.PREFIX);
    assertThat(flow.identification().confidence()).isEqualTo(Evidence.PREFIX.confidence());
    assertThat(role(flow)).isEqualTo(Role.AUDIO);
  }

  @Test
  void poolOfTheService_withoutAnySign_provesNothing() {
    exchanges(FASTLY_AUDIO, 3, 485, 20_000);

    assertThat(sink.samples).isEmpty();
  }

  @Test
  void requestShape_inASharedPool_needsAClientThatListens() {
    exchanges(AKAMAI, 4, 485, 80_000);
    assertThat(sink.samples).isEmpty();

    lookUp(CLIENT, "gew4-spclient.spotify.com", SERVER);
    exchanges(AKAMAI, 1, 485, 80_000);

    assertThat(role(onlyFlow())).isEqualTo(Role.AUDIO);
    assertThat(onlyFlow().identification().confidence()).isLessThan(Evidence.PREFIX.confidence());
  }

  @Test
  void sharedPool_withRequestsOfAnyLength_provesNothing() {
    lookUp(CLIENT, "gew4-spclient.spotify.com", SERVER);
    for (int request : new int[] {300, 340, 380, 420, 460, 500}) {
      exchanges(AKAMAI, 1, request, 80_000);
    }

    assertThat(sink.samples).isEmpty();
  }

  @Test
  void sharedPool_withAnswersOfVideo_provesNothing() {
    lookUp(CLIENT, "gew4-spclient.spotify.com", SERVER);
    for (int request : new int[] {620, 660, 700, 740, 780}) {
      exchanges(AKAMAI, 1, request, 1_500_000);
    }

    assertThat(sink.samples).isEmpty();
  }

  @Test
  void keepAliveOfTheDealer_namesItsFlowAndItsClient() {
    new Connection(CLIENT, 40_600, CONTROL, 443).up(new byte[43]).down(40);
    assertThat(role(onlyFlow())).isEqualTo(Role.CONTROL);

    new Connection(CLIENT, 40_601, FASTLY_AUDIO, 443).up(new byte[100]).down(1400);
    assertThat(role(sink.samples.getLast().flow())).isEqualTo(Role.AUDIO);
  }

  @Test
  void poolOfControl_withoutAKeepAlive_provesNothing() {
    new Connection(CLIENT, 40_600, CONTROL, 443)
        .up(new byte[43])
        .down(41)
        .up(new byte[28])
        .down(40);

    assertThat(sink.samples).isEmpty();
  }

  @Test
  void dns_overTcp_isBelievedLikeThatOverUdp() {
    byte[] answer =
        new DnsMessages()
            .question(AUDIO)
            .answer(DnsMessages.firstName(), 1, 300, Frames.u32(SERVER))
            .build();
    byte[] stream = TlsHellos.sized(2, answer);
    Connection resolver = new Connection(CLIENT, 41_000, RESOLVER, 53).open();
    resolver.up(TlsHellos.sized(2, new DnsMessages().flags(0x100).question(AUDIO).build()));
    resolver.down(Arrays.copyOfRange(stream, 0, 9));
    resolver.down(Arrays.copyOfRange(stream, 9, stream.length));
    https(40_000).down(1400).up(new byte[200]);

    assertThat(onlyFlow().identification().evidence()).isEqualTo(Evidence.DNS);
    assertThat(table.stats().inspectedPackets()).isEqualTo(6);
  }

  @Test
  void dns_laterLookUpOfAnotherName_unlearnsTheAddress() {
    lookUp(CLIENT, AUDIO, SERVER);
    lookUp(CLIENT, "www.example.com", SERVER);
    https(40_000).down(1400).acknowledge().up(new byte[200]);

    assertThat(sink.samples).isEmpty();
  }

  @Test
  void establishedEndpoint_namesAFlowOfAnotherClient_withLowerConfidence() {
    for (int i = 0; i < 3; i++) {
      https(40_001 + i).open().up(hello(AUDIO));
    }
    sink.samples.clear();
    new Connection(OTHER_CLIENT, 50_000, SERVER, 443).up(new byte[200]).down(1400);

    FlowDescriptor flow = onlyFlow();
    assertThat(flow.identification().evidence()).isEqualTo(Evidence.LEARNED);
    assertThat(flow.identification().confidence()).isBetween(0.5, 0.6);
  }

  @Test
  void sni_behindAPreface_ofAFlowWithoutAStart_isFound() {
    new Connection(CLIENT, 40_000, SERVER, 5222)
        .up("<starttls/>".getBytes(StandardCharsets.US_ASCII))
        .down(20)
        .up(hello("xmpp.example.com"));

    assertThat(named).hasSize(1);
  }

  @Test
  void sni_inSingleBytes_isFound() {
    byte[] hello = hello(AUDIO);
    Connection connection = https(40_000).open();
    for (byte b : hello) {
      connection.up(new byte[] {b});
    }

    assertThat(onlyFlow().identification().serverName()).isEqualTo(AUDIO);
  }

  @Test
  void sni_ofAHelloThatWasCutShort_isFoundAtTheEnd() {
    byte[] hello = new TlsHellos().serverName("www.example.com").padding(2000).record();
    https(40_000).open().up(Arrays.copyOf(hello, 1000));
    table.closeAll();

    assertThat(named).hasSize(1);
  }

  @Test
  void quicHello_fromTheLowerPort_isFound() {
    byte[] message = new TlsHellos().serverName("www.example.com").handshake();
    byte[] initial =
        new QuicInitials(QuicInitials.V1, Frames.bytes(1, 2, 3, 4, 5, 6, 7, 8))
            .initial(1162, QuicInitials.crypto(message, 0, message.length));
    udp(CLIENT, 4000, SERVER, 8443, initial);

    assertThat(named).hasSize(1);
    assertThat(named.getFirst().key().clientPort()).isEqualTo(4000);
  }

  @Test
  void httpHost_inASplitRequest_namesTheFlow() {
    byte[] request =
        ("GET /x HTTP/1.1\r\nHost: " + AUDIO + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    new Connection(CLIENT, 40_000, SERVER, 80)
        .open()
        .up(Arrays.copyOf(request, 20))
        .up(Arrays.copyOfRange(request, 20, request.length));

    assertThat(onlyFlow().identification().evidence()).isEqualTo(Evidence.HTTP_HOST);
  }

  private record Sample(
      FlowDescriptor flow,
      long tsNanos,
      int payloadBytes,
      int newBytes,
      Direction direction,
      int flags,
      long rttNanos,
      long missedBytes) {}

  private static final class Sink implements FlowSampleSink {
    private final List<Sample> samples = new ArrayList<>();
    private final List<FlowDescriptor> closed = new ArrayList<>();

    @Override
    public void sample(
        FlowDescriptor flow,
        long tsNanos,
        int frameBytes,
        int payloadBytes,
        int newBytes,
        Direction direction,
        int flags,
        long rttNanos,
        long missedBytes) {
      assertThat(frameBytes).isGreaterThan(payloadBytes);
      samples.add(
          new Sample(
              flow, tsNanos, payloadBytes, newBytes, direction, flags, rttNanos, missedBytes));
    }

    @Override
    public void closed(FlowDescriptor flow) {
      closed.add(flow);
    }
  }
}
