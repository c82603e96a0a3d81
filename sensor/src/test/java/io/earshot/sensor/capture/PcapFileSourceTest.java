package io.earshot.sensor.capture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.sensor.capture.RecordingHandler.Seen;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PcapFileSourceTest {
  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
  private static final ByteOrder BIG = ByteOrder.BIG_ENDIAN;
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path folder;

  private final RecordingHandler handler = new RecordingHandler();

  static Stream<Arguments> ordersAndUnits() {
    return Stream.of(
        Arguments.of(LITTLE, false),
        Arguments.of(LITTLE, true),
        Arguments.of(BIG, false),
        Arguments.of(BIG, true));
  }

  static Stream<ByteOrder> orders() {
    return Stream.of(LITTLE, BIG);
  }

  @ParameterizedTest
  @MethodSource("ordersAndUnits")
  void run_pcapOfAnyOrderAndUnit_deliversFramesWithNanoseconds(ByteOrder order, boolean nanos)
      throws Exception {
    long unit = nanos ? 1 : 1000;
    byte[] file =
        CaptureBytes.pcap(order, nanos, 1)
            .record(4_000_000_000L, 999_999, 1514, frame(60))
            .record(3_999_999_999L, 5, 3, frame(3))
            .record(5, 0, 0, frame(0))
            .toByteArray();

    CaptureStats stats = read(file);

    assertThat(handler.frames)
        .containsExactly(
            Seen.of(frame(60), 1514, 4_000_000_000L * SECOND + 999_999 * unit, 1, 0),
            Seen.of(frame(3), 3, 3_999_999_999L * SECOND + 5 * unit, 1, 0),
            Seen.of(frame(0), 0, 5 * SECOND, 1, 0));
    assertThat(stats)
        .isEqualTo(
            new CaptureStats(
                3,
                1517,
                0,
                4_000_000_000L * SECOND + 999_999 * unit,
                4_000_000_000L * SECOND + 999_999 * unit,
                null));
  }

  @Test
  void run_linkTypeWithFcsBits_masksThem() throws Exception {
    read(CaptureBytes.pcap(LITTLE, true, 0x2400_0071).record(1, 2, 4, frame(4)).toByteArray());

    assertThat(handler.frames).extracting(Seen::linkType).containsExactly(0x71);
  }

  @Test
  void run_capturedLongerThanWire_reportsTheCapturedLength() throws Exception {
    CaptureStats stats =
        read(CaptureBytes.pcap(LITTLE, true, 1).record(1, 2, 4, frame(9)).toByteArray());

    assertThat(handler.frames).extracting(Seen::wire).containsExactly(9);
    assertThat(stats.bytesReceived()).isEqualTo(9);
  }

  @Test
  void run_lengthsInTheOrderOfOldVersions_areSwappedBack() throws Exception {
    byte[] file =
        CaptureBytes.pcap(LITTLE, false, 1)
            .u32(1)
            .u32(0)
            .u32(100)
            .u32(8)
            .raw(frame(8))
            .record(2, 0, 100, frame(8))
            .toByteArray();
    file[6] = 3;

    read(file);

    assertThat(handler.frames)
        .containsExactly(
            Seen.of(frame(8), 100, SECOND, 1, 0), Seen.of(frame(8), 100, 2 * SECOND, 1, 0));
  }

  @ParameterizedTest
  @MethodSource("orders")
  void run_pcapCutAtEveryOffset_deliversTheCompleteRecords(ByteOrder order) throws Exception {
    byte[] file =
        CaptureBytes.pcap(order, false, 1)
            .record(1, 0, 20, frame(20))
            .record(2, 0, 7, frame(7))
            .record(3, 0, 33, frame(33))
            .toByteArray();
    List<Integer> ends = List.of(24, 24 + 36, 24 + 36 + 23, 24 + 36 + 23 + 49);

    for (int length = 0; length <= file.length; length++) {
      assertCut(file, length, 24, ends);
    }
  }

  @ParameterizedTest
  @MethodSource("orders")
  void run_pcapngCutAtEveryOffset_deliversTheCompleteBlocks(ByteOrder order) throws Exception {
    CaptureBytes file = CaptureBytes.pcapng(order).section();
    int headerEnd = file.size();
    List<Integer> framesEnd = new ArrayList<>();
    List<Integer> ends = new ArrayList<>(List.of(headerEnd));
    file.iface(1, 0, 9, 100);
    ends.add(file.size());
    framesEnd.add(file.size());
    file.enhanced(0, 5, 21, frame(21));
    ends.add(file.size());
    framesEnd.add(file.size());
    file.block(0x0bad, new byte[12]);
    ends.add(file.size());
    file.simple(6, frame(6));
    ends.add(file.size());
    framesEnd.add(file.size());
    file.obsolete(0, 9, 10, frame(10));
    ends.add(file.size());
    framesEnd.add(file.size());
    file.section();
    ends.add(file.size());
    byte[] bytes = file.toByteArray();

    for (int length = 0; length <= bytes.length; length++) {
      handler.frames.clear();
      if (length < headerEnd) {
        if (length < 28) {
          assertRefused(write("cut", bytes, length));
        } else {
          assertThat(read(bytes, length).damage()).isNotNull();
        }
        continue;
      }
      CaptureStats stats = read(bytes, length);
      int cut = length;
      long complete = framesEnd.stream().skip(1).filter(end -> end <= cut).count();
      assertThat(stats.framesReceived()).as("%d bytes", length).isEqualTo(complete);
      assertThat(stats.damage() == null).as("%d bytes", length).isEqualTo(ends.contains(length));
    }
  }

  private void assertCut(byte[] file, int length, int header, List<Integer> ends) throws Exception {
    if (length < header) {
      assertRefused(write("cut", file, length));
      return;
    }
    handler.frames.clear();
    CaptureStats stats = read(file, length);
    long complete = ends.stream().skip(1).filter(end -> end <= length).count();
    assertThat(stats.framesReceived()).as("%d bytes", length).isEqualTo(complete);
    assertThat(handler.frames).hasSize((int) complete);
    assertThat(stats.damage() == null).as("%d bytes", length).isEqualTo(ends.contains(length));
  }

  @Test
  void run_truncatedTail_saysWhereAndHowMuch() throws Exception {
    byte[] file = CaptureBytes.pcap(LITTLE, true, 1).record(1, 0, 20, frame(20)).toByteArray();

    assertThat(read(file, 50).damage())
        .isEqualTo("truncated: the record at byte 24 needs 36 bytes, 26 are left");
  }

  @Test
  void run_impossibleCapturedLength_endsReadingWithDamage() throws Exception {
    byte[] file =
        CaptureBytes.pcap(LITTLE, true, 1)
            .record(1, 0, 20, frame(20))
            .u32(2)
            .u32(0)
            .u32(-2)
            .u32(20)
            .record(3, 0, 20, frame(20))
            .toByteArray();

    CaptureStats stats = read(file);

    assertThat(stats.framesReceived()).isEqualTo(1);
    assertThat(stats.damage())
        .isEqualTo("record at byte 60 claims an impossible frame of 4294967294 bytes");
  }

  @Test
  void run_impossibleWireLength_isReplacedAndReadingGoesOn() throws Exception {
    byte[] file =
        CaptureBytes.pcap(LITTLE, true, 1)
            .record(1, 0, -20, frame(20))
            .record(2, 0, 20, frame(20))
            .toByteArray();

    CaptureStats stats = read(file);

    assertThat(handler.frames).extracting(Seen::wire).containsExactly(20, 20);
    assertThat(stats.damage()).contains("byte 24").contains("4294967276");
  }

  @ParameterizedTest
  @MethodSource("orders")
  void run_severalInterfacesAndSections_numbersInterfacesThrough(ByteOrder order) throws Exception {
    ByteOrder other = order == LITTLE ? BIG : LITTLE;
    byte[] first =
        CaptureBytes.pcapng(order)
            .section()
            .iface(1, 0)
            .iface(101, 0, 9, 0)
            .enhanced(1, 7_000_000_001L, 10, frame(10))
            .enhanced(0, 7_000_002L, 11, frame(11))
            .iface(113, 0, 3, 0)
            .enhanced(2, 7_003L, 12, frame(12))
            .toByteArray();
    byte[] second =
        CaptureBytes.pcapng(other)
            .section()
            .iface(276, 0)
            .obsolete(0, 8_000_000L, 13, frame(13))
            .toByteArray();

    CaptureStats stats = read(CaptureBytes.pcapng(order).raw(first).raw(second).toByteArray());

    assertThat(stats.damage()).isNull();
    assertThat(handler.frames)
        .containsExactly(
            Seen.of(frame(10), 10, 7 * SECOND + 1, 101, 1),
            Seen.of(frame(11), 11, 7 * SECOND + 2000, 1, 0),
            Seen.of(frame(12), 12, 7 * SECOND + 3_000_000, 113, 2),
            Seen.of(frame(13), 13, 8 * SECOND, 276, 3));
  }

  @ParameterizedTest
  @MethodSource("orders")
  void run_resolutionAndOffset_giveNanosecondsSinceTheEpoch(ByteOrder order) throws Exception {
    byte[] file =
        CaptureBytes.pcapng(order)
            .section()
            .iface(1, 0, 0x80 | 10, 1_600_000_000L)
            .iface(1, 0, 6, -3)
            .enhanced(0, 5 * 1024 + 512, 1, frame(1))
            .enhanced(1, 5_000_001, 1, frame(1))
            .toByteArray();

    read(file);

    assertThat(handler.frames)
        .extracting(Seen::tsNanos)
        .containsExactly(1_600_000_005L * SECOND + SECOND / 2, 2 * SECOND + 1000);
  }

  @Test
  void run_simplePacket_takesLengthFromTheSnapLengthAndTimeFromTheLastFrame() throws Exception {
    byte[] file =
        CaptureBytes.pcapng(LITTLE)
            .section()
            .iface(1, 10)
            .enhanced(0, 4_000_000, 4, frame(4))
            .simple(100, frame(10))
            .simple(7, frame(7))
            .toByteArray();

    assertThat(read(file).damage()).isNull();

    assertThat(handler.frames)
        .containsExactly(
            Seen.of(frame(4), 4, 4 * SECOND, 1, 0),
            Seen.of(frame(10), 100, 4 * SECOND, 1, 0),
            Seen.of(frame(7), 7, 4 * SECOND, 1, 0));
  }

  @Test
  void run_brokenBlocks_endReadingWithDamage() throws Exception {
    CaptureBytes head =
        CaptureBytes.pcapng(LITTLE).section().iface(1, 0).enhanced(0, 1, 4, frame(4));
    int at = head.size();
    byte[] good = head.toByteArray();

    assertThat(damage(good, b -> b.enhanced(1, 1, 4, frame(4))))
        .isEqualTo("block at byte " + at + " belongs to the undeclared interface 1");
    assertThat(damage(good, b -> b.u32(6).u32(11).u32(0).u32(11)))
        .isEqualTo("block at byte " + at + " has an impossible length of 11");
    assertThat(damage(good, b -> b.u32(6).u32(30).raw(new byte[30])))
        .isEqualTo("block at byte " + at + " has an impossible length of 30");
    assertThat(damage(good, b -> b.u32(6).u32(16).u32(0).u32(20)))
        .isEqualTo("block at byte " + at + " starts with length 16 but ends with 20");
    assertThat(damage(good, b -> b.block(6, new byte[16])))
        .isEqualTo("packet block at byte " + at + " is too short (28 bytes)");
    assertThat(damage(good, b -> b.block(3, new byte[0])))
        .isEqualTo("packet block at byte " + at + " is too short (12 bytes)");
    assertThat(damage(good, b -> b.block(1, new byte[4])))
        .isEqualTo("interface description block at byte " + at + " is too short (16 bytes)");
    assertThat(
            damage(
                good,
                b ->
                    b.block(
                        6,
                        b.body().u32(0).u32(0).u32(0).u32(9).u32(9).raw(frame(8)).toByteArray())))
        .isEqualTo("block at byte " + at + " claims 9 captured bytes in 40 bytes");
    assertThat(damage(good, b -> b.block(0x0a0d0d0a, new byte[16])))
        .isEqualTo("section at byte " + at + " has no byte-order magic");
    assertThat(
            damage(
                good,
                b -> b.block(0x0a0d0d0a, b.body().u32(0x1a2b3c4d).u32(2).u64(0).toByteArray())))
        .isEqualTo("section at byte " + at + " has the unsupported version 2");
  }

  private String damage(byte[] good, java.util.function.UnaryOperator<CaptureBytes> bad)
      throws Exception {
    handler.frames.clear();
    CaptureBytes file = CaptureBytes.pcapng(LITTLE).raw(good);
    file.raw(bad.apply(file.body()).toByteArray());
    CaptureStats stats = read(file.section().iface(1, 0).enhanced(0, 1, 4, frame(4)).toByteArray());
    assertThat(stats.framesReceived()).isEqualTo(1);
    return String.valueOf(stats.damage());
  }

  @Test
  void run_frameBeyondFourGibibytes_isDelivered() throws Exception {
    Path path = folder.resolve("huge.pcapng");
    byte[] head = CaptureBytes.pcapng(LITTLE).section().iface(1, 0).toByteArray();
    byte[] tail = CaptureBytes.pcapng(LITTLE).enhanced(0, 1_000_000, 40, frame(40)).toByteArray();
    long skipped = 0xffff_fffcL;
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      // The body of the block in between is never written: the file is sparse.
      file.write(head);
      file.write(CaptureBytes.pcapng(LITTLE).u32(0x0bad).u32((int) skipped).toByteArray());
      file.seek(head.length + skipped - 4);
      file.write(CaptureBytes.pcapng(LITTLE).u32((int) skipped).raw(tail).toByteArray());
    }

    CaptureStats stats;
    try (PcapFileSource source = PcapFileSource.open(path)) {
      source.run(handler);
      stats = source.stats();
      assertThat(source.positionBytes()).isEqualTo(source.sizeBytes());
    }

    assertThat(stats.damage()).isNull();
    assertThat(handler.frames).containsExactly(Seen.of(frame(40), 40, SECOND, 1, 0));
  }

  @Test
  void run_stopFromTheHandler_returnsBeforeTheNextFrame() throws Exception {
    byte[] records =
        CaptureBytes.pcap(LITTLE, true, 1)
            .record(1, 0, 4, frame(4))
            .record(2, 0, 4, frame(4))
            .toByteArray();
    try (PcapFileSource source = PcapFileSource.open(write("stop", records, records.length))) {
      source.run((_, _, _, _, _, _, _) -> source.stop());

      assertThat(source.stats().framesReceived()).isEqualTo(1);
      assertThat(source.stats().damage()).isNull();
    }
  }

  @Test
  void run_handlerThrows_passesItOn() throws Exception {
    byte[] records = CaptureBytes.pcap(LITTLE, true, 1).record(1, 0, 4, frame(4)).toByteArray();
    try (PcapFileSource source = PcapFileSource.open(write("throw", records, records.length))) {
      assertThatThrownBy(
              () ->
                  source.run(
                      (_, _, _, _, _, _, _) -> {
                        throw new IllegalStateException("ours");
                      }))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void close_twiceThenRun_isRefused() throws Exception {
    byte[] records = CaptureBytes.pcap(LITTLE, true, 1).toByteArray();
    PcapFileSource source = PcapFileSource.open(write("closed", records, records.length));
    source.close();
    source.close();

    assertThatThrownBy(() -> source.run(handler)).isInstanceOf(CaptureException.class);
  }

  @Test
  void open_pathsThatAreNoFile_sayWhatIsWrong() throws Exception {
    assertThat(refusal(folder.resolve("none.pcap"))).endsWith("none.pcap does not exist");
    assertThat(refusal(folder)).endsWith("is a folder, not a capture file");
    assertThat(refusal(write("empty", new byte[0], 0))).endsWith("empty is empty");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fd377a585a00 xz", "425a6839 bzip2", "04224d18 lz4", "504b0304 zip"})
  void open_compressedFile_namesItAndSaysDecompressFirst(String magicAndName) throws Exception {
    String[] parts = magicAndName.split(" ", -1);
    byte[] bytes = java.util.HexFormat.of().parseHex(parts[0] + "00".repeat(40));

    assertThat(refusal(write("packed", bytes, bytes.length)))
        .endsWith("is compressed with " + parts[1] + ", decompress first");
  }

  @ParameterizedTest
  @ValueSource(ints = {0xa1b2cd34, 0xa1b234cd, 0xa1e2cb12, 0x1c0001ac, 0x1c0001ab, 0x34cdb2a1})
  void open_modifiedPcap_isRefusedByName(int magic) throws Exception {
    byte[] bytes = ByteBuffer.allocate(40).putInt(magic).array();

    assertThat(refusal(write("modified", bytes, bytes.length)))
        .contains("is a modified pcap (")
        .endsWith("which is not supported: convert it to pcap or pcapng first");
  }

  @Test
  void open_otherFormats_areRefusedByName() throws Exception {
    byte[] snoop = "snoop\0\0\0\0\0\0\2".getBytes(UTF_8);
    assertThat(refusal(write("snoop", snoop, snoop.length))).contains("is a snoop capture");
    byte[] text = "hello, world".getBytes(UTF_8);
    assertThat(refusal(write("text", text, text.length)))
        .endsWith("is not a pcap or pcapng capture (it starts with 68 65 6c 6c 6f 2c 20 77)");
    assertThat(refusal(write("short", text, 2))).contains("(it starts with 68 65)");
    byte[] version = CaptureBytes.pcap(LITTLE, true, 1).toByteArray();
    version[4] = 9;
    assertThat(refusal(write("version", version, version.length)))
        .endsWith("pcap version 9.4 is not supported");
    byte[] section = CaptureBytes.pcapng(BIG).section().toByteArray();
    section[13] = 2;
    assertThat(refusal(write("section", section, section.length)))
        .endsWith("pcapng section version 2.0 is not supported");
    section[8] = 0;
    assertThat(refusal(write("magic", section, section.length)))
        .endsWith("pcapng without a byte-order magic");
  }

  private static void assertRefused(Path path) {
    assertThatThrownBy(() -> PcapFileSource.open(path).close())
        .isInstanceOfSatisfying(
            CaptureException.class,
            e -> assertThat(e.kind()).isEqualTo(CaptureException.Kind.UNREADABLE));
  }

  private static String refusal(Path path) {
    try (PcapFileSource source = PcapFileSource.open(path)) {
      throw new AssertionError(source.name() + " was opened");
    } catch (CaptureException e) {
      assertThat(e.kind()).isEqualTo(CaptureException.Kind.UNREADABLE);
      String message = String.valueOf(e.getMessage());
      assertThat(message).doesNotContain("\n").startsWith(path.toString());
      return message;
    }
  }

  private CaptureStats read(byte[] file) throws CaptureException {
    return read(file, file.length);
  }

  private CaptureStats read(byte[] file, int length) throws CaptureException {
    try (PcapFileSource source = PcapFileSource.open(write("file", file, length))) {
      source.run(handler);
      return source.stats();
    }
  }

  private Path write(String name, byte[] bytes, int length) {
    try {
      return Files.write(
          folder.resolve(name), ByteBuffer.allocate(length).put(bytes, 0, length).array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] frame(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 7 + length);
    }
    return bytes;
  }
}
