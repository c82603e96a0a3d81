package io.earshot.models.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.junit.jupiter.api.Test;

class EventQueueTest {
  @Test
  void remove_mixedWithAdds_yieldsTimeThenOrderOfArrival() {
    record Expected(long time, int order) {}

    EventQueue queue = new EventQueue();
    PriorityQueue<Expected> model =
        new PriorityQueue<>(
            Comparator.comparingLong(Expected::time).thenComparingInt(Expected::order));
    Dice dice = Dice.of(1, 2);
    for (int i = 0; i < 20_000; i++) {
      long time = dice.between(0, 500);
      queue.add(time, i % 7, i);
      model.add(new Expected(time, i));
      if (dice.chance(0.45)) {
        Expected expected = model.remove();
        assertThat(queue.time()).isEqualTo(expected.time());
        assertThat(queue.argument()).isEqualTo(expected.order());
        assertThat(queue.kind()).isEqualTo(expected.order() % 7);
        queue.remove();
      }
    }
    while (!model.isEmpty()) {
      assertThat(queue.argument()).isEqualTo(model.remove().order());
      queue.remove();
    }
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void longFifo_growsAndKeepsOrder() {
    LongFifo fifo = new LongFifo();
    long out = 0;
    for (long in = 0; in < 1000; in++) {
      fifo.add(in);
      if (in % 3 == 0) {
        assertThat(fifo.first()).isEqualTo(out++);
        fifo.removeFirst();
      }
    }
    while (!fifo.isEmpty()) {
      assertThat(fifo.first()).isEqualTo(out++);
      fifo.removeFirst();
    }
    assertThat(out).isEqualTo(1000);
  }

  @Test
  void dice_sameSeed_giveTheNumbersOfSplitMix64() {
    assertThat(Dice.of(1, 1).nextLong()).isEqualTo(Dice.of(1, 1).nextLong());
    assertThat(Dice.of(1, 1).nextLong()).isNotEqualTo(Dice.of(1, 2).nextLong());
    Dice dice = Dice.of(9, 9);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < 20_000; i++) {
      double one = dice.gaussian();
      sum += one;
      squares += one * one;
    }
    assertThat(sum / 20_000).isBetween(-0.03, 0.03);
    assertThat(squares / 20_000).isBetween(0.96, 1.04);
  }
}
