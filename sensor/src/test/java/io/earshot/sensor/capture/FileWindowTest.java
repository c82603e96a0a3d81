package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
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
  void locate_framesThatAreKept_stayForSoManyChangesOfTheSegment() throws IOException {
    Path file = folder.resolve("noise");
    byte[] noise = writeNoise(file);
    int changes = 2;
    Deque<Kept> kept = new ArrayDeque<>();
    Set<MemorySegment> segments = new HashSet<>();
    try (FileChannel channel = FileChannel.open(file);
        Arena arena = Arena.ofConfined()) {
      FileWindow window = new FileWindow(channel::read, arena, FILE_BYTES);
      window.keep(changes);
      MemorySegment before = window.data();
      // Steps that leave whole windows out, of which nothing is handed out, and large frames.
      for (int at = 0; at < FILE_BYTES - 300_000; at += at % 7 == 0 ? 90_001 : 1_400) {
        int length = at % 11 == 0 ? 280_000 : 1_400;
        long _ = window.locate(at + 150_000L, 16);
        long offset = window.locate(at, length);
        window.handOut();
        segments.add(window.data());
        if (window.data() != before) {
          before = window.data();
          kept.removeIf(frame -> frame.changesLeft == 0);
          kept.forEach(frame -> frame.changesLeft--);
        }
        kept.add(new Kept(window.data().asSlice(offset, length), at, changes));
        for (Kept frame : kept) {
          int size = (int) frame.bytes.byteSize();
          assertThat(frame.bytes.mismatch(MemorySegment.ofArray(slice(noise, frame.at, size))))
              .as("%d bytes at %d, read at %d", size, frame.at, at)
              .isEqualTo(-1);
        }
      }
    }
    assertThat(segments).hasSizeGreaterThan(changes);
  }

  private static final class Kept {
    private final MemorySegment bytes;
    private final int at;
    private int changesLeft;

    Kept(MemorySegment bytes, int at, int changesLeft) {
      this.bytes = bytes;
      this.at = at;
      this.changesLeft = changesLeft;
    }
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
