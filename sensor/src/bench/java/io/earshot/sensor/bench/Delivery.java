package io.earshot.sensor.bench;

import co.elastic.clients.elasticsearch._helpers.bulk.BulkIngester;
import co.elastic.clients.util.BinaryData;
import io.earshot.kibana.ElasticsearchClients;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.ElasticsearchSetup;
import io.earshot.sensor.document.EncodedDocument;
import io.earshot.sensor.output.DeliveryStats;
import io.earshot.sensor.output.ElasticsearchSink;
import io.earshot.sensor.output.FullSpool;
import io.earshot.sensor.output.SpoolSettings;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Documents per second: into the spool, from the spool into Elasticsearch, and by the client's own
 * {@code BulkIngester} with the same documents, request size and number of requests under way.
 *
 * <p>Arguments: URL, file with documents as {@code analyze -o ndjson} writes them, folder for
 * spools, documents per round, rounds. The rounds of the three alternate; the first one warms up
 * and does not count.
 */
public final class Delivery {
  private static final int BATCH = 1000;
  private static final int REQUESTS = 2;

  private Delivery() {}

  /** Runs the rounds and prints a line for each and the medians. */
  public static void main(String[] arguments) throws Exception {
    ElasticsearchConnection server = ElasticsearchConnection.of(arguments[0]);
    List<String> lines = Files.readAllLines(Path.of(arguments[1]));
    Path folder = Path.of(arguments[2]);
    int documents = Integer.parseInt(arguments[3]);
    int rounds = Integer.parseInt(arguments[4]);
    ElasticsearchSetup.install(server, ElasticsearchSetup.Options.defaults());
    System.out.printf(
        Locale.ROOT,
        "%,d documents a round, %,d B each on average%n",
        documents,
        (long) lines.stream().mapToInt(String::length).average().orElse(0));
    double[] append = new double[rounds];
    double[] ship = new double[rounds];
    double[] ingester = new double[rounds];
    for (int round = -1; round < rounds; round++) {
      List<EncodedDocument> made = make(lines, "bench_a" + (round + 1), documents);
      double appended = append(made, folder.resolve("spool" + (round + 1)));
      double shipped = ship(server, made.size(), folder.resolve("spool" + (round + 1)));
      double ingested = ingest(server, make(lines, "bench_b" + (round + 1), documents));
      System.out.printf(
          Locale.ROOT,
          "%s append %,.0f/s, spool to Elasticsearch %,.0f/s, BulkIngester %,.0f/s%n",
          round < 0 ? "warm-up:" : "round " + (round + 1) + ":",
          appended,
          shipped,
          ingested);
      if (round >= 0) {
        append[round] = appended;
        ship[round] = shipped;
        ingester[round] = ingested;
      }
    }
    System.out.printf(
        Locale.ROOT,
        "median: append %,.0f/s, spool to Elasticsearch %,.0f/s, BulkIngester %,.0f/s, ratio"
            + " %.2f%n",
        median(append),
        median(ship),
        median(ingester),
        median(ship) / median(ingester));
  }

  private static List<EncodedDocument> make(List<String> lines, String namespace, int documents) {
    List<EncodedDocument> made = new ArrayList<>();
    for (int i = 0; i < documents; i++) {
      byte[] json = lines.get(i % lines.size()).getBytes(StandardCharsets.UTF_8);
      made.add(new EncodedDocument("logs-earshot.window-" + namespace, "bench-id-" + i, json));
    }
    return made;
  }

  /** Into the spool, while the server is away; ends with a commit of the last one. */
  private static double append(List<EncodedDocument> documents, Path spool) throws Exception {
    int nobody;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = free.getLocalPort();
    }
    try (ElasticsearchSink sink =
        ElasticsearchSink.open(
            ElasticsearchConnection.of("http://127.0.0.1:" + nobody), settings(spool))) {
      long begin = System.nanoTime();
      for (EncodedDocument document : documents) {
        sink.deliver(document);
      }
      if (!sink.commit()) {
        throw new IllegalStateException("the spool cannot be written");
      }
      return documents.size() * 1e9 / (System.nanoTime() - begin);
    }
  }

  /** What waits in the spool, from its opening to the last answer. */
  private static double ship(ElasticsearchConnection server, int documents, Path spool)
      throws Exception {
    long begin = System.nanoTime();
    try (ElasticsearchSink sink = ElasticsearchSink.open(server, settings(spool))) {
      sink.flush();
      double rate = documents * 1e9 / (System.nanoTime() - begin);
      DeliveryStats stats = sink.stats();
      if (stats.delivered() != documents || stats.duplicates() != 0) {
        throw new IllegalStateException(stats.text());
      }
      return rate;
    }
  }

  private static double ingest(ElasticsearchConnection server, List<EncodedDocument> documents)
      throws Exception {
    try (ElasticsearchClients clients = ElasticsearchClients.connect(server)) {
      long begin = System.nanoTime();
      try (BulkIngester<Void> ingester =
          BulkIngester.of(
              options ->
                  options
                      .client(clients.client())
                      .maxOperations(BATCH)
                      .maxConcurrentRequests(REQUESTS))) {
        for (EncodedDocument document : documents) {
          BinaryData json = BinaryData.of(document.json(), "application/json");
          ingester.add(
              operation ->
                  operation.create(
                      create ->
                          create.index(document.dataStream()).id(document.id()).document(json)));
        }
      }
      return documents.size() * 1e9 / (System.nanoTime() - begin);
    }
  }

  private static ElasticsearchSink.Settings settings(Path spool) {
    return ElasticsearchSink.Settings.offline(SpoolSettings.of(spool, 4L << 30, FullSpool.BLOCK));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
