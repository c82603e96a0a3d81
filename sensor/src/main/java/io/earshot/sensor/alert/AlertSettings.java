package io.earshot.sensor.alert;

import java.time.Duration;

/**
 * When an episode begins and ends. What opens and what closes lie apart, so that a stream on the
 * edge does not ring once a minute.
 *
 * @param openAfter a stream's episode is opened after so much answered time that was low
 * @param closeAfter and closed after so much answered time in a row that was better
 * @param giveUpAfter or after so much time in a row without an answer
 * @param siteMemory a site is judged by the last answer of each stream within this time
 * @param siteStreams fewer answering streams than these say nothing about a site
 * @param siteOpensAt a site's episode is opened when this share of its streams is low, 0 to 1
 * @param siteClosesAt and closed when no more than this share is
 * @param trustedLoss windows whose capture lost more than this share are not evidence, 0 to 1
 * @param maxStreams streams remembered at once; beyond it the longest silent one is forgotten
 */
public record AlertSettings(
    Duration openAfter,
    Duration closeAfter,
    Duration giveUpAfter,
    Duration siteMemory,
    int siteStreams,
    double siteOpensAt,
    double siteClosesAt,
    double trustedLoss,
    int maxStreams) {
  /** What holds where nobody asked for something else. */
  public static final AlertSettings DEFAULT =
      new AlertSettings(
          Duration.ofMinutes(2),
          Duration.ofMinutes(2),
          Duration.ofMinutes(15),
          Duration.ofMinutes(5),
          5,
          0.4,
          0.2,
          0.01,
          100_000);

  public AlertSettings {
    if (openAfter.isNegative() || closeAfter.isNegative() || giveUpAfter.isNegative()) {
      throw new IllegalArgumentException("times of alerts must not be negative");
    }
    if (!(siteClosesAt >= 0 && siteClosesAt < siteOpensAt && siteOpensAt <= 1)) {
      throw new IllegalArgumentException(
          "a site's episode must close below the share at which it opens: %s is not below %s"
              .formatted(siteClosesAt, siteOpensAt));
    }
    if (siteStreams < 1 || maxStreams < 1) {
      throw new IllegalArgumentException("counts of streams must be 1 or more");
    }
  }
}
