package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.sensor.capture.RecordingHandler.Seen;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcapWriterTest {
  private static final long TS = 1_700_000_000_987_654_321L;

  @TempDir Path folder;

  @Test
  void close_framesOfAllSizes_readBackTheSame() throws Exception {
    Path target = folder.resolve("saved.pcap");
    List<Seen> expected = new ArrayList<>();
    try (PcapWriter writer = PcapWriter.create(target, 113, 262_144)) {
      // Well beyond the writer's buffer, so that frames straddle its end.
      for (int i = 0; i < 900; i++) {
        byte[] frame = frame(1 + i * 37 % 3000);
        write(writer, frame, frame.length + i, TS + i);
        expected.add(Seen.of(frame, frame.length + i, TS + i, 113, 0));
      }
      byte[] large = frame(262_144);
      write(writer, large, large.length, TS);
      expected.add(Seen.of(large, large.length, TS, 113, 0));
      assertThat(writer.frames()).isEqualTo(901);
    }

    assertThat(read(target)).isEqualTo(expected);
  }

  @Test
  void write_frameLongerThanTheSnapLength_isCut() throws Exception {
    Path target = folder.resolve("cut.pcap");
    try (PcapWriter writer = PcapWriter.create(target, 1, 10)) {
      write(writer, frame(64), 1500, TS);
    }

    assertThat(read(target)).extracting(seen -> seen.bytes().size()).containsExactly(10);
    assertThat(read(target)).extracting(Seen::wire).containsExactly(1500);
  }

  @Test
  void write_timesOutsideTheFormat_areHeldWithin() throws Exception {
    Path target = folder.resolve("times.pcap");
    try (PcapWriter writer = PcapWriter.create(target, 1, 100)) {
      write(writer, frame(4), 4, -1);
      write(writer, frame(4), 4, Long.MAX_VALUE);
    }

    assertThat(read(target))
        .extracting(Seen::tsNanos)
        .containsExactly(0L, (1L << 32) * 1_000_000_000L - 1);
  }

  @Test
  void close_beforeIt_onlyThePartIsThere() throws Exception {
    Path target = folder.resolve("atomic.pcap");
    Files.writeString(target, "older");
    try (PcapWriter writer = PcapWriter.create(target, 1, 100)) {
      write(writer, frame(4), 4, TS);
      assertThat(target).hasContent("older");
      assertThat(folder.resolve("atomic.pcap.part")).exists();
    }

    assertThat(read(target)).hasSize(1);
    assertThat(folder.resolve("atomic.pcap.part")).doesNotExist();
  }

  @Test
  void close_afterAFailedWrite_removesThePart() throws Exception {
    Path target = folder.resolve("failed.pcap");
    PcapWriter writer = PcapWriter.create(target, 1, 262_144);
    byte[] large = frame(200_000);
    write(writer, large, large.length, TS);
    // An interrupted thread's channel refuses the write, as a full disk would.
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> write(writer, large, large.length, TS))
        .isInstanceOf(IOException.class);
    assertThat(Thread.interrupted()).isTrue();

    writer.close();
    writer.close();

    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void create_withoutRoomForAFrame_isRefused() {
    assertThatThrownBy(() -> PcapWriter.create(folder.resolve("x"), 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void write(PcapWriter writer, byte[] frame, int wire, long ts) throws IOException {
    writer.write(MemorySegment.ofArray(frame), 0, frame.length, wire, ts);
  }

  private static List<Seen> read(Path path) throws CaptureException {
    RecordingHandler handler = new RecordingHandler();
    try (PcapFileSource source = PcapFileSource.open(path)) {
      source.run(handler);
      assertThat(source.stats().damage()).isNull();
    }
    return handler.frames;
  }

  private static byte[] frame(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i + length);
    }
    return bytes;
  }
}
