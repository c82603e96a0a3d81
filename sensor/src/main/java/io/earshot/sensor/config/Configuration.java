package io.earshot.sensor.config;

import io.earshot.enrichment.PseudonymKey;
import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.sensor.alert.AlertSettings;
import io.earshot.sensor.capture.CaptureEngine;
import io.earshot.sensor.capture.LiveOptions;
import io.earshot.sensor.flow.FlowLimits;
import io.earshot.sensor.output.NdjsonFilesSink;
import io.earshot.sensor.output.SpoolSettings;
import io.earshot.sensor.output.Webhook;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that an operator can set, checked. Immutable.
 *
 * @param sensor who watches
 * @param capture what is listened to
 * @param window length of a window, whole seconds
 * @param flows bounds of the flow tables
 * @param model whom the quality is asked
 * @param services catalogue of further services, null without
 * @param endpoints file that keeps learned addresses, null where they are forgotten
 * @param places files that tell where somebody is and who
 * @param pseudonyms key of the pseudonyms that stand for all addresses, null where these are shown
 * @param output where documents go
 * @param alerts when alerts are raised and where they go
 * @param metrics address of the page with the figures, null without
 * @param log what is logged and how
 */
public record Configuration(
    Sensor sensor,
    Capture capture,
    Duration window,
    FlowLimits flows,
    Model model,
    @Nullable Path services,
    @Nullable Path endpoints,
    PlaceFiles.Settings places,
    @Nullable PseudonymKey pseudonyms,
    Output output,
    Alerts alerts,
    @Nullable InetSocketAddress metrics,
    Log log) {

  /**
   * Who watches.
   *
   * @param name the operator's name for the sensor; part of every id
   * @param site where it stands, null without
   */
  public record Sensor(String name, @Nullable String site) {}

  /**
   * What is listened to.
   *
   * @param interfaces names of interfaces, at least one
   * @param engine what listens
   * @param options how, without the share of a member
   * @param members sockets that share each interface, 1 for none
   * @param ring samples that may wait between a capture thread and the analysis
   */
  public record Capture(
      List<String> interfaces, CaptureEngine engine, LiveOptions options, int members, int ring) {
    public Capture {
      interfaces = List.copyOf(interfaces);
    }
  }

  /**
   * Whom the quality is asked.
   *
   * @param directory folder of a model bundle, null for the shipped one
   * @param explain whether verdicts are explained
   */
  public record Model(@Nullable Path directory, boolean explain) {}

  /**
   * Where documents go; at least one of two.
   *
   * @param namespace last part of the data streams' names
   * @param elasticsearch a cluster, null without
   * @param files rotating files, null without
   */
  public record Output(
      String namespace,
      @Nullable Elasticsearch elasticsearch,
      NdjsonFilesSink.@Nullable Settings files) {}

  /**
   * A cluster and what waits for it.
   *
   * @param connection where it is
   * @param spool where documents wait
   */
  public record Elasticsearch(ElasticsearchConnection connection, SpoolSettings spool) {}

  /**
   * When alerts are raised and where they go beside the documents.
   *
   * @param settings when
   * @param webhook where, null without
   */
  public record Alerts(AlertSettings settings, Webhook.@Nullable Settings webhook) {}

  /**
   * What is logged.
   *
   * @param level the least severe that is
   * @param format how a line looks
   */
  public record Log(Level level, Format format) {
    /** How severe. */
    public enum Level {
      ERROR,
      WARN,
      INFO,
      DEBUG
    }

    /** How a line looks. */
    public enum Format {
      /** For a person at a terminal. */
      TEXT,
      /** One ECS document per line, for Filebeat or Elastic Agent. */
      ECS_JSON
    }
  }
}
