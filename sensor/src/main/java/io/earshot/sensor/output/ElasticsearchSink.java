package io.earshot.sensor.output;

import io.earshot.kibana.ElasticsearchClients;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.StackException;
import io.earshot.sensor.document.EncodedDocument;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers documents into Elasticsearch by way of a {@link Spool} on disk: the owner thread puts
 * them in, a thread of the sink's own runs the {@link BulkShipper} that takes them out.
 *
 * <p>Nothing is asked of the server when the sink is opened; a server that is away is a reason to
 * spool, not to fail. Documents that an earlier run left in the folder are delivered first. What
 * cannot be delivered by {@link #close} stays in the folder and is the next run's.
 */
public final class ElasticsearchSink implements DocumentSink {
  private static final Logger LOG = LoggerFactory.getLogger(ElasticsearchSink.class);
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Settings settings;
  private final LongSupplier nanoClock;
  private final ElasticsearchClients clients;
  private final Spool spool;
  private final BulkShipper shipper;
  private final DeliveryStats.Ledger ledger;
  private final Thread shipping =
      Thread.ofPlatform().name("shipping").daemon().unstarted(this::ship);
  private final AtomicLong cycles = new AtomicLong();
  private volatile boolean stopping;
  private volatile @Nullable RuntimeException mistake;
  private boolean closed;

  /**
   * How to deliver.
   *
   * @param spool where documents wait
   * @param backoff pauses between tries
   * @param patience how long {@link #flush}, and {@link #deliver} at a full spool that blocks, wait
   *     without any progress before they give up
   * @param stopWithin how long {@link #close} goes on delivering while that makes progress
   */
  public record Settings(
      SpoolSettings spool, Backoff backoff, Duration patience, Duration stopWithin) {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration STOP_WITHIN = Duration.ofSeconds(10);

    private static final Duration STOP_LIVE_WITHIN = Duration.ofSeconds(1);

    /** For a sensor that runs for months: tries for ever, and stops soon when asked to. */
    public static Settings live(SpoolSettings spool) {
      return new Settings(spool, Backoff.LIVE, PATIENCE, STOP_LIVE_WITHIN);
    }

    /** For a command that somebody waits for: gives up after 20 seconds without progress. */
    public static Settings offline(SpoolSettings spool) {
      return new Settings(spool, Backoff.OFFLINE, PATIENCE, STOP_WITHIN);
    }
  }

  private ElasticsearchSink(
      ElasticsearchClients clients,
      Settings settings,
      Spool spool,
      DeliveryStats.Ledger ledger,
      LongSupplier nanoClock,
      InstantSource clock) {
    this.clients = clients;
    this.settings = settings;
    this.spool = spool;
    this.ledger = ledger;
    this.nanoClock = nanoClock;
    this.shipper =
        new BulkShipper(
            clients,
            spool,
            new DeadLetterFile(settings.spool().directory(), clock),
            ledger,
            settings.backoff(),
            nanoClock,
            RandomGenerator.getDefault(),
            () -> LockSupport.unpark(shipping));
  }

  /**
   * Opens the spool and begins to deliver what is in it.
   *
   * @throws DeliveryException when the spool or the CA file cannot be used
   */
  public static ElasticsearchSink open(ElasticsearchConnection connection, Settings settings)
      throws DeliveryException {
    ElasticsearchClients clients;
    try {
      clients = ElasticsearchClients.connect(connection);
    } catch (StackException e) {
      throw new DeliveryException(e.getMessage(), e);
    }
    try {
      DeliveryStats.Ledger ledger = new DeliveryStats.Ledger();
      LongSupplier nanoClock = System::nanoTime;
      InstantSource clock = InstantSource.system();
      Spool spool = Spool.open(settings.spool(), nanoClock, clock, ledger);
      ElasticsearchSink sink =
          new ElasticsearchSink(clients, settings, spool, ledger, nanoClock, clock);
      sink.shipping.start();
      return sink;
    } catch (DeliveryException e) {
      clients.close();
      throw e;
    }
  }

  /** Duty cycles until the sink is closed. */
  private void ship() {
    try {
      while (!stopping) {
        cycles.incrementAndGet();
        if (shipper.doWork() == 0 && !stopping) {
          LockSupport.parkNanos(
              this, Math.max(IDLE_NANOS, Math.min(shipper.pauseNanos(), LOOK_AGAIN_NANOS)));
        }
      }
      shipper.cancel();
    } catch (RuntimeException e) {
      LOG.error("The shipping agent stops because of a mistake in it", e);
      mistake = e;
    }
  }

  @Override
  public void deliver(EncodedDocument document) throws DeliveryException {
    if (closed) {
      throw new IllegalStateException("the sink is closed");
    }
    Patience patience = new Patience();
    while (spool.add(document) == Spool.Taken.NO_ROOM) {
      requireShipping();
      switch (settings.spool().whenFull()) {
        case DROP_NEWEST -> {
          ledger.made();
          ledger.dropped(DropReason.SPOOL_FULL_NEWEST, 1);
          return;
        }
        case DROP_OLDEST -> {
          if (!spool.dropOldest()) {
            ledger.made();
            ledger.dropped(DropReason.SPOOL_FULL_NEWEST, 1);
            return;
          }
        }
        case BLOCK -> patience.await("the spool is full");
      }
    }
  }

  /**
   * Makes the documents so far safe from the end of this process; without it that takes up to
   * {@link SpoolSettings#commitEvery}.
   *
   * @return false where the spool cannot be written now
   */
  public boolean commit() {
    return spool.commit();
  }

  @Override
  public void flush() throws DeliveryException {
    spool.commit();
    shipper.endPause();
    LockSupport.unpark(shipping);
    Patience patience = new Patience();
    while (spool.size() > 0) {
      requireShipping();
      patience.await("");
    }
    requireShipping();
  }

  private void requireShipping() {
    RuntimeException e = mistake;
    if (e != null) {
      throw new IllegalStateException("the shipping agent has stopped", e);
    }
  }

  /** Waiting for room or for the end, as long as something moves. */
  private final class Patience {
    private final int failuresBefore = shipper.status().failures();
    private long settled = -1;
    private long sinceNanos = nanoClock.getAsLong();

    void await(String what) throws DeliveryException {
      DeliveryStats stats = ledger.snapshot();
      long now = nanoClock.getAsLong();
      if (stats.delivered() + stats.deadLettered() + stats.dropped() > settled) {
        settled = stats.delivered() + stats.deadLettered() + stats.dropped();
        sinceNanos = now;
      }
      BulkShipper.Status status = shipper.status();
      boolean held =
          status.state() == BulkShipper.State.HELD && status.failures() != failuresBefore;
      if (held || now - sinceNanos > settings.patience().toNanos()) {
        throw new DeliveryException(why(what, status), null);
      }
      try {
        spool.awaitRoom(LOOK_AGAIN_NANOS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DeliveryException("Interrupted; " + waiting(), e);
      }
    }

    private String why(String what, BulkShipper.Status status) {
      String trouble = spool.trouble();
      String reason =
          trouble != null
              ? "The spool cannot be written: " + trouble
              : status.reason().isEmpty()
                  ? "Elasticsearch at " + clients.target() + " takes nothing"
                  : status.reason();
      return reason + (what.isEmpty() ? "; " : "; " + what + ", ") + waiting();
    }

    private String waiting() {
      return "%d documents wait in %s".formatted(spool.size(), settings.spool().directory());
    }
  }

  @Override
  public DeliveryStats stats() {
    return ledger.snapshot();
  }

  /** Grows as long as the shipping thread is alive and not stuck; any thread. */
  public long cycles() {
    return cycles.get();
  }

  /** How the shipping goes; any thread. */
  public BulkShipper.Status status() {
    return shipper.status();
  }

  /**
   * Delivers what it can within the time for stopping, then closes the spool. What is left is not
   * lost: it stays spooled.
   *
   * @throws DeliveryException when the spool could not be written
   */
  @Override
  public void close() throws DeliveryException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      deliverTheRest();
    } finally {
      stopping = true;
      LockSupport.unpark(shipping);
      join();
      clients.close();
      spool.close();
    }
    DeliveryStats stats = ledger.snapshot();
    if (mistake == null && stats.spooled() != spool.size()) {
      throw new IllegalStateException(
          "counters contradict each other: %d documents are spooled, but %d are in %s"
              .formatted(stats.spooled(), spool.size(), settings.spool().directory()));
    }
    if (stats.spooled() > 0) {
      LOG.warn(
          "{} documents wait in {}; the next run with this spool delivers them",
          stats.spooled(),
          settings.spool().directory());
    }
  }

  private void deliverTheRest() {
    spool.commit();
    long begin = nanoClock.getAsLong();
    try {
      while (spool.size() > 0
          && mistake == null
          && shipper.status().state() == BulkShipper.State.SHIPPING
          && nanoClock.getAsLong() - begin < settings.stopWithin().toNanos()) {
        spool.awaitRoom(LOOK_AGAIN_NANOS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void join() {
    boolean interrupted = false;
    while (true) {
      try {
        shipping.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
