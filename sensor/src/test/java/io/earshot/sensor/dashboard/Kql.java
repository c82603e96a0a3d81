package io.earshot.sensor.dashboard;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of Kibana's query language that the dashboards and rules use, as Elasticsearch queries:
 * {@code and}, {@code or}, {@code not}, equality and comparison. Anything else is refused.
 */
final class Kql {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern TOKEN =
      Pattern.compile("\\s*(?:(\\(|\\)|>=|<=|:|>|<)|\"([^\"]*)\"|([A-Za-z0-9_.@*-]+))");

  private final List<String> tokens = new ArrayList<>();
  private int at;

  private Kql(String kql) {
    Matcher matcher = TOKEN.matcher(kql);
    int end = 0;
    while (end < kql.length() && matcher.find(end) && matcher.start() == end) {
      tokens.add(matcher.group(2) == null ? matcher.group().strip() : '"' + matcher.group(2));
      end = matcher.end();
    }
    if (!kql.substring(end).isBlank()) {
      throw new IllegalArgumentException("not understood: " + kql.substring(end));
    }
  }

  /** The query of an expression; an empty one matches everything. */
  static ObjectNode query(String kql) {
    if (kql.isBlank()) {
      ObjectNode all = JSON.createObjectNode();
      all.putObject("match_all");
      return all;
    }
    Kql parser = new Kql(kql);
    ObjectNode query = parser.either();
    if (parser.at < parser.tokens.size()) {
      throw new IllegalArgumentException("not understood after " + parser.at + ": " + kql);
    }
    return query;
  }

  private ObjectNode either() {
    ObjectNode left = both();
    while (take("or")) {
      ObjectNode right = both();
      ObjectNode query = JSON.createObjectNode();
      ArrayNode should = query.putObject("bool").put("minimum_should_match", 1).putArray("should");
      should.add(left).add(right);
      left = query;
    }
    return left;
  }

  private ObjectNode both() {
    ObjectNode left = one();
    while (take("and")) {
      ObjectNode right = one();
      ObjectNode query = JSON.createObjectNode();
      query.putObject("bool").putArray("filter").add(left).add(right);
      left = query;
    }
    return left;
  }

  private ObjectNode one() {
    ObjectNode query = JSON.createObjectNode();
    if (take("not")) {
      query.putObject("bool").putArray("must_not").add(one());
      return query;
    }
    if (take("(")) {
      ObjectNode inner = either();
      if (!take(")")) {
        throw new IllegalArgumentException("a parenthesis is open");
      }
      return inner;
    }
    String field = tokens.get(at++);
    String operator = tokens.get(at++);
    String value = tokens.get(at++);
    switch (operator) {
      case ":" -> {
        if (value.equals("*")) {
          query.putObject("exists").put("field", field);
        } else {
          query.putObject("term").put(field, value.startsWith("\"") ? value.substring(1) : value);
        }
      }
      case ">", ">=", "<", "<=" -> {
        String name =
            (operator.startsWith(">") ? "gt" : "lt") + (operator.endsWith("=") ? "e" : "");
        query.putObject("range").putObject(field).put(name, Double.parseDouble(value));
      }
      default -> throw new IllegalArgumentException("no such operator: " + operator);
    }
    return query;
  }

  private boolean take(String token) {
    if (at < tokens.size() && tokens.get(at).equals(token)) {
      at++;
      return true;
    }
    return false;
  }
}
