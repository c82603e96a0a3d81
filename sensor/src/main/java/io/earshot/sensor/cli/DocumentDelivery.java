package io.earshot.sensor.cli;

import io.earshot.sensor.alert.AlertEngine;
import io.earshot.sensor.alert.AlertSettings;
import io.earshot.sensor.document.AlertDocument;
import io.earshot.sensor.document.Document;
import io.earshot.sensor.document.DocumentEncoder;
import io.earshot.sensor.document.EncodedDocument;
import io.earshot.sensor.document.QualityDocument;
import io.earshot.sensor.document.StreamDocument;
import io.earshot.sensor.output.DeliveryException;
import io.earshot.sensor.output.DeliveryStats;
import io.earshot.sensor.output.DocumentSink;
import io.earshot.sensor.output.Webhook;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the documents of an analysis and hands each to every sink.
 *
 * <p>A sink that fails is given nothing more and is reported once, by {@link #check}, between
 * captures: the analysis of the one that is being read is not lost, and not held up by a server
 * that does not answer. Without sinks no document is made.
 */
final class DocumentDelivery implements AutoCloseable {
  private final DocumentEncoder encoder = new DocumentEncoder();
  private final List<DocumentSink> sinks = new ArrayList<>();
  private final Set<DocumentSink> failed = Collections.newSetFromMap(new IdentityHashMap<>());
  private @Nullable DeliveryException failure;
  private @Nullable Webhook webhook;

  void add(DocumentSink sink) {
    sinks.add(sink);
  }

  /** Alerts go there as well; closed with this. */
  void notify(Webhook receiver) {
    webhook = receiver;
  }

  private boolean wanted() {
    return !sinks.isEmpty() || webhook != null;
  }

  private void alert(AlertDocument alert) {
    deliver(alert);
    if (webhook != null) {
      webhook.offer(alert.event().id(), encoder.encode(alert).json());
    }
  }

  VerdictListener listener(DocumentFactory factory) {
    return listener(factory, AlertSettings.DEFAULT);
  }

  VerdictListener listener(DocumentFactory factory, AlertSettings settings) {
    AlertEngine alerts = new AlertEngine(settings, this::alert);
    return new VerdictListener() {
      @Override
      public void window(WindowVerdict window) {
        if (wanted()) {
          QualityDocument document = factory.window(window);
          deliver(document);
          alerts.window(document);
        }
      }

      @Override
      public void ended(StreamResult stream) {
        if (wanted()) {
          StreamDocument document = factory.stream(stream);
          alerts.ended(document);
          deliver(document);
        }
      }
    };
  }

  private void deliver(Document document) {
    EncodedDocument encoded = encoder.encode(document);
    for (DocumentSink sink : sinks) {
      if (failed.contains(sink)) {
        continue;
      }
      try {
        sink.deliver(encoded);
      } catch (DeliveryException e) {
        failed.add(sink);
        failure = failure == null ? e : failure;
      }
    }
  }

  /** Throws the first failure, if there was one. */
  void check() throws DeliveryException {
    if (failure != null) {
      throw failure;
    }
  }

  /** Waits until every document is delivered. */
  void finish() throws DeliveryException {
    check();
    for (DocumentSink sink : sinks) {
      sink.flush();
    }
    for (DocumentSink sink : sinks) {
      DeliveryStats stats = sink.stats();
      long lost = stats.deadLettered() + stats.dropped();
      if (lost > 0) {
        throw new DeliveryException(
            "%,d of %,d documents were refused; they and the reasons are in the spool's dead letters"
                .formatted(lost, stats.made()),
            null);
      }
    }
  }

  @Override
  public void close() throws DeliveryException {
    if (webhook != null) {
      webhook.close();
      Webhook.Stats stats = webhook.stats();
      if (stats.sent() < stats.offered()) {
        Earshot.say(
            "%,d of %,d alerts did not reach the webhook"
                .formatted(stats.offered() - stats.sent(), stats.offered()));
      }
    }
    for (DocumentSink sink : sinks) {
      sink.close();
    }
    sinks.clear();
  }
}
