package io.earshot.sensor.metrics;

import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.models.UnknownReason;
import io.earshot.models.classify.FeatureDrift;
import io.earshot.models.classify.ModelIdentity;
import io.earshot.sensor.alert.AlertStats;
import io.earshot.sensor.output.DeliveryStats;
import io.earshot.sensor.output.Webhook;
import io.earshot.sensor.pipeline.PipelineCounters;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a running sensor counts, taken at one moment. Immutable, crosses threads.
 *
 * <p>Each thread's part is consistent in itself; the parts are up to a second apart.
 *
 * @param started when the sensor was started
 * @param captures one per capture thread
 * @param analysis what the analysis thread counted
 * @param outputs one per way out
 * @param alerts what the alert engine did
 * @param webhook what became of posted alerts, null without one
 * @param reloads reloads that were taken over
 * @param reloadsRefused reloads with a configuration that cannot be used
 * @param places one per file of places
 */
public record SensorFigures(
    Instant started,
    List<Capture> captures,
    Analysis analysis,
    List<Output> outputs,
    AlertStats alerts,
    Webhook.@Nullable Stats webhook,
    long reloads,
    long reloadsRefused,
    List<PlaceFiles.Stats> places) {

  public SensorFigures {
    places = List.copyOf(places);
    captures = List.copyOf(captures);
    outputs = List.copyOf(outputs);
  }

  /**
   * One capture thread.
   *
   * @param interfaceName what it listens to
   * @param member its number among those that share the interface, from 0
   * @param sourceFrames frames that the source handed over
   * @param bytes bytes of those frames on the wire
   * @param kernelDropped frames that the kernel or the interface dropped
   * @param up false where the interface is down or without a link
   * @param reopened times that the interface was opened anew
   * @param samples packets of the service handed to the analysis
   * @param samplesDropped those of them that found no room in the ring
   * @param samplesWaiting those that wait in it
   * @param counters what became of the frames
   * @param activeFlows flows in the table
   */
  public record Capture(
      String interfaceName,
      int member,
      long sourceFrames,
      long bytes,
      long kernelDropped,
      boolean up,
      long reopened,
      long samples,
      long samplesDropped,
      long samplesWaiting,
      PipelineCounters counters,
      int activeFlows) {}

  /**
   * The analysis thread.
   *
   * @param samples packets taken from the rings
   * @param samplesLeftOut packets left out after a step of the clock
   * @param windowsClosed windows handed to the classifier
   * @param classified windows that were given a class
   * @param byLabel those of them by class
   * @param unknown windows that were answered unknown, by reason
   * @param lateSamples packets that came after their window was closed
   * @param refusedSamples packets of listeners beyond the bound
   * @param activeStreams streams that are followed now
   * @param streamsEnded streams that have ended
   * @param model the model that is asked
   * @param vectors vectors it was asked about since it became active
   * @param drift how far they are from its training, the most drifted feature first
   */
  public record Analysis(
      long samples,
      long samplesLeftOut,
      long windowsClosed,
      long classified,
      Map<String, Long> byLabel,
      Map<UnknownReason, Long> unknown,
      long lateSamples,
      long refusedSamples,
      int activeStreams,
      long streamsEnded,
      ModelIdentity model,
      long vectors,
      List<FeatureDrift.Feature> drift) {
    public Analysis {
      byLabel = Map.copyOf(byLabel);
      unknown = Map.copyOf(unknown);
      drift = List.copyOf(drift);
    }

    /** Windows that were answered unknown. */
    public long unknownWindows() {
      return unknown.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /**
   * One way out.
   *
   * @param name {@code elasticsearch} or {@code files}
   * @param stats what became of the documents
   * @param lagSeconds age of the oldest document that waits, 0 where none does
   * @param trouble why nothing is delivered now; empty where it is
   */
  public record Output(String name, DeliveryStats stats, double lagSeconds, String trouble) {}

  /** What all capture threads counted together. */
  public PipelineCounters counters() {
    return captures.stream()
        .map(Capture::counters)
        .reduce(PipelineCounters::plus)
        .orElseThrow(() -> new IllegalStateException("a sensor has a capture thread"));
  }

  /** The conservation laws that do not hold after the end; empty where all do. */
  public List<String> brokenLaws() {
    List<String> broken = new ArrayList<>();
    long samples = 0;
    for (Capture capture : captures) {
      String name = capture.interfaceName() + ": ";
      capture.counters().brokenLaws().forEach(law -> broken.add(name + law));
      if (capture.sourceFrames() != capture.counters().framesReceived()) {
        broken.add(
            name
                + "frames of the source %d != frames received %d"
                    .formatted(capture.sourceFrames(), capture.counters().framesReceived()));
      }
      samples += capture.samples() - capture.samplesDropped() - capture.samplesWaiting();
    }
    if (samples != analysis.samples() + analysis.samplesLeftOut()) {
      broken.add(
          "samples that found room %d != taken %d + left out %d"
              .formatted(samples, analysis.samples(), analysis.samplesLeftOut()));
    }
    if (analysis.windowsClosed() != analysis.classified() + analysis.unknownWindows()) {
      broken.add(
          "windows closed %d != classified %d + unknown %d"
              .formatted(
                  analysis.windowsClosed(), analysis.classified(), analysis.unknownWindows()));
    }
    return broken;
  }

  /** The way out that counts: Elasticsearch where there is one, files otherwise. */
  public Output mainOutput() {
    return Objects.requireNonNull(outputs.getFirst());
  }
}
