package io.earshot.sensor.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.feature.StreamContext;
import org.junit.jupiter.api.Test;

class TrackChangesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long START = 1_700_000_000L * SECOND;

  private final TrackChanges changes = new TrackChanges();

  @Test
  void imageRequests_closeTogether_areOneChange() {
    for (int i = 0; i < 20; i++) {
      changes.imageRequest(START + 7L * i * SECOND);
    }
    assertThat(changes.evidence(START)).containsExactly(0.0);
  }

  @Test
  void imageRequest_afterAQuietSpell_isAChange() {
    changes.imageRequest(START + 2 * SECOND);
    changes.imageRequest(START + 3 * SECOND);
    changes.imageRequest(START + 12 * SECOND);
    changes.imageRequest(START + 200 * SECOND);
    assertThat(changes.evidence(START)).containsExactly(2.0, 12.0, 200.0);
  }

  @Test
  void imageRequest_outOfOrder_doesNotEndTheSpell() {
    changes.imageRequest(START + 20 * SECOND);
    changes.imageRequest(START + 1 * SECOND);
    changes.imageRequest(START + 27 * SECOND);
    assertThat(changes.evidence(START)).containsExactly(20.0);
  }

  @Test
  void changes_beyondTheBound_forgetTheOldest() {
    for (int i = 0; i < StreamContext.MAX_CHANGES + 4; i++) {
      changes.imageRequest(START + 100L * i * SECOND);
    }
    assertThat(changes.evidence(START)).hasSize(StreamContext.MAX_CHANGES).startsWith(400.0);
  }
}
