package io.earshot.models.feature;

import java.util.Arrays;
import java.util.List;

/**
 * Group A: the 37 in-window statistics of the original offline classifier.
 *
 * <p>Conventions are those of numpy and pandas: percentiles interpolate linearly, standard
 * deviations are those of the population, skew and excess kurtosis are corrected for bias. All
 * packets of the window count, whatever their direction or role. Times are differences of integer
 * nanoseconds; sums of sizes and gaps are exact, sums of powers compensated, so that the results
 * agree with exact arithmetic to 1e-9 relative.
 *
 * <p>What is not defined is 0: everything for an empty window, rates where the first and last
 * packet have the same time, all gap statistics below two packets, skew below three, kurtosis below
 * four, both of constant sizes. No result is ever NaN or infinite.
 *
 * <p>Scratch arrays grow to the largest window seen and are reused; what is left is the JDK's sort,
 * which allocates a pair of pivots per partition: less than a byte per packet. Owner: one thread.
 */
public final class ReferenceStatistics {
  /** Gaps shorter than this join packets into a burst. */
  private static final long BURST_GAP_NANOS = 30_000_000L;

  /** Larger frames count as this size in the entropy. */
  private static final int ENTROPY_CAP_BYTES = 1500;

  private static final double LOG_GUARD = 1e-10;
  private static final double NANOS = 1e9;
  private static final double INVERSE_LN2 = 1.0 / Math.log(2.0);

  /** The 37 statistics in the order in which {@link #compute} writes them. */
  public static final List<FeatureDefinition> DEFINITIONS =
      List.of(
          of("bytes_per_second", "B/s", "frame bytes over the time from first to last packet"),
          of("packets_per_second", "1/s", "packets over the time from first to last packet"),
          of("bytes_total", "B", "sum of all frame lengths"),
          of("mean_pkt_size", "B", "mean frame length"),
          of("std_pkt_size", "B", "population standard deviation of frame lengths"),
          of("min_pkt_size", "B", "smallest frame"),
          of("max_pkt_size", "B", "largest frame"),
          of("p10_pkt_size", "B", "10th percentile of frame lengths."),
          of("p25_pkt_size", "B", "25th percentile of frame lengths."),
          of("p50_pkt_size", "B", "median frame length"),
          of("p75_pkt_size", "B", "75th percentile of frame lengths."),
          of("p90_pkt_size", "B", "90th percentile of frame lengths."),
          of("p95_pkt_size", "B", "95th percentile of frame lengths."),
          of("large_pkt_ratio", "1", "share of frames longer than 1000 B"),
          of("small_pkt_ratio", "1", "share of frames shorter than 100 B"),
          of("medium_pkt_ratio", "1", "share of frames of 100 to 1000 B"),
          of("pkt_size_range", "B", "largest minus smallest frame"),
          of("pkt_size_iqr", "B", "75th minus 25th percentile of frame lengths."),
          of("pkt_size_skew", "1", "skewness of frame lengths, corrected for bias"),
          of("pkt_size_kurtosis", "1", "excess kurtosis of frame lengths, corrected for bias"),
          of("mean_iat", "s", "mean gap between consecutive packets"),
          of("std_iat", "s", "population standard deviation of the gaps"),
          of("min_iat", "s", "shortest gap"),
          of("max_iat", "s", "longest gap"),
          of("p10_iat", "s", "10th percentile of the gaps."),
          of("p50_iat", "s", "median gap"),
          of("p90_iat", "s", "90th percentile of the gaps."),
          of("cv_iat", "1", "standard deviation of the gaps over their mean"),
          of("iat_range", "s", "longest minus shortest gap"),
          of("burst_count", "1", "runs of gaps below 30 ms"),
          of("mean_burst_packets", "1", "mean number of gaps below 30 ms in a run"),
          of("max_burst_packets", "1", "most gaps below 30 ms in one run"),
          of("std_burst_packets", "1", "population standard deviation over the runs"),
          of("burst_bytes_ratio", "1", "share of the bytes in runs, taking every frame as average"),
          of("entropy_pkt_sizes", "bit", "entropy of frame lengths, those above 1500 B as 1500 B"),
          of("bytes_per_packet", "B", "bytes over packets"),
          of("iat_per_byte", "s/B", "sum of the gaps over the bytes"));

  private int[] sizes = new int[256];
  private long[] gaps = new long[256];
  private final CompensatedSum squares = new CompensatedSum();
  private final CompensatedSum cubes = new CompensatedSum();
  private final CompensatedSum fourths = new CompensatedSum();

  private static FeatureDefinition of(String name, String unit, String meaning) {
    return new FeatureDefinition(name, unit, meaning, FeatureGroup.REFERENCE);
  }

  /**
   * Writes the statistics of a window to {@code out[offset]} and the 36 places after it.
   *
   * @param window packets in order of time
   */
  public void compute(PacketSeries window, double[] out, int offset) {
    Arrays.fill(out, offset, offset + DEFINITIONS.size(), 0.0);
    int n = window.size();
    if (n == 0) {
      return;
    }
    if (sizes.length < n) {
      int capacity = Math.max(n, sizes.length * 2);
      sizes = new int[capacity];
      gaps = new long[capacity];
    }
    long bytes = 0;
    for (int i = 0; i < n; i++) {
      sizes[i] = window.frameBytes(i);
      bytes += sizes[i];
    }
    Arrays.sort(sizes, 0, n);
    double mean = bytes / (double) n;
    writeRates(window, bytes, out, offset);
    int o = offset + 3;
    o = writeSizes(n, mean, out, o);
    o = writeGaps(window, out, o);
    o = writeBursts(window, mean, bytes, out, o);
    out[o++] = entropyBits(n);
    out[o++] = mean;
    out[o] =
        bytes == 0 ? 0.0 : (window.tsNanos(n - 1) - window.tsNanos(0)) / NANOS / (double) bytes;
  }

  private static void writeRates(PacketSeries window, long bytes, double[] out, int offset) {
    int n = window.size();
    double seconds = (window.tsNanos(n - 1) - window.tsNanos(0)) / NANOS;
    if (seconds > 0.0) {
      out[offset] = bytes / seconds;
      out[offset + 1] = n / seconds;
    }
    out[offset + 2] = bytes;
  }

  private int writeSizes(int n, double mean, double[] out, int offset) {
    int o = offset;
    double p25 = percentile(sizes, n, 25);
    double p75 = percentile(sizes, n, 75);
    int small = 0;
    int large = 0;
    CompensatedSum s2 = squares;
    CompensatedSum s3 = cubes;
    CompensatedSum s4 = fourths;
    s2.reset();
    s3.reset();
    s4.reset();
    for (int i = 0; i < n; i++) {
      int size = sizes[i];
      if (size < 100) {
        small++;
      } else if (size > 1000) {
        large++;
      }
      double d = size - mean;
      double d2 = d * d;
      s2.add(d2);
      s3.add(d2 * d);
      s4.add(d2 * d2);
    }
    out[o++] = mean;
    out[o++] = Math.sqrt(s2.value() / n);
    out[o++] = sizes[0];
    out[o++] = sizes[n - 1];
    out[o++] = percentile(sizes, n, 10);
    out[o++] = p25;
    out[o++] = percentile(sizes, n, 50);
    out[o++] = p75;
    out[o++] = percentile(sizes, n, 90);
    out[o++] = percentile(sizes, n, 95);
    out[o++] = large / (double) n;
    out[o++] = small / (double) n;
    out[o++] = (n - large - small) / (double) n;
    out[o++] = sizes[n - 1] - sizes[0];
    out[o++] = p75 - p25;
    out[o++] = skew(n, s2.value(), s3.value());
    out[o++] = excessKurtosis(n, s2.value(), s4.value());
    return o;
  }

  private int writeGaps(PacketSeries window, double[] out, int offset) {
    int o = offset;
    int n = window.size() - 1;
    if (n < 1) {
      return o + 9;
    }
    for (int i = 0; i < n; i++) {
      gaps[i] = window.tsNanos(i + 1) - window.tsNanos(i);
    }
    Arrays.sort(gaps, 0, n);
    double mean = (window.tsNanos(n) - window.tsNanos(0)) / (double) n;
    CompensatedSum s2 = squares;
    s2.reset();
    for (int i = 0; i < n; i++) {
      double d = gaps[i] - mean;
      s2.add(d * d);
    }
    double std = Math.sqrt(s2.value() / n);
    out[o++] = mean / NANOS;
    out[o++] = std / NANOS;
    out[o++] = gaps[0] / NANOS;
    out[o++] = gaps[n - 1] / NANOS;
    out[o++] = percentile(gaps, n, 10) / NANOS;
    out[o++] = percentile(gaps, n, 50) / NANOS;
    out[o++] = percentile(gaps, n, 90) / NANOS;
    out[o++] = mean > 0.0 ? std / mean : 0.0;
    out[o++] = (gaps[n - 1] - gaps[0]) / NANOS;
    return o;
  }

  private static int writeBursts(
      PacketSeries window, double meanBytes, long bytes, double[] out, int offset) {
    int bursts = 0;
    long inBursts = 0;
    long squared = 0;
    int longest = 0;
    int run = 0;
    int n = window.size();
    for (int i = 1; i <= n; i++) {
      if (i < n && window.tsNanos(i) - window.tsNanos(i - 1) < BURST_GAP_NANOS) {
        run++;
      } else if (run > 0) {
        bursts++;
        inBursts += run;
        squared += (long) run * run;
        longest = Math.max(longest, run);
        run = 0;
      }
    }
    int o = offset;
    if (bursts > 0) {
      // n² · variance is an integer, so nothing cancels.
      double scaledVariance = (double) ((long) bursts * squared - inBursts * inBursts);
      out[o] = bursts;
      out[o + 1] = inBursts / (double) bursts;
      out[o + 2] = longest;
      out[o + 3] = Math.sqrt(scaledVariance) / bursts;
      out[o + 4] = bytes == 0 ? 0.0 : inBursts * meanBytes / bytes;
    }
    return o + 5;
  }

  /** Entropy over the runs of equal values in the sorted sizes. */
  private double entropyBits(int n) {
    CompensatedSum sum = squares;
    sum.reset();
    int start = 0;
    while (start < n) {
      int value = Math.min(sizes[start], ENTROPY_CAP_BYTES);
      int end = start + 1;
      while (end < n && Math.min(sizes[end], ENTROPY_CAP_BYTES) == value) {
        end++;
      }
      double p = (end - start) / (double) n;
      sum.add(-p * Math.log(p + LOG_GUARD) * INVERSE_LN2);
      start = end;
    }
    return sum.value();
  }

  private static double skew(int n, double s2, double s3) {
    if (n < 3 || s2 == 0.0) {
      return 0.0;
    }
    double m2 = s2 / n;
    double m3 = s3 / n;
    return Math.sqrt((double) n * (n - 1)) / (n - 2) * m3 / (m2 * Math.sqrt(m2));
  }

  private static double excessKurtosis(int n, double s2, double s4) {
    if (n < 4 || s2 == 0.0) {
      return 0.0;
    }
    double count = n;
    double below = (count - 2) * (count - 3);
    double first = count * (count + 1) * (count - 1) * s4 / (below * s2 * s2);
    return first - 3 * (count - 1) * (count - 1) / below;
  }

  private static double percentile(int[] sorted, int n, int percent) {
    double rank = (n - 1) * (double) percent / 100.0;
    int below = (int) rank;
    int above = Math.min(below + 1, n - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
  }

  private static double percentile(long[] sorted, int n, int percent) {
    double rank = (n - 1) * (double) percent / 100.0;
    int below = (int) rank;
    int above = Math.min(below + 1, n - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
  }

  /** Neumaier's compensated sum: the error does not grow with the number of terms. */
  private static final class CompensatedSum {
    private double sum;
    private double lost;

    void reset() {
      sum = 0.0;
      lost = 0.0;
    }

    void add(double term) {
      double next = sum + term;
      lost += Math.abs(sum) >= Math.abs(term) ? (sum - next) + term : (term - next) + sum;
      sum = next;
    }

    double value() {
      return sum + lost;
    }
  }
}
