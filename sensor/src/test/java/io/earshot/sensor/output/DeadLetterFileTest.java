package io.earshot.sensor.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.sensor.document.EncodedDocument;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLetterFileTest {
  @TempDir private Path folder;

  @Test
  void read_whatWasWritten_isTheSame() throws Exception {
    List<DeadLetter> letters =
        List.of(
            letter("{\"a\":[1.5,\"x\\n\"]}", "said \"no\"\nand more"),
            letter("{\"@timestamp\":", "not JSON"),
            letter("{\"a\":\n1}", "two lines"),
            letter("[]", "no object"));
    try (DeadLetterFile file = open()) {
      letters.forEach(
          letter -> assertThat(file.write(letter)).isEqualTo(DeadLetterFile.Written.YES));
    }

    List<DeadLetter> read = new ArrayList<>();
    assertThat(DeadLetterFile.read(folder.resolve(DeadLetterFile.NAME), read::add)).isZero();
    assertThat(read).isEqualTo(letters);
  }

  @Test
  void write_afterHalfALine_beginsANewOne() throws Exception {
    Path path = Files.writeString(folder.resolve(DeadLetterFile.NAME), "{\"refused\":\"20");
    try (DeadLetterFile file = open()) {
      assertThat(file.write(letter("{}", "r"))).isEqualTo(DeadLetterFile.Written.YES);
    }

    List<DeadLetter> read = new ArrayList<>();
    assertThat(DeadLetterFile.read(path, read::add)).isEqualTo(1);
    assertThat(read).containsExactly(letter("{}", "r"));
  }

  @Test
  void write_fileAtItsBound_takesNoMore() throws Exception {
    byte[] filling = new byte[1 << 20];
    Arrays.fill(filling, (byte) '\n');
    Path path = folder.resolve(DeadLetterFile.NAME);
    for (long bytes = 0; bytes < DeadLetterFile.MOST_BYTES; bytes += filling.length) {
      Files.write(path, filling, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
    try (DeadLetterFile file = open()) {
      assertThat(file.write(letter("{}", "r"))).isEqualTo(DeadLetterFile.Written.NO_ROOM);
    }
  }

  private DeadLetterFile open() {
    return new DeadLetterFile(folder, () -> Instant.EPOCH);
  }

  private static DeadLetter letter(String json, String reason) {
    return new DeadLetter(
        new EncodedDocument(
            "logs-earshot.window-default", "id", json.getBytes(StandardCharsets.UTF_8)),
        400,
        reason);
  }
}
