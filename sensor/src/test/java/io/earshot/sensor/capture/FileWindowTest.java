package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileWindowTest {
  private static final int FILE_BYTES = 1_000_003;

  @TempDir Path folder;

  private byte[] writeNoise(Path file) throws IOException {
    byte[] noise = new byte[FILE_BYTES];
    new Random(1).nextBytes(noise);
    Files.write(file, noise);
    return noise;
  }

  @Test
  void locate_anyPlaceAndLength_hasTheBytesOfTheFile() throws IOException {
    Path file = folder.resolve("noise");
    byte[] noise = writeNoise(file);
    Random random = new Random(2);
    try (FileChannel channel = FileChannel.open(file);
        Arena arena = Arena.ofConfined()) {
      FileWindow window = new FileWindow(channel::read, arena, FILE_BYTES);
      int at = 0;
      for (int i = 0; i < 3_000; i++) {
        int length = random.nextInt(i % 100 == 0 ? 400_000 : 1_500);
        // Mostly onwards, now and then back, beyond the window, or up to the file's last byte.
        at = random.nextInt(10) == 0 ? random.nextInt(FILE_BYTES) : at + length;
        at = Math.min(at, FILE_BYTES - length);
        long offset = window.locate(at, length);
        byte[] found = window.data().asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
        assertThat(found).as("%d bytes at %d", length, at).isEqualTo(slice(noise, at, length));
      }
    }
  }

  private static byte[] slice(byte[] of, int at, int length) {
    byte[] part = new byte[length];
    System.arraycopy(of, at, part, 0, length);
    return part;
  }

  @Test
  void locate_fileShrank_failsOnceTheBytesAreMissing() throws IOException {
    Path file = folder.resolve("noise");
    writeNoise(file);
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      FileWindow window = new FileWindow(channel::read, arena, FILE_BYTES);
      window.locate(0, 100);
      channel.truncate(600_000);
      assertThat(window.locate(599_000, 1_000)).isZero();
      assertThatThrownBy(() -> window.locate(599_000, 1_001))
          .isInstanceOf(FileWindow.EndOfInputException.class);
    }
  }
}
