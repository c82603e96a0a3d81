package io.earshot.sensor.pipeline;

import io.earshot.enrichment.LearnedEndpoints;
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
 * @param endpoints server addresses learned so far; the pipeline's thread goes on learning
 * @param enrichment what is told of addresses
 */
public record PipelineSettings(
    String sensorName,
    long windowNanos,
    ServiceCatalogue catalogue,
    FlowLimits flowLimits,
    long hashSecret,
    LearnedEndpoints endpoints,
    Enrichment enrichment) {
  /** Length of a window where nobody asked for another. */
  public static final Duration DEFAULT_WINDOW = Duration.ofSeconds(10);

  /** Knows nothing of addresses. */
  public PipelineSettings(
      String sensorName,
      long windowNanos,
      ServiceCatalogue catalogue,
      FlowLimits flowLimits,
      long hashSecret,
      LearnedEndpoints endpoints) {
    this(sensorName, windowNanos, catalogue, flowLimits, hashSecret, endpoints, Enrichment.NONE);
  }

  /** Learns server addresses anew. */
  public PipelineSettings(
      String sensorName,
      long windowNanos,
      ServiceCatalogue catalogue,
      FlowLimits flowLimits,
      long hashSecret) {
    this(sensorName, windowNanos, catalogue, flowLimits, hashSecret, new LearnedEndpoints());
  }

  /** The same with what an operator keeps: services of his own, addresses learned before. */
  public PipelineSettings knowing(ServiceCatalogue services, LearnedEndpoints learned) {
    return new PipelineSettings(
        sensorName, windowNanos, services, flowLimits, hashSecret, learned, enrichment);
  }

  /** The same, and this is told of addresses. */
  public PipelineSettings telling(Enrichment facts) {
    return new PipelineSettings(
        sensorName, windowNanos, catalogue, flowLimits, hashSecret, endpoints, facts);
  }

  /**
   * The same, with nothing learned: for one of many captures that must not know of each other, and
   * that several threads read.
   */
  public PipelineSettings anew() {
    return knowing(catalogue, new LearnedEndpoints());
  }

  /** Settings for files: results do not depend on a secret. */
  public static PipelineSettings offline(String sensorName, Duration window) {
    return new PipelineSettings(
        sensorName, window.toNanos(), ServiceCatalogue.shipped(), FlowLimits.DEFAULT, 0);
  }
}
