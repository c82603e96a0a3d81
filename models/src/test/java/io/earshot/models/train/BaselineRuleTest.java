package io.earshot.models.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.QualityClass;
import io.earshot.models.feature.FetchedObject;
import io.earshot.models.feature.StreamContext;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BaselineRuleTest {
  @ParameterizedTest
  @CsvSource({"24,LOW", "96,NORMAL", "160,HIGH", "320,VERY_HIGH", "1000,LOSSLESS"})
  void of_wholeTracks_isTheClassOfTheirBitrate(int kbps, QualityClass expected) {
    long track = kbps * 125L * 205;

    assertThat(BaselineRule.of(context(track, track, track))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"128,NORMAL", "256,VERY_HIGH"})
  void of_segments_isTheClassOfTheirSize(int kbps, QualityClass expected) {
    long segment = kbps * 125L * 10;

    assertThat(BaselineRule.of(context(20_000, segment, segment, segment, segment)))
        .isEqualTo(expected);
  }

  @Test
  void of_nothing_isNothing() {
    assertThat(BaselineRule.of(context())).isNull();
  }

  private static StreamContext context(long... bytes) {
    List<FetchedObject> objects = new ArrayList<>();
    long sum = 0;
    for (long size : bytes) {
      objects.add(new FetchedObject(10.0 * objects.size(), 0.5, size, 1, size, size, 539));
      sum += size;
    }
    return new StreamContext(600, 10, sum, 0, objects, objects.size(), 0, List.of());
  }
}
