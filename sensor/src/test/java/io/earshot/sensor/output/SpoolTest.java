package io.earshot.sensor.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.sensor.document.EncodedDocument;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  private static final Instant TODAY = Instant.parse("2026-03-01T20:00:00Z");

  @TempDir private Path folder;
  private DeliveryStats.Ledger ledger = new DeliveryStats.Ledger();
  private long nowNanos;

  @Test
  void read_committedDocuments_comeInOrderAndOnce() throws Exception {
    try (Spool spool = open()) {
      add(spool, "a", "b", "c");
      assertThat(spool.read(10, 1 << 20)).as("not committed yet").isEmpty();

      spool.commit();
      assertThat(ids(spool.read(2, 1 << 20))).containsExactly("a", "b");
      assertThat(ids(spool.read(2, 1 << 20))).containsExactly("c");
      assertThat(spool.read(2, 1 << 20)).isEmpty();
      assertThat(spool.size()).isEqualTo(3);
    }
  }

  @Test
  void tick_afterTheTimeForACommit_makesDocumentsReadable() throws Exception {
    try (Spool spool = open()) {
      add(spool, "a");
      spool.tick();
      assertThat(spool.read(1, 1)).isEmpty();

      nowNanos += Duration.ofMillis(100).toNanos();
      spool.tick();
      assertThat(ids(spool.read(1, 1))).containsExactly("a");
    }
  }

  @Test
  void open_afterClose_hasWhatWasNotRemoved() throws Exception {
    try (Spool spool = open()) {
      add(spool, "a", "b", "c");
      spool.commit();
      spool.remove(spool.read(2, 1 << 20));
    }

    ledger = new DeliveryStats.Ledger();
    try (Spool spool = open()) {
      List<SpooledDocument> left = spool.read(10, 1 << 20);
      assertThat(ids(left)).containsExactly("c");
      assertThat(left).allMatch(spool::isRecovered);
      assertThat(ledger.snapshot()).isEqualTo(new DeliveryStats(0, 1, 0, 0, 1, 0, Map.of()));
      add(spool, "d");
      spool.commit();
      assertThat(spool.read(10, 1 << 20)).noneMatch(spool::isRecovered);
    }
  }

  @Test
  void close_empty_leavesNoFile() throws Exception {
    try (Spool spool = open()) {
      add(spool, "a");
      spool.commit();
      spool.remove(spool.read(1, 1));
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void open_usedByAnother_saysSo() throws Exception {
    try (Spool _ = open()) {
      assertThatThrownBy(this::open)
          .isInstanceOf(DeliveryException.class)
          .hasMessageContaining("in use by another process");
    }
  }

  @Test
  void add_full_hasNoRoomUntilSomethingLeaves() throws Exception {
    try (Spool spool = open()) {
      int taken = fill(spool);
      assertThat(spool.add(large("late"))).isEqualTo(Spool.Taken.NO_ROOM);
      assertThat(ledger.snapshot().made()).isEqualTo(taken);

      spool.commit();
      spool.remove(spool.read(1, 1));
      assertThat(spool.add(large("late"))).isEqualTo(Spool.Taken.YES);
    }
  }

  @Test
  void dropOldest_full_sparesWhatIsOnItsWay() throws Exception {
    try (Spool spool = open()) {
      int taken = fill(spool);
      spool.commit();
      List<SpooledDocument> onTheirWay = spool.read(2, 1 << 20);

      assertThat(spool.dropOldest()).isTrue();
      assertThat(spool.add(large("new"))).isEqualTo(Spool.Taken.YES);
      spool.commit();

      spool.remove(onTheirWay);
      assertThat(ids(spool.read(100, 100 << 20)))
          .doesNotContain("0", "1", "2")
          .contains("3", "new")
          .hasSize(taken - 2);
      assertThat(ledger.snapshot().droppedBy()).isEqualTo(Map.of(DropReason.SPOOL_FULL_OLDEST, 1L));
      assertThat(spool.dropOldest()).as("all are on their way").isFalse();
    }
  }

  @Test
  void writeIndex_isKnownToTheNextRun() throws Exception {
    try (Spool spool = open()) {
      assertThat(spool.writeIndex("logs-earshot.window-a")).isNull();
      spool.rememberWriteIndex("logs-earshot.window-a", ".ds-1");
      add(spool, "a");
    }
    try (Spool spool = open()) {
      assertThat(spool.writeIndex("logs-earshot.window-a")).isEqualTo(".ds-1");
    }
  }

  @Test
  void open_documentWithAWrongByte_isGivenUpAndCounted() throws Exception {
    try (Spool spool = open()) {
      add(spool, "a", "needle", "c");
    }
    int at = find("needle");
    change(at, (byte) 'N');

    ledger = new DeliveryStats.Ledger();
    try (Spool spool = open()) {
      assertThat(ids(spool.read(10, 1 << 20))).containsExactly("a", "c");
      assertThat(ledger.snapshot())
          .isEqualTo(new DeliveryStats(0, 3, 0, 0, 2, 0, Map.of(DropReason.DAMAGED, 1L)));
    }
  }

  @Test
  void open_fileWithoutItsStructure_takesTheDocumentsOver() throws Exception {
    try (Spool spool = open()) {
      for (int i = 0; i < 1000; i++) {
        add(spool, Integer.toString(i));
      }
    }
    // Both copies of the header and, at the end, what describes the last chunk.
    Path file = folder.resolve(Spool.FILE);
    for (int i = 0; i < 8192; i++) {
      change(i, (byte) 'x');
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 256);
    }

    ledger = new DeliveryStats.Ledger();
    try (Spool spool = open()) {
      assertThat(ids(spool.read(2000, 100 << 20)))
          .hasSize(1000)
          .startsWith("0", "1", "2")
          .endsWith("999");
      assertThat(ledger.snapshot().recovered()).isEqualTo(1000);
    }
    assertThat(folder.resolve("spool.mv.damaged-1")).exists();
  }

  @Test
  void open_fileOfSomethingElse_isSetAside() throws Exception {
    Files.writeString(folder.resolve(Spool.FILE), "not a spool ".repeat(5000));
    try (Spool spool = open()) {
      assertThat(spool.size()).isZero();
      add(spool, "a");
      assertThat(spool.commit()).isTrue();
    }
    assertThat(folder.resolve("spool.mv.damaged-1")).exists();
  }

  @Test
  void contents_ofAClosedSpool_areCountedByDataStream() throws Exception {
    assertThat(SpoolContents.of(folder)).isEqualTo(new SpoolContents(0, 0, Map.of()));
    try (Spool spool = open()) {
      add(spool, "a", "b");
      assertThatThrownBy(() -> SpoolContents.of(folder)).isInstanceOf(DeliveryException.class);
    }
    assertThat(SpoolContents.of(folder))
        .isEqualTo(new SpoolContents(2, 14, Map.of("logs-earshot.window-default", 2L)));
  }

  @Test
  void decode_everyTruncation_isNoDocument() {
    byte[] whole = new SpooledDocument(7, document("a")).encode();
    assertThat(SpooledDocument.decode(whole)).isEqualTo(new SpooledDocument(7, document("a")));
    for (int length = 0; length < whole.length; length++) {
      assertThat(SpooledDocument.decode(java.util.Arrays.copyOf(whole, length))).isNull();
    }
  }

  @Test
  void decode_everyFlippedBit_isNoDocument() {
    byte[] whole = new SpooledDocument(7, document("a")).encode();
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(SpooledDocument.decode(damaged)).as("bit %d", bit).isNull();
    }
  }

  private Spool open() throws DeliveryException {
    return Spool.open(
        SpoolSettings.of(folder, SpoolSettings.LEAST_BYTES, FullSpool.DROP_OLDEST),
        () -> nowNanos,
        () -> TODAY,
        ledger);
  }

  private int fill(Spool spool) {
    int taken = 0;
    while (spool.add(large(Integer.toString(taken))) == Spool.Taken.YES) {
      taken++;
    }
    assertThat(taken).isGreaterThan(5);
    return taken;
  }

  private static void add(Spool spool, String... ids) {
    for (String id : ids) {
      assertThat(spool.add(document(id))).isEqualTo(Spool.Taken.YES);
    }
  }

  private static List<String> ids(List<SpooledDocument> documents) {
    List<String> ids = new ArrayList<>();
    documents.forEach(document -> ids.add(document.document().id()));
    return ids;
  }

  private int find(String text) throws IOException {
    String all =
        new String(Files.readAllBytes(folder.resolve(Spool.FILE)), StandardCharsets.ISO_8859_1);
    int at = all.lastIndexOf(text);
    assertThat(at).isPositive();
    return at;
  }

  private void change(int at, byte to) throws IOException {
    try (FileChannel channel =
        FileChannel.open(folder.resolve(Spool.FILE), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {to}), at);
    }
  }

  private static EncodedDocument large(String id) {
    return new EncodedDocument("logs-earshot.window-default", id, new byte[100_000]);
  }

  private static EncodedDocument document(String id) {
    return new EncodedDocument(
        "logs-earshot.window-default", id, "{\"a\":1}".getBytes(StandardCharsets.UTF_8));
  }
}
