package io.earshot.sensor.output;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts alerts as JSON to an address of the operator's, in order, on a thread of its own.
 *
 * <p>At least once while the process lives: what is refused with 429 or 5xx or not answered is
 * tried again, so a receiver must take {@code X-Earshot-Id} for the alert's identity. What waits is
 * bounded and lost with the process; the documents in Elasticsearch are the lasting record. {@code
 * offered = sent + refused + dropped + waiting} at any time.
 *
 * <p>With a secret each request carries {@code X-Earshot-Timestamp} (seconds since the epoch) and
 * {@code X-Earshot-Signature: sha256=} with the HMAC-SHA256 (RFC 2104) in hexadecimal over
 * timestamp, a full stop and the body.
 */
public final class Webhook implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** The only one without an id: nothing comes after it. */
  private static final EncodedAlert END = new EncodedAlert("", new byte[0]);

  private final Settings settings;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final BlockingQueue<EncodedAlert> waiting;
  private final AtomicLong offered = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final Thread sender;

  /**
   * Where alerts go.
   *
   * @param url {@code http} or {@code https}
   * @param secret key of the signature, absent for none
   * @param attempts how often an alert is tried, at least once
   * @param firstPause before the second attempt; doubled before each further one
   * @param capacity alerts that may wait
   */
  public record Settings(
      URI url, @Nullable String secret, int attempts, Duration firstPause, int capacity) {
    public Settings {
      if (!"http".equals(url.getScheme()) && !"https".equals(url.getScheme())) {
        throw new IllegalArgumentException("a webhook is http:// or https://, not " + url);
      }
      if (attempts < 1 || capacity < 1) {
        throw new IllegalArgumentException("attempts and capacity must be 1 or more");
      }
    }

    /** Seven attempts within about a minute, a thousand alerts. */
    public static Settings of(URI url, @Nullable String secret) {
      return new Settings(url, secret, 7, Duration.ofSeconds(1), 1000);
    }
  }

  /**
   * What became of the alerts.
   *
   * @param offered alerts handed in
   * @param sent alerts that the receiver took
   * @param refused alerts that it would not take, or that were tried often enough
   * @param dropped alerts that found no room
   */
  public record Stats(long offered, long sent, long refused, long dropped) {
    /** Alerts that wait. */
    public long waiting() {
      return offered - sent - refused - dropped;
    }
  }

  /** An alert that waits. */
  @SuppressWarnings("ArrayRecordComponent") // written by nobody
  private record EncodedAlert(String id, byte[] json) {}

  /** Starts the sender. */
  public Webhook(Settings settings) {
    this.settings = settings;
    this.waiting = new ArrayBlockingQueue<>(settings.capacity());
    sender = Thread.ofPlatform().daemon().name("webhook").start(this::run);
  }

  /** Hands an alert over; never waits. */
  public void offer(String id, byte[] json) {
    offered.incrementAndGet();
    if (!waiting.offer(new EncodedAlert(id, json)) && dropped.incrementAndGet() == 1) {
      LOG.warn("The webhook {} is too slow: alerts are dropped and counted", settings.url());
    }
  }

  /** What became of the alerts so far. */
  public Stats stats() {
    // Outcomes first: an alert that is offered meanwhile then counts as waiting.
    long s = sent.get();
    long r = refused.get();
    long d = dropped.get();
    return new Stats(offered.get(), s, r, d);
  }

  private void run() {
    try {
      for (EncodedAlert alert = waiting.take(); !alert.id().isEmpty(); alert = waiting.take()) {
        send(alert);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(EncodedAlert alert) throws InterruptedException {
    Duration pause = settings.firstPause();
    String words = "";
    for (int attempt = 1; attempt <= settings.attempts(); attempt++) {
      if (attempt > 1) {
        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        pause = pause.multipliedBy(2);
      }
      try {
        int status = http.send(request(alert), HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status >= 200 && status < 300) {
          sent.incrementAndGet();
          return;
        }
        words = "status " + status;
        if (status != 429 && status < 500) {
          break;
        }
      } catch (IOException e) {
        words = String.valueOf(e.getMessage());
      }
    }
    if (refused.incrementAndGet() == 1) {
      LOG.warn("The webhook {} does not take alerts: {}", settings.url(), words);
    }
  }

  private HttpRequest request(EncodedAlert alert) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(settings.url())
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .header("X-Earshot-Id", alert.id())
            .POST(HttpRequest.BodyPublishers.ofByteArray(alert.json()));
    String secret = settings.secret();
    if (secret != null) {
      String timestamp = Long.toString(Instant.now().getEpochSecond());
      request.header("X-Earshot-Timestamp", timestamp);
      request.header("X-Earshot-Signature", "sha256=" + signature(secret, timestamp, alert.json()));
    }
    return request.build();
  }

  /** The HMAC over timestamp, a full stop and the body, in lower-case hexadecimal. */
  static String signature(String secret, String timestamp, byte[] json) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      mac.update((timestamp + '.').getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(mac.doFinal(json));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
    }
  }

  /** Waits so long for the alerts that wait, and gives up the others: they stay in the counts. */
  public void close(Duration within) {
    try {
      if (!waiting.offer(END) || !sender.join(within)) {
        sender.interrupt();
        sender.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      sender.interrupt();
    }
    http.shutdownNow();
  }

  /** Waits until every alert was sent or given up. */
  @Override
  public void close() {
    try {
      waiting.put(END);
      sender.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      sender.interrupt();
    }
    http.close();
  }
}
