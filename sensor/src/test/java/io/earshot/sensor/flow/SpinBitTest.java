package io.earshot.sensor.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.PacketView;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpinBitTest {
  private static final long MILLI = 1_000_000L;
  private static final int SHORT = 0x40;
  private static final int SPIN = 0x20;

  private final SpinBit bit = new SpinBit();
  private long now = 1_700_000_000_000_000_000L;

  private void datagram(int first) {
    PacketView view = new PacketView();
    view.tsNanos = now;
    view.data = MemorySegment.ofArray(new byte[] {(byte) first});
    view.payloadCaptured = 1;
    view.payloadBytes = 1;
    bit.datagram(Direction.DOWN, view);
    now += 5 * MILLI;
  }

  private void spin(int turns, int packetsATurn) {
    for (int turn = 0; turn < turns; turn++) {
      for (int i = 0; i < packetsATurn; i++) {
        datagram(SHORT | (turn % 2 == 0 ? 0 : SPIN));
      }
    }
  }

  @Test
  void rtt_ofASpinningBit_isTheTimeOfATurn() {
    spin(8, 10);
    assertThat(bit.rttNanos()).isEqualTo(50 * MILLI);
  }

  @Test
  void rtt_overASilence_isNotOfTheSilence() {
    spin(8, 10);
    now += 60_000 * MILLI;
    spin(8, 10);
    assertThat(bit.rttNanos()).isEqualTo(50 * MILLI);
  }

  @Test
  void rtt_ofAConstantBit_isNotKnown() {
    for (int i = 0; i < 100; i++) {
      datagram(SHORT | SPIN);
    }
    assertThat(bit.rttNanos()).isZero();
  }

  @Test
  void rtt_ofARandomBit_isNotKnown() {
    Random random = new Random(5);
    for (int i = 0; i < 1000; i++) {
      datagram(SHORT | (random.nextBoolean() ? SPIN : 0));
    }
    assertThat(bit.rttNanos()).isZero();
  }

  @Test
  void rtt_ofLongHeaders_isNotKnown() {
    for (int i = 0; i < 100; i++) {
      datagram(0xc0 | (i / 10 % 2 == 0 ? 0 : SPIN));
    }
    assertThat(bit.rttNanos()).isZero();
  }
}
