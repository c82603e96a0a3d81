package io.earshot.sensor.metrics;

import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.pipeline.PipelineCounters;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * The figures as Prometheus takes them. One look at the figures per scrape, so that the
 * conservation laws can be checked on what a scrape saw.
 */
final class FigureCollector implements MultiCollector {
  private final Supplier<SensorFigures> figures;

  FigureCollector(Supplier<SensorFigures> figures) {
    this.figures = figures;
  }

  @Override
  public MetricSnapshots collect() {
    SensorFigures now = figures.get();
    List<MetricSnapshot> all = new ArrayList<>();
    captures(all, now.captures());
    flows(all, now.captures());
    analysis(all, now.analysis());
    outputs(all, now.outputs());
    alerts(all, now);
    places(all, now.places());
    all.add(
        gauge(
            "earshot_start_time_seconds",
            "When the sensor was started, seconds since the epoch.",
            now.started().getEpochSecond()));
    all.add(
        counter(
            "earshot_reloads",
            "Reloads of the configuration, by outcome.",
            "outcome",
            Map.of("done", now.reloads(), "refused", now.reloadsRefused())));
    return new MetricSnapshots(all);
  }

  private static void captures(List<MetricSnapshot> all, List<SensorFigures.Capture> captures) {
    add(
        all,
        captures,
        "earshot_capture_frames_received",
        "Frames that the source handed over; decoded + skipped + weird.",
        c -> c.counters().framesReceived());
    add(
        all,
        captures,
        "earshot_capture_bytes",
        "Bytes of those frames.",
        SensorFigures.Capture::bytes);
    add(
        all,
        captures,
        "earshot_capture_dropped",
        "Frames that the kernel or the interface dropped.",
        SensorFigures.Capture::kernelDropped);
    all.add(
        gauges(
            "earshot_capture_up",
            "0 while the interface is down or without a link.",
            captures,
            c -> c.up() ? 1 : 0));
    add(
        all,
        captures,
        "earshot_capture_reopened",
        "Times that the interface was opened anew.",
        SensorFigures.Capture::reopened);
    add(
        all,
        captures,
        "earshot_decode_decoded",
        "Frames with a TCP segment or a UDP datagram.",
        c -> c.counters().decoded());
    results(
        all,
        captures,
        "earshot_decode_skipped",
        "Frames that carry none, by reason.",
        PipelineCounters::skipped);
    results(
        all,
        captures,
        "earshot_decode_weird",
        "Frames that are broken, by name.",
        PipelineCounters::weird);
    add(
        all,
        captures,
        "earshot_ring_samples",
        "Packets of Spotify handed to the analysis.",
        SensorFigures.Capture::samples);
    add(
        all,
        captures,
        "earshot_ring_dropped",
        "Packets of Spotify that found no room on the way to the analysis.",
        SensorFigures.Capture::samplesDropped);
    all.add(
        gauges(
            "earshot_ring_waiting",
            "Packets of Spotify that wait for the analysis.",
            captures,
            SensorFigures.Capture::samplesWaiting));
  }

  private static void flows(List<MetricSnapshot> all, List<SensorFigures.Capture> captures) {
    all.add(
        gauges(
            "earshot_flows_active",
            "Flows in the table.",
            captures,
            SensorFigures.Capture::activeFlows));
    add(all, captures, "earshot_flows_opened", "Flows seen.", c -> c.counters().flowsOpened());
    add(
        all,
        captures,
        "earshot_flows_evicted",
        "Foreign flows that had to make room.",
        c -> c.counters().flowsEvicted());
    add(
        all,
        captures,
        "earshot_flows_spotify",
        "Flows that were followed.",
        c -> c.counters().spotifyFlows());
    CounterSnapshot.Builder packets =
        CounterSnapshot.builder()
            .name("earshot_flow_packets")
            .help("Decoded packets by what became of them; together all that were decoded.");
    CounterSnapshot.Builder named =
        CounterSnapshot.builder()
            .name("earshot_flows_named")
            .help("Flows that were named, by evidence.");
    CounterSnapshot.Builder trouble =
        CounterSnapshot.builder()
            .name("earshot_identify_trouble")
            .help("What could not be read, by kind.");
    for (SensorFigures.Capture capture : captures) {
      PipelineCounters counters = capture.counters();
      Map<String, Long> byFate = new LinkedHashMap<>();
      byFate.put("foreign", counters.foreignPackets());
      byFate.put("undecided", counters.undecidedPackets());
      byFate.put("tracked", counters.trackedPackets());
      byFate.put("inspected", counters.inspectedPackets());
      byFate.put("refused", counters.refusedPackets());
      byFate.put("duplicate", counters.duplicatePackets());
      byFate.forEach(
          (fate, count) -> packets.dataPoint(point(labels(capture, "fate", fate), count)));
      counters
          .flowsNamed()
          .forEach(
              (evidence, count) ->
                  named.dataPoint(point(labels(capture, "evidence", lower(evidence)), count)));
      Map<String, Long> byKind = new LinkedHashMap<>();
      byKind.put("hello_given_up", counters.hellosGivenUp());
      byKind.put("hello_malformed", counters.hellosMalformed());
      byKind.put("hello_unsupported", counters.hellosUnsupported());
      byKind.put("hello_conflicting_bytes", counters.helloConflicts());
      byKind.put("name_overruled", counters.namesOverruled());
      byKind.put("dns_malformed", counters.dnsMalformed());
      byKind.put("dns_given_up", counters.dnsGivenUp());
      byKind.put("datagram_incomplete", counters.datagramsIncomplete());
      byKind.put("clock_step", counters.clockSteps());
      byKind.put("wrong_time", counters.wrongTimes());
      byKind.forEach(
          (kind, count) -> trouble.dataPoint(point(labels(capture, "kind", kind), count)));
    }
    all.add(packets.build());
    all.add(named.build());
    all.add(trouble.build());
  }

  private static void analysis(List<MetricSnapshot> all, SensorFigures.Analysis analysis) {
    all.add(
        counter("earshot_analysis_samples", "Packets of Spotify analysed.", analysis.samples()));
    all.add(
        counter(
            "earshot_analysis_samples_left_out",
            "Packets left out, by reason.",
            "reason",
            Map.of(
                "clock_step", analysis.samplesLeftOut(),
                "late", analysis.lateSamples(),
                "too_many_streams", analysis.refusedSamples())));
    all.add(
        gauge("earshot_streams_active", "Streams that are followed.", analysis.activeStreams()));
    all.add(counter("earshot_streams_ended", "Streams that have ended.", analysis.streamsEnded()));
    all.add(
        counter(
            "earshot_windows_closed",
            "Windows that ended; classified + unknown.",
            analysis.windowsClosed()));
    all.add(
        counter(
            "earshot_windows_classified", "Windows with a class.", "label", analysis.byLabel()));
    Map<String, Long> unknown = new TreeMap<>();
    analysis.unknown().forEach((reason, count) -> unknown.put(lower(reason), count));
    all.add(counter("earshot_windows_unknown", "Windows without, by reason.", "reason", unknown));
    all.add(
        counter("earshot_model_vectors", "Vectors the model was asked about.", analysis.vectors()));
    GaugeSnapshot.Builder drift =
        GaugeSnapshot.builder()
            .name("earshot_model_drift")
            .help("Population stability index of each feature; from 0.25 on another population.");
    analysis
        .drift()
        .forEach(
            feature ->
                drift.dataPoint(
                    GaugeDataPointSnapshot.builder()
                        .labels(Labels.of("feature", feature.feature()))
                        .value(feature.stabilityIndex())
                        .build()));
    all.add(drift.build());
    all.add(
        GaugeSnapshot.builder()
            .name("earshot_model_info")
            .help("The model that is asked.")
            .dataPoint(
                GaugeDataPointSnapshot.builder()
                    .labels(
                        Labels.of(
                            "name", analysis.model().name(), "version", analysis.model().version()))
                    .value(1)
                    .build())
            .build());
  }

  private static void outputs(List<MetricSnapshot> all, List<SensorFigures.Output> outputs) {
    Map<String, ToDoubleFunction<SensorFigures.Output>> counters = new LinkedHashMap<>();
    counters.put("earshot_documents_made", o -> o.stats().made());
    counters.put("earshot_documents_recovered", o -> o.stats().recovered());
    counters.put("earshot_documents_delivered", o -> o.stats().delivered());
    counters.put("earshot_documents_duplicate", o -> o.stats().duplicates());
    counters.put("earshot_documents_dead_lettered", o -> o.stats().deadLettered());
    counters.put("earshot_documents_dropped", o -> o.stats().dropped());
    counters.forEach(
        (name, value) -> {
          CounterSnapshot.Builder builder =
              CounterSnapshot.builder()
                  .name(name)
                  .help("made + recovered = delivered + spooled + dead_lettered + dropped.");
          outputs.forEach(
              o -> builder.dataPoint(point(Labels.of("output", o.name()), value.applyAsDouble(o))));
          all.add(builder.build());
        });
    GaugeSnapshot.Builder spooled =
        GaugeSnapshot.builder().name("earshot_documents_spooled").help("Documents that wait.");
    GaugeSnapshot.Builder lag =
        GaugeSnapshot.builder()
            .name("earshot_delivery_lag_seconds")
            .help("Age of the oldest document that waits.");
    GaugeSnapshot.Builder up =
        GaugeSnapshot.builder()
            .name("earshot_output_up")
            .help("1 while documents are delivered, 0 while the other side does not take them.");
    for (SensorFigures.Output output : outputs) {
      Labels labels = Labels.of("output", output.name());
      spooled.dataPoint(gaugePoint(labels, output.stats().spooled()));
      lag.dataPoint(gaugePoint(labels, output.lagSeconds()));
      up.dataPoint(gaugePoint(labels, output.trouble().isEmpty() ? 1 : 0));
    }
    all.add(spooled.build());
    all.add(lag.build());
    all.add(up.build());
  }

  private static void alerts(List<MetricSnapshot> all, SensorFigures now) {
    all.add(
        counter(
            "earshot_alerts",
            "Episodes, by what happened.",
            "what",
            Map.of("opened", now.alerts().opened(), "closed", now.alerts().closed())));
    all.add(gauge("earshot_alerts_open", "Episodes that are open.", now.alerts().open()));
    var webhook = now.webhook();
    if (webhook != null) {
      all.add(
          counter(
              "earshot_webhook_alerts",
              "Alerts for the webhook by what became of them.",
              "outcome",
              Map.of(
                  "sent", webhook.sent(),
                  "refused", webhook.refused(),
                  "dropped", webhook.dropped())));
      all.add(gauge("earshot_webhook_waiting", "Alerts that wait.", webhook.waiting()));
    }
  }

  private static void places(List<MetricSnapshot> all, List<PlaceFiles.Stats> files) {
    GaugeSnapshot.Builder current =
        GaugeSnapshot.builder()
            .name("earshot_places_current")
            .help("1 while a file of places is in use as it is, 0 where it could not be used.");
    GaugeSnapshot.Builder entries =
        GaugeSnapshot.builder().name("earshot_places_entries").help("Lines in use of a file.");
    CounterSnapshot.Builder reads =
        CounterSnapshot.builder()
            .name("earshot_places_reads")
            .help("Times that a file was read, by outcome.");
    CounterSnapshot.Builder failures =
        CounterSnapshot.builder()
            .name("earshot_places_failed_lookups")
            .help("Look-ups that met damage in a database.");
    for (PlaceFiles.Stats file : files) {
      String name = file.part().label();
      Labels labels = Labels.of("file", name);
      current.dataPoint(gaugePoint(labels, file.current() ? 1 : 0));
      entries.dataPoint(gaugePoint(labels, file.entries()));
      reads.dataPoint(point(Labels.of("file", name, "outcome", "taken"), file.taken()));
      reads.dataPoint(point(Labels.of("file", name, "outcome", "refused"), file.refused()));
      failures.dataPoint(point(labels, file.failures()));
    }
    if (!files.isEmpty()) {
      all.add(current.build());
      all.add(entries.build());
      all.add(reads.build());
      all.add(failures.build());
    }
  }

  private static void results(
      List<MetricSnapshot> all,
      List<SensorFigures.Capture> captures,
      String name,
      String help,
      java.util.function.Function<PipelineCounters, Map<DecodeResult, Long>> results) {
    CounterSnapshot.Builder builder = CounterSnapshot.builder().name(name).help(help);
    for (SensorFigures.Capture capture : captures) {
      results
          .apply(capture.counters())
          .forEach(
              (result, count) ->
                  builder.dataPoint(point(labels(capture, "name", result.label()), count)));
    }
    all.add(builder.build());
  }

  private static void add(
      List<MetricSnapshot> all,
      List<SensorFigures.Capture> captures,
      String name,
      String help,
      ToDoubleFunction<SensorFigures.Capture> value) {
    CounterSnapshot.Builder builder = CounterSnapshot.builder().name(name).help(help);
    captures.forEach(c -> builder.dataPoint(point(labels(c), value.applyAsDouble(c))));
    all.add(builder.build());
  }

  private static MetricSnapshot gauges(
      String name,
      String help,
      List<SensorFigures.Capture> captures,
      ToDoubleFunction<SensorFigures.Capture> value) {
    GaugeSnapshot.Builder builder = GaugeSnapshot.builder().name(name).help(help);
    captures.forEach(c -> builder.dataPoint(gaugePoint(labels(c), value.applyAsDouble(c))));
    return builder.build();
  }

  private static Labels labels(SensorFigures.Capture capture) {
    return Labels.of(
        "interface", capture.interfaceName(), "member", Integer.toString(capture.member()));
  }

  private static Labels labels(SensorFigures.Capture capture, String name, String value) {
    return Labels.of(
        "interface",
        capture.interfaceName(),
        "member",
        Integer.toString(capture.member()),
        name,
        value);
  }

  private static MetricSnapshot counter(String name, String help, double value) {
    return CounterSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(point(Labels.EMPTY, value))
        .build();
  }

  private static MetricSnapshot counter(
      String name, String help, String label, Map<String, Long> values) {
    CounterSnapshot.Builder builder = CounterSnapshot.builder().name(name).help(help);
    values.forEach((key, value) -> builder.dataPoint(point(Labels.of(label, key), value)));
    return builder.build();
  }

  private static MetricSnapshot gauge(String name, String help, double value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(gaugePoint(Labels.EMPTY, value))
        .build();
  }

  private static CounterDataPointSnapshot point(Labels labels, double value) {
    return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  private static GaugeDataPointSnapshot gaugePoint(Labels labels, double value) {
    return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
