package io.earshot.sensor.decode;

import static io.earshot.sensor.decode.Frames.DST4;
import static io.earshot.sensor.decode.Frames.IPV4_TYPE;
import static io.earshot.sensor.decode.Frames.IPV6_TYPE;
import static io.earshot.sensor.decode.Frames.SRC4;
import static io.earshot.sensor.decode.Frames.VLAN_TYPE;
import static io.earshot.sensor.decode.Frames.bytes;
import static io.earshot.sensor.decode.Frames.ethernet;
import static io.earshot.sensor.decode.Frames.extension;
import static io.earshot.sensor.decode.Frames.fragment6;
import static io.earshot.sensor.decode.Frames.gre;
import static io.earshot.sensor.decode.Frames.ipv4;
import static io.earshot.sensor.decode.Frames.ipv6;
import static io.earshot.sensor.decode.Frames.join;
import static io.earshot.sensor.decode.Frames.mpls;
import static io.earshot.sensor.decode.Frames.payload;
import static io.earshot.sensor.decode.Frames.tcp;
import static io.earshot.sensor.decode.Frames.udp;
import static io.earshot.sensor.decode.Frames.vlan;
import static io.earshot.sensor.decode.Frames.vxlan;
import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.sensor.decode.Frames.Sample;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PacketDecoderTest {
  private static final long TS = 1_700_000_000_123_456_789L;
  private static final int LEAD = 3;

  private final PacketDecoder decoder = new PacketDecoder();
  private final PacketView view = new PacketView();

  @Test
  void decode_tcpOverIpv4_fillsEveryField() {
    byte[] frame =
        ethernet(
            IPV4_TYPE,
            ipv4(
                6,
                tcp(
                    40_000,
                    443,
                    0xfedc_ba98L,
                    0x8765_4321L,
                    0x99,
                    0xf123,
                    new byte[8],
                    payload(100))));

    assertThat(decode(LinkType.ETHERNET, frame)).isEqualTo(DecodeResult.DECODED);

    assertThat(view.tsNanos).isEqualTo(TS);
    assertThat(view.frameBytes).isEqualTo(frame.length);
    assertThat(view.interfaceId).isEqualTo(7);
    assertThat(view.hasIpv4).isTrue();
    assertThat(view.ipVersion).isEqualTo(4);
    assertThat(view.protocol).isEqualTo(PacketView.TCP);
    assertThat(view.srcHi).isZero();
    assertThat(view.srcLo).isEqualTo(0xffff_0a00_0001L);
    assertThat(view.dstHi).isZero();
    assertThat(view.dstLo).isEqualTo(0xffff_23ba_e001L);
    assertThat(view.srcPort).isEqualTo(40_000);
    assertThat(view.dstPort).isEqualTo(443);
    assertThat(view.vlanId).isEqualTo(-1);
    assertThat(view.tcpSeq).isEqualTo(0xfedc_ba98L);
    assertThat(view.tcpAck).isEqualTo(0x8765_4321L);
    assertThat(view.tcpFlags).isEqualTo(0x99);
    assertThat(view.tcpWindow).isEqualTo(0xf123);
    assertThat(view.payloadOffset).isEqualTo(LEAD + 14 + 20 + 28);
    assertThat(view.payloadBytes).isEqualTo(100);
    assertThat(view.payloadCaptured).isEqualTo(100);
    assertThat(view.payloadByte(99)).isEqualTo(99);
  }

  @Test
  void decode_udpAfterTcp_leavesNothingOfTheSegment() {
    decode(LinkType.RAW, Frames.segment4());

    assertThat(decode(LinkType.RAW, Frames.datagram6())).isEqualTo(DecodeResult.DECODED);

    assertDatagram6();
    assertThat(view.hasIpv4).isFalse();
    assertThat(view.tcpSeq).isZero();
    assertThat(view.tcpAck).isZero();
    assertThat(view.tcpFlags).isZero();
    assertThat(view.tcpWindow).isZero();
  }

  @ParameterizedTest
  @MethodSource("segmentSamples")
  void decode_anyEncapsulation_findsTheSegment(String name) {
    assertThat(decode(segment(name))).as(name).isEqualTo(DecodeResult.DECODED);
    assertSegment4();
  }

  static Set<String> segmentSamples() {
    return Frames.everyWayToOneSegment().keySet();
  }

  @ParameterizedTest
  @MethodSource("datagramSamples")
  void decode_anyEncapsulation_findsTheDatagram(String name) {
    assertThat(decode(Objects.requireNonNull(Frames.everyWayToOneDatagram().get(name))))
        .as(name)
        .isEqualTo(DecodeResult.DECODED);
    assertDatagram6();
  }

  static Set<String> datagramSamples() {
    return Frames.everyWayToOneDatagram().keySet();
  }

  @Test
  void decode_nestedTags_reportsTheOutermostVlan() {
    decode(segment("qinq"));
    assertThat(view.vlanId).isEqualTo(9);

    decode(segment("vlan"));
    assertThat(view.vlanId).isEqualTo(5);

    decode(segment("ethernet"));
    assertThat(view.vlanId).isEqualTo(-1);
  }

  @Test
  void decode_headersDeeperThanTheBound_isWeird() {
    byte[] tags = vlan(1, IPV4_TYPE, Frames.segment4());
    byte[] labels = mpls(1, true, Frames.segment4());
    byte[] tunnels = Frames.segment4();
    byte[] extensions = extension(17, 0, udp(1, 2, payload(3)));
    for (int i = 0; i < PacketDecoder.MAX_DEPTH; i++) {
      tags = vlan(1, VLAN_TYPE, tags);
      labels = mpls(1, false, labels);
      tunnels = ipv4(4, tunnels);
      extensions = extension(60, 0, extensions);
    }
    tunnels = ipv4(4, tunnels);

    assertThat(decode(LinkType.ETHERNET, ethernet(VLAN_TYPE, tags)))
        .isEqualTo(DecodeResult.EXCEEDED_HEADER_DEPTH);
    assertThat(decode(LinkType.ETHERNET, ethernet(Frames.MPLS_TYPE, labels)))
        .isEqualTo(DecodeResult.EXCEEDED_HEADER_DEPTH);
    assertThat(decode(LinkType.RAW, tunnels)).isEqualTo(DecodeResult.EXCEEDED_HEADER_DEPTH);
    assertThat(decode(LinkType.RAW, ipv6(60, extensions)))
        .isEqualTo(DecodeResult.EXCEEDED_HEADER_DEPTH);
  }

  @Test
  void decode_tunnelsUpToTheBound_findsTheSegment() {
    byte[] packet = Frames.segment4();
    for (int i = 0; i < PacketDecoder.MAX_DEPTH; i++) {
      packet = ipv4(4, packet);
    }

    assertThat(decode(LinkType.RAW, packet)).isEqualTo(DecodeResult.DECODED);
    assertSegment4();
  }

  @Test
  void decode_shortSnapshot_keepsWireLengths() {
    byte[] frame = ethernet(IPV4_TYPE, ipv4(6, tcp(1, 2, payload(1000))));

    assertThat(decode(LinkType.ETHERNET, frame, 54 + 10, frame.length))
        .isEqualTo(DecodeResult.DECODED);
    assertThat(view.payloadBytes).isEqualTo(1000);
    assertThat(view.payloadCaptured).isEqualTo(10);
    assertThat(view.frameBytes).isEqualTo(frame.length);
  }

  @Test
  void decode_snapshotEndsInTcpOptions_stillKnowsThePayload() {
    byte[] frame = ethernet(IPV4_TYPE, ipv4(6, tcp(1, 2, 3, 4, 5, 6, new byte[12], payload(50))));

    assertThat(decode(LinkType.ETHERNET, frame, 14 + 20 + 22, frame.length))
        .isEqualTo(DecodeResult.DECODED);
    assertThat(view.payloadBytes).isEqualTo(50);
    assertThat(view.payloadCaptured).isZero();
  }

  @Test
  void decode_totalLengthZero_takesTheWireLength() {
    byte[] frame = ethernet(IPV4_TYPE, ipv4(6, tcp(1, 2, payload(3000))));
    frame[16] = 0;
    frame[17] = 0;

    assertThat(decode(LinkType.ETHERNET, frame)).isEqualTo(DecodeResult.DECODED);
    assertThat(view.payloadBytes).isEqualTo(3000);
  }

  @Test
  void decode_ipv6PayloadLengthZero_takesTheWireLength() {
    byte[] packet = ipv6(6, tcp(1, 2, payload(3000)));
    packet[4] = 0;
    packet[5] = 0;

    assertThat(decode(LinkType.RAW, packet)).isEqualTo(DecodeResult.DECODED);
    assertThat(view.payloadBytes).isEqualTo(3000);
  }

  @Test
  void decode_lengthsBeyondTheFrame_areHeldToTheWire() {
    byte[] packet = ipv4(17, udp(1, 2, payload(100)));
    packet[2] = (byte) 0xff;
    packet[24] = (byte) 0xff;

    assertThat(decode(LinkType.RAW, packet)).isEqualTo(DecodeResult.DECODED);
    assertThat(view.payloadBytes).isEqualTo(100);
    assertThat(view.payloadCaptured).isEqualTo(100);
  }

  @Test
  void decode_udpLengthZero_takesThePacketsLength() {
    byte[] packet = ipv4(17, udp(1, 2, payload(100)));
    packet[24] = 0;
    packet[25] = 0;

    assertThat(decode(LinkType.RAW, packet)).isEqualTo(DecodeResult.DECODED);
    assertThat(view.payloadBytes).isEqualTo(100);
  }

  @Test
  void decode_udpShorterThanThePacket_leavesTheRestOut() {
    byte[] packet = ipv4(17, join(udp(1, 2, payload(10)), payload(6)));

    assertThat(decode(LinkType.RAW, packet)).isEqualTo(DecodeResult.DECODED);
    assertThat(view.payloadBytes).isEqualTo(10);
    assertThat(view.payloadCaptured).isEqualTo(10);
  }

  @Test
  void decode_contradictingHeaders_areWeirdByName() {
    byte[] version = Frames.segment4();
    version[0] = 0x55;
    assertThat(decode(LinkType.IPV4, version)).isEqualTo(DecodeResult.UNKNOWN_IP_VERSION);
    assertThat(decode(LinkType.RAW, version)).isEqualTo(DecodeResult.UNKNOWN_IP_VERSION);
    assertThat(decode(LinkType.IPV6, Frames.segment4())).isEqualTo(DecodeResult.UNKNOWN_IP_VERSION);
    assertThat(view.hasIpv4).isFalse();

    byte[] shortHeader = Frames.segment4();
    shortHeader[0] = 0x44;
    assertThat(decode(LinkType.RAW, shortHeader)).isEqualTo(DecodeResult.BAD_IPV4_HEADER_LENGTH);
    assertThat(view.hasIpv4).isTrue();

    byte[] longHeader = ipv4(6, new byte[0]);
    longHeader[0] = 0x4f;
    longHeader[3] = 0;
    assertThat(decode(LinkType.RAW, longHeader)).isEqualTo(DecodeResult.BAD_IPV4_HEADER_LENGTH);

    byte[] lies = Frames.segment4();
    lies[3] = 19;
    assertThat(decode(LinkType.RAW, lies)).isEqualTo(DecodeResult.IPV4_LENGTH_LIES);

    byte[] offset = ipv4(6, tcp(1, 2, payload(4)));
    offset[32] = 0x40;
    assertThat(decode(LinkType.RAW, offset)).isEqualTo(DecodeResult.BAD_TCP_OFFSET);
    offset[32] = 0x70;
    assertThat(decode(LinkType.RAW, offset)).isEqualTo(DecodeResult.BAD_TCP_OFFSET);

    byte[] udpLength = ipv4(17, udp(1, 2, payload(4)));
    udpLength[25] = 7;
    assertThat(decode(LinkType.RAW, udpLength)).isEqualTo(DecodeResult.BAD_UDP_LENGTH);

    assertThat(decode(LinkType.RAW, ipv4(47, gre(2, 0x0800, new byte[0], Frames.segment4()))))
        .isEqualTo(DecodeResult.UNKNOWN_GRE_VERSION);
    assertThat(decode(LinkType.RAW, ipv4(47, gre(0x4000, 0x0800, new byte[4], Frames.segment4()))))
        .isEqualTo(DecodeResult.UNKNOWN_GRE_VERSION);
    assertThat(decode(LinkType.RAW, new byte[0])).isEqualTo(DecodeResult.TRUNCATED_IP);
  }

  @Test
  void decode_framesForOthers_areSkippedByName() {
    assertThat(decode(LinkType.ETHERNET, ethernet(0x0806, new byte[28])))
        .isEqualTo(DecodeResult.ARP);
    assertThat(decode(LinkType.ETHERNET, ethernet(0x88cc, new byte[46])))
        .isEqualTo(DecodeResult.OTHER_ETHERTYPE);
    assertThat(decode(LinkType.ETHERNET, ethernet(38, bytes(0x42, 0x42, 3))))
        .isEqualTo(DecodeResult.LLC);
    assertThat(decode(LinkType.ETHERNET, ethernet(0x8864, Frames.pppoe(0xc021, payload(8)))))
        .isEqualTo(DecodeResult.OTHER_PPP);
    assertThat(decode(LinkType.LOOP, join(bytes(0, 0, 0, 7), payload(20))))
        .isEqualTo(DecodeResult.OTHER_FAMILY);
    assertThat(decode(LinkType.RAW, ipv4(1, payload(8)))).isEqualTo(DecodeResult.ICMP);
    assertThat(view.hasIpv4).isTrue();
    assertThat(decode(LinkType.RAW, ipv6(58, payload(8)))).isEqualTo(DecodeResult.ICMP);
    assertThat(view.hasIpv4).isFalse();
    assertThat(decode(LinkType.RAW, ipv4(50, payload(8)))).isEqualTo(DecodeResult.ESP);
    assertThat(decode(LinkType.RAW, ipv4(132, payload(8)))).isEqualTo(DecodeResult.OTHER_TRANSPORT);
    assertThat(decode(LinkType.RAW, ipv6(59, payload(8)))).isEqualTo(DecodeResult.OTHER_TRANSPORT);
    // IPv6 extension headers mean nothing in IPv4.
    assertThat(decode(LinkType.RAW, ipv4(0, extension(6, 0, tcp(1, 2, payload(3))))))
        .isEqualTo(DecodeResult.OTHER_TRANSPORT);
    assertThat(decode(LinkType.RAW, ipv4(17, SRC4, DST4, new byte[0], 5, payload(40))))
        .isEqualTo(DecodeResult.FRAGMENT);
    assertThat(view.hasIpv4).isTrue();
    assertThat(decode(LinkType.RAW, ipv6(44, fragment6(17, 8, payload(40)))))
        .isEqualTo(DecodeResult.FRAGMENT);
    assertThat(decode(LinkType.IEEE802_11_RADIOTAP, payload(80))).isEqualTo(DecodeResult.IEEE80211);
    assertThat(decode(LinkType.PPI, Frames.ppi(105, payload(80))))
        .isEqualTo(DecodeResult.IEEE80211);
    assertThat(decode(LinkType.LINUX_SLL, Frames.sll(803, 0x0800, payload(80))))
        .isEqualTo(DecodeResult.IEEE80211);
    assertThat(decode(220, payload(80))).isEqualTo(DecodeResult.UNSUPPORTED_LINK_TYPE);
  }

  @Test
  void decode_skippedFrame_setsWhatIsAlwaysSet() {
    decode(LinkType.RAW, Frames.segment4());

    decode(LinkType.ETHERNET, ethernet(0x0806, new byte[28]));

    assertThat(view.hasIpv4).isFalse();
    assertThat(view.frameBytes).isEqualTo(42);
    assertThat(view.tsNanos).isEqualTo(TS);
    assertThat(view.vlanId).isEqualTo(-1);
  }

  @Test
  void decode_virtualNetworks_reportsTheOutermost() {
    byte[] frame = ethernet(IPV4_TYPE, Frames.segment4());

    decode(LinkType.RAW, ipv4(17, vxlan(0xffffff, frame)));
    assertThat(view.vni).isEqualTo(0xffffff);
    decode(LinkType.RAW, ipv4(17, vxlan(0, frame)));
    assertThat(view.vni).isZero();
    decode(LinkType.RAW, ipv6(17, Frames.geneve(0x6558, 3, frame)));
    assertThat(view.vni).isEqualTo(42);
    byte[] outer = ethernet(IPV4_TYPE, ipv4(17, vxlan(7, frame)));
    decode(LinkType.RAW, ipv4(17, vxlan(5, outer)));
    assertThat(view.vni).isEqualTo(5);
    assertThat(view.protocol).isEqualTo(PacketView.TCP);
    decode(LinkType.RAW, ipv4(17, Frames.gtpU(ipv4(17, vxlan(7, frame)))));
    assertThat(view.vni).isEqualTo(7);

    decode(LinkType.RAW, ipv4(17, Frames.gtpU(Frames.segment4())));
    assertThat(view.vni).as("a tunnel without virtual networks").isEqualTo(-1);
    decode(LinkType.ETHERNET, frame);
    assertThat(view.vni).isEqualTo(-1);
  }

  /** Also where the tunnel inside the tunnel is the one that is not believed. */
  @Test
  void decode_virtualNetworkCutAnywhere_isToldOnlyOfWhatIsInside() {
    byte[] inner = ethernet(IPV4_TYPE, ipv4(17, vxlan(7, ethernet(IPV4_TYPE, Frames.segment4()))));
    byte[] frame = ipv4(17, vxlan(5, inner));
    for (int length = 0; length <= frame.length; length++) {
      DecodeResult result = decode(LinkType.RAW, Arrays.copyOf(frame, length));
      boolean inside = result == DecodeResult.DECODED && view.transportOffset() > LEAD + 20;
      assertThat(view.vni).as("%d bytes, %s", length, result).isEqualTo(inside ? 5 : -1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2152, 4789, 6081})
  void decode_tunnelPortWithoutTunnel_isTheOuterDatagram(int port) {
    byte[] outer =
        ethernet(VLAN_TYPE, vlan(5, IPV4_TYPE, ipv4(17, udp(40_000, port, payload(60)))));

    assertThat(decode(LinkType.ETHERNET, outer)).isEqualTo(DecodeResult.DECODED);
    assertOuter(port, 60);
  }

  @Test
  void decode_tunnelThatFailsLate_putsTheOuterViewBack() {
    byte[] segment = tcp(1, 2, payload(4));
    segment[12] = 0x40;
    byte[] inner = ethernet(VLAN_TYPE, vlan(99, IPV6_TYPE, ipv6(6, segment)));
    byte[] datagram = join(bytes(8, 0, 0, 0, 0, 0, 42, 0), inner);
    byte[] outer = ethernet(VLAN_TYPE, vlan(5, IPV4_TYPE, ipv4(17, udp(40_000, 4789, datagram))));

    assertThat(decode(LinkType.ETHERNET, outer)).isEqualTo(DecodeResult.DECODED);
    assertOuter(4789, datagram.length);
  }

  @Test
  void decode_tunnelThatFailsLateOverIpv6_forgetsTheInnerIpv4AndTag() {
    byte[] segment = tcp(1, 2, payload(4));
    segment[12] = 0x40;
    byte[] inner = ethernet(VLAN_TYPE, vlan(99, IPV4_TYPE, ipv4(6, segment)));

    assertThat(decode(LinkType.RAW, ipv6(17, vxlan(inner)))).isEqualTo(DecodeResult.DECODED);

    assertThat(view.hasIpv4).isFalse();
    assertThat(view.vlanId).isEqualTo(-1);
    assertThat(view.vni).isEqualTo(-1);
    assertThat(view.ipVersion).isEqualTo(6);
    assertThat(view.srcHi).isEqualTo(Frames.SRC6_HI);
    assertThat(view.srcLo).isEqualTo(Frames.SRC6_LO);
    assertThat(view.dstHi).isEqualTo(Frames.DST6_HI);
    assertThat(view.dstLo).isEqualTo(Frames.DST6_LO);
    assertThat(view.dstPort).isEqualTo(4789);
    assertThat(view.protocol).isEqualTo(PacketView.UDP);
  }

  @Test
  void decode_truncationAtEveryOffset_readsNothingBeyond() {
    for (Sample sample : everySample()) {
      for (int captured = 0; captured <= sample.frame().length; captured++) {
        checked(sample.linkType(), sample.frame(), captured, sample.frame().length);
        checked(sample.linkType(), sample.frame(), captured, captured);
      }
    }
  }

  @Test
  void decode_frameCutBeforeItsTransportHeader_isNotDecoded() {
    byte[] frame = Frames.ethernet(IPV4_TYPE, Frames.segment4());
    for (int captured = 0; captured < frame.length; captured++) {
      DecodeResult expected =
          captured < 14
              ? DecodeResult.TRUNCATED_ETHERNET
              : captured < 34
                  ? DecodeResult.TRUNCATED_IPV4
                  : captured < 54 ? DecodeResult.TRUNCATED_TCP : DecodeResult.DECODED;
      assertThat(decode(LinkType.ETHERNET, frame, captured, frame.length))
          .as("%d bytes", captured)
          .isEqualTo(expected);
    }
  }

  @Test
  void decode_mutatedFrames_neverLeaveTheirBounds() {
    Random random = new Random(20_250_101);
    List<Sample> samples = everySample();
    Set<DecodeResult> seen = new HashSet<>();
    for (int round = 0; round < 60_000; round++) {
      Sample sample = samples.get(random.nextInt(samples.size()));
      byte[] frame = sample.frame().clone();
      for (int i = random.nextInt(6); i >= 0; i--) {
        frame[random.nextInt(frame.length)] = (byte) random.nextInt(256);
      }
      int captured = random.nextBoolean() ? frame.length : random.nextInt(frame.length + 1);
      int wire = random.nextBoolean() ? frame.length : frame.length + random.nextInt(3000);
      seen.add(checked(sample.linkType(), frame, captured, wire));
    }
    assertThat(seen).hasSizeGreaterThan(DecodeResult.values().length / 2);
  }

  @Test
  void label_everyResult_isItsNameInLowerCase() {
    for (DecodeResult result : DecodeResult.values()) {
      assertThat(result.label()).isEqualTo(result.name().toLowerCase(Locale.ROOT));
      assertThat(result.kind() == DecodeResult.Kind.DECODED)
          .isEqualTo(result == DecodeResult.DECODED);
    }
  }

  private static Sample segment(String name) {
    return Objects.requireNonNull(Frames.everyWayToOneSegment().get(name));
  }

  private static List<Sample> everySample() {
    List<Sample> all = new ArrayList<>(Frames.everyWayToOneSegment().values());
    all.addAll(Frames.everyWayToOneDatagram().values());
    return all;
  }

  private DecodeResult decode(Sample sample) {
    return decode(sample.linkType(), sample.frame());
  }

  private DecodeResult decode(int linkType, byte[] frame) {
    return decode(linkType, frame, frame.length, frame.length);
  }

  /** Decodes from a segment that ends where the captured bytes end. */
  private DecodeResult decode(int linkType, byte[] frame, int captured, int wire) {
    byte[] all = new byte[LEAD + captured];
    System.arraycopy(frame, 0, all, LEAD, captured);
    return decoder.decode(MemorySegment.ofArray(all), LEAD, captured, wire, TS, linkType, 7, view);
  }

  private DecodeResult checked(int linkType, byte[] frame, int captured, int wire) {
    DecodeResult result = decode(linkType, frame, captured, wire);
    if (view.frameBytes != Math.max(wire, captured) || view.tsNanos != TS) {
      throw new AssertionError("fields that are always set are not");
    }
    if (result == DecodeResult.DECODED) {
      boolean within =
          view.payloadOffset >= LEAD
              && view.payloadCaptured >= 0
              && view.payloadOffset + view.payloadCaptured <= LEAD + captured
              && view.payloadCaptured <= view.payloadBytes
              && view.payloadBytes <= view.frameBytes
              && view.srcPort >> 16 == 0
              && view.dstPort >> 16 == 0;
      assertThat(within).as("link %d, %d of %d bytes", linkType, captured, wire).isTrue();
    }
    return result;
  }

  private void assertSegment4() {
    assertThat(view.hasIpv4).isTrue();
    assertThat(view.ipVersion).isEqualTo(4);
    assertThat(view.protocol).isEqualTo(PacketView.TCP);
    assertThat(view.srcLo).isEqualTo(PacketView.V4_MAPPED_LO | SRC4);
    assertThat(view.dstLo).isEqualTo(PacketView.V4_MAPPED_LO | DST4);
    assertThat(view.srcHi | view.dstHi).isZero();
    assertThat(view.srcPort).isEqualTo(40_000);
    assertThat(view.dstPort).isEqualTo(443);
    assertThat(view.payloadBytes).isEqualTo(32);
    assertThat(view.payloadCaptured).isEqualTo(32);
    assertThat(view.payloadByte(31)).isEqualTo(31);
  }

  private void assertDatagram6() {
    assertThat(view.ipVersion).isEqualTo(6);
    assertThat(view.protocol).isEqualTo(PacketView.UDP);
    assertThat(view.srcHi).isEqualTo(Frames.SRC6_HI);
    assertThat(view.srcLo).isEqualTo(Frames.SRC6_LO);
    assertThat(view.dstHi).isEqualTo(Frames.DST6_HI);
    assertThat(view.dstLo).isEqualTo(Frames.DST6_LO);
    assertThat(view.srcPort).isEqualTo(40_000);
    assertThat(view.dstPort).isEqualTo(443);
    assertThat(view.payloadBytes).isEqualTo(24);
    assertThat(view.payloadCaptured).isEqualTo(24);
    assertThat(view.payloadByte(23)).isEqualTo(23);
  }

  private void assertOuter(int port, int payloadBytes) {
    assertThat(view.hasIpv4).isTrue();
    assertThat(view.ipVersion).isEqualTo(4);
    assertThat(view.protocol).isEqualTo(PacketView.UDP);
    assertThat(view.srcHi | view.dstHi).isZero();
    assertThat(view.srcLo).isEqualTo(PacketView.V4_MAPPED_LO | SRC4);
    assertThat(view.dstLo).isEqualTo(PacketView.V4_MAPPED_LO | DST4);
    assertThat(view.srcPort).isEqualTo(40_000);
    assertThat(view.dstPort).isEqualTo(port);
    assertThat(view.vlanId).isEqualTo(5);
    assertThat(view.payloadBytes).isEqualTo(payloadBytes);
    assertThat(view.payloadCaptured).isEqualTo(payloadBytes);
    assertThat(view.payloadOffset).isEqualTo(LEAD + 14 + 4 + 20 + 8);
    assertThat(view.tcpSeq | view.tcpAck | view.tcpFlags | view.tcpWindow).isZero();
  }
}
