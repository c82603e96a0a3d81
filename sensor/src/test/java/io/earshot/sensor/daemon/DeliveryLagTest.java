package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.sensor.output.DeliveryStats;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeliveryLagTest {
  private final DeliveryLag lag = new DeliveryLag();

  private static DeliveryStats stats(long made, long delivered) {
    return new DeliveryStats(made, 0, delivered, 0, made - delivered, 0, Map.of());
  }

  @Test
  void look_whileDocumentsWait_isTheAgeOfTheOldestOfThem() {
    assertThat(lag.look(stats(10, 10), 100)).isZero();
    assertThat(lag.look(stats(15, 10), 200)).isZero();
    assertThat(lag.look(stats(20, 10), 300)).as("those of 200 wait").isEqualTo(100);
    assertThat(lag.look(stats(25, 12), 400)).as("some of 200 still wait").isEqualTo(200);
    assertThat(lag.look(stats(25, 15), 500)).as("those of 300 wait").isEqualTo(200);
    assertThat(lag.look(stats(25, 25), 600)).isZero();
  }
}
