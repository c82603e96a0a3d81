package io.earshot.sensor.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;

/** Whatever the fragments say, each datagram has one fate and the view stays within it. */
class DefragmenterFuzzTest {
  private static final PacketDecoder DECODER = new PacketDecoder();
  private static final int MAX_DATAGRAM_BYTES = 65_535;

  /** Packets of raw IP, each behind a byte of length (in units of 4) and one of seconds passed. */
  @FuzzTest(maxDuration = "10m")
  void packets_ofAnyBytes_areAnswered(byte[] data) {
    Defragmenter defragmenter = new Defragmenter();
    PacketView view = new PacketView();
    MemorySegment segment = MemorySegment.ofArray(data);
    long now = 1_700_000_000_000_000_000L;
    int at = 0;
    while (data.length - at > 2) {
      int captured = Math.min(data.length - at - 2, 4 * (data[at] & 0xff));
      now += (data[at + 1] & 0x1f) * 1_000_000_000L;
      int wire = captured + ((data[at + 1] & 0xe0) >> 2);
      DecodeResult result =
          DECODER.decode(segment, at + 2, captured, wire, now, LinkType.RAW, 0, view);
      if (result == DecodeResult.FRAGMENT) {
        result = defragmenter.offer(view);
        if (result == DecodeResult.DECODED) {
          PacketDecoderFuzzTest.assertWithin(view, view.data.byteSize(), MAX_DATAGRAM_BYTES);
        }
      }
      assertThat(result).isNotNull();
      at += 2 + captured;
    }
    assertThat(defragmenter.begun())
        .isEqualTo(defragmenter.reassembled() + defragmenter.givenUp() + defragmenter.waiting());
    assertThat(defragmenter.waiting()).isBetween(0, Defragmenter.MAX_DATAGRAMS);
  }
}
