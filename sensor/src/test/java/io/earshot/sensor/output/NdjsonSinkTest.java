package io.earshot.sensor.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.sensor.document.DocumentEncoder;
import io.earshot.sensor.document.EncodedDocument;
import io.earshot.sensor.document.Samples;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NdjsonSinkTest {
  private final DocumentEncoder encoder = new DocumentEncoder();
  private final EncodedDocument window = encoder.encode(Samples.window());
  private final EncodedDocument stream = encoder.encode(Samples.stream());

  @Test
  void close_ofAFile_leavesOneLinePerDocument(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("documents.ndjson");
    NdjsonSink sink = NdjsonSink.toFile(file);
    sink.deliver(window);
    sink.deliver(stream);
    assertThat(sink.stats()).isEqualTo(new DeliveryStats(2, 0, 0, 0, 2, 0, Map.of()));
    sink.close();

    assertThat(Files.readAllLines(file))
        .containsExactly(
            new String(window.json(), StandardCharsets.UTF_8),
            new String(stream.json(), StandardCharsets.UTF_8));
    assertThat(sink.stats()).isEqualTo(new DeliveryStats(2, 0, 2, 0, 0, 0, Map.of()));
  }

  @Test
  void close_ofAStream_leavesItOpen() throws Exception {
    boolean[] closed = {false};
    OutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public void close() {
            closed[0] = true;
          }
        };
    try (NdjsonSink sink = NdjsonSink.to("standard output", out)) {
      sink.deliver(window);
    }

    assertThat(out.toString()).endsWith("}\n");
    assertThat(closed[0]).isFalse();
  }

  @Test
  void flush_streamThatFails_countsTheDocumentsAsDropped() throws Exception {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    NdjsonSink sink = NdjsonSink.to("documents.ndjson", full);
    sink.deliver(window);

    assertThatThrownBy(sink::flush)
        .isInstanceOf(DeliveryException.class)
        .hasMessageContaining("documents.ndjson")
        .hasMessageContaining("No space left on device");
    assertThat(sink.stats())
        .isEqualTo(new DeliveryStats(1, 0, 0, 0, 0, 0, Map.of(DropReason.WRITE_FAILED, 1L)));
  }

  @Test
  void toFile_folderMissing_saysWhichFile(@TempDir Path folder) {
    Path file = folder.resolve("missing").resolve("documents.ndjson");

    assertThatThrownBy(() -> NdjsonSink.toFile(file))
        .isInstanceOf(DeliveryException.class)
        .hasMessageContaining(file.toString());
  }
}
