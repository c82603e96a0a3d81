package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Captures that are packed, come through a pipe, are cut into files or still grow. */
@Timeout(60)
class StreamedCapturesTest {
  private static final int FRAMES = 40;

  @TempDir Path folder;

  private byte[] capture(int first, int count) throws IOException {
    Path file = folder.resolve("plain");
    try (PcapWriter writer = PcapWriter.create(file, 1, 65_535)) {
      for (int i = first; i < first + count; i++) {
        byte[] frame = new byte[60 + i];
        Arrays.fill(frame, (byte) i);
        writer.write(
            MemorySegment.ofArray(frame), 0, frame.length, frame.length, 1_000_000_000L * i);
      }
    }
    byte[] bytes = Files.readAllBytes(file);
    Files.delete(file);
    return bytes;
  }

  private interface Packer {
    OutputStream over(OutputStream out) throws IOException;
  }

  private static byte[] pack(byte[] bytes, Packer packer) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream packed = packer.over(out)) {
      packed.write(bytes);
    }
    return out.toByteArray();
  }

  private static List<RecordingHandler.Seen> frames(PacketSource source) throws CaptureException {
    RecordingHandler handler = new RecordingHandler();
    try (source) {
      source.run(handler);
    }
    return handler.frames;
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  @Test
  void run_ofAPackedCapture_givesTheFramesOfThePlainOne() throws Exception {
    byte[] plain = capture(0, FRAMES);
    List<RecordingHandler.Seen> expected = frames(PcapFileSource.open(write("a.pcap", plain)));
    assertThat(expected).hasSize(FRAMES);

    Path gzip = write("a.pcap.gz", pack(plain, GZIPOutputStream::new));
    Path zstd = write("a.pcap.zst", pack(plain, ZstdOutputStream::new));
    assertThat(frames(PcapFileSource.open(gzip))).isEqualTo(expected);
    assertThat(frames(PcapFileSource.open(zstd))).isEqualTo(expected);
    assertThat(frames(PcapFileSource.stream("pipe", new ByteArrayInputStream(plain))))
        .isEqualTo(expected);
    assertThat(PcapDirectory.list(folder, false)).contains(gzip, zstd);
  }

  @Test
  void run_ofSeveralMembers_readsThemAll() throws Exception {
    byte[] plain = capture(0, FRAMES);
    for (Packer packer : List.<Packer>of(GZIPOutputStream::new, ZstdOutputStream::new)) {
      byte[] first = pack(Arrays.copyOf(plain, 1000), packer);
      byte[] second = pack(Arrays.copyOfRange(plain, 1000, plain.length), packer);
      byte[] both = Arrays.copyOf(first, first.length + second.length);
      System.arraycopy(second, 0, both, first.length, second.length);

      assertThat(frames(PcapFileSource.open(write("members", both)))).hasSize(FRAMES);
    }
  }

  @Test
  void run_ofAStreamCutAtEveryByte_givesWhatAFileCutThereGives() throws Exception {
    byte[] pcapng =
        CaptureBytes.pcapng(ByteOrder.LITTLE_ENDIAN)
            .section()
            .iface(1, 0)
            .enhanced(0, 1, 60, new byte[60])
            .enhanced(0, 2, 61, new byte[61])
            .toByteArray();
    for (byte[] whole : List.of(capture(0, 3), pcapng)) {
      for (int length = 28; length <= whole.length; length++) {
        byte[] cut = Arrays.copyOf(whole, length);
        RecordingHandler fromFile = new RecordingHandler();
        RecordingHandler fromStream = new RecordingHandler();
        try (PcapFileSource file = PcapFileSource.open(write("cut", cut));
            PcapFileSource stream = PcapFileSource.stream("pipe", new ByteArrayInputStream(cut))) {
          file.run(fromFile);
          stream.run(fromStream);
          assertThat(fromStream.frames).as("%d bytes", length).isEqualTo(fromFile.frames);
          assertThat(stream.stats().damage() == null)
              .as("%d bytes: %s", length, stream.stats().damage())
              .isEqualTo(file.stats().damage() == null);
        }
      }
    }
  }

  @Test
  void run_ofADamagedPackedCapture_keepsTheFramesBeforeTheDamage() throws Exception {
    byte[] packed = pack(capture(0, FRAMES), GZIPOutputStream::new);
    try (PcapFileSource source =
        PcapFileSource.open(write("cut.gz", Arrays.copyOf(packed, packed.length - 12)))) {
      source.run(new RecordingHandler());
      assertThat(source.stats().damage()).isNotNull();
    }
    Path nonsense = write("nonsense.zst", new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 9, 9});
    assertThatThrownBy(() -> PcapFileSource.open(nonsense).close())
        .isInstanceOf(CaptureException.class);
  }

  @Test
  void run_ofARotatedCapture_isOneCapture() throws Exception {
    write("x.pcap", capture(0, 5));
    write("x.pcap1", pack(capture(5, 5), GZIPOutputStream::new));
    write("x.pcap2", capture(10, 5));
    write("x.pcap10", new byte[] {1, 2, 3});
    try (RotatedCaptures source = new RotatedCaptures(folder, false, false, null)) {
      RecordingHandler handler = new RecordingHandler();
      source.run(handler);

      assertThat(handler.frames)
          .extracting(frame -> frame.tsNanos() / 1_000_000_000L)
          .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L);
      assertThat(source.stats().framesReceived()).isEqualTo(15);
      assertThat(source.stats().lastNanos()).isEqualTo(14_000_000_000L);
      assertThat(source.stats().damage()).contains("x.pcap10");
    }
  }

  /** Written byte by byte: the reader waits within a record, between records and between files. */
  @Test
  void run_whenFollowing_waitsForWhatIsStillWritten() throws Exception {
    AtomicLong seen = new AtomicLong();
    List<Throwable> failures = new ArrayList<>();
    try (RotatedCaptures source = new RotatedCaptures(folder, false, true, null)) {
      Thread reader =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      source.run(
                          (data, at, captured, wire, ts, link, id) -> seen.incrementAndGet());
                    } catch (CaptureException e) {
                      failures.add(e);
                    }
                  });
      byte[] first = capture(0, 3);
      Path file = folder.resolve("y_00001.pcap");
      grow(file, first, 0, first.length - 30);
      await().until(() -> seen.get() == 2);
      grow(file, first, first.length - 30, first.length);
      await().until(() -> seen.get() == 3);
      byte[] second = capture(3, 2);
      grow(folder.resolve("y_00002.pcap"), second, 0, second.length);
      await().until(() -> seen.get() == 5);
      assertThat(source.stats().framesReceived()).isEqualTo(5);
      source.stop();
      reader.join(Duration.ofSeconds(20));
      assertThat(reader.isAlive()).isFalse();
      assertThat(failures).isEmpty();
      assertThat(source.stats().damage()).isNull();
    }
  }

  private static void grow(Path file, byte[] bytes, int from, int to) throws IOException {
    Files.write(
        file,
        Arrays.copyOfRange(bytes, from, to),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** A pipe that delivers a byte at a time. */
  @Test
  void run_ofASlowPipe_givesEveryFrame() throws Exception {
    byte[] plain = capture(0, 5);
    InputStream slow =
        new ByteArrayInputStream(plain) {
          @Override
          public synchronized int read(byte[] to, int offset, int length) {
            return super.read(to, offset, Math.min(length, 1));
          }
        };
    assertThat(frames(PcapFileSource.stream("pipe", slow))).hasSize(5);
  }
}
