package io.earshot.sensor.daemon;

import io.earshot.models.classify.ActiveModel;
import io.earshot.models.classify.FeatureDrift;
import io.earshot.sensor.alert.AlertStats;
import io.earshot.sensor.metrics.SensorFigures;
import io.earshot.sensor.pipeline.Enricher;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.StreamAnalyst;
import io.earshot.sensor.pipeline.StreamStages;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The analysis thread: packets from the rings to windows, verdicts and documents.
 *
 * <p>An agent in the manner of Agrona: {@link #doWork} does what can be done and returns; a test
 * drives it with its own thread and clocks. Owner: the thread that calls it; {@link #order}, {@link
 * #published}, {@link #beats} from any.
 */
final class AnalysisStage implements Runnable {
  private static final int BATCH = 4096;
  private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();
  private static final long TICK_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long REPORT_NANOS = Duration.ofSeconds(30).toNanos();

  private final SampleMerge merge;
  private final StreamStages streams;
  private final StreamAnalyst analyst;
  private final ActiveModel model;
  private final Outlet outlet;
  private final List<WayOut> ways;
  private final SensorReport report;
  private final Supplier<SensorFigures> figures;
  private final LongSupplier nanoClock;
  private final InstantSource clock;
  private final ConcurrentLinkedQueue<Runnable> orders = new ConcurrentLinkedQueue<>();
  private final AtomicLong beats = new AtomicLong();
  private long nextTickNanos;
  private long nextReportNanos;
  private volatile Published published;

  /** What the thread has counted. */
  record Published(SensorFigures.Analysis analysis, AlertStats alerts) {}

  AnalysisStage(
      List<SampleRing> rings,
      PipelineSettings settings,
      ActiveModel model,
      Outlet outlet,
      List<WayOut> ways,
      SensorReport report,
      Supplier<SensorFigures> figures,
      LongSupplier nanoClock,
      InstantSource clock) {
    this.model = model;
    this.outlet = outlet;
    this.ways = List.copyOf(ways);
    this.report = report;
    this.figures = figures;
    this.nanoClock = nanoClock;
    this.clock = clock;
    analyst = new StreamAnalyst(model, new Enricher(settings, outlet));
    streams = new StreamStages(settings, analyst);
    merge = new SampleMerge(rings, streams);
    long now = nanoClock.getAsLong();
    nextTickNanos = now;
    nextReportNanos = now + REPORT_NANOS;
    published = count();
  }

  @Override
  public void run() {
    while (!merge.isExhausted()) {
      if (doWork() == 0) {
        LockSupport.parkNanos(this, PAUSE_NANOS);
      }
    }
    finish();
  }

  /** One duty cycle; the packets it took. */
  int doWork() {
    beats.lazySet(beats.get() + 1);
    for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
      order.run();
    }
    int work = merge.drain(BATCH);
    long now = nanoClock.getAsLong();
    if (now - nextTickNanos >= 0) {
      nextTickNanos = now + TICK_NANOS;
      outlet.tick();
      ways.forEach(way -> way.measure(now));
      published = count();
    }
    if (now - nextReportNanos >= 0) {
      nextReportNanos = now + REPORT_NANOS;
      outlet.deliver(report.of(figures.get(), clock.instant()));
    }
    return work;
  }

  /** Every capture thread has ended: what is open is closed, and the last report made. */
  void finish() {
    streams.finish();
    published = count();
    outlet.deliver(report.of(figures.get(), clock.instant()));
    outlet.tick();
  }

  private Published count() {
    FeatureDrift drift = analyst.drift();
    return new Published(
        new SensorFigures.Analysis(
            merge.taken(),
            merge.leftOut(),
            streams.windowsClosed(),
            analyst.classified(),
            outlet.byLabel(),
            outlet.unknown(),
            streams.lateSamples(),
            streams.refusedSamples(),
            streams.activeStreams(),
            outlet.streamsEnded(),
            model.current().manifest().identity(),
            drift.vectors(),
            drift.report()),
        outlet.alertStats());
  }

  /** Has something done on this thread, between two packets. */
  void order(Runnable order) {
    orders.add(order);
  }

  /** Grows as long as the thread is alive and not stuck. */
  long beats() {
    return beats.get();
  }

  /** What was counted up to the last second. */
  Published published() {
    return published;
  }
}
