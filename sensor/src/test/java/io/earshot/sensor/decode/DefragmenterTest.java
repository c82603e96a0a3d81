package io.earshot.sensor.decode;

import static io.earshot.sensor.decode.Frames.DST4;
import static io.earshot.sensor.decode.Frames.IPV4_TYPE;
import static io.earshot.sensor.decode.Frames.SRC4;
import static io.earshot.sensor.decode.Frames.ethernet;
import static io.earshot.sensor.decode.Frames.fragment6;
import static io.earshot.sensor.decode.Frames.ipv4;
import static io.earshot.sensor.decode.Frames.ipv6;
import static io.earshot.sensor.decode.Frames.payload;
import static io.earshot.sensor.decode.Frames.tcp;
import static io.earshot.sensor.decode.Frames.udp;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DefragmenterTest {
  private static final int MORE = 0x2000;
  private static final long SECOND = 1_000_000_000L;

  private final PacketDecoder decoder = new PacketDecoder();
  private final Defragmenter defragmenter = new Defragmenter();
  private final PacketView view = new PacketView();
  private long now = 1_700_000_000L * SECOND;

  @AfterEach
  void everyDatagramHasOneFate() {
    assertThat(defragmenter.begun())
        .isEqualTo(defragmenter.reassembled() + defragmenter.givenUp() + defragmenter.waiting());
  }

  @Test
  void offer_fragmentsInAnyOrder_giveTheDatagram() {
    byte[] datagram = udp(40_000, 443, payload(4000));
    List<byte[]> fragments = fragments(17, datagram, 1480);
    Random random = new Random(7);
    for (int round = 0; round < 20; round++) {
      Collections.shuffle(fragments, random);

      assertThat(offer(fragments.get(0))).isEqualTo(DecodeResult.FRAGMENT);
      assertThat(offer(fragments.get(1))).isEqualTo(DecodeResult.FRAGMENT);
      assertThat(offer(fragments.get(2))).isEqualTo(DecodeResult.DECODED);

      assertThat(view.protocol).isEqualTo(PacketView.UDP);
      assertThat(view.srcLo).isEqualTo(PacketView.V4_MAPPED_LO | SRC4);
      assertThat(view.dstLo).isEqualTo(PacketView.V4_MAPPED_LO | DST4);
      assertThat(view.srcPort).isEqualTo(40_000);
      assertThat(view.dstPort).isEqualTo(443);
      assertThat(view.payloadBytes).isEqualTo(4000);
      assertThat(view.payloadCaptured).isEqualTo(4000);
      assertThat(view.payloadByte(3999)).isEqualTo(3999 & 0xff);
      assertThat(view.frameBytes).isEqualTo(4008 + 3 * 20);
    }
    assertThat(defragmenter.reassembled()).isEqualTo(20);
  }

  @Test
  void offer_ipv6FragmentsWithOtherNextHeader_takeThatOfTheFirst() {
    byte[] segment = tcp(40_000, 443, payload(100));
    byte[] head = Arrays.copyOf(segment, 64);
    byte[] tail = Arrays.copyOfRange(segment, 64, segment.length);

    assertThat(offer(ipv6(44, fragment6(17, 64, tail)))).isEqualTo(DecodeResult.FRAGMENT);
    assertThat(offer(ipv6(44, fragment6(6, 1, head)))).isEqualTo(DecodeResult.DECODED);

    assertThat(view.protocol).isEqualTo(PacketView.TCP);
    assertThat(view.payloadBytes).isEqualTo(100);
  }

  @Test
  void offer_repeatedFragment_isIgnored() {
    List<byte[]> fragments = fragments(17, udp(1, 2, payload(3000)), 1480);

    assertThat(offer(fragments.get(0))).isEqualTo(DecodeResult.FRAGMENT);
    assertThat(offer(fragments.get(0))).isEqualTo(DecodeResult.FRAGMENT);
    assertThat(offer(fragments.get(1))).isEqualTo(DecodeResult.FRAGMENT);
    assertThat(offer(fragments.get(2))).isEqualTo(DecodeResult.DECODED);
    assertThat(view.frameBytes).isEqualTo(3008 + 3 * 20);
  }

  /** Two readings of the same datagram: the receiver's is not known, so neither is believed. */
  @Test
  void offer_overlap_spoilsTheDatagram() {
    assertThat(offer(fragment(17, 0 | MORE, payload(64)))).isEqualTo(DecodeResult.FRAGMENT);
    assertThat(offer(fragment(17, 7, payload(64)))).isEqualTo(DecodeResult.OVERLAPPING_FRAGMENT);
    assertThat(defragmenter.givenUp()).isOne();
    assertThat(defragmenter.waiting()).isZero();
  }

  @Test
  void offer_twoEnds_spoilTheDatagram() {
    assertThat(offer(fragment(17, 8, payload(16)))).isEqualTo(DecodeResult.FRAGMENT);
    assertThat(offer(fragment(17, 16, payload(16)))).isEqualTo(DecodeResult.OVERLAPPING_FRAGMENT);
    assertThat(offer(fragment(17, 8, payload(16)))).isEqualTo(DecodeResult.FRAGMENT);
    assertThat(offer(fragment(17, 10 | MORE, payload(16))))
        .isEqualTo(DecodeResult.OVERLAPPING_FRAGMENT);
    assertThat(offer(fragment(17, 10 | MORE, payload(16)))).isEqualTo(DecodeResult.FRAGMENT);
    assertThat(offer(fragment(17, 8, payload(16)))).isEqualTo(DecodeResult.OVERLAPPING_FRAGMENT);
  }

  @Test
  void offer_lengthsThatCannotBe_areWeird() {
    assertThat(offer(fragment(17, 0 | MORE, payload(63)))).isEqualTo(DecodeResult.BAD_FRAGMENT);
    assertThat(offer(fragment(17, 0x1fff, payload(64)))).isEqualTo(DecodeResult.BAD_FRAGMENT);
    assertThat(offer(fragment(17, 1, new byte[0]))).isEqualTo(DecodeResult.BAD_FRAGMENT);
  }

  @Test
  void offer_longestDatagram_isPutTogether() {
    byte[] datagram = udp(1, 2, payload(65_507));
    List<byte[]> fragments = fragments(17, datagram, 1480);
    for (byte[] fragment : fragments.subList(0, fragments.size() - 1)) {
      assertThat(offer(fragment)).isEqualTo(DecodeResult.FRAGMENT);
    }
    assertThat(offer(fragments.getLast())).isEqualTo(DecodeResult.DECODED);
    assertThat(view.payloadBytes).isEqualTo(65_507);
  }

  @Test
  void offer_fragmentCutByTheCapture_keepsTheLengthOnTheWire() {
    List<byte[]> fragments = fragments(17, udp(1, 2, payload(3000)), 1480);
    for (byte[] fragment : fragments.subList(0, 2)) {
      offer(fragment, 120);
    }
    byte[] last = fragments.get(2);

    assertThat(offer(last, last.length)).isEqualTo(DecodeResult.DECODED);
    assertThat(view.payloadBytes).isEqualTo(3000);
    assertThat(view.payloadCaptured).isEqualTo(100 - 8);
  }

  @Test
  void offer_afterItsPatience_beginsAnew() {
    List<byte[]> fragments = fragments(17, udp(1, 2, payload(2000)), 1480);
    offer(fragments.get(0));
    now += 31 * SECOND;

    assertThat(offer(fragments.get(1))).isEqualTo(DecodeResult.FRAGMENT);
    assertThat(defragmenter.givenUp()).isOne();
  }

  @Test
  void offer_moreDatagramsThanTheBound_giveUpTheOldest() {
    int many = 3 * Defragmenter.MAX_DATAGRAMS;
    for (int source = 0; source < many; source++) {
      now++;
      offer(ipv4(17, source, DST4, new byte[0], MORE, payload(8)));
    }
    assertThat(defragmenter.waiting()).isEqualTo(Defragmenter.MAX_DATAGRAMS);
    assertThat(defragmenter.givenUp()).isEqualTo(many - Defragmenter.MAX_DATAGRAMS);
    assertThat(offer(ipv4(17, many - 1, DST4, new byte[0], 1, payload(8))))
        .isEqualTo(DecodeResult.DECODED);
  }

  @Test
  void offer_fragmentsOfATunnel_giveTheInnerPacket() {
    byte[] inner = ethernet(IPV4_TYPE, ipv4(6, tcp(40_000, 443, payload(1460))));
    List<byte[]> fragments = fragments(17, Frames.vxlan(inner), 1480);

    assertThat(offer(fragments.get(0))).isEqualTo(DecodeResult.FRAGMENT);
    assertThat(offer(fragments.get(1))).isEqualTo(DecodeResult.DECODED);
    assertThat(view.protocol).isEqualTo(PacketView.TCP);
    assertThat(view.payloadBytes).isEqualTo(1460);
    assertThat(view.vni).isEqualTo(42);
  }

  /** The tunnel is believed although its first packet has no transport header to show. */
  @Test
  void offer_fragmentsInsideATunnel_givePacket() {
    List<byte[]> inner = fragments(17, udp(40_000, 443, payload(2000)), 1400);
    for (byte[] fragment : inner.subList(0, inner.size() - 1)) {
      assertThat(offer(ipv4(17, Frames.vxlan(ethernet(IPV4_TYPE, fragment)))))
          .isEqualTo(DecodeResult.FRAGMENT);
    }
    assertThat(offer(ipv4(17, Frames.vxlan(ethernet(IPV4_TYPE, inner.getLast())))))
        .isEqualTo(DecodeResult.DECODED);
    assertThat(view.dstPort).isEqualTo(443);
    assertThat(view.payloadBytes).isEqualTo(2000);
    assertThat(view.vni).isEqualTo(42);
  }

  @Test
  void offer_noise_keepsTheLaw() {
    Random random = new Random(20_261_124);
    for (int round = 0; round < 50_000; round++) {
      now += random.nextInt(100_000_000);
      int more = random.nextBoolean() ? MORE : 0;
      int offset = random.nextInt(6);
      byte[] fragment =
          random.nextBoolean()
              ? ipv4(
                  random.nextBoolean() ? 6 : 17,
                  random.nextInt(4),
                  DST4,
                  new byte[0],
                  more | offset | 0x4000 * (offset + more == 0 ? 1 : 0),
                  payload(8 * random.nextInt(6) + (random.nextInt(9) == 0 ? 3 : 0)))
              : ipv6(44, fragment6(17, offset * 8 | more >> 13, payload(8 * random.nextInt(5))));
      offer(fragment, random.nextInt(9) == 0 ? fragment.length / 2 : fragment.length);
    }
    assertThat(defragmenter.reassembled()).isPositive();
    assertThat(defragmenter.givenUp()).isPositive();
  }

  private static byte[] fragment(int protocol, int flagsAndOffset, byte[] payload) {
    return ipv4(protocol, SRC4, DST4, new byte[0], flagsAndOffset, payload);
  }

  private static List<byte[]> fragments(int protocol, byte[] datagram, int mtu) {
    int each = mtu / 8 * 8;
    List<byte[]> all = new ArrayList<>();
    for (int from = 0; from < datagram.length; from += each) {
      int to = Math.min(datagram.length, from + each);
      int more = to < datagram.length ? MORE : 0;
      all.add(fragment(protocol, more | from / 8, Arrays.copyOfRange(datagram, from, to)));
    }
    return all;
  }

  private DecodeResult offer(byte[] packet) {
    return offer(packet, packet.length);
  }

  private DecodeResult offer(byte[] packet, int captured) {
    MemorySegment data = MemorySegment.ofArray(Arrays.copyOf(packet, captured));
    DecodeResult result =
        decoder.decode(data, 0, captured, packet.length, now, LinkType.RAW, 0, view);
    return result == DecodeResult.FRAGMENT ? defragmenter.offer(view) : result;
  }
}
