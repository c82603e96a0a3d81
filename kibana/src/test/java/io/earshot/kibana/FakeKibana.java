package io.earshot.kibana;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * As much of Kibana's HTTP API as the installer uses, and as strict: {@code kbn-xsrf} on everything
 * that changes, a file with the right ending, versions that are not newer than its own, ids of
 * encrypted objects that are UUIDs, no second creation, no change of what may not change.
 */
final class FakeKibana implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern PATH = Pattern.compile("(?:/s/([a-z0-9_-]+))?(/api/.*)");
  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");

  private final HttpServer server;
  private final String version;
  private final @Nullable String authorization;
  private final Set<String> spaces = new HashSet<>(Set.of("default"));
  private final List<String> changes = new ArrayList<>();

  /** Saved objects, connectors and rules by space, type and id. */
  final Map<String, ObjectNode> objects = new TreeMap<>();

  FakeKibana(String version, @Nullable String authorization, String... spaces) throws IOException {
    this.version = version;
    this.authorization = authorization;
    this.spaces.addAll(List.of(spaces));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Every request that changed something, since the last call. */
  List<String> takeChanges() {
    synchronized (this) {
      List<String> taken = List.copyOf(changes);
      changes.clear();
      return taken;
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }

  /** What is sent back. */
  private record Reply(int status, String body) {}

  private void handle(HttpExchange exchange) throws IOException {
    Reply reply;
    synchronized (this) {
      reply = reply(exchange);
    }
    byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("kbn-name", "fake");
    exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private Reply reply(HttpExchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (authorization != null
        && !authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      return error(401, "Unauthorized");
    }
    if (!method.equals("GET") && exchange.getRequestHeaders().getFirst("kbn-xsrf") == null) {
      return error(400, "Request must contain a kbn-xsrf header.");
    }
    Matcher matcher = PATH.matcher(exchange.getRequestURI().toString());
    if (!matcher.matches()) {
      return error(404, "Not Found");
    }
    String space = matcher.group(1) == null ? "default" : matcher.group(1);
    String api = matcher.group(2);
    if (!spaces.contains(space)) {
      return error(404, "Not Found");
    }
    if (api.equals("/api/status")) {
      return new Reply(200, "{\"version\":{\"number\":\"" + version + "\"}}");
    }
    if (api.startsWith("/api/spaces/space/")) {
      boolean there = spaces.contains(api.substring("/api/spaces/space/".length()));
      return there ? new Reply(200, "{}") : error(404, "Not Found");
    }
    if (api.equals("/api/saved_objects/_export")) {
      return export(space, JSON.readTree(body));
    }
    if (api.startsWith("/api/saved_objects/_import?")) {
      String type = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type"));
      return imported(space, type, body, api.contains("overwrite=true"));
    }
    if (api.startsWith("/api/actions/connector/") || api.startsWith("/api/alerting/rule/")) {
      return encrypted(method, space, api, body);
    }
    return error(404, "Not Found");
  }

  private Reply export(String space, JsonNode request) {
    StringBuilder lines = new StringBuilder();
    for (JsonNode wanted : request.path("objects")) {
      ObjectNode object =
          objects.get(
              space + '/' + wanted.path("type").asText() + '/' + wanted.path("id").asText());
      if (object == null) {
        return error(400, "Error fetching objects to export");
      }
      lines.append(object).append('\n');
    }
    return new Reply(200, lines.toString());
  }

  private Reply imported(String space, String contentType, String body, boolean overwrite)
      throws JsonProcessingException {
    Matcher boundary = Pattern.compile("multipart/form-data; boundary=(\\S+)").matcher(contentType);
    Matcher file =
        Pattern.compile(
                "(?s)--(\\S+)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"[^\"]+\\.ndjson\"\r\n[^\r]*\r\n\r\n(.*)\r\n--\\1--\r\n")
            .matcher(body);
    if (!boundary.matches() || !file.matches() || !boundary.group(1).equals(file.group(1))) {
      return error(400, "[request body.file]: expected value of type [Stream]");
    }
    List<ObjectNode> incoming = new ArrayList<>();
    for (String line : file.group(2).strip().lines().toList()) {
      incoming.add((ObjectNode) JSON.readTree(line));
    }
    Set<String> known = new HashSet<>(objects.keySet());
    incoming.forEach(object -> known.add(key(space, object)));
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode errors = JSON.createArrayNode();
    int done = 0;
    for (ObjectNode object : incoming) {
      String problem = problem(space, object, known, overwrite);
      if (problem == null) {
        done++;
        objects.put(key(space, object), object);
      } else {
        ObjectNode error = errors.addObject();
        error.set("id", object.path("id"));
        error.set("type", object.path("type"));
        error.putObject("error").put("type", problem);
      }
    }
    changes.add("import " + done);
    answer.put("success", errors.isEmpty()).put("successCount", done);
    if (!errors.isEmpty()) {
      answer.set("errors", errors);
    }
    return new Reply(200, answer.toString());
  }

  private @Nullable String problem(
      String space, ObjectNode object, Set<String> known, boolean overwrite) {
    if (!object.path("coreMigrationVersion").asText().equals("8.8.0")) {
      return "unsupported_version";
    }
    for (JsonNode reference : object.path("references")) {
      if (!known.contains(
          space + '/' + reference.path("type").asText() + '/' + reference.path("id").asText())) {
        return "missing_references";
      }
    }
    return !overwrite && objects.containsKey(key(space, object)) ? "conflict" : null;
  }

  private Reply encrypted(String method, String space, String api, String body)
      throws JsonProcessingException {
    String id = api.substring(api.lastIndexOf('/') + 1);
    boolean isRule = api.startsWith("/api/alerting/");
    String key = space + (isRule ? "/rule/" : "/connector/") + id;
    ObjectNode there = objects.get(key);
    switch (method) {
      case "GET" -> {
        return there == null ? error(404, "Not Found") : new Reply(200, there.toString());
      }
      case "DELETE" -> {
        changes.add("DELETE " + key);
        return objects.remove(key) == null ? error(404, "Not Found") : new Reply(204, "");
      }
      default -> {}
    }
    ObjectNode sent = (ObjectNode) JSON.readTree(body);
    if (method.equals("POST")) {
      if (!UUID.matcher(id).matches()) {
        return error(400, "Predefined IDs are not allowed unless the ID is a UUID.");
      }
      if (there != null) {
        return error(409, "Saved object [" + key + "] conflict");
      }
    } else if (there == null) {
      return error(404, "Not Found");
    } else if (sent.has("rule_type_id") || sent.has("consumer") || sent.has("enabled")) {
      return error(400, "[request body]: definition for this key is missing");
    } else {
      sent = there.deepCopy().setAll(sent);
    }
    for (JsonNode action : sent.path("actions")) {
      if (!objects.containsKey(space + "/connector/" + action.path("id").asText())) {
        return error(400, "Failed to get actions: no such connector");
      }
    }
    changes.add(method + ' ' + key);
    objects.put(key, sent);
    return new Reply(200, sent.toString());
  }

  private static String key(String space, JsonNode object) {
    return space + '/' + object.path("type").asText() + '/' + object.path("id").asText();
  }

  private static Reply error(int status, String message) {
    return new Reply(
        status,
        JSON.createObjectNode().put("statusCode", status).put("message", message).toString());
  }
}
