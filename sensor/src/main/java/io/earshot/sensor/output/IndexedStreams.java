package io.earshot.sensor.output;

import co.elastic.clients.elasticsearch._types.SortOrder;
import co.elastic.clients.elasticsearch.core.SearchResponse;
import co.elastic.clients.elasticsearch.core.search.Hit;
import com.fasterxml.jackson.databind.JsonNode;
import io.earshot.kibana.ElasticsearchClients;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.StackException;
import java.io.IOException;
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
    try (ElasticsearchClients clients = ElasticsearchClients.connect(connection)) {
      try {
        clients.client().indices().refresh(r -> r.index(index));
        SearchResponse<JsonNode> found =
            clients
                .client()
                .search(
                    s ->
                        s.index(index)
                            .size(MOST)
                            .sort(o -> o.field(f -> f.field("@timestamp").order(SortOrder.Asc))),
                    JsonNode.class);
        List<Row> rows = new ArrayList<>();
        for (Hit<JsonNode> hit : found.hits().hits()) {
          if (hit.source() != null) {
            rows.add(row(hit.source()));
          }
        }
        return rows;
      } catch (IOException | RuntimeException e) {
        throw clients.explain(e);
      }
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
