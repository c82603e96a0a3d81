package io.earshot.kibana;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules that are shipped, each in two forms: in ES|QL with one alert per row for Kibana 8.19,
 * 9.1 and newer, and as an index threshold for older ones. They notify an index connector, which
 * needs no licence.
 *
 * <p>Ids are UUIDs, because Kibana takes no other for objects that it encrypts.
 */
final class KibanaRules {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String RESOURCE = "/rules/earshot-rules.json";

  private KibanaRules() {}

  /**
   * A rule.
   *
   * @param id its id in Kibana
   * @param name its name
   * @param source both forms
   */
  record Rule(String id, String name, JsonNode source) {
    /** What Kibana of that version is sent to create it. */
    ObjectNode body(KibanaVersion version) {
      boolean rows = version.hasRowAlerts();
      ObjectNode body = JSON.createObjectNode();
      body.put("name", name);
      body.put("rule_type_id", rows ? ".es-query" : ".index-threshold");
      body.put("consumer", "stackAlerts").put("enabled", true);
      body.putArray("tags").add("earshot");
      body.putObject("schedule").put("interval", source.path("interval").asText());
      if (version.isAtLeast(8, 13)) {
        body.putObject("alert_delay").put("active", source.path("delay").asInt());
      }
      body.set("params", source.path(rows ? "esql" : "threshold").deepCopy());
      ArrayNode actions = body.putArray("actions");
      action(actions, rows ? "query matched" : "threshold met", "active");
      action(actions, "recovered", "recovered");
      return body;
    }

    private void action(ArrayNode actions, String group, String state) {
      ObjectNode action = actions.addObject();
      action.put("group", group).put("id", connectorId());
      action
          .putObject("frequency")
          .put("summary", false)
          .put("notify_when", "onActionGroupChange")
          .putNull("throttle");
      action
          .putObject("params")
          .putArray("documents")
          .addObject()
          .put("@timestamp", "{{date}}")
          .put("rule", "{{rule.name}}")
          .put("subject", "{{alert.id}}")
          .put("state", state)
          .put("message", "{{context.message}}")
          .put("about", source.path("about").asText());
    }
  }

  static List<Rule> all() {
    List<Rule> rules = new ArrayList<>();
    for (JsonNode rule : IndexTemplates.resource(RESOURCE).path("rules")) {
      rules.add(new Rule(rule.path("id").asText(), rule.path("name").asText(), rule));
    }
    return rules;
  }

  static String connectorId() {
    return IndexTemplates.resource(RESOURCE).at("/connector/id").asText();
  }

  /** What Kibana is sent to create the connector. */
  static ObjectNode connector() {
    JsonNode source = IndexTemplates.resource(RESOURCE).path("connector");
    ObjectNode body = JSON.createObjectNode();
    body.put("name", source.path("name").asText()).put("connector_type_id", ".index");
    body.putObject("config").put("index", source.path("index").asText()).put("refresh", false);
    body.putObject("secrets");
    return body;
  }
}
