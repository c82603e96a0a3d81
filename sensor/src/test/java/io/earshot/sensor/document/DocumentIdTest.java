package io.earshot.sensor.document;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class DocumentIdTest {
  private static final Instant START = Instant.parse("2026-03-01T20:00:00Z");

  @Test
  void window_inEveryRun_isThis() {
    // A changed value means that documents sent twice are stored twice: raise SCHEMA_VERSION.
    assertThat(DocumentId.window("north-1", "stream-1", START)).isEqualTo("LJt_hKW4A5TazTThWCdiRQ");
  }

  @Test
  void ids_ofDifferentThings_differ() {
    List<String> ids =
        List.of(
            DocumentId.window("a", "bc", START),
            DocumentId.window("ab", "c", START),
            DocumentId.window("abc", "", START),
            DocumentId.window("a", "bc", START.plusNanos(1)),
            DocumentId.window("a", "bc", START.plusSeconds(1)),
            DocumentId.stream("a", "bc", START),
            DocumentId.sensor("abc", START));

    assertThat(new HashSet<>(ids)).hasSameSizeAs(ids);
    assertThat(ids).allSatisfy(id -> assertThat(id).matches("[A-Za-z0-9_-]{22}"));
  }
}
