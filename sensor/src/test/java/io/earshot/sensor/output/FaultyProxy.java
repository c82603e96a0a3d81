package io.earshot.sensor.output;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the sensor and a real Elasticsearch and does what networks, load balancers and
 * overloaded servers do to bulk requests.
 */
final class FaultyProxy implements AutoCloseable {
  /** What happens to a bulk request; everything else is passed on. */
  enum Mode {
    /** It is passed on, and so is the answer. */
    PASS,
    /** It is taken, never passed on and never answered. */
    HANG,
    /** It is passed on, and the answer is lost. */
    LOSE_ANSWER,
    /** It is passed on, and the answer ends in its middle. */
    CUT_ANSWER,
    /** It is answered with 429. */
    TOO_MANY_REQUESTS,
    /** It is answered with 503. */
    UNAVAILABLE,
    /** It is passed on, and the answer waits until it is let go. */
    HOLD_ANSWER
  }

  private final int target;
  private final HttpClient http = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger passedOn = new AtomicInteger();
  private volatile Mode mode = Mode.PASS;
  private volatile CountDownLatch letGo = new CountDownLatch(1);
  private @Nullable HttpServer server;
  private int port;

  /** A proxy for the server at that port of the loopback address. */
  FaultyProxy(int target) {
    this.target = target;
  }

  /** Listens, on the port that it had before; with TLS where a context is given. */
  void listen(@Nullable SSLContext tls) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    HttpServer opened;
    if (tls == null) {
      opened = HttpServer.create(address, 0);
    } else {
      HttpsServer https = HttpsServer.create(address, 0);
      https.setHttpsConfigurator(new HttpsConfigurator(tls));
      opened = https;
    }
    opened.setExecutor(threads);
    opened.createContext("/", this::handle);
    opened.start();
    server = opened;
    port = opened.getAddress().getPort();
  }

  /** Refuses connections until it listens again. */
  void refuse() {
    HttpServer open = server;
    if (open != null) {
      open.stop(0);
      server = null;
    }
  }

  /** From now on; what hung or was held goes on. */
  void mode(Mode next) {
    CountDownLatch held = letGo;
    letGo = new CountDownLatch(1);
    mode = next;
    held.countDown();
  }

  int port() {
    return port;
  }

  /** Bulk requests that the real server has answered. */
  int passedOn() {
    return passedOn.get();
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    CountDownLatch held = letGo;
    Mode now = exchange.getRequestURI().getPath().equals("/_bulk") ? mode : Mode.PASS;
    try {
      switch (now) {
        case HANG -> held.await();
        case TOO_MANY_REQUESTS -> give(exchange, 429, error(429), 0);
        case UNAVAILABLE -> give(exchange, 503, error(503), 0);
        case PASS -> forward(exchange, body, 0);
        case CUT_ANSWER -> forward(exchange, body, 20);
        case LOSE_ANSWER -> {
          ask(exchange, body);
          exchange.close();
        }
        case HOLD_ANSWER -> {
          HttpResponse<byte[]> answer = ask(exchange, body);
          held.await();
          give(exchange, answer.statusCode(), answer.body(), 0);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  private static byte[] error(int status) {
    String reason = "{\"type\":\"made_up\",\"reason\":\"as the test wants it\"}";
    return ("{\"error\":" + reason + ",\"status\":" + status + '}')
        .getBytes(StandardCharsets.UTF_8);
  }

  private void forward(HttpExchange exchange, byte[] body, int missing)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> answer;
    try {
      answer = ask(exchange, body);
    } catch (IOException e) {
      exchange.close(); // the real server is away: so is this connection
      return;
    }
    give(exchange, answer.statusCode(), answer.body(), missing);
  }

  private HttpResponse<byte[]> ask(HttpExchange exchange, byte[] body)
      throws IOException, InterruptedException {
    URI from = exchange.getRequestURI();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + target + from))
            .timeout(Duration.ofSeconds(60))
            .method(
                exchange.getRequestMethod(),
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    for (String name : new String[] {"Content-Type", "Content-Encoding"}) {
      Optional.ofNullable(exchange.getRequestHeaders().getFirst(name))
          .ifPresent(value -> request.header(name, value));
    }
    HttpResponse<byte[]> answer =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    if (from.getPath().equals("/_bulk")) {
      passedOn.incrementAndGet();
    }
    return answer;
  }

  /** Announces the whole body and leaves the last bytes out. */
  private static void give(HttpExchange exchange, int status, byte[] body, int missing)
      throws IOException {
    exchange.getResponseHeaders().set("X-Elastic-Product", "Elasticsearch");
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    boolean empty = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, empty ? -1 : body.length);
    if (!empty) {
      exchange.getResponseBody().write(body, 0, Math.max(0, body.length - missing));
      exchange.getResponseBody().flush();
    }
  }

  @Override
  public void close() {
    mode(Mode.PASS);
    refuse();
    threads.shutdownNow();
    http.shutdownNow();
  }
}
