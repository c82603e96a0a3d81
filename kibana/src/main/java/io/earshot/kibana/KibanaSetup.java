package io.earshot.kibana;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.earshot.kibana.KibanaApi.Answer;
import io.earshot.kibana.KibanaRules.Rule;
import io.earshot.kibana.SetupReport.Outcome;
import io.earshot.kibana.SetupReport.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Installs data views, dashboards, the connector and the rules into a space of Kibana 8.12 or
 * newer.
 *
 * <p>Running it again changes nothing. What is there already stays as it is, because it may be a
 * user's own copy, unless overwriting is asked for. Rules are installed enabled. Prints nothing.
 */
public final class KibanaSetup {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\..*");

  private final KibanaApi api;
  private final KibanaConnection connection;
  private final Options options;
  private final List<Step> steps = new ArrayList<>();

  /**
   * What is wanted of the installation.
   *
   * @param dryRun whether only to say what would be done
   * @param overwrite whether to replace what is there and differs
   */
  public record Options(boolean dryRun, boolean overwrite) {}

  private KibanaSetup(KibanaApi api, KibanaConnection connection, Options options) {
    this.api = api;
    this.connection = connection;
    this.options = options;
  }

  /**
   * Installs what is missing and, where asked for, replaces what differs.
   *
   * @return what was done, in order
   * @throws StackException when Kibana cannot be reached, is too old, does not allow it or refuses
   */
  public static SetupReport install(KibanaConnection connection, Options options)
      throws StackException {
    try (KibanaApi api = new KibanaApi(connection)) {
      KibanaSetup setup = new KibanaSetup(api, connection, options);
      setup.run();
      return new SetupReport(setup.steps);
    }
  }

  private void run() throws StackException {
    KibanaVersion version = version();
    requireSpace();
    savedObjects();
    connector();
    for (Rule rule : KibanaRules.all()) {
      rule(rule, version);
    }
  }

  private KibanaVersion version() throws StackException {
    Answer answer = api.getOutsideOfSpaces("/api/status");
    String number = answer.json().at("/version/number").asText();
    Matcher matcher = VERSION.matcher(number);
    if (!matcher.matches()) {
      throw new StackException(
          StackException.Kind.UNREACHABLE,
          "What answers at %s does not say that it is Kibana (status %d); check the URL, and the credentials where Kibana hides its version"
              .formatted(connection.url(), answer.status()));
    }
    KibanaVersion version =
        new KibanaVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    if (!version.isAtLeast(8, 12)) {
      throw new StackException(
          StackException.Kind.REFUSED,
          "Kibana at %s is %s; the dashboards need 8.12 or newer"
              .formatted(connection.url(), number));
    }
    return version;
  }

  private void requireSpace() throws StackException {
    if (connection.space().equals(KibanaConnection.DEFAULT_SPACE)) {
      return;
    }
    Answer answer = api.getOutsideOfSpaces("/api/spaces/space/" + connection.space());
    if (answer.status() == 404) {
      throw new StackException(
          StackException.Kind.REFUSED,
          "Kibana at %s has no space \"%s\"; create it first (Stack Management, Spaces)"
              .formatted(connection.url(), connection.space()));
    }
    require("to show the space " + connection.space(), answer);
  }

  private void savedObjects() throws StackException {
    StringBuilder wanted = new StringBuilder();
    List<Step> done = new ArrayList<>();
    for (String line : SavedObjects.ndjson().lines().toList()) {
      JsonNode object = parsed(line);
      String type = object.path("type").asText();
      String what = (type.equals("index-pattern") ? "data view" : type) + ' ' + name(object);
      JsonNode found = exported(type, object.path("id").asText());
      if (found.isMissingNode() || (options.overwrite() && !same(object, found))) {
        wanted.append(line).append('\n');
        done.add(
            new Step(
                what,
                options.dryRun() ? Outcome.WOULD_DO : Outcome.DONE,
                found.isMissingNode() ? null : "replaces the one that was there"));
      } else {
        done.add(same(object, found) ? new Step(what, Outcome.UNCHANGED, null) : kept(what));
      }
    }
    if (!wanted.isEmpty() && !options.dryRun()) {
      Answer answer = api.importObjects(wanted.toString(), options.overwrite());
      if (!answer.isDone() || !answer.json().path("success").asBoolean()) {
        List<String> errors = new ArrayList<>();
        for (JsonNode error : answer.json().path("errors")) {
          errors.add(
              "%s %s: %s"
                  .formatted(
                      error.path("type").asText(),
                      error.path("id").asText(),
                      error.at("/error/type").asText()));
        }
        if (errors.isEmpty()) {
          throw api.refused("the import of data views and dashboards", answer);
        }
        throw new StackException(
            StackException.Kind.REFUSED,
            "Kibana at %s did not import everything: %s"
                .formatted(connection.url(), String.join("; ", errors)));
      }
    }
    steps.addAll(done);
  }

  /** The object as Kibana has it, missing where it has none. */
  private JsonNode exported(String type, String id) throws StackException {
    ObjectNode request = JSON.createObjectNode();
    request.put("excludeExportDetails", true);
    request.putArray("objects").addObject().put("type", type).put("id", id);
    Answer answer = api.send("POST", "/api/saved_objects/_export", request);
    if (answer.isDone()) {
      return answer.text().isBlank()
          ? JsonNodeFactory.instance.missingNode()
          : parsed(answer.text().lines().findFirst().orElse(""));
    }
    if (answer.status() == 400 || answer.status() == 404) {
      return JsonNodeFactory.instance.missingNode();
    }
    throw api.refused("to show " + type + ' ' + id, answer);
  }

  /** Whether what is there says the same, however the JSON inside its strings is written. */
  private static boolean same(JsonNode object, JsonNode found) {
    return !found.isMissingNode()
        && unfolded(object.path("attributes")).equals(unfolded(found.path("attributes")));
  }

  private static JsonNode unfolded(JsonNode node) {
    if (node.isTextual() && (node.asText().startsWith("{") || node.asText().startsWith("["))) {
      try {
        return unfolded(JSON.readTree(node.asText()));
      } catch (JsonProcessingException e) {
        return node;
      }
    }
    if (node.isObject()) {
      ObjectNode copy = JSON.createObjectNode();
      node.properties().forEach(field -> copy.set(field.getKey(), unfolded(field.getValue())));
      return copy;
    }
    return node;
  }

  private void connector() throws StackException {
    String path = "/api/actions/connector/" + KibanaRules.connectorId();
    String what = "connector " + KibanaRules.connector().path("name").asText();
    Answer found = api.get(path);
    if (found.isDone()) {
      steps.add(new Step(what, Outcome.UNCHANGED, null));
    } else if (found.status() != 404) {
      throw api.refused("to show the " + what, found);
    } else if (options.dryRun()) {
      steps.add(new Step(what, Outcome.WOULD_DO, null));
    } else {
      require(what, api.send("POST", path, KibanaRules.connector()));
      steps.add(new Step(what, Outcome.DONE, null));
    }
  }

  private void rule(Rule rule, KibanaVersion version) throws StackException {
    String what = "rule " + rule.name();
    String path = "/api/alerting/rule/" + rule.id();
    ObjectNode body = rule.body(version);
    Answer found = api.get(path);
    if (found.isDone()) {
      boolean sameType = found.json().path("rule_type_id").equals(body.path("rule_type_id"));
      if (sameType && found.json().path("params").equals(body.path("params"))) {
        steps.add(new Step(what, Outcome.UNCHANGED, null));
        return;
      }
      if (!options.overwrite()) {
        steps.add(kept(what));
        return;
      }
      if (!options.dryRun()) {
        if (sameType) {
          body.remove(List.of("rule_type_id", "consumer", "enabled"));
          require(what, api.send("PUT", path, body));
        } else {
          // A rule cannot change its type.
          require(what, api.send("DELETE", path, null));
          require(what, api.send("POST", path, body));
        }
      }
      Outcome outcome = options.dryRun() ? Outcome.WOULD_DO : Outcome.DONE;
      steps.add(new Step(what, outcome, "replaces the one that was there"));
      return;
    }
    if (found.status() != 404) {
      throw api.refused("to show the " + what, found);
    }
    if (options.dryRun()) {
      steps.add(new Step(what, Outcome.WOULD_DO, null));
      return;
    }
    require(what, api.send("POST", path, body));
    steps.add(new Step(what, Outcome.DONE, "enabled"));
  }

  private void require(String what, Answer answer) throws StackException {
    if (!answer.isDone()) {
      throw api.refused(what, answer);
    }
  }

  private static Step kept(String what) {
    return new Step(
        what,
        Outcome.SKIPPED,
        "there is one already that differs, perhaps your own; --overwrite replaces it");
  }

  private static String name(JsonNode object) {
    JsonNode attributes = object.path("attributes");
    return attributes.path(attributes.has("name") ? "name" : "title").asText();
  }

  private static JsonNode parsed(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return JsonNodeFactory.instance.missingNode();
    }
  }
}
