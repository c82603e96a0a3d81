package io.earshot.sensor.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.sensor.document.EncodedDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NdjsonFilesSinkTest {
  private static final String WINDOWS = "logs-earshot.window-default";

  @TempDir private Path folder;
  private Instant now = Instant.parse("2026-03-01T20:00:00Z");

  @Test
  void deliver_twoDataStreams_goesToAFileForEach() throws Exception {
    try (NdjsonFilesSink sink = open(1 << 20, false, 9)) {
      deliver(sink, "a", "b");
      sink.deliver(document("logs-earshot.stream-default", "c"));
      assertThat(sink.stats().spooled()).isEqualTo(3);
      sink.flush();
      assertThat(sink.stats()).isEqualTo(new DeliveryStats(3, 0, 3, 0, 0, 0, Map.of()));
    }
    assertThat(files())
        .containsExactly(
            "logs-earshot.stream-default.ndjson", "logs-earshot.window-default.ndjson");
    assertThat(Files.readAllLines(folder.resolve(WINDOWS + ".ndjson")))
        .containsExactly("{\"id\":\"a\"}", "{\"id\":\"b\"}");
  }

  @Test
  void flush_fileOfItsSize_beginsANewOneAndCompressesTheOld() throws Exception {
    try (NdjsonFilesSink sink = open(1, true, 9)) {
      deliver(sink, "a");
      sink.flush();
      now = now.plusSeconds(5);
      deliver(sink, "b");
      sink.flush();
    }
    assertThat(files())
        .containsExactly(
            WINDOWS + ".2026-03-01T20-00-00.000Z.ndjson.gz",
            WINDOWS + ".2026-03-01T20-00-05.000Z.ndjson.gz");
    try (var in = new GZIPInputStream(Files.newInputStream(folder.resolve(files().getFirst())))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("{\"id\":\"a\"}\n");
    }
  }

  @Test
  void flush_fileOfItsAge_beginsANewOne() throws Exception {
    try (NdjsonFilesSink sink = open(1 << 20, false, 9)) {
      deliver(sink, "a");
      sink.flush();
      now = now.plus(Duration.ofHours(1));
      sink.flush();
      assertThat(files()).containsExactly(WINDOWS + ".2026-03-01T21-00-00.000Z.ndjson");
    }
  }

  @Test
  void flush_moreFilesThanAreKept_deletesTheOldest() throws Exception {
    try (NdjsonFilesSink sink = open(1, false, 2)) {
      for (int i = 0; i < 5; i++) {
        deliver(sink, Integer.toString(i));
        sink.flush();
        now = now.plusSeconds(1);
      }
    }
    assertThat(files())
        .containsExactly(
            WINDOWS + ".2026-03-01T20-00-03.000Z.ndjson",
            WINDOWS + ".2026-03-01T20-00-04.000Z.ndjson");
  }

  @Test
  void flush_filesOlderThanAreKept_areDeleted() throws Exception {
    try (NdjsonFilesSink sink = open(1, false, 9)) {
      deliver(sink, "a");
      sink.flush();
      now = now.plus(Duration.ofDays(8));
      deliver(sink, "b");
      sink.flush();
    }
    assertThat(files()).containsExactly(WINDOWS + ".2026-03-09T20-00-00.000Z.ndjson");
  }

  @Test
  void flush_fileMovedAwayByLogrotate_isMadeAnew() throws Exception {
    Path current = folder.resolve(WINDOWS + ".ndjson");
    try (NdjsonFilesSink sink = open(1 << 20, false, 9)) {
      deliver(sink, "a");
      sink.flush();
      Files.move(current, folder.resolve("moved"));
      now = now.plusSeconds(1);
      deliver(sink, "b");
      sink.flush();
      Files.move(current, folder.resolve("moved-2"));
      sink.reopen();
      deliver(sink, "c");
    }
    assertThat(Files.readString(folder.resolve("moved"))).isEqualTo("{\"id\":\"a\"}\n");
    assertThat(Files.readString(folder.resolve("moved-2"))).isEqualTo("{\"id\":\"b\"}\n");
    assertThat(Files.readString(current)).isEqualTo("{\"id\":\"c\"}\n");
  }

  @Test
  void deliver_afterACrashInMidLine_continuesWithWholeLines() throws Exception {
    Path current = Files.writeString(folder.resolve(WINDOWS + ".ndjson"), "{\"id\":\"a\"}\n{\"id");
    try (NdjsonFilesSink sink = open(1 << 20, false, 9)) {
      deliver(sink, "b");
    }
    assertThat(Files.readString(current)).isEqualTo("{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
  }

  @Test
  void deliver_folderGoneAndBack_losesNothing() throws Exception {
    NdjsonFilesSink sink =
        NdjsonFilesSink.open(
            new NdjsonFilesSink.Settings(
                folder.resolve("f"), 1 << 20, Duration.ofHours(1), false, 9, Duration.ofDays(7)),
            () -> now);
    Files.delete(folder.resolve("f"));
    deliver(sink, "a");
    assertThatThrownBy(sink::flush)
        .isInstanceOf(DeliveryException.class)
        .hasMessageContaining("1 documents wait");
    Files.createDirectory(folder.resolve("f"));
    sink.close();
    assertThat(sink.stats()).isEqualTo(new DeliveryStats(1, 0, 1, 0, 0, 0, Map.of()));
    assertThat(folder.resolve("f/" + WINDOWS + ".ndjson")).hasContent("{\"id\":\"a\"}");
  }

  private NdjsonFilesSink open(long rotateBytes, boolean compress, int keep)
      throws DeliveryException {
    return NdjsonFilesSink.open(
        new NdjsonFilesSink.Settings(
            folder, rotateBytes, Duration.ofHours(1), compress, keep, Duration.ofDays(7)),
        () -> now);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static void deliver(NdjsonFilesSink sink, String... ids) {
    for (String id : ids) {
      sink.deliver(document(WINDOWS, id));
    }
  }

  private static EncodedDocument document(String dataStream, String id) {
    return new EncodedDocument(
        dataStream, id, ("{\"id\":\"" + id + "\"}").getBytes(StandardCharsets.UTF_8));
  }
}
