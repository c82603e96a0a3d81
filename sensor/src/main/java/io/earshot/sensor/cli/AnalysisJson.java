package io.earshot.sensor.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.earshot.enrichment.Cdn;
import io.earshot.enrichment.place.AutonomousSystem;
import io.earshot.enrichment.place.Subscriber;
import io.earshot.models.QualityClass;
import io.earshot.models.classify.FeatureWeight;
import io.earshot.models.classify.Verdict;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.pipeline.AnalysedStream;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.CauseRule;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.Whereabouts;
import io.earshot.sensor.pipeline.WindowRow;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON of {@code analyze -o json}: a contract that may gain fields but not lose any. */
final class AnalysisJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private AnalysisJson() {}

  /** One object for one capture, on one line. */
  static String of(String capture, CaptureAnalysis analysis) {
    ObjectNode root = JSON.createObjectNode();
    root.put("capture", capture);
    root.put("packets", analysis.stats().framesReceived());
    root.put("duration_s", round(analysis.durationSeconds()));
    verdict(root.putObject("verdict"), analysis.verdict());
    ArrayNode streams = root.putArray("streams");
    for (AnalysedStream stream : analysis.streams()) {
      stream(streams.addObject(), stream);
    }
    counters(root.putObject("counters"), analysis);
    if (analysis.stats().damage() != null) {
      root.put("damage", analysis.stats().damage());
    }
    return root.toString();
  }

  private static void stream(ObjectNode node, AnalysedStream stream) {
    node.put("id", stream.result().stream().id());
    node.put("client", AddressText.of(stream.result().stream().client()));
    whereabouts(node, stream.result());
    verdict(node, stream.verdict());
    cause(node, stream.cause());
    node.put("clients", stream.result().last().clients());
    node.put("one_sided", stream.result().last().oneSided());
    ObjectNode evidence = node.putObject("evidence");
    evidence.put("objects", stream.result().last().context().objectsTotal());
    evidence.put("audio_bytes", stream.result().audioBytes());
    evidence.put("units", round(stream.result().evidenceUnits()));
    evidence.put("bitrate_kbps", stream.result().bitrateKbps());
    evidence.put("track_changes", stream.result().last().context().trackChanges().size());
    ArrayNode names = evidence.putArray("identified_by");
    stream.result().last().evidence().stream()
        .sorted()
        .forEach(e -> names.add(e.name().toLowerCase(Locale.ROOT)));
    ArrayNode windows = node.putArray("windows");
    for (WindowRow row : stream.windows()) {
      ObjectNode window = windows.addObject();
      window.put("start", instant(row.startNanos()));
      window.put("end", instant(row.endNanos()));
      window.put("label", row.label());
      window.put("confidence", round(row.confidence()));
      window.put(
          "unknown_reason", row.unknownReason() == null ? null : row.unknownReason().label());
    }
    verdict(node.putObject("majority"), stream.result().majority());
    ObjectNode model = node.putObject("model");
    model.put("name", stream.result().model().name());
    model.put("version", stream.result().model().version());
    if (!stream.result().explanation().isEmpty()) {
      ArrayNode explanation = node.putArray("explanation");
      for (FeatureWeight weight : stream.result().explanation()) {
        ObjectNode feature = explanation.addObject();
        feature.put("feature", weight.feature());
        feature.put("value", round(weight.value()));
        feature.put("weight", round(weight.weight()));
      }
    }
  }

  private static void cause(ObjectNode node, CauseRule.@Nullable Finding finding) {
    if (finding != null) {
      ObjectNode cause = node.putObject("cause");
      cause.put("name", finding.cause().label());
      if (!Double.isNaN(finding.bestKbps())) {
        cause.put("best_kbps", round(finding.bestKbps()));
      }
      if (!Double.isNaN(finding.nextKbps())) {
        cause.put("next_class_kbps", finding.nextKbps());
      }
      CauseRule.Stall stall = finding.stall();
      if (stall != null) {
        cause.put("stalling_kbps", round(stall.kbps()));
        cause.put("plays_kbps", stall.playsKbps());
      }
    }
  }

  private static void whereabouts(ObjectNode node, StreamResult stream) {
    Whereabouts where = stream.where();
    if (where.site() != null) {
      node.put("site", where.site());
    }
    if (where.pseudonymKey() != null) {
      node.put("pseudonym_key", where.pseudonymKey());
    }
    Subscriber subscriber = where.subscriber();
    if (subscriber != null) {
      ObjectNode user = node.putObject("subscriber");
      user.put("id", subscriber.id());
      user.put("name", subscriber.name());
    }
    system(node, "client_as", where.clientSystem());
    FlowDescriptor flow = stream.last().flow();
    ObjectNode server = node.putObject("server");
    server.put("ip", AddressText.of(flow.key().serverAddress()));
    server.put("domain", flow.identification().serverName());
    Cdn cdn = where.cdn();
    if (cdn != null) {
      server.put("cdn", cdn.name());
      server.put("pop", cdn.pop());
    }
    system(server, "as", where.serverSystem());
  }

  private static void system(ObjectNode node, String key, @Nullable AutonomousSystem system) {
    if (system != null) {
      ObjectNode as = node.putObject(key);
      as.put("number", system.number());
      as.put("organization", system.organization());
    }
  }

  private static void verdict(ObjectNode node, Verdict verdict) {
    node.put("label", verdict.labelOrUnknown());
    node.put("confidence", round(verdict.confidence()));
    ObjectNode probabilities = node.putObject("probabilities");
    for (QualityClass quality : QualityClass.values()) {
      if (!verdict.probabilities().isEmpty()) {
        probabilities.put(quality.label(), round(verdict.probability(quality)));
      }
    }
    node.put(
        "unknown_reason", verdict.unknownReason() == null ? null : verdict.unknownReason().label());
  }

  private static void counters(ObjectNode node, CaptureAnalysis analysis) {
    var counters = analysis.counters();
    node.put("frames_received", counters.framesReceived());
    node.put("decoded", counters.decoded());
    ObjectNode skipped = node.putObject("skipped");
    counters.skipped().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(e -> skipped.put(e.getKey().label(), e.getValue()));
    ObjectNode weird = node.putObject("weird");
    counters.weird().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(e -> weird.put(e.getKey().label(), e.getValue()));
    node.put("datagrams_reassembled", counters.datagramsReassembled());
    node.put("datagrams_incomplete", counters.datagramsIncomplete());
    node.put("flows", counters.flowsOpened());
    node.put("duplicate_packets", counters.duplicatePackets());
    node.put("spotify_flows", counters.spotifyFlows());
    node.put("late_packets", counters.lateSamples());
    node.put("clock_steps", counters.clockSteps());
    node.put("wrong_times", counters.wrongTimes());
    node.put("windows_closed", counters.windowsClosed());
    node.put("windows_classified", analysis.classified());
    node.put("windows_unknown", analysis.unknown());
    ArrayNode broken = node.putArray("broken_laws");
    analysis.brokenLaws().forEach(broken::add);
  }

  static String instant(long nanos) {
    return DocumentFactory.instant(nanos).toString();
  }

  static double round(double value) {
    return Math.round(value * 1e6) / 1e6;
  }
}
