package io.earshot.sensor.document;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.earshot.sensor.document.Spotify.Cdn;
import io.earshot.sensor.document.Spotify.Model;
import io.earshot.sensor.document.Spotify.NetworkHealth;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The document of one stream and window, in {@code logs-earshot.window-*}.
 *
 * @param timestamp end of the window
 * @param ecs the schema that the names follow
 * @param dataStream where the document goes
 * @param event when and what
 * @param observer the sensor
 * @param client the listener's end
 * @param server the service's end of the flow that carried most bytes, absent when the window had
 *     no packet
 * @param network the traffic as a whole
 * @param tls what the hello asked for, absent without one
 * @param related all addresses and names
 * @param labels the operator's own words, absent without any
 * @param spotify the verdict and what it rests on
 */
public record QualityDocument(
    @JsonProperty("@timestamp") Instant timestamp,
    Ecs.Version ecs,
    Ecs.DataStream dataStream,
    Ecs.Event event,
    Ecs.Observer observer,
    Ecs.Client client,
    Ecs.@Nullable Server server,
    Ecs.Network network,
    Ecs.@Nullable Tls tls,
    Ecs.Related related,
    Ecs.@Nullable Labels labels,
    Fields spotify)
    implements Document {

  /**
   * {@code spotify.*} of a window.
   *
   * @param stream which stream
   * @param quality the verdict
   * @param window what was seen
   * @param identification why the traffic is held to be Spotify's
   * @param cdn who delivers, absent where nothing tells it
   * @param network how the network did
   * @param capture how far the capture can be trusted
   * @param model the model that gave the verdict, absent when it was not asked
   * @param explanation the features that weighed most, heaviest first, absent unless asked for
   */
  public record Fields(
      Spotify.Stream stream,
      Spotify.Quality quality,
      Spotify.Window window,
      Spotify.Identification identification,
      @Nullable Cdn cdn,
      @Nullable NetworkHealth network,
      Spotify.Capture capture,
      @Nullable Model model,
      @Nullable List<Spotify.Explanation> explanation) {
    public Fields {
      explanation = explanation == null || explanation.isEmpty() ? null : List.copyOf(explanation);
    }
  }
}
