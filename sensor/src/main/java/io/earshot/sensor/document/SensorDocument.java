package io.earshot.sensor.document;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sensor's figures about itself, in {@code metrics-earshot.sensor-*}; all counts are since the
 * start of the sensor.
 *
 * @param timestamp time of the report
 * @param ecs the schema that the names follow
 * @param dataStream where the document goes
 * @param event when and what; from the start of the sensor to the report
 * @param observer the sensor
 * @param labels the operator's own words, absent without any
 * @param earshot the figures
 */
public record SensorDocument(
    @JsonProperty("@timestamp") Instant timestamp,
    Ecs.Version ecs,
    Ecs.DataStream dataStream,
    Ecs.Event event,
    Ecs.Observer observer,
    Ecs.@Nullable Labels labels,
    Fields earshot)
    implements Document {

  /**
   * {@code earshot.*}
   *
   * @param capture frames in
   * @param flows flows and what became of them
   * @param windows windows and what became of them
   * @param documents documents and what became of them
   * @param model the model and how far what it sees is from its training
   */
  public record Fields(
      Capture capture, Flows flows, Windows windows, Documents documents, Model model) {}

  /**
   * {@code earshot.capture.*}; {@code frames_received = decoded + skipped + weird}.
   *
   * @param framesReceived frames that the source handed over
   * @param bytesReceived bytes of those frames on the wire
   * @param kernelDropped frames that the kernel or the interface dropped
   * @param decoded frames whose innermost packet was read
   * @param skipped frames that are well-formed but of no interest
   * @param weird frames that are not well-formed
   * @param ringDropped packets of Spotify that found no room on the way to the analysis
   * @param weirds the frames that are not well-formed, by name
   * @param weirdKinds names of those that came since the report before
   */
  public record Capture(
      long framesReceived,
      long bytesReceived,
      long kernelDropped,
      long decoded,
      long skipped,
      long weird,
      long ringDropped,
      List<Weird> weirds,
      List<String> weirdKinds) {
    public Capture {
      weirds = List.copyOf(weirds);
      weirdKinds = List.copyOf(weirdKinds);
    }
  }

  /**
   * {@code earshot.capture.weirds}
   *
   * @param name what is wrong with the frames, for example {@code truncated_tcp}
   * @param frames how many there were
   */
  public record Weird(String name, long frames) {}

  /**
   * {@code earshot.flows.*}
   *
   * @param tracked flows that were tracked
   * @param active flows that are tracked now
   * @param spotify flows that were identified as Spotify's
   * @param evicted flows that had to make room
   */
  public record Flows(long tracked, long active, long spotify, long evicted) {}

  /**
   * {@code earshot.windows.*}; {@code closed = classified + unknown + dropped}.
   *
   * @param closed windows that ended
   * @param classified windows with a class
   * @param unknown windows with an honest unknown
   * @param dropped windows that were given up
   * @param activeStreams streams that are followed now
   */
  public record Windows(
      long closed, long classified, long unknown, long dropped, long activeStreams) {}

  /**
   * {@code earshot.documents.*}; {@code made + recovered = delivered + spooled + dead_lettered +
   * dropped}.
   *
   * @param made documents that were made
   * @param delivered documents that are indexed
   * @param duplicates of those, how many were there already
   * @param spooled documents that wait
   * @param deadLettered documents that Elasticsearch refused for good
   * @param dropped documents that were given up
   * @param recovered documents that an earlier run had left
   * @param lagS age of the oldest document that waits, 0 where none does
   */
  public record Documents(
      long made,
      long delivered,
      long duplicates,
      long spooled,
      long deadLettered,
      long dropped,
      long recovered,
      double lagS) {}

  /**
   * {@code earshot.model.*}
   *
   * @param name name of the model that is asked
   * @param version version of its bundle
   * @param vectors vectors it was asked about since it became active
   * @param driftedFeatures features whose distribution is another one than in its training
   *     (population stability index of 0.25 and more)
   * @param worstDrift largest population stability index of a feature, absent while too few streams
   *     were seen
   * @param drift every feature's drift, the most drifted first, empty while too few streams were
   *     seen
   * @param drifted names of the drifted features
   */
  public record Model(
      String name,
      String version,
      long vectors,
      long driftedFeatures,
      @Nullable Double worstDrift,
      List<Drift> drift,
      List<String> drifted) {
    public Model {
      drift = List.copyOf(drift);
      drifted = List.copyOf(drifted);
    }
  }

  /**
   * {@code earshot.model.drift}
   *
   * @param feature name of the feature
   * @param stabilityIndex population stability index of what was seen against the training, 0 and
   *     more
   */
  public record Drift(String feature, double stabilityIndex) {}
}
