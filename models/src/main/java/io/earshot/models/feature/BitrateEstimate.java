package io.earshot.models.feature;

import org.jspecify.annotations.Nullable;

/**
 * The nominal bitrate that the sizes and times of a stream's objects make likeliest.
 *
 * <p>It stands beside the model's class and does not come from the model: 96 kbit/s are {@code low}
 * and {@code normal} on a desktop client, and a class of the web player is another bitrate than the
 * same class of a native client. Lossless has no nominal bitrate, and where the likeliest one is
 * not {@link #SURE} there is none.
 *
 * <p>Thread-safe, without state.
 */
public final class BitrateEstimate {
  /** Least probability with which a bitrate is named. */
  public static final double SURE = 0.8;

  private static final int FIRST =
      FeatureSchema.standard().indexOf("posterior_" + RateEvidence.RATES[0] + "_log2");

  private static final double SURE_LOG2 = Math.log(SURE) / Math.log(2.0);

  private BitrateEstimate() {}

  /**
   * The bitrate that a vector of the standard schema tells of.
   *
   * @return kbit/s, or null where no bitrate is likely enough
   */
  public static @Nullable Integer kbps(double[] features) {
    for (int rate = 0; rate < RateEvidence.RATES.length - 1; rate++) {
      double log2 = features[FIRST + rate];
      if (log2 >= SURE_LOG2 && log2 <= 0.0) {
        return RateEvidence.RATES[rate];
      }
    }
    return null;
  }
}
