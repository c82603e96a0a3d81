package io.earshot.sensor.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DeliveryStatsTest {
  @Test
  void then_ofTheSinkThatTookOverTheSpool_countsEachDocumentOnce() {
    DeliveryStats before =
        new DeliveryStats(10, 2, 7, 1, 4, 0, Map.of(DropReason.SPOOL_FULL_NEWEST, 1L));
    DeliveryStats after =
        new DeliveryStats(5, 4, 6, 0, 1, 1, Map.of(DropReason.SPOOL_FULL_NEWEST, 1L));

    assertThat(before.then(after))
        .isEqualTo(new DeliveryStats(15, 2, 13, 1, 1, 1, Map.of(DropReason.SPOOL_FULL_NEWEST, 2L)));
  }

  @Test
  void then_ofASinkThatFoundNothing_keepsWhatWaitsOfTheFormer() {
    DeliveryStats before = new DeliveryStats(3, 0, 1, 0, 2, 0, Map.of());
    DeliveryStats after = new DeliveryStats(1, 0, 1, 0, 0, 0, Map.of());

    assertThat(before.then(after)).isEqualTo(new DeliveryStats(4, 0, 2, 0, 2, 0, Map.of()));
  }
}
