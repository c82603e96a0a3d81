package io.earshot.sensor.daemon;

import io.earshot.models.UnknownReason;
import io.earshot.sensor.alert.AlertEngine;
import io.earshot.sensor.alert.AlertSettings;
import io.earshot.sensor.alert.AlertStats;
import io.earshot.sensor.document.AlertDocument;
import io.earshot.sensor.document.Document;
import io.earshot.sensor.document.DocumentEncoder;
import io.earshot.sensor.document.EncodedDocument;
import io.earshot.sensor.document.QualityDocument;
import io.earshot.sensor.document.StreamDocument;
import io.earshot.sensor.output.DeliveryException;
import io.earshot.sensor.output.Webhook;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verdicts to documents and alerts, and those to every way out. A way out that fails does not hold
 * up the others. Owner: the analysis thread.
 */
final class Outlet implements VerdictListener {
  private static final Logger LOG = LoggerFactory.getLogger(Outlet.class);

  private final DocumentEncoder encoder = new DocumentEncoder();
  private final DocumentFactory factory;
  private final AlertEngine alerts;
  private final List<WayOut> ways;
  private final Map<String, Long> byLabel = new HashMap<>();
  private final Map<UnknownReason, Long> unknown = new EnumMap<>(UnknownReason.class);
  private @Nullable Webhook webhook;
  private long streamsEnded;

  Outlet(
      DocumentFactory factory,
      AlertSettings alertSettings,
      List<WayOut> ways,
      @Nullable Webhook webhook) {
    this.factory = factory;
    this.alerts = new AlertEngine(alertSettings, this::alert);
    this.ways = List.copyOf(ways);
    this.webhook = webhook;
  }

  @Override
  public void window(WindowVerdict window) {
    UnknownReason reason = window.verdict().unknownReason();
    if (reason == null) {
      byLabel.merge(window.verdict().labelOrUnknown(), 1L, Long::sum);
    } else {
      unknown.merge(reason, 1L, Long::sum);
    }
    QualityDocument document = factory.window(window);
    deliver(document);
    alerts.window(document);
  }

  @Override
  public void ended(StreamResult stream) {
    streamsEnded++;
    StreamDocument document = factory.stream(stream);
    alerts.ended(document);
    deliver(document);
  }

  private void alert(AlertDocument alert) {
    EncodedDocument encoded = deliver(alert);
    Webhook receiver = webhook;
    if (receiver != null) {
      receiver.offer(encoded.id(), encoded.json());
    }
  }

  /** Hands a document to every way out. */
  EncodedDocument deliver(Document document) {
    EncodedDocument encoded = encoder.encode(document);
    for (WayOut way : ways) {
      try {
        way.sink().deliver(encoded);
      } catch (DeliveryException e) {
        LOG.warn("{}: {}", way.name(), e.getMessage());
      }
    }
    return encoded;
  }

  /** Writes what files hold back; about once a second. */
  void tick() {
    ways.forEach(WayOut::tick);
  }

  /** Other thresholds from now on; what is open stays open. */
  void use(AlertSettings settings) {
    alerts.use(settings);
  }

  /** Alerts go there from now on; what waits for the former has two seconds. */
  void use(@Nullable Webhook next) {
    Webhook former = webhook;
    webhook = next;
    if (former != null) {
      Thread.ofVirtual().start(() -> former.close(Duration.ofSeconds(2)));
    }
  }

  @Nullable Webhook webhook() {
    return webhook;
  }

  AlertStats alertStats() {
    return alerts.stats();
  }

  Map<String, Long> byLabel() {
    return byLabel;
  }

  Map<UnknownReason, Long> unknown() {
    return unknown;
  }

  long streamsEnded() {
    return streamsEnded;
  }
}
