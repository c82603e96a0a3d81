package io.earshot.sensor.output;

import io.earshot.kibana.ElasticsearchConnection;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real Elasticsearch server in a process and a folder of its own, on a free port of the loopback
 * address.
 *
 * <p>The server is the one that {@code deploy/elasticsearch} lays out; the system property {@code
 * earshot.es.home} names another folder. It ends when it is closed and also when this process dies,
 * because its standard input ends then.
 */
public final class ElasticsearchProcess implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofMinutes(2);
  private static final int STOP_WITHIN_S = 30;

  private final Path work;
  private final boolean ownFolder;
  private final Process process;
  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();

  private ElasticsearchProcess(Path work, boolean ownFolder, Process process, int port) {
    this.work = work;
    this.ownFolder = ownFolder;
    this.process = process;
    this.port = port;
  }

  /** A server with a new data folder, which is deleted when it is closed. */
  public static ElasticsearchProcess start() {
    try {
      return start(Files.createTempDirectory("earshot-es"), true, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A server on the data folder of an earlier one, which stays when it is closed.
   *
   * @param port HTTP port, 0 for any
   */
  public static ElasticsearchProcess start(Path work, int port) {
    return start(work, false, port);
  }

  private static ElasticsearchProcess start(Path work, boolean ownFolder, int port) {
    Path home =
        Path.of(System.getProperty("earshot.es.home", "../deploy/elasticsearch/target/es-home"))
            .toAbsolutePath()
            .normalize();
    Path classes = home.resolveSibling("classes");
    if (!Files.isDirectory(home.resolve("lib")) || !Files.isDirectory(classes)) {
      throw new IllegalStateException(
          "no Elasticsearch server in "
              + home
              + ": lay it out with \"mvn -pl deploy/elasticsearch pre-integration-test\"");
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms512m",
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-Dlog4j2.disable.jmx=true",
                "--enable-native-access="
                    + "ALL-UNNAMED,org.elasticsearch.nativeaccess,org.apache.lucene.core",
                "--sun-misc-unsafe-memory-access=allow",
                "--module-path",
                home.resolve("lib").toString(),
                "--add-modules=jdk.net,jdk.management.agent,ALL-MODULE-PATH",
                "-cp",
                classes.toString(),
                "io.earshot.deploy.elasticsearch.ElasticsearchLauncher",
                home.toString(),
                work.toString(),
                Integer.toString(port),
                "--until-stdin-ends"));
    File log = work.resolve("server.err").toFile();
    try {
      Process process = new ProcessBuilder(command).redirectError(log).start();
      int bound = awaitStarted(process, log.toPath());
      return new ElasticsearchProcess(work, ownFolder, process, bound).awaitReady();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int awaitStarted(Process process, Path log) throws IOException {
    BufferedReader out = process.inputReader();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith("STARTED ")) {
        Thread.ofPlatform().daemon().start(() -> out.lines().forEach(_ -> {}));
        return Integer.parseInt(line.substring("STARTED ".length()));
      }
    }
    throw new IllegalStateException(
        "Elasticsearch ended instead of starting:\n" + Files.readString(log));
  }

  private ElasticsearchProcess awaitReady() {
    long giveUp = System.nanoTime() + READY_WITHIN.toNanos();
    while (System.nanoTime() < giveUp) {
      if (get("/_cluster/health?wait_for_status=yellow&timeout=5s")
          .contains("\"timed_out\":false")) {
        return this;
      }
    }
    close();
    throw new IllegalStateException("Elasticsearch does not get ready");
  }

  /** Where it listens. */
  public ElasticsearchConnection connection() {
    return ElasticsearchConnection.of("http://127.0.0.1:" + port);
  }

  /** The HTTP port it listens on. */
  public int port() {
    return port;
  }

  /** The answer's body, whatever the status. */
  public String get(String path) {
    return send(HttpRequest.newBuilder(uri(path)).build());
  }

  /** The answer's body, whatever the status. */
  public String request(String method, String path, String json) {
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(json))
            .build());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  private String send(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Ends it as a power cut would; the data folder stays until it is closed. */
  public void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  @Override
  public void close() {
    http.close();
    process.destroy();
    awaitEnd();
    if (ownFolder) {
      delete(work);
    }
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(STOP_WITHIN_S, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }

  private static void delete(Path folder) {
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException failure)
                throws IOException {
              Files.delete(dir);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
