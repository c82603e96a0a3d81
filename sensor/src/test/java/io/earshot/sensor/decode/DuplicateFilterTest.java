package io.earshot.sensor.decode;

import static io.earshot.sensor.decode.Frames.IPV4_TYPE;
import static io.earshot.sensor.decode.Frames.IPV6_TYPE;
import static io.earshot.sensor.decode.Frames.VLAN_TYPE;
import static io.earshot.sensor.decode.Frames.ethernet;
import static io.earshot.sensor.decode.Frames.ipv4;
import static io.earshot.sensor.decode.Frames.ipv6;
import static io.earshot.sensor.decode.Frames.payload;
import static io.earshot.sensor.decode.Frames.tcp;
import static io.earshot.sensor.decode.Frames.udp;
import static io.earshot.sensor.decode.Frames.vlan;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class DuplicateFilterTest {
  private static final long MICRO = 1_000L;

  private final PacketDecoder decoder = new PacketDecoder();
  private final DuplicateFilter filter = new DuplicateFilter();
  private final PacketView view = new PacketView();
  private long now = 1_700_000_000_000_000_000L;

  @Test
  void isCopy_samePacketTaggedAndUntagged_isOne() {
    byte[] packet = ipv4(6, checked(tcp(40_000, 443, payload(100)), 16, 0xbeef));

    assertThat(isCopy(ethernet(VLAN_TYPE, vlan(10, 0x0800, packet)))).isFalse();
    now += 80 * MICRO;
    assertThat(isCopy(ethernet(IPV4_TYPE, packet))).isTrue();
  }

  @Test
  void isCopy_packetBeforeAndAfterARouter_isOne() {
    byte[] packet = ipv4(6, checked(tcp(40_000, 443, payload(100)), 16, 0xbeef));
    byte[] routed = packet.clone();
    routed[8]--;
    routed[10] = 0x55;

    assertThat(isCopy(ethernet(IPV4_TYPE, packet))).isFalse();
    assertThat(isCopy(ethernet(IPV4_TYPE, routed))).isTrue();
  }

  @Test
  void isCopy_sameSegmentLater_isARetransmission() {
    byte[] frame = ethernet(IPV6_TYPE, ipv6(6, checked(tcp(1, 2, payload(100)), 16, 0xbeef)));

    assertThat(isCopy(frame)).isFalse();
    now += (DuplicateFilter.SPAN_MICROS + 1) * MICRO;
    assertThat(isCopy(frame)).isFalse();
  }

  @Test
  void isCopy_nextIdentification_isAnotherPacket() {
    byte[] packet = ipv4(6, checked(tcp(1, 2, payload(100)), 16, 0xbeef));
    byte[] again = packet.clone();
    again[5]++;

    assertThat(isCopy(ethernet(IPV4_TYPE, packet))).isFalse();
    assertThat(isCopy(ethernet(IPV4_TYPE, again))).isFalse();
  }

  @Test
  void isCopy_otherTimestampOption_isAnotherSegment() {
    byte[] options = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0};
    byte[] first = tcp(1, 2, 5, 6, 16, 7, options, payload(9));
    options[7] = 2;
    byte[] second = tcp(1, 2, 5, 6, 16, 7, options, payload(9));

    assertThat(isCopy(ethernet(IPV6_TYPE, ipv6(6, checked(first, 16, 0xbeef))))).isFalse();
    assertThat(isCopy(ethernet(IPV6_TYPE, ipv6(6, checked(second, 16, 0xbeef))))).isFalse();
  }

  /** With checksum offload two datagrams of one length have the same checksum. */
  @Test
  void isCopy_otherPayloadOfADatagram_isAnotherDatagram() {
    byte[] first = payload(100);
    byte[] second = payload(100);
    second[30]++;

    assertThat(isCopy(ethernet(IPV6_TYPE, ipv6(17, checked(udp(1, 2, first), 6, 0xbeef)))))
        .isFalse();
    assertThat(isCopy(ethernet(IPV6_TYPE, ipv6(17, checked(udp(1, 2, second), 6, 0xbeef)))))
        .isFalse();
    assertThat(isCopy(ethernet(IPV6_TYPE, ipv6(17, checked(udp(1, 2, second), 6, 0xbeef)))))
        .isTrue();
  }

  @Test
  void isCopy_withoutAnythingToTell_isNever() {
    byte[] withoutChecksum = ethernet(IPV4_TYPE, ipv4(6, tcp(1, 2, payload(100))));
    byte[] shortDatagram = ethernet(IPV6_TYPE, ipv6(17, checked(udp(1, 2, payload(4)), 6, 5)));
    for (byte[] frame : new byte[][] {withoutChecksum, shortDatagram}) {
      assertThat(isCopy(frame)).isFalse();
      assertThat(isCopy(frame)).isFalse();
    }
  }

  private static byte[] checked(byte[] transport, int at, int checksum) {
    transport[at] = (byte) (checksum >> 8);
    transport[at + 1] = (byte) checksum;
    return transport;
  }

  private boolean isCopy(byte[] frame) {
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
    return filter.isCopy(view);
  }
}
