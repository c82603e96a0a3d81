package io.earshot.sensor.output;

import static io.earshot.sensor.output.FaultyElasticsearch.hangUp;
import static io.earshot.sensor.output.FaultyElasticsearch.items;
import static io.earshot.sensor.output.FaultyElasticsearch.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.earshot.kibana.ElasticsearchClients;
import io.earshot.sensor.document.EncodedDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent driven by the test's thread and clock; only the server is on the other side. */
class BulkShipperTest {
  private static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(10));
  private static final Instant TODAY = Instant.parse("2026-03-01T20:00:00Z");

  private final FaultyElasticsearch server;
  private final List<Duration> pauses = new ArrayList<>();
  private DeliveryStats.Ledger ledger = new DeliveryStats.Ledger();
  private long nowNanos;

  @TempDir private Path folder;
  private ElasticsearchClients clients;
  private Spool spool;
  private BulkShipper shipper;

  BulkShipperTest() throws IOException {
    server = new FaultyElasticsearch();
  }

  @BeforeEach
  void open() throws Exception {
    clients = ElasticsearchClients.connect(server.connection());
    ledger = new DeliveryStats.Ledger();
    spool =
        Spool.open(
            SpoolSettings.of(folder, SpoolSettings.LEAST_BYTES * 16, FullSpool.BLOCK),
            () -> nowNanos,
            () -> TODAY,
            ledger);
    shipper =
        new BulkShipper(
            clients,
            spool,
            new DeadLetterFile(folder, () -> TODAY),
            ledger,
            BACKOFF,
            () -> nowNanos,
            new Random(1),
            () -> {});
  }

  @AfterEach
  void close() throws Exception {
    assertThat(ledger.snapshot().spooled()).isEqualTo(spool.size());
    stop();
    server.close();
  }

  private void stop() throws DeliveryException {
    shipper.cancel();
    clients.close();
    spool.close();
  }

  @Test
  void doWork_createdAndAlreadyThere_areDelivered() {
    server.willGive(items(201, 409));
    add("a", "b");
    shipAll();

    assertThat(ledger.snapshot()).isEqualTo(new DeliveryStats(2, 0, 2, 1, 0, 0, Map.of()));
  }

  @Test
  void doWork_someItemsBusy_onlyTheyAreSentAgain() {
    server.willGive(items(201, 429, 201, 503), items(429, 201));
    add("a", "b", "c", "d");
    shipAll();

    assertThat(server.requests())
        .containsExactly(List.of("a", "b", "c", "d"), List.of("b", "d"), List.of("b"));
    assertThat(ledger.snapshot()).isEqualTo(new DeliveryStats(4, 0, 4, 0, 0, 0, Map.of()));
    assertThat(pauses).hasSize(2);
  }

  @Test
  void doWork_wholeRequestBusy_isSentAgain() {
    server.willGive(
        whole(429, "{\"error\":{\"type\":\"x\",\"reason\":\"flood\"},\"status\":429}"),
        whole(503, "<html>proxy</html>"));
    add("a");
    shipAll();

    assertThat(ledger.snapshot().delivered()).isEqualTo(1);
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void doWork_answerCutEmptyOrLost_isSentAgainAndCountsOnce() {
    server.willGive(
        whole(200, "{\"took\":1,\"items\":[{\"cre"), whole(200, ""), hangUp(), items(409, 409));
    add("a", "b");
    shipAll();

    assertThat(server.requests()).hasSize(4);
    assertThat(ledger.snapshot()).isEqualTo(new DeliveryStats(2, 0, 2, 2, 0, 0, Map.of()));
  }

  @Test
  void doWork_refusedItem_isADeadLetterWithItsReason() throws Exception {
    server.willGive(items(201, 400));
    add("a", "b");
    shipAll();

    assertThat(ledger.snapshot()).isEqualTo(new DeliveryStats(2, 0, 1, 0, 0, 1, Map.of()));
    assertThat(Files.readAllLines(folder.resolve(DeadLetterFile.NAME)))
        .containsExactly(
            "{\"refused\":\"2026-03-01T20:00:00Z\",\"data_stream\":\"logs-earshot.window-default\","
                + "\"id\":\"b\",\"status\":400,\"reason\":\"reason for 400\",\"document\":{\"a\":1}}");
  }

  @Test
  void doWork_requestTooLarge_isHalvedUntilTheCulpritIsAlone() {
    FaultyElasticsearch.Answer tooLargeWithD =
        (exchange, ids) ->
            (ids.contains("d") ? whole(413, "") : items(201, 201)).give(exchange, ids);
    server.willGive(tooLargeWithD, tooLargeWithD, tooLargeWithD, tooLargeWithD, tooLargeWithD);
    add("a", "b", "c", "d");
    shipAll();

    assertThat(server.requests())
        .containsExactlyInAnyOrder(
            List.of("a", "b", "c", "d"),
            List.of("a", "b"),
            List.of("c", "d"),
            List.of("c"),
            List.of("d"));
    assertThat(ledger.snapshot()).isEqualTo(new DeliveryStats(4, 0, 3, 0, 0, 1, Map.of()));
    assertThat(pauses).isEmpty();
  }

  @Test
  void doWork_noRight_holdsTheDocumentsUntilItIsGranted() {
    server.willGive(whole(403, "{\"error\":{\"type\":\"x\",\"reason\":\"no\"},\"status\":403}"));
    add("a");
    ship(() -> shipper.status().state() == BulkShipper.State.HELD);

    assertThat(shipper.status().reason())
        .contains("answers 403")
        .contains("no credentials are configured");
    assertThat(ledger.snapshot().spooled()).isEqualTo(1);

    shipAll();
    assertThat(ledger.snapshot().delivered()).isEqualTo(1);
    assertThat(shipper.status().state()).isEqualTo(BulkShipper.State.SHIPPING);
  }

  @Test
  void doWork_dataStreamWithoutTemplate_tellsToRunTheSetup() {
    server.willGive(items(404));
    add("a");
    ship(() -> shipper.status().state() == BulkShipper.State.HELD);

    assertThat(shipper.status().reason()).contains("run \"earshot setup\" first");
    assertThat(ledger.snapshot().spooled()).isEqualTo(1);
  }

  @Test
  void doWork_neverAnyProgress_goesOnWithGrowingPauses() {
    server.willGive(
        IntStream.range(0, 8).mapToObj(_ -> items(429)).toArray(FaultyElasticsearch.Answer[]::new));
    add("a");
    shipAll();

    assertThat(pauses).hasSize(8);
    assertThat(pauses.getFirst()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
    assertThat(pauses.get(1)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
    assertThat(pauses.getLast()).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(10));
  }

  @Test
  void doWork_moreThanABatch_sendsBoundedRequests() {
    add(IntStream.range(0, 2001).mapToObj(Integer::toString).toArray(String[]::new));
    shipAll();

    assertThat(server.requests()).extracting(List::size).containsExactlyInAnyOrder(1000, 1000, 1);
    assertThat(ledger.snapshot().delivered()).isEqualTo(2001);
  }

  @Test
  void doWork_largeDocuments_boundsTheRequestsBytes() {
    byte[] large = new byte[2 << 20];
    Arrays.fill(large, (byte) ' ');
    for (int i = 0; i < 3; i++) {
      spool.add(new EncodedDocument("logs-earshot.window-default", Integer.toString(i), large));
    }
    spool.commit();
    shipAll();

    assertThat(server.requests()).extracting(List::size).containsExactlyInAnyOrder(2, 1);
  }

  @Test
  void doWork_rolledOverAfterALostAnswer_sendsOnlyWhatIsNotThere() {
    server.hasBackingIndices(".ds-1");
    server.willGive(hangUp());
    add("a", "b");
    ship(() -> shipper.status().failures() == 1);
    server.hasBackingIndices(".ds-1", ".ds-2");
    server.holds(".ds-1/a");
    shipAll();

    assertThat(server.questions()).containsExactly(".ds-1/a", ".ds-1/b");
    assertThat(server.requests()).containsExactly(List.of("a", "b"), List.of("b"));
    assertThat(ledger.snapshot()).isEqualTo(new DeliveryStats(2, 0, 2, 1, 0, 0, Map.of()));
  }

  @Test
  void doWork_rolledOverBetweenTwoRuns_sendsOnlyWhatIsNotThere() throws Exception {
    server.willGive(hangUp());
    add("a", "b");
    ship(() -> shipper.status().failures() == 1);
    stop();
    server.hasBackingIndices(".ds-0", ".ds-1", ".ds-2", ".ds-3");
    server.holds(".ds-1/a");
    open();
    shipAll();

    assertThat(server.questions()).containsExactly(".ds-1/a", ".ds-2/a", ".ds-1/b", ".ds-2/b");
    assertThat(server.requests()).containsExactly(List.of("a", "b"), List.of("b"));
    assertThat(ledger.snapshot()).isEqualTo(new DeliveryStats(0, 2, 2, 1, 0, 0, Map.of()));
  }

  @Test
  void cancel_requestUnderWay_keepsItsDocuments() throws Exception {
    server.willGive((_, _) -> {}); // never an answer
    add("a");
    ship(() -> !server.requests().isEmpty());
    stop();
    open();

    assertThat(ledger.snapshot()).isEqualTo(new DeliveryStats(0, 1, 0, 0, 1, 0, Map.of()));
    shipAll();
    assertThat(ledger.snapshot().delivered()).isEqualTo(1);
  }

  @Test
  void stats_thatDoNotAddUp_cannotBeMade() {
    assertThatThrownBy(() -> new DeliveryStats(3, 0, 1, 0, 1, 0, Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void shipAll() {
    ship(() -> spool.size() == 0);
  }

  /** Duty cycles until the condition holds; pauses pass at once and are written down. */
  private void ship(BooleanSupplier until) {
    long giveUp = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!until.getAsBoolean()) {
      if (System.nanoTime() - giveUp > 0) {
        fail("no end: " + ledger.snapshot().text() + ", " + shipper.status());
      }
      if (shipper.doWork() == 0) {
        long pause = shipper.pauseNanos();
        if (pause > 0) {
          pauses.add(Duration.ofNanos(pause));
          nowNanos += pause;
        }
        Thread.onSpinWait();
      }
    }
  }

  private void add(String... ids) {
    for (String id : ids) {
      assertThat(spool.add(document(id))).isEqualTo(Spool.Taken.YES);
    }
    assertThat(spool.commit()).isTrue();
  }

  private static EncodedDocument document(String id) {
    return new EncodedDocument(
        "logs-earshot.window-default", id, "{\"a\":1}".getBytes(StandardCharsets.UTF_8));
  }
}
