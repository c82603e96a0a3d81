package io.earshot.sensor.pipeline;

import io.earshot.enrichment.ServiceCatalogue;
import io.earshot.sensor.flow.FlowLimits;
import java.time.Duration;

/**
 * What the stages need to know.
 *
 * @param sensorName the operator's name for the sensor; part of stream ids
 * @param windowNanos length of a window, nanoseconds, whole seconds
 * @param catalogue names of services
 * @param flowLimits bounds of the flow table
 * @param hashSecret keys the flow table; from a random source on a live interface
 */
public record PipelineSettings(
    String sensorName,
    long windowNanos,
    ServiceCatalogue catalogue,
    FlowLimits flowLimits,
    long hashSecret) {
  /** Length of a window where nobody asked for another. */
  public static final Duration DEFAULT_WINDOW = Duration.ofSeconds(10);

  /** Settings for files: results do not depend on a secret. */
  public static PipelineSettings offline(String sensorName, Duration window) {
    return new PipelineSettings(
        sensorName, window.toNanos(), ServiceCatalogue.shipped(), FlowLimits.DEFAULT, 0);
  }
}
