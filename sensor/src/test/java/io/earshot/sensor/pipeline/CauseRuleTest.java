package io.earshot.sensor.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.QualityClass;
import io.earshot.models.feature.FetchedObject;
import io.earshot.models.feature.StreamContext;
import io.earshot.sensor.document.Spotify.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CauseRuleTest {
  /** Objects of that many seconds of audio at 160 kbit/s, one after the other. */
  private static StreamContext objects(double audioSeconds, double... durations) {
    List<FetchedObject> objects = new ArrayList<>();
    for (double duration : durations) {
      long bytes = Math.round(audioSeconds * 20_000);
      objects.add(new FetchedObject(0, duration, bytes, 1, bytes, bytes, 400));
    }
    return new StreamContext(600, 0, 1, 1, objects, objects.size(), 0, List.of());
  }

  @Test
  void of_lowAndNormal_goesByTheFastestObject() {
    assertThat(CauseRule.of(QualityClass.NORMAL, null, objects(10, 9, 1)))
        .isEqualTo(Cause.CLIENT_SETTING);
    assertThat(CauseRule.of(QualityClass.NORMAL, null, objects(10, 9, 7.5)))
        .isEqualTo(Cause.NETWORK);
    assertThat(CauseRule.of(QualityClass.NORMAL, null, objects(10, 9, 5)))
        .isEqualTo(Cause.UNDETERMINED);
    assertThat(CauseRule.of(QualityClass.LOW, null, objects(10))).isEqualTo(Cause.UNDETERMINED);
  }

  @Test
  void of_betterClasses_isNullWhileObjectsComeInTime() {
    assertThat(CauseRule.of(QualityClass.HIGH, 160, objects(10, 10.5))).isNull();
    assertThat(CauseRule.of(QualityClass.HIGH, 160, objects(10))).isNull();
    assertThat(CauseRule.of(QualityClass.HIGH, null, objects(10, 13)))
        .as("in time at 128 kbit/s, the least of its class")
        .isNull();
    assertThat(CauseRule.of(QualityClass.HIGH, null, objects(10, 15))).isEqualTo(Cause.NETWORK);
  }

  @Test
  void find_objectSlowerThanItPlays_isTheNetworkWhateverTheClassAndTheFastest() {
    CauseRule.Finding high =
        Objects.requireNonNull(CauseRule.find(QualityClass.HIGH, 160, objects(10, 0.1, 20)));
    assertThat(high.cause()).isEqualTo(Cause.NETWORK);
    assertThat(high.nextKbps()).isNaN();
    assertThat(high.stall()).isEqualTo(new CauseRule.Stall(80, 160));

    assertThat(CauseRule.of(QualityClass.NORMAL, 160, objects(10, 0.1, 20)))
        .isEqualTo(Cause.NETWORK);
  }

  @Test
  void find_objectTooShortToTell_isNoStall() {
    assertThat(CauseRule.find(QualityClass.HIGH, 160, objects(3, 20))).isNull();
  }

  @Test
  void find_laterObjectInTime_isNoStallAnyMore() {
    assertThat(CauseRule.find(QualityClass.HIGH, 160, objects(10, 20, 5))).isNull();
  }
}
