package io.earshot.sensor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.sensor.document.Spotify.Cause;
import io.earshot.sensor.pipeline.CauseRule;
import org.junit.jupiter.api.Test;

class CauseTextTest {
  @Test
  void of_networkWithRoundTrip_namesTheFiguresThatDecided() {
    assertThat(CauseText.of(new CauseRule.Finding(Cause.NETWORK, 131.4, 160, null), 80_000_000))
        .isEqualTo(
            "network; fastest object 131 kbit/s where the next better class needs 160; RTT 80 ms");
  }

  @Test
  void of_aStall_namesItsObjectWhateverTheClass() {
    CauseRule.Finding finding =
        new CauseRule.Finding(Cause.NETWORK, 900, Double.NaN, new CauseRule.Stall(211.5, 320));
    assertThat(CauseText.of(finding, 80_000_000))
        .isEqualTo(
            "network; the last object came at 212 kbit/s and plays at 320: it stalls; RTT 80 ms");
  }

  @Test
  void of_noObject_saysSo() {
    assertThat(CauseText.of(new CauseRule.Finding(Cause.UNDETERMINED, Double.NaN, 96, null), 0))
        .isEqualTo("undetermined; no object had a rate");
  }
}
