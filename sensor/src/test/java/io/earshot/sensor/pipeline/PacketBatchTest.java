package io.earshot.sensor.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.Frames;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class PacketBatchTest {
  private final PacketBatch batch = new PacketBatch();

  private static MemorySegment frame() {
    byte[] payload = {'S', 'p', 'o', 't'};
    byte[] packet = Frames.ipv4(17, Frames.udp(50_000, 443, payload));
    return MemorySegment.ofArray(Frames.ethernet(Frames.IPV4_TYPE, packet));
  }

  private PacketView decode(MemorySegment frame) {
    PacketView view = batch.next();
    int length = (int) frame.byteSize();
    assertThat(new PacketDecoder().decode(frame, 0, length, length, 1, LinkType.ETHERNET, 0, view))
        .isEqualTo(DecodeResult.DECODED);
    return view;
  }

  @Test
  void add_packetThatStays_isNotCopied() {
    MemorySegment frame = frame();
    PacketView view = decode(frame);

    assertThat(batch.add(PacketSink.PACKET, true)).isTrue();
    assertThat(view.data).isSameAs(frame);
    assertThat(batch.next()).isNotSameAs(view);
  }

  /** The place of a datagram that was put together is used again for the next one. */
  @Test
  void add_packetFromElsewhere_outlivesItsPlaceAndEndsTheBatch() {
    MemorySegment frame = frame();
    PacketView view = decode(frame);

    assertThat(batch.add(PacketSink.PACKET, false)).as("room for another one").isFalse();
    frame.fill((byte) 0);
    assertThat(view.payloadBytes).isEqualTo(4);
    assertThat(view.payloadByte(0)).isEqualTo('S');
    assertThat(view.payloadByte(3)).isEqualTo('t');
  }

  @Test
  void add_frameOfWhichNothingIsWanted_takesNoRoom() {
    PacketView view = batch.next();

    assertThat(batch.add(0, true)).isTrue();
    assertThat(batch.next()).isSameAs(view);
  }
}
