package io.earshot.sensor.document;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.earshot.sensor.document.Spotify.Cdn;
import io.earshot.sensor.document.Spotify.Model;
import io.earshot.sensor.document.Spotify.NetworkHealth;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The document of one ended stream, in {@code logs-earshot.stream-*}: the majority verdict and how
 * the verdict went.
 *
 * @param timestamp end of the stream
 * @param ecs the schema that the names follow
 * @param dataStream where the document goes
 * @param event when and what
 * @param observer the sensor
 * @param client the listener's end
 * @param server the service's end of the flow that carried most bytes
 * @param network the traffic as a whole
 * @param tls what the hello asked for, absent without one
 * @param related all addresses and names
 * @param labels the operator's own words, absent without any
 * @param spotify the verdict and what it rests on
 */
public record StreamDocument(
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
   * {@code spotify.*} of an ended stream.
   *
   * @param stream which stream
   * @param quality the majority verdict
   * @param windows how many windows had which label
   * @param evolution runs of windows with the same label, in order of time; the producer bounds
   *     their number
   * @param identification why the traffic is held to be Spotify's
   * @param cdn who delivers, absent where nothing tells it
   * @param network how the network did
   * @param capture how far the capture can be trusted
   * @param model the model that gave the verdict, absent when it was never asked
   */
  public record Fields(
      Spotify.Stream stream,
      Spotify.Quality quality,
      Spotify.WindowTally windows,
      List<Spotify.Phase> evolution,
      Spotify.Identification identification,
      @Nullable Cdn cdn,
      @Nullable NetworkHealth network,
      Spotify.Capture capture,
      @Nullable Model model) {
    public Fields {
      evolution = List.copyOf(evolution);
    }
  }
}
