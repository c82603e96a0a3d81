package io.earshot.sensor.flow;

import static io.earshot.sensor.flow.FlowPackets.ACK;
import static io.earshot.sensor.flow.FlowPackets.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.PacketView;
import org.junit.jupiter.api.Test;

/** The rest is held against tshark by {@code TcpAnalysisAgreementIT}. */
class TcpPathTest {
  private static final long MILLI = 1_000_000L;

  private final TcpPath path = new TcpPath();
  private long now = 1_700_000_000_000_000_000L;

  private SegmentKind send(
      Direction direction, long seq, long ack, int flags, int length, int window) {
    PacketView view = new PacketView();
    view.tsNanos = now;
    view.tcpSeq = seq;
    view.tcpAck = ack;
    view.tcpFlags = flags;
    view.tcpWindow = window;
    view.payloadBytes = length;
    path.segment(direction, view);
    return path.kind();
  }

  private SegmentKind down(long seq, int length) {
    return send(Direction.DOWN, seq, 101, ACK, length, 5000);
  }

  private void up(long ack, int window) {
    send(Direction.UP, 101, ack, ACK, 0, window);
  }

  /** The listener's window is 5,000 bytes, a round trip takes 40 ms. */
  private void handshake() {
    send(Direction.UP, 99, 0, SYN, 0, 5000);
    now += 39 * MILLI;
    send(Direction.DOWN, 999, 100, SYN | ACK, 0, 5000);
    now += MILLI;
    send(Direction.UP, 100, 1000, ACK, 1, 5000);
  }

  @Test
  void initialRtt_ofAHandshake_isFromSynToItsEnd() {
    handshake();
    assertThat(path.initialRttNanos()).isEqualTo(40 * MILLI);
    now += 900 * MILLI;
    send(Direction.DOWN, 999, 100, SYN | ACK, 0, 5000);
    up(1000, 5000);
    assertThat(path.initialRttNanos()).as("a repeated answer").isEqualTo(40 * MILLI);
  }

  @Test
  void segment_behindTheHighestByte_wasOvertakenOrLostByItsTime() {
    handshake();
    down(2000, 1000);
    now += 30 * MILLI;
    assertThat(down(1000, 500)).isEqualTo(SegmentKind.OUT_OF_ORDER);
    now += 11 * MILLI;
    assertThat(down(1500, 500)).isEqualTo(SegmentKind.RETRANSMISSION);
  }

  @Test
  void segment_atTheDuplicateAcknowledgement_isAFastRetransmission() {
    handshake();
    up(1000, 5000);
    down(2000, 1000);
    now += 41 * MILLI;
    up(1000, 5000);
    up(1000, 5000);
    assertThat(down(1000, 1000)).isEqualTo(SegmentKind.FAST_RETRANSMISSION);
  }

  @Test
  void segment_thatWasAcknowledged_isSpurious() {
    handshake();
    down(1000, 1000);
    up(2000, 5000);
    assertThat(down(1000, 1000)).isEqualTo(SegmentKind.SPURIOUS_RETRANSMISSION);
  }

  @Test
  void segment_withTheByteBefore_isAKeepAlive() {
    handshake();
    down(1000, 1000);
    assertThat(down(1999, 1)).isEqualTo(SegmentKind.KEEP_ALIVE);
    assertThat(down(1999, 0)).isEqualTo(SegmentKind.KEEP_ALIVE);
  }

  @Test
  void zeroWindow_ofASegmentWithoutRoom_isTold() {
    handshake();
    up(1000, 0);
    assertThat(path.zeroWindow()).isTrue();
    up(1000, 100);
    assertThat(path.zeroWindow()).isFalse();
  }

  @Test
  void receiverLimited_onceTheWindowIsFull_isTheBeginningOfASpell() {
    handshake();
    int spells = 0;
    for (int i = 0; i < 5; i++) {
      down(1000 + 1000 * i, 1000);
      spells += path.receiverLimited() ? 1 : 0;
    }
    assertThat(spells).isEqualTo(1);

    up(6000, 5000);
    down(6000, 1000);
    assertThat(path.receiverLimited()).isFalse();
  }

  @Test
  void senderLimited_afterAPauseInMidAnswer_isTrueUnlessSomethingWasAsked() {
    handshake();
    now += MILLI;
    down(1000, 1000);
    up(2000, 5000);
    now += 99 * MILLI;
    down(2000, 1000);
    assertThat(path.senderLimited()).as("a short pause").isFalse();
    up(3000, 5000);
    now += 101 * MILLI;
    down(3000, 1000);
    assertThat(path.senderLimited()).isTrue();
    up(4000, 5000);
    now += 500 * MILLI;
    send(Direction.UP, 101, 4000, ACK, 300, 5000);
    now += 40 * MILLI;
    down(4000, 1000);
    assertThat(path.senderLimited()).as("the answer to another request").isFalse();
  }
}
