package io.earshot.sensor.daemon;

import static io.earshot.sensor.daemon.SampleRingTest.sample;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SampleMergeTest {
  private static final long HOUR = 3_600_000_000_000L;

  private final SampleRing left = new SampleRing(64);
  private final SampleRing right = new SampleRing(64);
  private final RecordedSamples out = new RecordedSamples();
  private final SampleMerge merge = new SampleMerge(List.of(left, right), out);

  private static void packet(SampleRing ring, long id, long nanos) {
    ring.advance(nanos);
    sample(ring, id, nanos);
  }

  private void drain() {
    assertThat(merge.drain(1000)).isBetween(0, 1000);
  }

  @Test
  void drain_ofTwoRings_handsOnInTheOrderOfTheirClocks() {
    packet(left, 1, 10);
    packet(left, 3, 30);
    packet(right, 2, 20);
    packet(right, 4, 40);
    drain();

    assertThat(out.order()).containsExactly("1@10", "2@20", "3@30");
    left.advance(50);
    drain();
    assertThat(out.order()).containsExactly("1@10", "2@20", "3@30", "4@40");
    assertThat(merge.taken()).isEqualTo(4);
  }

  @Test
  void drain_whileTheOtherRingHasSaidNothing_waitsForItsClock() {
    packet(left, 1, 10);
    drain();
    assertThat(out.events).isEmpty();

    right.advance(10);
    drain();
    assertThat(out.order()).containsExactly("1@10");
  }

  @Test
  void drain_ofACrowdedRing_doesNotWait() {
    for (int i = 0; i < 40; i++) {
      packet(left, i, 10 + i);
    }
    drain();
    assertThat(out.order()).as("down to half").hasSize(8);
  }

  @Test
  void drain_withoutPackets_letsTimeGoOnAsFarAsAllHaveCome() {
    left.advance(100);
    right.advance(70);
    drain();
    right.advance(90);
    drain();

    assertThat(out.events).containsExactly("clock 70", "clock 90");
  }

  @Test
  void drain_afterOneRingHasEnded_doesNotWaitForItAnyMore() {
    packet(left, 1, 10);
    right.end();
    drain();
    assertThat(out.order()).containsExactly("1@10");
    left.end();
    assertThat(merge.isExhausted()).isTrue();
  }

  @Test
  void drain_whenBothClocksStepBack_endsStreamsOnceAndLeavesOutWhatIsOfBefore() {
    packet(left, 1, 3 * HOUR);
    packet(right, 2, 3 * HOUR);
    left.stepBack(HOUR);
    packet(left, 3, HOUR + 1);
    packet(right, 4, 3 * HOUR + 5);
    drain();
    right.stepBack(HOUR + 7);
    packet(right, 5, HOUR + 8);
    left.advance(HOUR + 9);
    drain();

    assertThat(out.events.stream().filter(event -> event.startsWith("step")))
        .containsExactly("step to " + HOUR);
    assertThat(out.order())
        .containsExactly("1@" + 3 * HOUR, "2@" + 3 * HOUR, "3@" + (HOUR + 1), "5@" + (HOUR + 8));
    assertThat(merge.leftOut()).isOne();
    assertThat(left.offered() + right.offered()).isEqualTo(merge.taken() + merge.leftOut());
  }
}
