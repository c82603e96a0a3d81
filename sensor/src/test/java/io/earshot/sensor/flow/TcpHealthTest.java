package io.earshot.sensor.flow;

import static io.earshot.sensor.flow.FlowPackets.ACK;
import static io.earshot.sensor.flow.FlowPackets.FIN;
import static io.earshot.sensor.flow.FlowPackets.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.PacketView;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpHealthTest {
  private static final long MILLI = 1_000_000L;

  private final TcpHealth health = new TcpHealth();
  private final PacketView view = new PacketView();
  private long now = 1_700_000_000_000_000_000L;

  private int send(Direction direction, long seq, long ack, int flags, int length) {
    view.tsNanos = now;
    view.tcpSeq = seq & 0xffff_ffffL;
    view.tcpAck = ack & 0xffff_ffffL;
    view.tcpFlags = flags;
    view.payloadBytes = length;
    health.segment(direction, view);
    return health.newBytes();
  }

  private int down(long seq, int length) {
    return send(Direction.DOWN, seq, 0, 0, length);
  }

  private void ack(long ack) {
    send(Direction.UP, 500, ack, ACK, 0);
  }

  @Test
  void segment_inOrder_isNew() {
    assertThat(down(1000, 100)).isEqualTo(100);
    assertThat(down(1100, 100)).isEqualTo(100);
    assertThat(health.retransmission()).isFalse();
    assertThat(health.outOfOrder()).isFalse();
    assertThat(health.payloadPackets(Direction.DOWN)).isEqualTo(2);
  }

  @Test
  void segment_seenBefore_isARetransmission() {
    down(1000, 100);
    assertThat(down(1000, 100)).isZero();
    assertThat(health.retransmission()).isTrue();
    assertThat(down(1020, 30)).isZero();
    assertThat(health.retransmissions(Direction.DOWN)).isEqualTo(2);
    assertThat(health.retransmissions(Direction.UP)).isZero();
  }

  @Test
  void segment_thatOverlaps_bringsOnlyItsNewPart() {
    down(1000, 100);
    assertThat(down(1060, 100)).isEqualTo(60);
    assertThat(health.retransmission()).isFalse();
    assertThat(health.outOfOrder()).isFalse();
  }

  @Test
  void segment_thatFillsAHole_isOutOfOrderAndNew() {
    down(1000, 100);
    assertThat(down(1300, 100)).isEqualTo(100);
    assertThat(down(1100, 200)).isEqualTo(200);
    assertThat(health.outOfOrder()).isTrue();
    assertThat(down(1100, 200)).isZero();
    ack(1400);
    assertThat(health.missedBytes(Direction.DOWN)).isZero();
    assertThat(health.outOfOrder(Direction.DOWN)).isEqualTo(1);
  }

  @Test
  void segment_inTheMiddleOfAHole_leavesBothEnds() {
    down(1000, 100);
    down(1400, 100);
    assertThat(down(1200, 50)).isEqualTo(50);
    assertThat(down(1050, 400)).isEqualTo(250);
    assertThat(down(1000, 500)).isZero();
  }

  @Test
  void segment_overManyHoles_fillsThemAll() {
    down(0, 10);
    for (int i = 1; i < 6; i++) {
      down(i * 100L, 10);
    }
    assertThat(down(0, 700)).isEqualTo(5 * 90 + 190);
    assertThat(down(0, 700)).isZero();
  }

  @Test
  void segment_aroundTheEndOfSequenceSpace_isLikeAnyOther() {
    down(0xffff_ff80L, 0x40);
    assertThat(down(0x40, 0x40)).isEqualTo(0x40);
    assertThat(down(0xffff_ffc0L, 0x80)).isEqualTo(0x80);
    assertThat(health.outOfOrder()).isTrue();
    assertThat(down(0xffff_ff80L, 0x100)).isZero();
    assertThat(down(0x80, 10)).isEqualTo(10);
  }

  @Test
  void segment_farAhead_isAnotherConnectionAndNoHole() {
    down(1000, 100);
    assertThat(down(1000 + (100L << 20), 100)).isEqualTo(100);
    ack(1100 + (100L << 20));
    assertThat(health.missedBytes(Direction.DOWN)).isZero();
  }

  @Test
  void segment_farBehind_isAnotherConnectionAndNoRetransmission() {
    down(1000 + (100L << 20), 100);
    assertThat(down(1000, 100)).isEqualTo(100);
    assertThat(down(1100, 100)).isEqualTo(100);
    assertThat(health.retransmissions(Direction.DOWN)).isZero();
  }

  @Test
  void swapSides_keepsWhatEachEndHasSent() {
    down(1000, 100);
    send(Direction.UP, 900_000, 0, 0, 50);
    health.swapSides();
    assertThat(send(Direction.UP, 1000, 0, 0, 100)).isZero();
    assertThat(down(900_050, 70)).isEqualTo(70);
    assertThat(health.retransmissions(Direction.UP)).isEqualTo(1);
  }

  @Test
  void acknowledgement_ofAHole_meansThatTheCaptureMissedIt() {
    down(1000, 100);
    down(1500, 100);
    ack(1100);
    assertThat(health.missedBytes(Direction.DOWN)).isZero();
    ack(1600);
    assertThat(health.missedBytes(Direction.DOWN)).isEqualTo(400);
    ack(1600);
    assertThat(health.missedBytes(Direction.DOWN)).isEqualTo(400);
    assertThat(health.missedBytes(Direction.UP)).isZero();
  }

  @Test
  void acknowledgement_beforeTheNextSegment_countsTheGapWithTheNextOne() {
    down(1000, 100);
    ack(3000);
    down(3000, 100);
    ack(3100);
    assertThat(health.missedBytes(Direction.DOWN)).isEqualTo(1900);
  }

  @Test
  void handshake_givesTheRoundTripTime() {
    send(Direction.UP, 100, 0, SYN, 0);
    now += 30 * MILLI;
    send(Direction.DOWN, 900, 101, SYN | ACK, 0);
    assertThat(health.rttNanos()).isEqualTo(30 * MILLI);
    assertThat(health.minRttNanos()).isEqualTo(30 * MILLI);
    assertThat(down(901, 10)).isEqualTo(10);
    assertThat(down(901, 10)).isZero();
  }

  @Test
  void data_givesASmoothedRoundTripTime() {
    send(Direction.UP, 100, 0, SYN, 0);
    now += 30 * MILLI;
    send(Direction.DOWN, 900, 101, SYN | ACK, 0);
    send(Direction.UP, 101, 901, ACK, 200);
    now += 10 * MILLI;
    send(Direction.DOWN, 901, 200, ACK, 0);
    assertThat(health.rttNanos()).as("not all of it is acknowledged").isEqualTo(30 * MILLI);
    now += 60 * MILLI;
    send(Direction.DOWN, 901, 301, ACK, 50);
    assertThat(health.rttNanos()).isEqualTo(35 * MILLI);
    assertThat(health.minRttNanos()).isEqualTo(30 * MILLI);
  }

  /** Karn's rule: nobody knows which of the two was acknowledged. */
  @Test
  void data_thatWasSentTwice_givesNoRoundTripTime() {
    send(Direction.UP, 101, 901, ACK, 200);
    now += 200 * MILLI;
    send(Direction.UP, 101, 901, ACK, 200);
    now += 5 * MILLI;
    send(Direction.DOWN, 901, 301, ACK, 0);
    assertThat(health.rttNanos()).isZero();
  }

  @Test
  void finished_needsBothSides() {
    send(Direction.UP, 1, 1, FIN | ACK, 0);
    assertThat(health.finished()).isFalse();
    send(Direction.DOWN, 1, 2, FIN | ACK, 0);
    assertThat(health.finished()).isTrue();
  }

  @Test
  void syn_withData_countsTheData() {
    assertThat(send(Direction.UP, 100, 0, SYN, 50)).isEqualTo(50);
    assertThat(send(Direction.UP, 101, 0, ACK, 50)).isZero();
  }

  /** The answer to a connection request may be repeated when data have already come. */
  @Test
  void syn_repeatedAfterData_forgetsNothing() {
    send(Direction.UP, 100, 0, SYN, 0);
    send(Direction.DOWN, 900, 101, SYN | ACK, 0);
    down(901, 1000);
    send(Direction.DOWN, 900, 101, SYN | ACK, 0);
    assertThat(down(901, 1000)).isZero();
    assertThat(down(1901, 1000)).isEqualTo(1000);
    ack(2901);
    assertThat(health.missedBytes(Direction.DOWN)).isZero();
  }

  /** A lossy link with a large window: more holes at once than a small fixed number. */
  @Test
  void segment_whileManyHolesAreOpen_isNeverTakenForCaptureLoss() {
    int size = 1000;
    for (int i = 0; i < 60; i++) {
      if (i % 2 == 0) {
        down((long) i * size, size);
      }
    }
    long fresh = 0;
    for (int i = 1; i < 58; i += 2) {
      fresh += down((long) i * size, size);
    }
    ack(59L * size);
    assertThat(health.missedBytes(Direction.DOWN)).isZero();
    assertThat(fresh).isEqualTo(29 * 1000);
  }

  /** Any order of any segments against a set of bytes. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void segment_inAnyOrder_agreesWithASetOfBytes(int seed) {
    Random random = new Random(seed);
    long isn = 0x1_0000_0000L - random.nextInt(20_000);
    BitSet seen = new BitSet();
    send(Direction.DOWN, isn - 1, 0, SYN, 0);
    long missed = 0;
    int next = 0;
    int acked = 0;
    for (int i = 0; i < 4000; i++) {
      if (random.nextInt(20) == 0 && next > acked) {
        acked += random.nextInt(next - acked + 1);
        missed += markMissed(seen, acked, next);
        ack(isn + acked);
      } else {
        int from = Math.max(0, next - 30_000 + random.nextInt(32_000));
        int length = 1 + random.nextInt(700);
        if (holes(seen, next) >= 60) {
          from = seen.nextClearBit(0);
        }
        BitSet before = (BitSet) seen.clone();
        seen.set(from, from + length);
        int fresh = seen.cardinality() - before.cardinality();
        assertThat(down(isn + from, length)).as("segment %d", i).isEqualTo(fresh);
        assertThat(health.retransmission()).isEqualTo(fresh == 0);
        next = Math.max(next, from + length);
      }
      assertThat(health.missedBytes(Direction.DOWN)).as("step %d", i).isEqualTo(missed);
    }
    assertThat(next).isGreaterThan(40_000);
  }

  private static int holes(BitSet seen, int next) {
    int count = 0;
    for (int at = seen.nextClearBit(0); at < next; at = seen.nextClearBit(seen.nextSetBit(at))) {
      count++;
    }
    return count;
  }

  /** Holes that end at or below the acknowledgement; they count as seen from then on. */
  private static long markMissed(BitSet seen, int acked, int next) {
    long bytes = 0;
    int at = seen.nextClearBit(0);
    while (at < next) {
      int end = seen.nextSetBit(at);
      if (end > acked) {
        break;
      }
      seen.set(at, end);
      bytes += end - at;
      at = seen.nextClearBit(end);
    }
    return bytes;
  }
}
