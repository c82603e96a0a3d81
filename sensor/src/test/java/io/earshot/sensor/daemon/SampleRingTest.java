package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.flow.FlowKey;
import io.earshot.sensor.identify.Evidence;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.identify.FlowSampleSink;
import io.earshot.sensor.identify.Identification;
import java.util.List;
import org.junit.jupiter.api.Test;

class SampleRingTest {
  private static final long HOUR = 3_600_000_000_000L;
  private final RecordedSamples out = new RecordedSamples();

  static FlowDescriptor flow(long id) {
    return new FlowDescriptor(
        id,
        new FlowKey(0, 1, 0, 2, 3, 443, 6),
        0,
        -1,
        0,
        new Identification("a.example", null, Evidence.SNI, false));
  }

  static void sample(SampleRing ring, long id, long tsNanos) {
    ring.sample(flow(id), tsNanos, 100, 60, 60, Direction.DOWN, 0, 0, 0);
  }

  @Test
  void take_ofAPacket_givesEveryValueBack() {
    SampleRing ring = new SampleRing(64);
    ring.advance(1_000);
    ring.sample(
        flow(7),
        990,
        Integer.MAX_VALUE,
        65_535,
        -1,
        Direction.UP,
        FlowSampleSink.HELLO | FlowSampleSink.OUT_OF_ORDER,
        Long.MAX_VALUE,
        1L << 40);

    assertThat(ring.headClock()).isEqualTo(1_000);
    assertThat(ring.take(out)).isTrue();
    assertThat(out.events)
        .containsExactly(
            "7@990 2147483647/65535/-1 UP 5 rtt 9223372036854775807 missed 1099511627776");
    assertThat(ring.isEmpty()).isTrue();
  }

  @Test
  void sample_intoAFullRing_isCountedAndLeavesRoomForEnds() {
    SampleRing ring = new SampleRing(64);
    for (int i = 0; i < 70; i++) {
      sample(ring, i, i);
    }
    ring.closed(flow(1));

    assertThat(ring.offered()).isEqualTo(70);
    assertThat(ring.dropped()).isEqualTo(10);
    assertThat(ring.waiting()).isEqualTo(61);
    for (int i = 0; i < 60; i++) {
      assertThat(ring.take(out)).isTrue();
    }
    assertThat(ring.take(out)).as("an end is no packet").isFalse();
    assertThat(out.events).endsWith("closed 1");
    sample(ring, 99, 99);
    assertThat(ring.dropped()).as("there is room again").isEqualTo(10);
  }

  @Test
  void stepBack_intoAFullRing_waitsAndIsNotLost() {
    SampleRing ring = new SampleRing(64);
    ring.advance(3 * HOUR);
    for (int i = 0; i < 64; i++) {
      sample(ring, i, 3 * HOUR);
      ring.closed(flow(i));
    }
    ring.stepBack(HOUR);
    sample(ring, 100, HOUR);
    assertThat(ring.publishedNanos()).as("not yet").isEqualTo(3 * HOUR);
    while (!ring.isEmpty()) {
      ring.drop();
    }
    sample(ring, 101, HOUR);

    assertThat(ring.headStepsTo()).isEqualTo(HOUR);
    assertThat(ring.take(out)).isFalse();
    assertThat(ring.take(out)).isTrue();
    assertThat(out.order()).isEqualTo(List.of("101@" + HOUR));
  }

  @Test
  void isExhausted_afterTheEnd_onlyOnceItIsEmpty() {
    SampleRing ring = new SampleRing(64);
    sample(ring, 1, 1);
    ring.end();
    assertThat(ring.isExhausted()).isFalse();
    ring.drop();
    assertThat(ring.isExhausted()).isTrue();
  }
}
