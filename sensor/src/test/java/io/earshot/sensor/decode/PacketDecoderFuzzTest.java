package io.earshot.sensor.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;

/** Whatever a frame holds, the decoder answers, and its view stays within the frame. */
class PacketDecoderFuzzTest {
  static final int[] LINK_TYPES = {
    LinkType.ETHERNET,
    LinkType.RAW,
    LinkType.LINUX_SLL,
    LinkType.LINUX_SLL2,
    LinkType.NULL,
    LinkType.PPP,
    LinkType.PPP_ETHER,
    LinkType.C_HDLC,
    LinkType.PPI,
    LinkType.IPV4,
    LinkType.IPV6,
    LinkType.IEEE802_11
  };

  private static final PacketDecoder DECODER = new PacketDecoder();

  /** Two bytes choose link type and bytes beyond the capture, the rest is the frame. */
  @FuzzTest(maxDuration = "10m")
  void frame_ofAnyBytes_isAnswered(byte[] data) {
    if (data.length < 2) {
      return;
    }
    int linkType = LINK_TYPES[(data[0] & 0xff) % LINK_TYPES.length];
    int captured = data.length - 2;
    int wire = captured + 8 * (data[1] & 0xff);
    PacketView view = new PacketView();
    DecodeResult result =
        DECODER.decode(MemorySegment.ofArray(data), 2, captured, wire, 5, linkType, 0, view);
    assertThat(result).isNotNull();
    assertThat(view.frameBytes).isEqualTo(wire);
    if (result == DecodeResult.DECODED || result == DecodeResult.FRAGMENT) {
      assertWithin(view, data.length, wire);
    }
    if (result == DecodeResult.DECODED) {
      DuplicateFilter filter = new DuplicateFilter();
      assertThat(filter.isCopy(view)).isFalse();
    }
  }

  static void assertWithin(PacketView view, long end, int wire) {
    assertThat(view.payloadOffset).isNotNegative();
    assertThat(view.payloadCaptured).isBetween(0, view.payloadBytes);
    assertThat(view.payloadOffset + view.payloadCaptured).isLessThanOrEqualTo(end);
    assertThat(view.payloadBytes).isLessThanOrEqualTo(wire);
    assertThat(view.srcPort >> 16 | view.dstPort >> 16).isZero();
  }
}
