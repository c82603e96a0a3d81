package io.earshot.models.feature;

import java.util.List;

/**
 * What a stream has shown up to the end of a window: the input of feature group C.
 *
 * <p>Times are seconds since the start of the stream. Immutable.
 *
 * @param elapsedSeconds time since the first packet of the stream
 * @param sinceAudioSeconds time since the last audio byte, {@code elapsedSeconds} where there was
 *     none
 * @param audioBytes audio payload bytes received so far, each byte once
 * @param recentAudioBytes audio payload bytes received in the last {@value #RECENT_SECONDS} seconds
 * @param objects the last completed audio objects, oldest first, at most {@value #MAX_OBJECTS}
 * @param objectsTotal completed audio objects so far
 * @param openObjectBytes bytes of the object that is still arriving, 0 where there is none
 * @param trackChanges times of the last track changes, oldest first, at most {@value #MAX_CHANGES}
 */
public record StreamContext(
    double elapsedSeconds,
    double sinceAudioSeconds,
    long audioBytes,
    long recentAudioBytes,
    List<FetchedObject> objects,
    int objectsTotal,
    long openObjectBytes,
    List<Double> trackChanges) {
  /** Objects kept as evidence; older ones are forgotten. */
  public static final int MAX_OBJECTS = 16;

  /** Track changes kept as evidence. */
  public static final int MAX_CHANGES = 16;

  /** Span of {@link #recentAudioBytes}, seconds. */
  public static final int RECENT_SECONDS = 60;

  public StreamContext {
    objects = List.copyOf(objects);
    trackChanges = List.copyOf(trackChanges);
    if (objects.size() > MAX_OBJECTS || trackChanges.size() > MAX_CHANGES) {
      throw new IllegalArgumentException("more evidence than is kept");
    }
  }
}
