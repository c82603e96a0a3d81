package io.earshot.sensor.document;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The document of an episode of low quality that was opened or closed, in {@code
 * logs-earshot.alert-*}: one when it opens, one when it closes.
 *
 * @param timestamp when it was opened or closed
 * @param ecs the schema that the names follow
 * @param dataStream where the document goes
 * @param event when and what; from the first low window to the opening or the closing
 * @param observer the sensor
 * @param client the listener's end, absent where a site is meant
 * @param related its address, absent where a site is meant
 * @param labels the operator's own words, absent without any
 * @param spotify what is wrong, and how much
 */
public record AlertDocument(
    @JsonProperty("@timestamp") Instant timestamp,
    Ecs.Version ecs,
    Ecs.DataStream dataStream,
    Ecs.Event event,
    Ecs.Observer observer,
    Ecs.@Nullable Client client,
    Ecs.@Nullable Related related,
    Ecs.@Nullable Labels labels,
    Fields spotify)
    implements Document {

  /**
   * {@code spotify.*} of an alert.
   *
   * @param stream which stream, absent where a site is meant
   * @param quality the verdict at that time, absent where a site is meant
   * @param alert the episode
   */
  public record Fields(
      Spotify.@Nullable Stream stream, Spotify.@Nullable Quality quality, Spotify.Alert alert) {}
}
