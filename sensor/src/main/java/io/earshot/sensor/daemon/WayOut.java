package io.earshot.sensor.daemon;

import io.earshot.sensor.config.Configuration;
import io.earshot.sensor.metrics.SensorFigures;
import io.earshot.sensor.output.BulkShipper;
import io.earshot.sensor.output.DeliveryException;
import io.earshot.sensor.output.DeliveryStats;
import io.earshot.sensor.output.DocumentSink;
import io.earshot.sensor.output.ElasticsearchSink;
import io.earshot.sensor.output.NdjsonFilesSink;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One way for documents to leave. A way to Elasticsearch may be exchanged while the sensor runs, on
 * the same spool. Owner: the analysis thread; {@link #figures} and {@link #beats} from any.
 */
final class WayOut {
  private static final Logger LOG = LoggerFactory.getLogger(WayOut.class);

  private final String name;
  private final DeliveryLag lag = new DeliveryLag();
  private volatile DocumentSink sink;
  private volatile @Nullable DeliveryStats former;
  private volatile double lagSeconds;

  private WayOut(String name, DocumentSink sink) {
    this.name = name;
    this.sink = sink;
  }

  static WayOut elasticsearch(Configuration.Elasticsearch settings) throws DeliveryException {
    return new WayOut("elasticsearch", open(settings));
  }

  static WayOut files(NdjsonFilesSink.Settings settings, InstantSource clock)
      throws DeliveryException {
    return new WayOut("files", NdjsonFilesSink.open(settings, clock));
  }

  private static ElasticsearchSink open(Configuration.Elasticsearch settings)
      throws DeliveryException {
    return ElasticsearchSink.open(
        settings.connection(), ElasticsearchSink.Settings.live(settings.spool()));
  }

  String name() {
    return name;
  }

  DocumentSink sink() {
    return sink;
  }

  /** Writes what a file holds back. */
  void tick() {
    if (sink instanceof NdjsonFilesSink files) {
      try {
        files.flush();
      } catch (DeliveryException e) {
        LOG.debug("{}", e.getMessage()); // the sink has said so once, and tries again
      }
    }
  }

  /** Takes a look at the age of what waits; about once a second. */
  void measure(long nowNanos) {
    lagSeconds = lag.look(stats(), nowNanos) / 1e9;
  }

  /** Writes new files from now on. */
  void reopen() {
    if (sink instanceof NdjsonFilesSink files) {
      files.reopen();
    }
  }

  /** Another cluster, other credentials: documents that wait go there. */
  void exchange(Configuration.Elasticsearch now, Configuration.Elasticsearch before) {
    try {
      sink.close();
    } catch (DeliveryException e) {
      LOG.warn("{}", e.getMessage());
    }
    former = stats();
    try {
      sink = open(now);
    } catch (DeliveryException e) {
      LOG.warn("output.elasticsearch stays as it was: {}", e.getMessage());
      try {
        sink = open(before);
      } catch (DeliveryException again) {
        throw new IllegalStateException("the spool that was open a moment ago is lost", again);
      }
    }
  }

  private DeliveryStats stats() {
    DeliveryStats earlier = former;
    DeliveryStats now = sink.stats();
    return earlier == null ? now : earlier.then(now);
  }

  SensorFigures.Output figures() {
    String trouble = "";
    if (sink instanceof ElasticsearchSink elasticsearch) {
      BulkShipper.Status status = elasticsearch.status();
      trouble = status.state() == BulkShipper.State.SHIPPING ? "" : status.reason();
    }
    return new SensorFigures.Output(name, stats(), lagSeconds, trouble);
  }

  /** Grows as long as the thread behind is alive; always for one without a thread. */
  long beats() {
    return sink instanceof ElasticsearchSink elasticsearch ? elasticsearch.cycles() : -1;
  }

  /** True where a thread stands behind. */
  boolean hasThread() {
    return sink instanceof ElasticsearchSink;
  }
}
