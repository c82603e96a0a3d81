package io.earshot.models.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureExtractorTest {
  private final FeatureExtractor extractor = new FeatureExtractor();
  private final FeatureSchema schema = FeatureSchema.standard();

  @Test
  void extract_window_putsEveryGroupInItsPlace() {
    PacketSeries window = new PacketSeries();
    window.add(1_000_000_000L, 593, 539, Direction.UP, true, false);
    window.add(1_500_000_000L, 1514, 1460, Direction.DOWN, true, false);
    StreamContext context =
        new StreamContext(
            42.0,
            0.5,
            1460,
            1460,
            List.of(new FetchedObject(1.0, 0.2, 1_000_000, 1, 1_000_000, 1_000_000, 539)),
            1,
            0,
            List.of(0.0));

    double[] vector = extractor.extract(window, context);

    assertThat(vector).hasSize(schema.size());
    assertThat(vector[schema.indexOf("bytes_total")]).isEqualTo(2107.0);
    assertThat(vector[schema.indexOf("request_bytes_max")]).isEqualTo(539.0);
    assertThat(vector[schema.indexOf("stream_elapsed")]).isEqualTo(42.0);
    assertThat(vector[schema.indexOf("objects_total")]).isEqualTo(1.0);
  }

  @Test
  void extract_nothingSeen_isFinite() {
    StreamContext nothing = new StreamContext(0, 0, 0, 0, List.of(), 0, 0, List.of());

    assertThat(extractor.extract(new PacketSeries(), nothing))
        .satisfies(vector -> assertThat(vector).doesNotContain(Double.NaN))
        .hasSize(schema.size());
  }
}
