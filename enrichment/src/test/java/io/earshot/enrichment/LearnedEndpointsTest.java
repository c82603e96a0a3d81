package io.earshot.enrichment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LearnedEndpointsTest {
  private static final long NOW = 1_700_000_000_000_000_000L;
  private static final long V4 = 0xffffL << 32;
  private static final ServiceMatch AUDIO = new ServiceMatch(ServiceMatch.SPOTIFY, Role.AUDIO);

  @TempDir private Path folder;

  private final LearnedEndpoints endpoints = new LearnedEndpoints();
  private final List<String> warnings = new ArrayList<>();

  private void learn(int address, long nowNanos) {
    endpoints.learn(0, V4 | address, 443, AUDIO, "audio-fa.scdn.co", "sni", nowNanos);
  }

  private @Nullable LearnedEndpoint find(int address, long nowNanos) {
    return endpoints.find(0, V4 | address, 443, nowNanos);
  }

  private LearnedEndpoint found(int address, long nowNanos) {
    return Objects.requireNonNull(find(address, nowNanos));
  }

  @Test
  void confidence_ofAnAddress_halvesWithItsAge() {
    learn(1, NOW);

    assertThat(found(1, NOW).confidence(NOW)).isEqualTo(LearnedEndpoint.FRESH_CONFIDENCE);
    assertThat(found(1, NOW).confidence(NOW + LearnedEndpoint.HALF_LIFE_NANOS))
        .isCloseTo(LearnedEndpoint.FRESH_CONFIDENCE / 2, within(1e-9));
    assertThat(find(1, NOW + 2 * LearnedEndpoint.HALF_LIFE_NANOS)).isNull();
  }

  @Test
  void learn_again_countsAndEstablishes() {
    for (int i = 1; i < LearnedEndpoint.ESTABLISHED; i++) {
      learn(1, NOW + i);
      assertThat(found(1, NOW).established()).isFalse();
    }
    learn(1, NOW + 9);

    LearnedEndpoint found = found(1, NOW + 9);
    assertThat(found.established()).isTrue();
    assertThat(found.timesSeen()).isEqualTo(3);
    assertThat(found.firstSeenNanos()).isEqualTo(NOW + 1);
    assertThat(found.lastSeenNanos()).isEqualTo(NOW + 9);
    assertThat(found.sources()).containsExactly("sni");
  }

  @Test
  void shared_address_isForgotten() {
    learn(1, NOW);
    endpoints.shared(0, V4 | 1, 443);

    assertThat(find(1, NOW)).isNull();
  }

  @Test
  void learn_beyondTheBound_dropsTheOneSeenLongestAgo() {
    learn(0, NOW);
    for (int i = 1; i < LearnedEndpoints.MAX_ENTRIES; i++) {
      learn(i, NOW + i);
    }
    learn(0, NOW + 70_000);
    learn(LearnedEndpoints.MAX_ENTRIES, NOW + 70_001);

    assertThat(endpoints.all()).hasSize(LearnedEndpoints.MAX_ENTRIES);
    assertThat(endpoints.forgotten()).isEqualTo(1);
    assertThat(find(0, NOW)).isNotNull();
    assertThat(find(1, NOW)).isNull();
  }

  @Test
  void file_writtenAndRead_isTheSame() throws IOException {
    learn(1, NOW);
    learn(2, NOW + 1);
    endpoints.learn(0x2001_0db8_0000_0000L, 5, 4070, AUDIO, null, "access_point", NOW + 2);
    LearnedEndpointFile file = new LearnedEndpointFile(folder.resolve("state/endpoints.json"));
    file.write(endpoints);

    assertThat(file.read(warnings::add).all()).isEqualTo(endpoints.all());
    assertThat(warnings).isEmpty();
    try (var files = Files.list(folder.resolve("state"))) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void read_withoutAFile_isEmpty() throws IOException {
    assertThat(new LearnedEndpointFile(folder.resolve("none")).read(warnings::add).all()).isEmpty();
    assertThat(warnings).isEmpty();
  }

  @Test
  void read_truncatedAtEveryOffset_setsTheFileAside() throws IOException {
    learn(1, NOW);
    Path path = folder.resolve("endpoints.json");
    byte[] whole = LearnedEndpointFile.json(endpoints);
    for (int length = 0; length < whole.length - 1; length++) {
      Files.write(path, Arrays.copyOf(whole, length));
      assertThat(new LearnedEndpointFile(path).read(warnings::add).all()).isEmpty();
      assertThat(warnings).hasSize(length + 1);
      assertThat(path).doesNotExist();
      assertThat(folder.resolve("endpoints.json.damaged")).hasSize(length);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "{\"version\":2,\"endpoints\":[]}",
        "{\"version\":1}",
        "{\"version\":1,\"endpoints\":[{}]}",
        "{\"version\":1,\"endpoints\":[null]}",
        "{\"version\":1,\"endpoints\":[{\"ip\":\"example.com\",\"port\":1,\"service\":\"spotify\","
            + "\"role\":\"audio\",\"first_seen\":\"2026-01-01T00:00:00Z\","
            + "\"last_seen\":\"2026-01-01T00:00:00Z\",\"times_seen\":1,\"sources\":[]}]}",
        "{\"version\":1,\"endpoints\":[{\"ip\":\"192.0.2.1\",\"port\":1,\"service\":\"spotify\","
            + "\"role\":\"boss\",\"first_seen\":\"2026-01-01T00:00:00Z\","
            + "\"last_seen\":\"2026-01-01T00:00:00Z\",\"times_seen\":1,\"sources\":[]}]}",
        "{\"version\":1,\"endpoints\":[{\"ip\":\"192.0.2.1\",\"port\":1,\"service\":\"spotify\","
            + "\"role\":\"audio\",\"first_seen\":\"+999999999-01-01T00:00:00Z\","
            + "\"last_seen\":\"2026-01-01T00:00:00Z\",\"times_seen\":1,\"sources\":[null]}]}",
      })
  void read_otherContents_setsTheFileAside(String contents) throws IOException {
    Path path = folder.resolve("endpoints.json");
    Files.write(path, contents.getBytes(StandardCharsets.UTF_8));

    assertThat(new LearnedEndpointFile(path).read(warnings::add).all()).isEmpty();
    assertThat(warnings).singleElement().asString().contains("damaged", "set aside");
    assertThat(folder.resolve("endpoints.json.damaged")).exists();
  }
}
