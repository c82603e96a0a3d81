package io.earshot.models.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TransportStatisticsTest {
  private static final long START = 1_763_800_000_000_000_000L;
  private static final long MS = 1_000_000L;

  private final TransportStatistics statistics = new TransportStatistics();
  private final PacketSeries series = new PacketSeries();

  @Test
  void compute_emptyWindow_isAllZero() {
    assertThat(compute().values()).containsOnly(0.0);
  }

  @Test
  void compute_requestAndAnswer_areToldApartByDirection() {
    up(0, 539);
    down(20, 1400);
    down(21, 1400);
    ack(22);
    down(23, 700);
    ack(24);

    assertThat(compute())
        .containsEntry("bytes_up", 539.0 + 54 + 54 + 54)
        .containsEntry("bytes_down", 3500.0 + 3 * 54)
        .containsEntry("packets_up", 3.0)
        .containsEntry("packets_down", 3.0)
        .containsEntry("packets_down_up_ratio", 1.0)
        .containsEntry("audio_payload_up", 539.0)
        .containsEntry("audio_payload_down", 3500.0)
        .containsEntry("full_segment_share_down", 2.0 / 3.0)
        .containsEntry("ack_count_up", 2.0)
        .containsEntry("acks_per_audio_segment", 2.0 / 3.0)
        .containsEntry("request_count", 1.0)
        .containsEntry("audio_bytes_per_request", 3500.0);
  }

  @Test
  void compute_upstreamBelow90Bytes_isNoRequest() {
    up(0, 89);
    up(1, 90);
    up(2, 158);
    up(3, 124);
    other(4, 500, Direction.UP);

    assertThat(compute())
        .containsEntry("request_count", 3.0)
        .containsEntry("request_bytes_min", 90.0)
        .containsEntry("request_bytes_median", 124.0)
        .containsEntry("request_bytes_max", 158.0);
  }

  @Test
  void compute_evenNumberOfRequests_medianIsBetween() {
    up(0, 100);
    up(1, 200);

    assertThat(compute()).containsEntry("request_bytes_median", 150.0);
  }

  @Test
  void compute_gapsBetweenAudio_partBurstsAtBothThresholds() {
    down(0, 1000);
    down(10, 1000);
    down(40, 500);
    down(300, 250);
    other(350, 1400, Direction.DOWN);
    down(400, 50);

    assertThat(compute())
        .containsEntry("audio_burst_30ms_count", 4.0)
        .containsEntry("audio_burst_30ms_bytes_max", 2000.0)
        .containsEntry("audio_burst_30ms_bytes_mean", 700.0)
        .containsEntry("audio_burst_200ms_count", 2.0)
        .containsEntry("audio_burst_200ms_bytes_max", 2500.0)
        .containsEntry("audio_gap_max", 0.26);
  }

  @Test
  void compute_binsOfHundredMilliseconds_giveThePeakAndTheActiveShare() {
    down(0, 100);
    down(99, 100);
    down(100, 300);
    down(350, 100);
    ack(999);

    assertThat(compute())
        .containsEntry("audio_peak_rate", 3000.0)
        .containsEntry("audio_active_bin_share", 0.3);
  }

  @Test
  void compute_retransmission_countsOnceOnly() {
    down(0, 1000);
    series.add(START + 5 * MS, 1054, 1000, Direction.DOWN, true, true);
    ack(6);

    assertThat(compute())
        .containsEntry("retransmission_ratio", 0.5)
        .containsEntry("audio_payload_down", 1000.0)
        .containsEntry("audio_burst_30ms_bytes_max", 1000.0)
        .containsEntry("acks_per_audio_segment", 1.0);
  }

  @Test
  void compute_anySeries_isFinite() {
    Random random = new Random(11);
    for (int run = 0; run < 200; run++) {
      series.clear();
      long ts = START;
      int packets = random.nextInt(300);
      for (int i = 0; i < packets; i++) {
        series.add(
            ts,
            60 + random.nextInt(1454),
            random.nextInt(3) == 0 ? 0 : random.nextInt(1400),
            random.nextBoolean() ? Direction.UP : Direction.DOWN,
            random.nextBoolean(),
            random.nextInt(10) == 0);
        ts += random.nextInt(3) == 0 ? 0 : random.nextInt(300_000_000);
      }
      Map<String, Double> found = compute();
      assertThat(found.values()).allMatch(Double::isFinite).allMatch(v -> v >= 0.0);
      assertThat(found.get("audio_active_bin_share")).isLessThanOrEqualTo(1.0);
      double both =
          found.getOrDefault("packets_up", -1.0) + found.getOrDefault("packets_down", -1.0);
      assertThat(both).isEqualTo(packets);
    }
  }

  private void up(long ms, int payload) {
    series.add(START + ms * MS, payload + 54, payload, Direction.UP, true, false);
  }

  private void down(long ms, int payload) {
    series.add(START + ms * MS, payload + 54, payload, Direction.DOWN, true, false);
  }

  private void ack(long ms) {
    series.add(START + ms * MS, 54, 0, Direction.UP, true, false);
  }

  private void other(long ms, int payload, Direction direction) {
    series.add(START + ms * MS, payload + 54, payload, direction, false, false);
  }

  private Map<String, Double> compute() {
    double[] out = new double[TransportStatistics.DEFINITIONS.size()];
    statistics.compute(series, out, 0);
    Map<String, Double> map = new LinkedHashMap<>();
    for (int i = 0; i < out.length; i++) {
      map.put(TransportStatistics.DEFINITIONS.get(i).name(), out[i]);
    }
    return map;
  }
}
