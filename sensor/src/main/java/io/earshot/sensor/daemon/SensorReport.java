package io.earshot.sensor.daemon;

import io.earshot.models.classify.FeatureDrift;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.document.DocumentId;
import io.earshot.sensor.document.Ecs;
import io.earshot.sensor.document.SensorDocument;
import io.earshot.sensor.metrics.SensorFigures;
import io.earshot.sensor.output.DeliveryStats;
import io.earshot.sensor.pipeline.PipelineCounters;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sensor's figures to the document about itself. Remembers what the report before said. Owner:
 * the thread that asks for reports.
 */
public final class SensorReport {
  private final String sensorName;
  private final String namespace;
  private final Ecs.@Nullable Labels labels;
  private final Ecs.Observer observer;
  private Map<DecodeResult, Long> weirdBefore = Map.of();

  /**
   * For one sensor.
   *
   * @param site where it stands, null where nobody said so
   * @param version version of Earshot
   */
  public SensorReport(String sensorName, String namespace, @Nullable String site, String version) {
    this.sensorName = sensorName;
    this.namespace = namespace;
    labels = site == null ? null : new Ecs.Labels(site);
    observer = Ecs.Observer.sensor(sensorName, null, version, null);
  }

  /** The report of these figures. */
  public SensorDocument of(SensorFigures figures, Instant now) {
    Instant end = now.isBefore(figures.started()) ? figures.started() : now;
    return new SensorDocument(
        end,
        Ecs.Version.CURRENT,
        Ecs.DataStream.sensor(namespace),
        Ecs.Event.sensor(figures.started(), end, DocumentId.sensor(sensorName, end)),
        observer,
        labels,
        new SensorDocument.Fields(
            capture(figures),
            flows(figures),
            windows(figures.analysis()),
            documents(figures.mainOutput()),
            model(figures.analysis())));
  }

  private SensorDocument.Capture capture(SensorFigures figures) {
    PipelineCounters counters = figures.counters();
    List<SensorFigures.Capture> captures = figures.captures();
    Map<DecodeResult, Long> before = weirdBefore;
    weirdBefore = counters.weird();
    return new SensorDocument.Capture(
        counters.framesReceived(),
        captures.stream().mapToLong(SensorFigures.Capture::bytes).sum(),
        captures.stream().mapToLong(SensorFigures.Capture::kernelDropped).sum(),
        counters.decoded(),
        sum(counters.skipped()),
        sum(counters.weird()),
        captures.stream().mapToLong(SensorFigures.Capture::samplesDropped).sum(),
        counters.weird().entrySet().stream()
            .map(entry -> new SensorDocument.Weird(entry.getKey().label(), entry.getValue()))
            .sorted(Comparator.comparing(SensorDocument.Weird::name))
            .toList(),
        counters.weird().entrySet().stream()
            .filter(entry -> entry.getValue() > before.getOrDefault(entry.getKey(), 0L))
            .map(entry -> entry.getKey().label())
            .sorted()
            .toList());
  }

  private static SensorDocument.Flows flows(SensorFigures figures) {
    PipelineCounters counters = figures.counters();
    return new SensorDocument.Flows(
        counters.flowsOpened(),
        figures.captures().stream().mapToLong(SensorFigures.Capture::activeFlows).sum(),
        counters.spotifyFlows(),
        counters.flowsEvicted());
  }

  private static SensorDocument.Windows windows(SensorFigures.Analysis analysis) {
    return new SensorDocument.Windows(
        analysis.windowsClosed(),
        analysis.classified(),
        analysis.unknownWindows(),
        0,
        analysis.activeStreams());
  }

  private static SensorDocument.Documents documents(SensorFigures.Output output) {
    DeliveryStats stats = output.stats();
    return new SensorDocument.Documents(
        stats.made(),
        stats.delivered(),
        stats.duplicates(),
        stats.spooled(),
        stats.deadLettered(),
        stats.dropped(),
        stats.recovered(),
        output.lagSeconds());
  }

  private static SensorDocument.Model model(SensorFigures.Analysis analysis) {
    List<FeatureDrift.Feature> drift = analysis.drift();
    List<String> drifted =
        drift.stream()
            .filter(f -> f.stabilityIndex() >= FeatureDrift.DRIFTED)
            .map(FeatureDrift.Feature::feature)
            .toList();
    return new SensorDocument.Model(
        analysis.model().name(),
        analysis.model().version(),
        analysis.vectors(),
        drifted.size(),
        drift.isEmpty() ? null : drift.getFirst().stabilityIndex(),
        drift.stream().map(f -> new SensorDocument.Drift(f.feature(), f.stabilityIndex())).toList(),
        drifted);
  }

  private static long sum(Map<?, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
