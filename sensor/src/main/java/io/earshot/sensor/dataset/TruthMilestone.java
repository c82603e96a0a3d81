package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import io.earshot.models.train.Stage;
import java.util.Set;

/**
 * A moment at which a stream has shown so much that its verdict is judged.
 *
 * @param stage how much it has shown
 * @param client address of the listener as documents write it
 * @param nanos when, nanoseconds since the epoch
 * @param label true class at that moment
 * @param acceptable labels that stand for the same file, the true one among them
 */
public record TruthMilestone(
    Stage stage, String client, long nanos, QualityClass label, Set<QualityClass> acceptable) {

  public TruthMilestone {
    acceptable = Set.copyOf(acceptable);
  }
}
