package io.earshot.sensor.output;

import io.earshot.kibana.ElasticsearchConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process of its own that makes documents and delivers them, to be killed and to be short of
 * disk.
 *
 * <p>It prints {@code SAFE n} when the documents below {@code n} are committed, and {@code DONE}
 * when all are delivered; then it has ended cleanly.
 */
final class FeedingProcess implements AutoCloseable {
  private static final int GROUP = 100;

  private final Process process;
  private final AtomicInteger safe = new AtomicInteger();
  private final Thread reader;
  private final List<String> said = new ArrayList<>();

  /** Starts the process; documents from {@code from} to below {@code to}. */
  FeedingProcess(String url, Path spool, String namespace, int from, int to) throws IOException {
    safe.set(from);
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                FeedingProcess.class.getName(),
                url,
                spool.toString(),
                namespace,
                Integer.toString(from),
                Integer.toString(to))
            .redirectErrorStream(true)
            .start();
    reader = Thread.ofPlatform().daemon().start(this::listen);
  }

  private void listen() {
    process
        .inputReader()
        .lines()
        .forEach(
            line -> {
              synchronized (said) {
                said.add(line);
              }
              if (line.startsWith("SAFE ")) {
                safe.set(Integer.parseInt(line.substring("SAFE ".length())));
              }
            });
  }

  int safe() {
    return safe.get();
  }

  String said() {
    synchronized (said) {
      return String.join("\n", said);
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
    reader.join();
  }

  /** Waits for its clean end. */
  void awaitDone() throws InterruptedException {
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly().waitFor();
    }
    reader.join();
    if (process.exitValue() != 0 || !said().endsWith("DONE")) {
      throw new IllegalStateException("the feeding process ended with:\n" + said());
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** The process itself. */
  public static void main(String[] arguments) throws Exception {
    ElasticsearchConnection connection = ElasticsearchConnection.of(arguments[0]);
    ElasticsearchSink.Settings settings =
        new ElasticsearchSink.Settings(
            SpoolSettings.of(Path.of(arguments[1]), 64 << 20, FullSpool.BLOCK),
            DeliveryFaultsIT.BACKOFF,
            Duration.ofMinutes(1),
            Duration.ofSeconds(10));
    int to = Integer.parseInt(arguments[4]);
    try (ElasticsearchSink sink = ElasticsearchSink.open(connection, settings)) {
      for (int i = Integer.parseInt(arguments[3]); i < to; i++) {
        sink.deliver(DeliveryFaultsIT.document(arguments[2], i));
        if ((i + 1) % GROUP == 0 || i + 1 == to) {
          while (!sink.commit()) {
            Thread.sleep(10);
          }
          System.out.println("SAFE " + (i + 1));
        }
      }
      sink.flush();
      if (sink.stats().made() + sink.stats().recovered() != sink.stats().delivered()) {
        throw new IllegalStateException(sink.stats().text());
      }
    }
    System.out.println("DONE");
  }
}
