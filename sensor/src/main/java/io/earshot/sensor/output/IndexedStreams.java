package io.earshot.sensor.output;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.earshot.kibana.ElasticsearchClients;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.StackException;
import java.util.ArrayList;
import java.util.List;

/** Reads stream documents back from Elasticsearch, to show what arrived. */
public final class IndexedStreams {
  private static final int MOST = 1000;

  private IndexedStreams() {}

  /**
   * A stream document as a table shows it.
   *
   * @param client address of the listener
   * @param serverName name of the audio server, {@code -} where none is known
   * @param label majority verdict
   * @param confidence of it, {@code NaN} where there is none
   * @param reason why it is unknown, empty where it is not
   * @param windows windows of the stream
   */
  public record Row(
      String client,
      String serverName,
      String label,
      double confidence,
      String reason,
      long windows) {}

  /**
   * All stream documents of a namespace, oldest first, at most {@value #MOST}.
   *
   * @throws StackException where Elasticsearch does not answer as it should
   */
  public static List<Row> read(ElasticsearchConnection connection, String namespace)
      throws StackException {
    String index = "logs-earshot.stream-" + namespace;
    ObjectNode query = JsonNodeFactory.instance.objectNode();
    query.put("size", MOST);
    query.putArray("sort").addObject().put("@timestamp", "asc");
    try (ElasticsearchClients clients = ElasticsearchClients.connect(connection)) {
      List<Row> rows = new ArrayList<>();
      for (JsonNode hit : clients.search(index, query).at("/hits/hits")) {
        rows.add(row(hit.path("_source")));
      }
      return rows;
    }
  }

  private static Row row(JsonNode document) {
    JsonNode quality = document.at("/spotify/quality");
    return new Row(
        document.at("/client/ip").asText("-"),
        document.at("/server/domain").asText("-"),
        quality.path("label").asText("-"),
        quality.path("confidence").asDouble(Double.NaN),
        quality.path("unknown_reason").asText(""),
        document.at("/spotify/windows/total").asLong());
  }
}
