package io.earshot.sensor.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WebhookTest {
  private static final byte[] ALERT = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);

  private final Deque<Integer> answers = new ArrayDeque<>();
  private final List<Map<String, String>> received =
      Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch open = new CountDownLatch(1);

  @SuppressWarnings("NullAway.Init") // made before each test
  private HttpServer server;

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try {
            open.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          received.add(
              Map.of(
                  "body",
                  new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
                  "id",
                  header(exchange.getRequestHeaders().getFirst("X-Earshot-Id")),
                  "timestamp",
                  header(exchange.getRequestHeaders().getFirst("X-Earshot-Timestamp")),
                  "signature",
                  header(exchange.getRequestHeaders().getFirst("X-Earshot-Signature"))));
          Integer answer = answers.poll();
          exchange.sendResponseHeaders(answer == null ? 204 : answer, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void alert_refusedForNow_isTriedAgainWithTheSameId() {
    answers.addAll(List.of(503, 429));
    open.countDown();
    Webhook webhook = webhook("secret", 5, 10);
    webhook.offer("one", ALERT);
    webhook.close();

    assertThat(received).hasSize(3).allMatch(r -> "one".equals(r.get("id")));
    assertThat(webhook.stats()).isEqualTo(new Webhook.Stats(1, 1, 0, 0));
  }

  @Test
  void alert_withASecret_isSigned() {
    open.countDown();
    Webhook webhook = webhook("secret", 1, 10);
    webhook.offer("one", ALERT);
    webhook.close();

    Map<String, String> request = received.getFirst();
    assertThat(request.get("body")).isEqualTo("{\"a\":1}");
    assertThat(request.get("signature"))
        .isEqualTo(
            "sha256=" + Webhook.signature("secret", header(request.get("timestamp")), ALERT));
  }

  /** printf '%s' '7.{"a":1}' | openssl dgst -sha256 -hmac secret */
  @Test
  void signature_ofKnownInput_isWhatOpensslSays() {
    assertThat(Webhook.signature("secret", "7", ALERT))
        .isEqualTo("58451c5c8058db6fb5fe79fcdbd8895233b97d50ebe3d2035ced4bab8357d0ba");
  }

  @Test
  void alert_refusedForGood_isNotTriedAgain() {
    answers.add(400);
    open.countDown();
    Webhook webhook = webhook(null, 5, 10);
    webhook.offer("one", ALERT);
    webhook.offer("two", ALERT);
    webhook.close();

    assertThat(received).extracting(r -> r.get("id")).containsExactly("one", "two");
    assertThat(received).allMatch(r -> "".equals(r.get("signature")));
    assertThat(webhook.stats()).isEqualTo(new Webhook.Stats(2, 1, 1, 0));
  }

  @Test
  void alert_triedOftenEnough_isGivenUp() {
    answers.addAll(List.of(500, 500, 500));
    open.countDown();
    Webhook webhook = webhook(null, 3, 10);
    webhook.offer("one", ALERT);
    webhook.close();

    assertThat(received).hasSize(3);
    assertThat(webhook.stats()).isEqualTo(new Webhook.Stats(1, 0, 1, 0));
  }

  @Test
  void alerts_beyondTheRoom_areCounted() {
    Webhook webhook = webhook(null, 1, 2);
    for (int i = 0; i < 10; i++) {
      webhook.offer("a" + i, ALERT);
    }
    Webhook.Stats full = webhook.stats();
    open.countDown();
    webhook.close();

    assertThat(full.dropped()).isBetween(7L, 8L);
    Webhook.Stats stats = webhook.stats();
    assertThat(stats.waiting()).isZero();
    assertThat(stats.sent()).isEqualTo(10 - stats.dropped());
  }

  @Test
  void settings_ofAnotherScheme_areRefused() {
    assertThatThrownBy(() -> Webhook.Settings.of(URI.create("ftp://example.org"), null))
        .hasMessageContaining("http");
  }

  private Webhook webhook(@Nullable String secret, int attempts, int capacity) {
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    return new Webhook(new Webhook.Settings(url, secret, attempts, Duration.ofMillis(1), capacity));
  }

  @Test
  void close_withinATime_givesUpWhatIsNotAnsweredAndCountsIt() {
    Webhook webhook =
        new Webhook(
            Webhook.Settings.of(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/"), null));
    webhook.offer("a", ALERT);
    webhook.offer("b", ALERT);
    webhook.close(Duration.ofMillis(50));
    open.countDown();

    assertThat(webhook.stats().offered()).isEqualTo(2);
    assertThat(webhook.stats().sent()).isZero();
  }

  private static String header(@Nullable String value) {
    return value == null ? "" : value;
  }
}
