package io.earshot.sensor.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.feature.StreamContext;
import org.junit.jupiter.api.Test;

class TrackChangesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long START = 1_700_000_000L * SECOND;

  private final TrackChanges changes = new TrackChanges();

  @Test
  void sent_closeTogether_areOneChange() {
    for (int i = 0; i < 20; i++) {
      changes.sent(START + 7L * i * SECOND, 270);
    }
    assertThat(changes.evidence(START)).containsExactly(0.0);
  }

  @Test
  void sent_afterAQuietSpell_isAChange() {
    changes.sent(START + 2 * SECOND, 270);
    changes.sent(START + 3 * SECOND, 270);
    changes.sent(START + 12 * SECOND, 270);
    changes.sent(START + 200 * SECOND, 270);
    assertThat(changes.evidence(START)).containsExactly(2.0, 12.0, 200.0);
  }

  @Test
  void sent_closeOfTheConnectionAfterTwoMinutes_isNoChange() {
    changes.sent(START + 2 * SECOND, 270);
    changes.sent(START + 122 * SECOND, 24);
    changes.sent(START + 242 * SECOND, 63);

    assertThat(changes.evidence(START)).containsExactly(2.0);
  }

  @Test
  void sent_outOfOrder_doesNotEndTheSpell() {
    changes.sent(START + 20 * SECOND, 270);
    changes.sent(START + 1 * SECOND, 270);
    changes.sent(START + 27 * SECOND, 270);
    assertThat(changes.evidence(START)).containsExactly(20.0);
  }

  @Test
  void changes_beyondTheBound_forgetTheOldest() {
    for (int i = 0; i < StreamContext.MAX_CHANGES + 4; i++) {
      changes.sent(START + 100L * i * SECOND, 270);
    }
    assertThat(changes.evidence(START)).hasSize(StreamContext.MAX_CHANGES).startsWith(400.0);
  }
}
