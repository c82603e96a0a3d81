package io.earshot.sensor.output;

import static io.earshot.sensor.output.FaultyElasticsearch.hangUp;
import static io.earshot.sensor.output.FaultyElasticsearch.items;
import static io.earshot.sensor.output.FaultyElasticsearch.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.sensor.document.EncodedDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ElasticsearchSinkTest {
  private static final Retry THREE = new Retry(3, Duration.ofSeconds(1), Duration.ofSeconds(10));

  private final FaultyElasticsearch server;
  private final List<Duration> pauses = new ArrayList<>();

  ElasticsearchSinkTest() throws IOException {
    server = new FaultyElasticsearch();
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void flush_createdAndAlreadyThere_areDelivered() throws Exception {
    server.willGive(items(201, 409));
    try (ElasticsearchSink sink = open()) {
      deliver(sink, "a", "b");
      sink.flush();

      assertThat(sink.stats()).isEqualTo(new DeliveryStats(2, 2, 1, 0, 0, 0));
    }
  }

  @Test
  void flush_someItemsBusy_onlyTheyAreSentAgain() throws Exception {
    server.willGive(items(201, 429, 201, 503), items(429, 201));
    try (ElasticsearchSink sink = open()) {
      deliver(sink, "a", "b", "c", "d");
      sink.flush();

      assertThat(server.requests())
          .containsExactly(List.of("a", "b", "c", "d"), List.of("b", "d"), List.of("b"));
      assertThat(sink.stats()).isEqualTo(new DeliveryStats(4, 4, 0, 0, 0, 0));
      assertThat(pauses).hasSize(2);
    }
  }

  @Test
  void flush_wholeRequestBusy_isSentAgain() throws Exception {
    server.willGive(
        whole(429, "{\"error\":{\"type\":\"x\",\"reason\":\"flood\"},\"status\":429}"),
        whole(503, "<html>proxy</html>"));
    try (ElasticsearchSink sink = open()) {
      deliver(sink, "a");
      sink.flush();

      assertThat(sink.stats()).isEqualTo(new DeliveryStats(1, 1, 0, 0, 0, 0));
      assertThat(server.requests()).hasSize(3);
    }
  }

  @Test
  void flush_answerCutOrEmpty_isSentAgainAndCountsOnce() throws Exception {
    server.willGive(whole(200, "{\"took\":1,\"items\":[{\"cre"), whole(200, ""), items(409, 409));
    try (ElasticsearchSink sink = open()) {
      deliver(sink, "a", "b");
      sink.flush();

      assertThat(server.requests()).hasSize(3);
      assertThat(sink.stats()).isEqualTo(new DeliveryStats(2, 2, 2, 0, 0, 0));
    }
  }

  @Test
  void flush_answerLost_isSentAgainAndCountsOnce() throws Exception {
    server.willGive(hangUp(), items(409, 409));
    try (ElasticsearchSink sink = open()) {
      deliver(sink, "a", "b");
      sink.flush();

      assertThat(sink.stats()).isEqualTo(new DeliveryStats(2, 2, 2, 0, 0, 0));
    }
  }

  @Test
  void flush_refusedItem_isADeadLetterWithItsReason() throws Exception {
    server.willGive(items(201, 400));
    try (ElasticsearchSink sink = open()) {
      deliver(sink, "a", "b");
      sink.flush();

      assertThat(sink.stats()).isEqualTo(new DeliveryStats(2, 1, 0, 0, 1, 0));
      assertThat(sink.deadLetters())
          .containsExactly(new DeadLetter(document("b"), 400, "reason for 400"));
    }
  }

  @Test
  void flush_requestTooLarge_isHalvedUntilTheCulpritIsAlone() throws Exception {
    FaultyElasticsearch.Answer tooLarge = whole(413, "");
    server.willGive(tooLarge, items(201, 201), tooLarge, tooLarge);
    try (ElasticsearchSink sink = open()) {
      deliver(sink, "a", "b", "c", "d");
      sink.flush();

      assertThat(server.requests())
          .containsExactly(
              List.of("a", "b", "c", "d"),
              List.of("a", "b"),
              List.of("c", "d"),
              List.of("c"),
              List.of("d"));
      assertThat(sink.stats()).isEqualTo(new DeliveryStats(4, 3, 0, 0, 1, 0));
      assertThat(sink.deadLetters()).extracting(DeadLetter::status).containsExactly(413);
      assertThat(pauses).isEmpty();
    }
  }

  @Test
  void flush_noRight_failsAtOnceAndKeepsTheDocuments() throws Exception {
    server.willGive(whole(403, "{\"error\":{\"type\":\"x\",\"reason\":\"no\"},\"status\":403}"));
    try (ElasticsearchSink sink = open()) {
      deliver(sink, "a");

      assertThatThrownBy(sink::flush)
          .isInstanceOf(DeliveryException.class)
          .hasMessageContaining("answers 403")
          .hasMessageContaining("no credentials are configured")
          .hasMessageContaining("1 documents wait undelivered");
      assertThat(pauses).isEmpty();
      assertThat(sink.stats()).isEqualTo(new DeliveryStats(1, 0, 0, 1, 0, 0));

      sink.flush();
      assertThat(sink.stats()).isEqualTo(new DeliveryStats(1, 1, 0, 0, 0, 0));
    }
  }

  @Test
  void flush_dataStreamWithoutTemplate_tellsToRunTheSetup() throws Exception {
    server.willGive(items(404));
    try (ElasticsearchSink sink = open()) {
      deliver(sink, "a");

      assertThatThrownBy(sink::flush).hasMessageContaining("run \"earshot setup\" first");
      assertThat(sink.stats().spooled()).isEqualTo(1);
    }
  }

  @Test
  void flush_neverAnyProgress_givesUpAfterTheBoundWithGrowingPauses() throws Exception {
    server.willGive(items(429), items(429), items(429));
    try (ElasticsearchSink sink = open()) {
      deliver(sink, "a");

      assertThatThrownBy(sink::flush).hasMessageContaining("answers 429: reason for 429");
      assertThat(server.requests()).hasSize(3);
      assertThat(pauses).hasSize(2);
      assertThat(pauses.getFirst()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
      assertThat(pauses.getLast()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
    }
  }

  @Test
  void close_documentsThatStillCannotBeDelivered_areDroppedAndSaidSo() throws Exception {
    server.willGive(items(429), items(429), items(429), items(429));
    ElasticsearchSink sink = open();
    deliver(sink, "a");
    assertThatThrownBy(sink::flush).isInstanceOf(DeliveryException.class);

    assertThatThrownBy(sink::close).isInstanceOf(DeliveryException.class);

    assertThat(server.requests()).as("one last try").hasSize(4);
    assertThat(sink.stats()).isEqualTo(new DeliveryStats(1, 0, 0, 0, 0, 1));
  }

  @Test
  void deliver_moreThanABatch_sendsBoundedRequests() throws Exception {
    try (ElasticsearchSink sink = open()) {
      deliver(sink, IntStream.range(0, 2001).mapToObj(Integer::toString).toArray(String[]::new));
      assertThat(server.requests()).extracting(List::size).containsExactly(1000, 1000);
      assertThat(sink.stats()).isEqualTo(new DeliveryStats(2001, 2000, 0, 1, 0, 0));
      sink.flush();
      assertThat(server.requests()).extracting(List::size).containsExactly(1000, 1000, 1);
    }
  }

  @Test
  void deliver_largeDocuments_boundsTheRequestsBytes() throws Exception {
    byte[] large = new byte[2 << 20];
    Arrays.fill(large, (byte) ' ');
    try (ElasticsearchSink sink = open()) {
      for (int i = 0; i < 3; i++) {
        sink.deliver(
            new EncodedDocument("logs-earshot.window-default", Integer.toString(i), large));
      }
      assertThat(server.requests()).extracting(List::size).containsExactly(2);
    }
  }

  @Test
  void stats_thatDoNotAddUp_cannotBeMade() {
    assertThatThrownBy(() -> new DeliveryStats(3, 1, 0, 1, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private ElasticsearchSink open() throws DeliveryException {
    return ElasticsearchSink.open(server.connection(), THREE, pauses::add);
  }

  private static void deliver(ElasticsearchSink sink, String... ids) throws DeliveryException {
    for (String id : ids) {
      sink.deliver(document(id));
    }
  }

  private static EncodedDocument document(String id) {
    return new EncodedDocument(
        "logs-earshot.window-default", id, "{\"a\":1}".getBytes(StandardCharsets.UTF_8));
  }
}
