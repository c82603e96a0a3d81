package io.earshot.sensor.daemon;

import io.earshot.enrichment.LearnedEndpoint;
import io.earshot.enrichment.LearnedEndpoints;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.CaptureStats;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.metrics.SensorFigures;
import io.earshot.sensor.pipeline.FlowStages;
import io.earshot.sensor.pipeline.PipelineCounters;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One capture thread: an interface, or a share of it, to packets of the service in the ring.
 *
 * <p>A source that ends by itself is opened anew every {@value #REOPEN_SECONDS} seconds until it is
 * there again; packet time goes on meanwhile. What the thread counts is published about once a
 * second. Owner: the thread that runs it; {@link #stop}, {@link #figures}, {@link #beats} and
 * {@link #keepEndpoints} from any.
 */
final class CaptureStage implements Runnable, FrameHandler {
  private static final Logger LOG = LoggerFactory.getLogger(CaptureStage.class);
  private static final int REOPEN_SECONDS = 2;

  /**
   * When nothing came for a second, everything from before this time has been handed over: the
   * kernel holds a block back for 40 ms, libpcap for 100 ms.
   */
  private static final long IDLE_LAG_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long PUBLISH_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final String interfaceName;
  private final int interfaceNumber;
  private final int member;
  private final Opener opener;
  private final SampleRing ring;
  private final LearnedEndpoints endpoints;
  private final FlowStages stages;
  private final InstantSource clock;
  private final LinkWatch link;
  private final AtomicLong idleBeats = new AtomicLong();
  private final AtomicLong reopened = new AtomicLong();

  private long nextPublishNanos;
  private volatile PacketSource source;
  private volatile CaptureStats before = new CaptureStats(0, 0, 0, 0, 0, null);
  private volatile boolean stopping;
  private volatile boolean endpointsWanted;
  private volatile List<LearnedEndpoint> keptEndpoints;
  private volatile Published published;

  /** Opens the interface. */
  @FunctionalInterface
  interface Opener {
    PacketSource open() throws CaptureException;
  }

  /** What the thread has counted. */
  private record Published(PipelineCounters counters, int activeFlows) {}

  /**
   * Opens the source; frames are buffered by the kernel from now on.
   *
   * @param interfaceNumber place of the interface in the configuration, from 0
   * @param member number among those that share the interface, from 0
   * @throws CaptureException where it cannot be opened
   */
  CaptureStage(
      String interfaceName,
      int interfaceNumber,
      int member,
      Opener opener,
      PipelineSettings settings,
      SampleRing ring,
      InstantSource clock)
      throws CaptureException {
    this.interfaceName = interfaceName;
    this.interfaceNumber = interfaceNumber;
    this.member = member;
    this.opener = opener;
    this.ring = ring;
    this.endpoints = settings.endpoints();
    this.clock = clock;
    link = new LinkWatch(Path.of("/sys/class/net"), interfaceName);
    stages = new FlowStages(settings, ring, NameListener.NONE);
    published = new Published(stages.counters(), 0);
    keptEndpoints = endpoints.all();
    source = opener.open();
  }

  @Override
  public void run() {
    try {
      while (!stopping) {
        capture();
        if (!stopping) {
          LOG.warn("{} went away; it is looked for every {} s", interfaceName, REOPEN_SECONDS);
          reopen();
        }
      }
      stages.finish();
      keptEndpoints = endpoints.all();
      publish();
    } finally {
      // Also after a mistake of ours: what the analysis has by then still becomes documents.
      ring.end();
      source.close();
    }
  }

  /** Reads until the source ends. */
  private void capture() {
    try {
      source.run(this);
    } catch (CaptureException e) {
      LOG.warn("{}", e.getMessage());
    }
  }

  private void reopen() {
    PacketSource gone = source;
    gone.close();
    int ticks = 0;
    while (!stopping && source == gone) {
      LockSupport.parkNanos(this, TICK_NANOS);
      onIdle(nowNanos());
      if (++ticks * TICK_NANOS >= REOPEN_SECONDS * NANOS_PER_SECOND) {
        ticks = 0;
        try {
          PacketSource fresh = opener.open();
          before = sum(before, gone.stats());
          source = fresh;
          reopened.incrementAndGet();
          LOG.info("{} is there again", interfaceName);
        } catch (CaptureException e) {
          LOG.debug("{}", e.getMessage());
        }
      }
    }
  }

  private static CaptureStats sum(CaptureStats a, CaptureStats b) {
    return new CaptureStats(
        a.framesReceived() + b.framesReceived(),
        a.bytesReceived() + b.bytesReceived(),
        a.kernelDropped() + b.kernelDropped(),
        0,
        0,
        null);
  }

  private long nowNanos() {
    var now = clock.instant();
    return now.getEpochSecond() * NANOS_PER_SECOND + now.getNano();
  }

  @Override
  public void onFrame(
      MemorySegment data,
      long offset,
      int capturedBytes,
      int wireBytes,
      long tsNanos,
      int linkType,
      int interfaceId) {
    stages.onFrame(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceNumber);
    // The latter after a clock was set back: otherwise nothing would be published until it caught
    // up.
    if (tsNanos >= nextPublishNanos || tsNanos < nextPublishNanos - 2 * PUBLISH_NANOS) {
      nextPublishNanos = tsNanos + PUBLISH_NANOS;
      publish();
    }
  }

  @Override
  public void onIdle(long nowNanos) {
    link.look();
    stages.idle(nowNanos - IDLE_LAG_NANOS);
    idleBeats.incrementAndGet();
    nextPublishNanos = nowNanos + PUBLISH_NANOS;
    publish();
  }

  private void publish() {
    published = new Published(stages.counters(), stages.activeFlows());
    if (endpointsWanted) {
      endpointsWanted = false;
      keptEndpoints = endpoints.all();
    }
  }

  /** Gives the interface back before the thread was started. */
  void close() {
    source.close();
  }

  /** Asks the thread to come to its end. */
  void stop() {
    stopping = true;
    source.stop();
  }

  /** Grows as long as the thread is alive and not stuck. */
  long beats() {
    return sum(before, source.stats()).framesReceived() + idleBeats.get();
  }

  /** Asks for a copy of the learned addresses within the next second. */
  void keepEndpoints() {
    endpointsWanted = true;
  }

  /** The copy that was asked for last, or that of the end. */
  List<LearnedEndpoint> keptEndpoints() {
    return keptEndpoints;
  }

  /** What the thread and its source have counted. */
  SensorFigures.Capture figures() {
    Published counted = published;
    CaptureStats stats = sum(before, source.stats());
    return new SensorFigures.Capture(
        interfaceName,
        member,
        stats.framesReceived(),
        stats.bytesReceived(),
        stats.kernelDropped(),
        link.up(),
        reopened.get(),
        ring.offered(),
        ring.dropped(),
        ring.waiting(),
        counted.counters(),
        counted.activeFlows());
  }
}
