package io.earshot.models.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class StreamFeaturesTest {
  private final FeatureSchema schema = FeatureSchema.standard();
  private final List<FetchedObject> objects = new ArrayList<>();

  @Test
  void compute_fromVeryHighToTheLowestBitrate_followsWithinThreeTracks() {
    for (int track = 0; track < 6; track++) {
      fetched(200 * track, 8_700_000 + 100_000 * track);
    }
    for (int track = 6; track < 9; track++) {
      fetched(200 * track, 700_000 + 20_000 * track);
    }

    assertThat(feature("posterior_24_log2")).isGreaterThan(-0.2);
    assertThat(feature("major_objects")).isEqualTo(9);
  }

  @Test
  void compute_headFiles_belongToTheTracksThatFollow() {
    for (int track = 0; track < 4; track++) {
      fetched(200 * track, 300_000);
      fetched(200 * track + 3, 4_000_000);
    }

    assertThat(feature("major_objects")).isEqualTo(4);
    assertThat(feature("object_bytes_1_log2"))
        .isEqualTo(Math.log(4_300_000) / Math.log(2), within());
  }

  @Test
  void compute_aLonePieceOfAFewBytes_isNoObject() {
    fetched(0, 4_000_000);
    fetched(100, 90_000);
    fetched(200, 4_100_000);

    assertThat(feature("major_objects")).isEqualTo(2);
  }

  private static Offset<Double> within() {
    return Offset.offset(1e-9);
  }

  private void fetched(double start, long bytes) {
    objects.add(new FetchedObject(start, 0.5, bytes, 1, bytes, bytes, 250));
  }

  private double feature(String name) {
    long sum = objects.stream().mapToLong(FetchedObject::bytes).sum();
    double now = objects.getLast().startSeconds() + 1;
    StreamContext context =
        new StreamContext(now, 0.5, sum, sum, objects, objects.size(), 0, List.of());
    return new FeatureExtractor().extract(new PacketSeries(), context)[schema.indexOf(name)];
  }
}
