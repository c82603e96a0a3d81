package io.earshot.models.feature;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceStatisticsTest {
  private static final MathContext EXACT = new MathContext(60);
  private static final long START = 1_763_800_000_123_456_789L;

  private final ReferenceStatistics statistics = new ReferenceStatistics();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 17, 100, 1_000, 6_000})
  void compute_randomSeries_agreesWithExactArithmetic(int packets) {
    for (int seed = 0; seed < 3; seed++) {
      Random random = new Random(seed * 1_000_003L + packets);
      PacketSeries series = new PacketSeries();
      long ts = START;
      for (int i = 0; i < packets; i++) {
        series.add(ts, size(random), 0, Direction.DOWN, true, false);
        ts += gap(random);
      }
      assertAgrees(series);
    }
  }

  @Test
  void compute_emptyWindow_isAllZero() {
    assertThat(compute(new PacketSeries()).values()).containsOnly(0.0);
  }

  @Test
  void compute_onePacket_hasSizesButNeitherRatesNorGaps() {
    Map<String, Double> found = compute(series(START, 1500));

    assertThat(found)
        .containsEntry("bytes_total", 1500.0)
        .containsEntry("p50_pkt_size", 1500.0)
        .containsEntry("large_pkt_ratio", 1.0)
        .containsEntry("bytes_per_second", 0.0)
        .containsEntry("packets_per_second", 0.0)
        .containsEntry("mean_iat", 0.0)
        .containsEntry("burst_count", 0.0)
        .containsEntry("iat_per_byte", 0.0);
  }

  @Test
  void compute_twoPackets_leavesSkewAndKurtosisAtZero() {
    Map<String, Double> found = compute(series(START, 100, START + 10_000_000, 200));

    assertThat(found)
        .containsEntry("bytes_per_second", 30_000.0)
        .containsEntry("pkt_size_skew", 0.0)
        .containsEntry("pkt_size_kurtosis", 0.0)
        .containsEntry("burst_count", 1.0)
        .containsEntry("burst_bytes_ratio", 0.5)
        .containsEntry("mean_iat", 0.01);
  }

  @Test
  void compute_threePackets_hasSkewWithoutKurtosis() {
    Map<String, Double> found = compute(series(START, 100, START + 1, 100, START + 2, 400));

    assertThat(found.get("pkt_size_skew")).isCloseTo(Math.sqrt(3.0), within(1e-12));
    assertThat(found).containsEntry("pkt_size_kurtosis", 0.0);
  }

  @Test
  void compute_equalTimesAndSizes_isFinite() {
    Map<String, Double> found = compute(series(START, 60, START, 60, START, 60, START, 60));

    assertThat(found)
        .containsEntry("bytes_per_second", 0.0)
        .containsEntry("std_pkt_size", 0.0)
        .containsEntry("pkt_size_kurtosis", 0.0)
        .containsEntry("cv_iat", 0.0)
        .containsEntry("burst_count", 1.0)
        .containsEntry("max_burst_packets", 3.0);
    assertThat(found.values()).allMatch(Double::isFinite);
  }

  @Test
  void compute_regularGaps_haveExactlyNoDeviation() {
    PacketSeries series = new PacketSeries();
    for (int i = 0; i < 1_000; i++) {
      series.add(START + i * 10_000_000L, 100 + i % 3, 0, Direction.UP, false, false);
    }

    assertThat(compute(series)).containsEntry("std_iat", 0.0).containsEntry("mean_iat", 0.01);
  }

  @Test
  void compute_gapOfThirtyMilliseconds_endsTheBurst() {
    Map<String, Double> found =
        compute(
            series(
                START, 90, START + 29_999_999, 90, START + 59_999_999, 90, START + 60_000_000, 90));

    assertThat(found)
        .containsEntry("burst_count", 2.0)
        .containsEntry("mean_burst_packets", 1.0)
        .containsEntry("std_burst_packets", 0.0);
  }

  @Test
  void compute_framesAbove1500_countAsOneSizeInTheEntropy() {
    Map<String, Double> found =
        compute(series(START, 1500, START + 1, 1514, START + 2, 9000, START + 3, 60));

    double expected = -(0.75 * log2(0.75 + 1e-10) + 0.25 * log2(0.25 + 1e-10));
    assertThat(found.get("entropy_pkt_sizes")).isCloseTo(expected, within(1e-12));
  }

  @Test
  void compute_offset_writesNothingElse() {
    double[] out = new double[ReferenceStatistics.DEFINITIONS.size() + 4];
    Arrays.fill(out, 7.0);

    statistics.compute(series(START, 100, START + 5, 900), out, 2);

    assertThat(out[0]).isEqualTo(7.0);
    assertThat(out[1]).isEqualTo(7.0);
    assertThat(out[2]).isNotEqualTo(7.0);
    assertThat(out[out.length - 2]).isEqualTo(7.0);
    assertThat(out[out.length - 1]).isEqualTo(7.0);
  }

  @Test
  void compute_windowOfSizeSeenBefore_allocatesLessThanAByteAPacket() {
    PacketSeries series = new PacketSeries();
    Random random = new Random(5);
    long ts = START;
    for (int i = 0; i < 2_000; i++) {
      series.add(ts, size(random), 40, Direction.DOWN, true, false);
      ts += gap(random);
    }
    double[] out = new double[ReferenceStatistics.DEFINITIONS.size()];
    for (int i = 0; i < 200; i++) {
      statistics.compute(series, out, 0);
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 200; i++) {
      statistics.compute(series, out, 0);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(allocated).as("bytes over 200 windows of 2,000 packets").isLessThan(400_000);
  }

  private static int size(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> 66;
      case 1 -> 1514;
      case 2 -> 60 + random.nextInt(1455);
      default -> 60 + random.nextInt(9000);
    };
  }

  private static long gap(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> 0L;
      case 1 -> random.nextInt(100_000);
      case 2 -> random.nextInt(40_000_000);
      default -> random.nextInt(2_000_000_000);
    };
  }

  private static PacketSeries series(long... timesAndSizes) {
    PacketSeries series = new PacketSeries(1);
    for (int i = 0; i < timesAndSizes.length; i += 2) {
      series.add(timesAndSizes[i], (int) timesAndSizes[i + 1], 0, Direction.DOWN, false, false);
    }
    return series;
  }

  private Map<String, Double> compute(PacketSeries series) {
    double[] out = new double[ReferenceStatistics.DEFINITIONS.size()];
    statistics.compute(series, out, 0);
    Map<String, Double> map = new LinkedHashMap<>();
    for (int i = 0; i < out.length; i++) {
      map.put(ReferenceStatistics.DEFINITIONS.get(i).name(), out[i]);
    }
    return map;
  }

  private void assertAgrees(PacketSeries series) {
    Map<String, Double> expected = expected(series);
    Map<String, Double> found = compute(series);
    assertThat(found.keySet()).containsExactlyElementsOf(expected.keySet());
    expected.forEach(
        (name, value) ->
            assertThat(found.get(name))
                .as("%s of %d packets", name, series.size())
                .isCloseTo(value, within(1e-9 * Math.max(Math.abs(value), 1e-3))));
  }

  private static Offset<Double> within(double tolerance) {
    return Offset.offset(tolerance);
  }

  // The definitions once more, slowly, in 60 decimal digits.

  private static Map<String, Double> expected(PacketSeries series) {
    int n = series.size();
    List<BigDecimal> sizes = new ArrayList<>();
    List<BigDecimal> gaps = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      sizes.add(BigDecimal.valueOf(series.frameBytes(i)));
      if (i > 0) {
        gaps.add(BigDecimal.valueOf(series.tsNanos(i) - series.tsNanos(i - 1)).movePointLeft(9));
      }
    }
    double bytes = sum(sizes).doubleValue();
    double seconds = sum(gaps).doubleValue();
    Map<String, Double> map = new LinkedHashMap<>();
    map.put("bytes_per_second", seconds > 0 ? bytes / seconds : 0.0);
    map.put("packets_per_second", seconds > 0 ? n / seconds : 0.0);
    map.put("bytes_total", bytes);
    map.put("mean_pkt_size", mean(sizes).doubleValue());
    map.put("std_pkt_size", deviation(sizes));
    map.put("min_pkt_size", percentile(sizes, 0));
    map.put("max_pkt_size", percentile(sizes, 100));
    for (int q : new int[] {10, 25, 50, 75, 90, 95}) {
      map.put("p" + q + "_pkt_size", percentile(sizes, q));
    }
    map.put("large_pkt_ratio", share(sizes, 1001, Integer.MAX_VALUE));
    map.put("small_pkt_ratio", share(sizes, 0, 99));
    map.put("medium_pkt_ratio", share(sizes, 100, 1000));
    map.put("pkt_size_range", percentile(sizes, 100) - percentile(sizes, 0));
    map.put("pkt_size_iqr", percentile(sizes, 75) - percentile(sizes, 25));
    map.put("pkt_size_skew", skew(sizes));
    map.put("pkt_size_kurtosis", kurtosis(sizes));
    boolean some = !gaps.isEmpty();
    double meanGap = some ? mean(gaps).doubleValue() : 0.0;
    map.put("mean_iat", meanGap);
    map.put("std_iat", some ? deviation(gaps) : 0.0);
    map.put("min_iat", some ? percentile(gaps, 0) : 0.0);
    map.put("max_iat", some ? percentile(gaps, 100) : 0.0);
    map.put("p10_iat", some ? percentile(gaps, 10) : 0.0);
    map.put("p50_iat", some ? percentile(gaps, 50) : 0.0);
    map.put("p90_iat", some ? percentile(gaps, 90) : 0.0);
    map.put("cv_iat", meanGap > 0 ? deviation(gaps) / meanGap : 0.0);
    map.put("iat_range", some ? percentile(gaps, 100) - percentile(gaps, 0) : 0.0);
    List<BigDecimal> bursts = bursts(gaps);
    map.put("burst_count", (double) bursts.size());
    map.put("mean_burst_packets", bursts.isEmpty() ? 0.0 : mean(bursts).doubleValue());
    map.put("max_burst_packets", bursts.isEmpty() ? 0.0 : percentile(bursts, 100));
    map.put("std_burst_packets", bursts.size() < 2 ? 0.0 : deviation(bursts));
    map.put("burst_bytes_ratio", sum(bursts).doubleValue() / n);
    map.put("entropy_pkt_sizes", entropy(sizes));
    map.put("bytes_per_packet", bytes / n);
    map.put("iat_per_byte", seconds / bytes);
    return map;
  }

  private static List<BigDecimal> bursts(List<BigDecimal> gaps) {
    List<BigDecimal> bursts = new ArrayList<>();
    int run = 0;
    for (BigDecimal gap : gaps) {
      if (gap.compareTo(new BigDecimal("0.03")) < 0) {
        run++;
      } else {
        if (run > 0) {
          bursts.add(BigDecimal.valueOf(run));
        }
        run = 0;
      }
    }
    if (run > 0) {
      bursts.add(BigDecimal.valueOf(run));
    }
    return bursts;
  }

  private static BigDecimal sum(List<BigDecimal> values) {
    return values.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static BigDecimal mean(List<BigDecimal> values) {
    return sum(values).divide(BigDecimal.valueOf(values.size()), EXACT);
  }

  private static BigDecimal powers(List<BigDecimal> values, int power) {
    BigDecimal mean = mean(values);
    BigDecimal sum = BigDecimal.ZERO;
    for (BigDecimal value : values) {
      sum = sum.add(value.subtract(mean).pow(power, EXACT), EXACT);
    }
    return sum;
  }

  private static double deviation(List<BigDecimal> values) {
    BigDecimal variance = powers(values, 2).divide(BigDecimal.valueOf(values.size()), EXACT);
    return variance.sqrt(EXACT).doubleValue();
  }

  private static double skew(List<BigDecimal> values) {
    int n = values.size();
    if (n < 3 || powers(values, 2).signum() == 0) {
      return 0.0;
    }
    double m2 = powers(values, 2).doubleValue() / n;
    double m3 = powers(values, 3).doubleValue() / n;
    return Math.sqrt(n * (n - 1.0)) / (n - 2.0) * m3 / Math.pow(m2, 1.5);
  }

  private static double kurtosis(List<BigDecimal> values) {
    double n = values.size();
    if (n < 4 || powers(values, 2).signum() == 0) {
      return 0.0;
    }
    double s2 = powers(values, 2).doubleValue();
    double s4 = powers(values, 4).doubleValue();
    return n * (n + 1) * (n - 1) * s4 / ((n - 2) * (n - 3) * s2 * s2)
        - 3 * (n - 1) * (n - 1) / ((n - 2) * (n - 3));
  }

  private static double percentile(List<BigDecimal> values, int percent) {
    List<BigDecimal> sorted = values.stream().sorted().toList();
    BigDecimal rank =
        BigDecimal.valueOf(sorted.size() - 1L)
            .multiply(BigDecimal.valueOf(percent))
            .movePointLeft(2);
    int below = rank.intValue();
    int above = Math.min(below + 1, sorted.size() - 1);
    BigDecimal part = rank.subtract(BigDecimal.valueOf(below));
    BigDecimal step = sorted.get(above).subtract(sorted.get(below)).multiply(part);
    return sorted.get(below).add(step).doubleValue();
  }

  private static double share(List<BigDecimal> sizes, int least, int largest) {
    long count =
        sizes.stream().filter(s -> s.intValue() >= least && s.intValue() <= largest).count();
    return count / (double) sizes.size();
  }

  private static double entropy(List<BigDecimal> sizes) {
    Map<Integer, Integer> counts = new HashMap<>();
    sizes.forEach(s -> counts.merge(Math.min(s.intValue(), 1500), 1, Integer::sum));
    double sum = 0.0;
    for (int count : counts.values()) {
      double p = count / (double) sizes.size();
      sum -= p * log2(p + 1e-10);
    }
    return sum;
  }

  private static double log2(double x) {
    return Math.log(x) / Math.log(2.0);
  }
}
