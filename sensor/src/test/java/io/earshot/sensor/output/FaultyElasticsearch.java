package io.earshot.sensor.output;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.earshot.kibana.ElasticsearchConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Answers {@code _bulk} as told, for faults that a real server cannot be made to show. Without
 * being told anything it accepts every document.
 */
final class FaultyElasticsearch implements AutoCloseable {
  /** One answer to a request that holds these documents' ids. */
  interface Answer {
    /** Answers the request, or closes the exchange. */
    void give(HttpExchange exchange, List<String> ids) throws IOException;
  }

  private final HttpServer server;
  private final Deque<Answer> answers = new ArrayDeque<>();
  private final List<List<String>> requests = new ArrayList<>();
  private final List<String> questions = new ArrayList<>();
  private List<String> backingIndices = List.of(".ds-1");
  private Set<String> held = Set.of();

  FaultyElasticsearch() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> answer(exchange, 200, ""));
    server.createContext("/_bulk", this::bulk);
    server.createContext("/_resolve/index", this::resolve);
    server.createContext("/_mget", this::find);
    server.start();
  }

  ElasticsearchConnection connection() {
    return ElasticsearchConnection.of("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** The next answers, in order. */
  synchronized void willGive(Answer... next) {
    answers.addAll(List.of(next));
  }

  /** The indices behind {@code logs-earshot.window-default}, oldest first. */
  synchronized void hasBackingIndices(String... indices) {
    backingIndices = List.of(indices);
  }

  /** What an {@code _mget} finds, each as {@code index/id}. */
  synchronized void holds(String... documents) {
    held = Set.of(documents);
  }

  /** What {@code _mget} was asked for so far, each as {@code index/id}. */
  synchronized List<String> questions() {
    return List.copyOf(questions);
  }

  private synchronized void resolve(HttpExchange exchange) throws IOException {
    String indices =
        backingIndices.stream().map(name -> '"' + name + '"').collect(Collectors.joining(","));
    answer(
        exchange,
        200,
        "{\"data_streams\":[{\"name\":\"logs-earshot.window-default\",\"backing_indices\":["
            + indices
            + "]}]}");
  }

  private synchronized void find(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    List<String> found = new ArrayList<>();
    Matcher asked =
        Pattern.compile("\\{\"_index\":\"([^\"]*)\",\"_id\":\"([^\"]*)\"}").matcher(body);
    while (asked.find()) {
      String document = asked.group(1) + '/' + asked.group(2);
      questions.add(document);
      found.add("{\"_id\":\"" + asked.group(2) + "\",\"found\":" + held.contains(document) + '}');
    }
    answer(exchange, 200, "{\"docs\":[" + String.join(",", found) + "]}");
  }

  /** The ids of each bulk request so far. */
  synchronized List<List<String>> requests() {
    return List.copyOf(requests);
  }

  /** A status and a body for the request as a whole. */
  static Answer whole(int status, String body) {
    return (exchange, _) -> answer(exchange, status, body);
  }

  /** A status for each item, in order. */
  static Answer items(Integer... statuses) {
    return (exchange, ids) -> {
      StringBuilder items = new StringBuilder();
      for (int i = 0; i < ids.size(); i++) {
        items.append(i == 0 ? "" : ",").append(item(ids.get(i), statuses[i]));
      }
      answer(exchange, 200, "{\"took\":1,\"errors\":true,\"items\":[" + items + "]}");
    };
  }

  /** Takes the request in and hangs up without an answer. */
  static Answer hangUp() {
    return (exchange, _) -> exchange.close();
  }

  private static String item(String id, int status) {
    String verdict =
        status < 300
            ? "\"result\":\"created\""
            : "\"error\":{\"type\":\"some_exception\",\"reason\":\"reason for " + status + "\"}";
    return "{\"create\":{\"_index\":\"logs-earshot.window-default\",\"_id\":\"%s\",\"status\":%d,%s}}"
        .formatted(id, status, verdict);
  }

  private void bulk(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    List<String> ids =
        body.lines()
            .filter(line -> line.startsWith("{\"create\""))
            .map(line -> line.replaceAll(".*\"_id\":\"([^\"]*)\".*", "$1"))
            .toList();
    Answer answer;
    synchronized (this) {
      requests.add(ids);
      answer = answers.poll();
    }
    if (answer == null) {
      Integer[] created = new Integer[ids.size()];
      Arrays.fill(created, 201);
      answer = items(created);
    }
    answer.give(exchange, ids);
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("X-Elastic-Product", "Elasticsearch");
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
