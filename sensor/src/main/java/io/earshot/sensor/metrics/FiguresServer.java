package io.earshot.sensor.metrics;

import com.sun.net.httpserver.HttpExchange;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.instrumentation.jvm.JvmBufferPoolMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmClassLoadingMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmCompilationMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryPoolAllocationMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmRuntimeInfoMetric;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * {@code /metrics} for Prometheus, {@code /health} and {@code /ready} for those who start services,
 * on threads of its own.
 *
 * <p>{@code /health} is 200 while no thread is stuck, {@code /ready} while in addition documents
 * leave the sensor; 503 otherwise, with the reason.
 */
public final class FiguresServer implements AutoCloseable {
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;
  private static final int NOT_FOUND = 404;

  private final HTTPServer server;
  private final Supplier<String> sick;
  private final Supplier<String> unready;

  private FiguresServer(
      InetSocketAddress address,
      Supplier<SensorFigures> figures,
      Supplier<String> sick,
      Supplier<String> unready)
      throws IOException {
    this.sick = sick;
    this.unready = unready;
    PrometheusRegistry registry = new PrometheusRegistry();
    registry.register(new FigureCollector(figures));
    registerJvm(registry);
    server =
        HTTPServer.builder()
            .inetAddress(address.getAddress())
            .port(address.getPort())
            .registry(registry)
            .registerHealthHandler(false)
            .executorService(
                Executors.newFixedThreadPool(
                    2, Thread.ofPlatform().daemon().name("metrics-", 0).factory()))
            .defaultHandler(this::answer)
            .buildAndStart();
  }

  /**
   * Starts to answer.
   *
   * @param figures asked once per scrape
   * @param sick which thread is stuck; empty for none
   * @param unready why documents do not leave the sensor; empty where they do
   * @throws IOException where the address cannot be listened on
   */
  public static FiguresServer start(
      InetSocketAddress address,
      Supplier<SensorFigures> figures,
      Supplier<String> sick,
      Supplier<String> unready)
      throws IOException {
    return new FiguresServer(address, figures, sick, unready);
  }

  /** All of the library's but native memory, whose beans load the flight recorder: 0.1 s. */
  private static void registerJvm(PrometheusRegistry registry) {
    JvmBufferPoolMetrics.builder().register(registry);
    JvmClassLoadingMetrics.builder().register(registry);
    JvmCompilationMetrics.builder().register(registry);
    JvmGarbageCollectorMetrics.builder().register(registry);
    JvmMemoryMetrics.builder().register(registry);
    JvmMemoryPoolAllocationMetrics.builder().register(registry);
    JvmRuntimeInfoMetric.builder().register(registry);
    JvmThreadsMetrics.builder().register(registry);
    ProcessMetrics.builder().register(registry);
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String trouble = sick.get();
    switch (exchange.getRequestURI().getPath()) {
      case "/health" -> send(exchange, trouble);
      case "/ready" -> send(exchange, trouble.isEmpty() ? unready.get() : trouble);
      default -> send(exchange, NOT_FOUND, "there are /metrics, /health and /ready\n");
    }
  }

  private static void send(HttpExchange exchange, String trouble) throws IOException {
    send(
        exchange,
        trouble.isEmpty() ? OK : UNAVAILABLE,
        trouble.isEmpty() ? "ok\n" : trouble + '\n');
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
