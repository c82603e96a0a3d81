package io.earshot.kibana;

import co.elastic.clients.transport.rest5_client.low_level.Request;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.earshot.kibana.ElasticsearchClients.Answer;
import io.earshot.kibana.OutputCheck.Result.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;

/**
 * Whether documents will arrive: connects, and checks version, privileges, templates, and a test
 * document that is written and removed again. Each check is one line for the operator; a later one
 * is made even where an earlier one failed, unless nothing answers at all.
 */
public final class OutputCheck {
  private static final int OLDEST_MAJOR = 8;
  private static final int OLDEST_MINOR = 19;

  private final ElasticsearchClients clients;
  private final String namespace;
  private final List<Result> results = new ArrayList<>();

  /**
   * One check.
   *
   * @param what was checked
   * @param outcome how it went
   * @param detail in words
   */
  public record Result(String what, Outcome outcome, String detail) {
    /** How a check went. */
    public enum Outcome {
      /** As it should be. */
      OK,
      /** Documents will not arrive, or not as they should. */
      FAILED,
      /** The server does not offer what the check needs; Earshot works without it. */
      SKIPPED
    }
  }

  private OutputCheck(ElasticsearchClients clients, String namespace) {
    this.clients = clients;
    this.namespace = namespace;
  }

  /**
   * Makes all checks.
   *
   * @param namespace last part of the data streams' names
   * @throws StackException when the CA file cannot be used
   */
  public static List<Result> run(ElasticsearchConnection connection, String namespace)
      throws StackException {
    try (ElasticsearchClients clients = ElasticsearchClients.connect(connection)) {
      OutputCheck check = new OutputCheck(clients, namespace);
      check.all();
      return List.copyOf(check.results);
    }
  }

  /** A check that talks to the server. */
  private interface Step {
    void run() throws StackException;
  }

  private void all() {
    boolean connected =
        step(
            "connection",
            () -> {
              clients.requireReachable();
              ok("connection", clients.target() + " answers");
            });
    if (!connected) {
      return;
    }
    step("version", this::version);
    step("privileges", this::privileges);
    step("templates", this::templates);
    step("document", this::document);
  }

  private boolean step(String what, Step step) {
    try {
      step.run();
      return true;
    } catch (StackException e) {
      results.add(new Result(what, Outcome.FAILED, e.getMessage()));
      return false;
    }
  }

  private void ok(String what, String detail) {
    results.add(new Result(what, Outcome.OK, detail));
  }

  private void skipped(String what, String detail) {
    results.add(new Result(what, Outcome.SKIPPED, detail));
  }

  private void failed(String what, String detail) {
    results.add(new Result(what, Outcome.FAILED, detail));
  }

  private void version() throws StackException {
    Answer answer = clients.request(new Request("GET", "/"));
    String number = answer.body().at("/version/number").asText();
    if (number.isEmpty()) {
      skipped("version", "this server does not tell its version");
      return;
    }
    String[] parts = number.split("\\.", -1);
    try {
      int major = Integer.parseInt(parts[0]);
      int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
      if (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR)) {
        failed("version", number + " is too old; 8.19 or newer is needed");
        return;
      }
    } catch (NumberFormatException _) {
      // A version that is no number is new to us; the other checks will tell.
    }
    ok("version", number);
  }

  private void privileges() throws StackException {
    ObjectNode wanted = JsonNodeFactory.instance.objectNode();
    JsonNode role = SecurityRoles.role(SecurityRoles.WRITER);
    wanted.set("cluster", role.path("cluster"));
    ArrayNode indices = wanted.putArray("index");
    role.path("indices").forEach(indices::add);
    Request request = new Request("POST", "/_security/user/_has_privileges");
    request.setJsonEntity(wanted.toString());
    Answer answer = clients.request(request);
    if (answer.status() == 401 || answer.status() == 403) {
      throw clients.explain(answer);
    }
    if (!answer.isDone()) {
      skipped("privileges", "this server has no security");
      return;
    }
    List<String> missing = new ArrayList<>();
    collectMissing("cluster", answer.body().path("cluster"), missing);
    for (Map.Entry<String, JsonNode> index : answer.body().path("index").properties()) {
      collectMissing(index.getKey(), index.getValue(), missing);
    }
    if (answer.body().path("has_all_requested").asBoolean()) {
      ok("privileges", "all that a sensor needs");
    } else {
      failed(
          "privileges",
          "missing: "
              + String.join(", ", missing)
              + "; \"earshot setup --print-role\" prints the role that has them");
    }
  }

  private static void collectMissing(String where, JsonNode granted, List<String> missing) {
    for (Map.Entry<String, JsonNode> privilege : granted.properties()) {
      if (!privilege.getValue().asBoolean()) {
        missing.add(privilege.getKey() + " on " + where);
      }
    }
  }

  private void templates() throws StackException {
    List<String> wrong = new ArrayList<>();
    for (IndexTemplates.Template template : IndexTemplates.all()) {
      boolean component = template.kind() == IndexTemplates.Kind.COMPONENT;
      String folder = component ? "/_component_template/" : "/_index_template/";
      Answer answer = clients.request(new Request("GET", folder + template.name()));
      JsonNode meta =
          answer
              .body()
              .at(
                  component
                      ? "/component_templates/0/component_template/_meta"
                      : "/index_templates/0/index_template/_meta");
      int expected = template.body().at("/_meta/version").asInt();
      if (answer.status() == 401 || answer.status() == 403) {
        skipped("templates", "these credentials may not look at them");
        return;
      }
      if (!meta.isObject()) {
        wrong.add(template.name() + " is missing");
      } else if (meta.path("version").asInt() != expected) {
        wrong.add(
            "%s has version %d, not %d"
                .formatted(template.name(), meta.path("version").asInt(), expected));
      }
    }
    if (wrong.isEmpty()) {
      ok("templates", "all in place");
    } else {
      failed("templates", String.join(", ", wrong) + "; run \"earshot setup --elasticsearch\"");
    }
  }

  /** Into the sensor's own figures, where a document without any of them changes no chart. */
  private void document() throws StackException {
    String dataStream = "metrics-earshot.sensor-" + namespace;
    String id = "test-" + UUID.randomUUID();
    String now = Instant.now().toString();
    String lines =
        "{\"create\":{\"_index\":\"%s\",\"_id\":\"%s\"}}\n".formatted(dataStream, id)
            + "{\"@timestamp\":\"%s\",\"event\":{\"kind\":\"state\",\"module\":\"earshot\",\"id\":\"%s\"}}\n"
                .formatted(now, id);
    Answer answer;
    try {
      answer = clients.bulk(lines.getBytes(StandardCharsets.UTF_8)).join();
    } catch (CompletionException | CancellationException e) {
      throw e.getCause() instanceof StackException known
          ? known
          : new StackException(StackException.Kind.UNREACHABLE, e.toString(), e);
    }
    JsonNode item = answer.body().at("/items/0/create");
    if (!answer.isDone() || item.path("status").asInt() != 201) {
      int status = answer.isDone() ? item.path("status").asInt() : answer.status();
      String reason = answer.isDone() ? Answer.reasonOf(item.path("error")) : answer.reason();
      failed(
          "document",
          "a test document into " + dataStream + " is refused: " + status + " " + reason);
      return;
    }
    String index = item.path("_index").asText();
    Answer removed = clients.request(new Request("DELETE", '/' + index + "/_doc/" + id));
    if (removed.isDone()) {
      ok("document", "written into " + dataStream + " and removed again");
    } else if (removed.status() == 401 || removed.status() == 403) {
      ok(
          "document",
          "written into %s; these credentials may rightly not remove it, so %s stays there until the retention takes it"
              .formatted(dataStream, id));
    } else {
      failed("document", "written into " + dataStream + ", but not removed: " + removed.reason());
    }
  }
}
