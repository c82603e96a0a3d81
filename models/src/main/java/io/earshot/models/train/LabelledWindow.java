package io.earshot.models.train;

import io.earshot.models.QualityClass;

/**
 * One row of a training set: a window's vector and the quality that was truly playing.
 *
 * @param session what was played in one go; never on both sides of a split
 * @param link the access link or its profile; never on both sides of a split either
 * @param profile kind of client, for the tables
 * @param label the true class, from the session's state and not from its bytes
 * @param features in the order of the schema, owned by this record from here on
 * @param weight above 0; 1 where windows count the same
 */
@SuppressWarnings("ArrayRecordComponent") // hundreds of thousands of rows: boxed they do not fit
public record LabelledWindow(
    String session,
    String link,
    String profile,
    QualityClass label,
    double[] features,
    double weight) {
  public LabelledWindow {
    if (!(weight > 0.0) || !Double.isFinite(weight)) {
      throw new IllegalArgumentException("weight must be above 0, is " + weight);
    }
  }
}
