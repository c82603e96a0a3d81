package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is true about a labelled capture.
 *
 * @param session what was played in one go
 * @param link access link or its profile
 * @param profile kind of client
 * @param label what was playing for most of the time, null for {@code unknown}
 * @param acceptable labels that count as right for the whole capture; empty where only {@code
 *     unknown} does
 * @param timeline what was playing at which time
 * @param milestones when the stream had shown how much, null where that is not written down
 */
public record CaptureTruth(
    String session,
    String link,
    String profile,
    @Nullable QualityClass label,
    Set<QualityClass> acceptable,
    TruthTimeline timeline,
    @Nullable List<TruthMilestone> milestones) {

  public CaptureTruth {
    acceptable = Set.copyOf(acceptable);
    milestones = milestones == null ? null : List.copyOf(milestones);
  }
}
