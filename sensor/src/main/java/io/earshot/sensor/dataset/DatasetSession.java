package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One labelled capture.
 *
 * @param file the capture
 * @param session what was played in one go
 * @param link access link or its profile; the file's own where none is given
 * @param profile kind of client, {@code real} where none is given
 * @param label what was playing for most of the time, null for {@code unknown}
 * @param acceptable labels that count as right for the whole capture; empty where only {@code
 *     unknown} does
 * @param timeline what was playing at which second; null where the label holds throughout
 */
public record DatasetSession(
    Path file,
    String session,
    String link,
    String profile,
    @Nullable QualityClass label,
    Set<QualityClass> acceptable,
    @Nullable Timeline timeline) {

  public DatasetSession {
    acceptable = Set.copyOf(acceptable);
  }
}
