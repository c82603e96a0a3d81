package io.earshot.kibana;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.earshot.kibana.OutputCheck.Result;
import io.earshot.kibana.OutputCheck.Result.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server with security, which the one of the integration tests lacks. */
class OutputCheckTest {
  private final HttpServer server;
  private final Map<String, String> bodies = new HashMap<>();
  private final Map<String, Integer> statuses = new HashMap<>();

  OutputCheckTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    bodies.put("GET /", "{\"version\":{\"number\":\"9.5.3\"}}");
    bodies.put("POST /_security/user/_has_privileges", "{\"has_all_requested\":true}");
    for (IndexTemplates.Template template : IndexTemplates.all()) {
      boolean component = template.kind() == IndexTemplates.Kind.COMPONENT;
      bodies.put(
          (component ? "GET /_component_template/" : "GET /_index_template/") + template.name(),
          component
              ? "{\"component_templates\":[{\"component_template\":{\"_meta\":%s}}]}"
                  .formatted(template.body().path("_meta"))
              : "{\"index_templates\":[{\"index_template\":{\"_meta\":%s}}]}"
                  .formatted(template.body().path("_meta")));
    }
    bodies.put("POST /_bulk", "{\"items\":[{\"create\":{\"_index\":\".ds-1\",\"status\":201}}]}");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void run_allAsItShouldBe_isOk() throws Exception {
    assertThat(run()).hasSize(5).allMatch(result -> result.outcome() == Outcome.OK);
  }

  @Test
  void run_privilegesMissing_namesThemAndTheRole() throws Exception {
    bodies.put(
        "POST /_security/user/_has_privileges",
        """
        {"has_all_requested":false,"cluster":{"monitor":true},
         "index":{"logs-earshot.*-*":{"create_doc":false,"read":true}}}\
        """);

    assertThat(run("privileges"))
        .isEqualTo(
            new Result(
                "privileges",
                Outcome.FAILED,
                "missing: create_doc on logs-earshot.*-*; \"earshot setup --print-role\" prints the"
                    + " role that has them"));
  }

  @Test
  void run_serverTooOld_saysWhichIsNeeded() throws Exception {
    bodies.put("GET /", "{\"version\":{\"number\":\"8.18.4\"}}");
    assertThat(run("version").detail()).isEqualTo("8.18.4 is too old; 8.19 or newer is needed");
    bodies.put("GET /", "{\"version\":{\"number\":\"8.19.0\"}}");
    assertThat(run("version").outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void run_templateMissing_tellsToRunTheSetup() throws Exception {
    bodies.put("GET /_index_template/logs-earshot.window", "{}");
    assertThat(run("templates").detail())
        .isEqualTo("logs-earshot.window is missing; run \"earshot setup --elasticsearch\"");
  }

  @Test
  void run_documentMayNotBeRemoved_isOkAndSaysThatItStays() throws Exception {
    statuses.put("DELETE", 403);
    Result result = run("document");
    assertThat(result.outcome()).isEqualTo(Outcome.OK);
    assertThat(result.detail()).contains("stays there until the retention takes it");
  }

  @Test
  void run_documentRefused_saysWhy() throws Exception {
    bodies.put(
        "POST /_bulk",
        "{\"items\":[{\"create\":{\"status\":403,\"error\":{\"reason\":\"no such right\"}}}]}");
    assertThat(run("document").outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run("document").detail()).contains("403 no such right");
  }

  @Test
  void run_credentialsRefused_endsAfterTheConnection() throws Exception {
    statuses.put("HEAD", 401);
    assertThat(run())
        .singleElement()
        .satisfies(
            result -> {
              assertThat(result.outcome()).isEqualTo(Outcome.FAILED);
              assertThat(result.detail()).contains("answers 401");
            });
  }

  @Test
  void requests_ofTheRoles_holdNoMoreThanTheyNeed() {
    assertThat(SecurityRoles.requests())
        .contains("PUT /_security/role/earshot_setup")
        .contains("PUT /_security/role/earshot_writer")
        .contains("POST /_security/api_key");
    assertThat(SecurityRoles.role(SecurityRoles.WRITER).findValues("privileges").toString())
        .doesNotContain("\"all\"")
        .doesNotContain("manage")
        .doesNotContain("delete");
  }

  private List<Result> run() throws StackException {
    return OutputCheck.run(
        ElasticsearchConnection.of("http://127.0.0.1:" + server.getAddress().getPort()), "default");
  }

  private Result run(String what) throws StackException {
    return run().stream().filter(result -> result.what().equals(what)).findAny().orElseThrow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    exchange.getRequestBody().readAllBytes();
    byte[] body =
        bodies
            .getOrDefault(method + ' ' + exchange.getRequestURI().getPath(), "{}")
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("X-Elastic-Product", "Elasticsearch");
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    boolean head = method.equals("HEAD");
    exchange.sendResponseHeaders(statuses.getOrDefault(method, 200), head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }
}
