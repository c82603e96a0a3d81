package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both live engines on a real kernel: what tcpreplay sends on one end comes out on the other. */
@Timeout(120)
class LiveSourceIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private VethPair veth;

  @BeforeEach
  void connect() throws IOException, InterruptedException {
    veth = VethPair.make();
  }

  @AfterEach
  void disconnect() throws IOException, InterruptedException {
    if (veth != null) {
      veth.remove();
    }
  }

  @ParameterizedTest
  @EnumSource(CaptureEngine.class)
  void run_ofAReplayedCapture_seesEveryFrameAsItWasSent(CaptureEngine engine) throws Exception {
    List<byte[]> frames = frames(2_000, 7);
    Path capture = write(frames);
    try (Listening listening = new Listening(engine, LiveOptions.of(null, null))) {
      veth.send(capture, "--pps=20000");
      listening.awaitFrames(frames.size());
      listening.end();

      assertThat(listening.seen).containsExactlyElementsOf(hex(frames));
      CaptureStats stats = listening.source.stats();
      assertThat(stats.framesReceived()).isEqualTo(frames.size());
      assertThat(stats.bytesReceived())
          .isEqualTo(frames.stream().mapToLong(frame -> frame.length).sum());
      assertThat(stats.kernelDropped()).isZero();
      assertThat(stats.damage()).isNull();
      long now = System.currentTimeMillis() * 1_000_000L;
      assertThat(stats.firstNanos()).isBetween(now - 60_000_000_000L, now);
      assertThat(stats.lastNanos()).isBetween(stats.firstNanos(), now + 1_000_000L);
      assertThat(listening.timesOutOfOrder.get()).isZero();
    }
  }

  /** The kernel keeps tags beside the frame; a filter that names one must still find it. */
  @ParameterizedTest
  @EnumSource(CaptureEngine.class)
  void run_withAFilterOnATag_seesOnlyFramesWithThatTag(CaptureEngine engine) throws Exception {
    List<byte[]> frames = frames(300, 8);
    List<byte[]> tagged = frames.stream().filter(f -> tag(f) == 10).toList();
    assertThat(tagged).isNotEmpty().hasSizeLessThan(frames.size());
    Path capture = write(frames);
    try (Listening listening = new Listening(engine, LiveOptions.of(null, "vlan 10"))) {
      veth.send(capture, "--pps=20000");
      listening.awaitFrames(tagged.size());
      listening.end();

      assertThat(listening.seen).containsExactlyElementsOf(hex(tagged));
    }
  }

  @ParameterizedTest
  @EnumSource(CaptureEngine.class)
  void run_withASnapLength_keepsTheLengthOnTheWire(CaptureEngine engine) throws Exception {
    List<byte[]> frames = frames(100, 9);
    LiveOptions options = new LiveOptions(60, 1 << 22, null, null, true, false, false, null);
    Path capture = write(frames);
    try (Listening listening = new Listening(engine, options)) {
      veth.send(capture, "--pps=20000");
      listening.awaitFrames(frames.size());
      listening.end();

      assertThat(listening.source.stats().bytesReceived())
          .isEqualTo(frames.stream().mapToLong(frame -> frame.length).sum());
      assertThat(listening.seen).allMatch(frame -> frame.length() <= 2 * 64);
    }
  }

  @ParameterizedTest
  @EnumSource(CaptureEngine.class)
  void open_withAFilterThatIsNone_saysSo(CaptureEngine engine) {
    assertThatThrownBy(
            () -> engine.open(veth.sensorEnd(), LiveOptions.of(null, "tcp porto 1")).close())
        .isInstanceOf(CaptureException.class)
        .hasMessageStartingWith("filter 'tcp porto 1' is not valid: ")
        .extracting(e -> ((CaptureException) e).kind())
        .isEqualTo(CaptureException.Kind.BAD_FILTER);
  }

  @Test
  void run_throughADownAndUp_goesOn() throws Exception {
    List<byte[]> frames = frames(50, 10);
    Path capture = write(frames);
    try (Listening listening = new Listening(CaptureEngine.AF_PACKET, LiveOptions.of(null, null))) {
      veth.send(capture, "--pps=20000");
      listening.awaitFrames(50);
      veth.down();
      await().atMost(PATIENCE).until(() -> listening.source.stats().damage() != null);
      veth.up();
      veth.send(capture, "--pps=20000");
      listening.awaitFrames(100);
      listening.end();

      assertThat(listening.source.stats().damage()).contains("down or away 1 times");
    }
  }

  /** The interface that comes back under the same name is another one for the kernel. */
  @Test
  void run_whenTheInterfaceIsMadeAnew_goesOn() throws Exception {
    List<byte[]> frames = frames(50, 11);
    Path capture = write(frames);
    try (Listening listening = new Listening(CaptureEngine.AF_PACKET, LiveOptions.of(null, null))) {
      veth.send(capture, "--pps=20000");
      listening.awaitFrames(50);
      veth.removeInterfaces();
      await().atMost(PATIENCE).until(() -> listening.source.stats().damage() != null);
      veth.connect();
      await().atMost(PATIENCE).until(veth::isListenedOn);
      veth.send(capture, "--pps=20000");
      listening.awaitFrames(100);
      listening.end();

      assertThat(listening.source.stats().damage()).contains("down or away 1 times");
    }
  }

  @Test
  void run_ofTwoMembersOfAFanOut_shareTheFrames() throws Exception {
    List<byte[]> frames = frames(2_000, 12);
    Path capture = write(frames);
    LiveOptions.FanOut fanOut =
        new LiveOptions.FanOut(
            (int) ProcessHandle.current().pid() & 0xffff, LiveOptions.FanOut.Mode.HASH);
    LiveOptions options = new LiveOptions(65_535, 8 << 20, null, null, true, false, false, fanOut);
    try (Listening first = new Listening(CaptureEngine.AF_PACKET, options);
        Listening second = new Listening(CaptureEngine.AF_PACKET, options)) {
      veth.send(capture, "--pps=20000");
      await().atMost(PATIENCE).until(() -> first.count.get() + second.count.get() == 2_000);
      first.end();
      second.end();

      assertThat(first.seen).isNotEmpty();
      assertThat(second.seen).isNotEmpty();
      List<String> both = new ArrayList<>(first.seen);
      both.addAll(second.seen);
      assertThat(both).containsExactlyInAnyOrderElementsOf(hex(frames));
    }
  }

  @Test
  void run_ofTheRing_allocatesNothingPerFrame() throws Exception {
    Path capture = write(frames(5_000, 13));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] allocated = new long[2];
    long[] frames = {0};
    LiveOptions options = LiveOptions.of(null, null);
    try (PacketSource source = CaptureEngine.AF_PACKET.open(veth.sensorEnd(), options)) {
      AtomicLong seen = new AtomicLong();
      Thread thread =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      source.run(
                          (data, offset, captured, wire, tsNanos, linkType, interfaceId) -> {
                            frames[0]++;
                            if (frames[0] == 60_000) {
                              allocated[0] = threads.getCurrentThreadAllocatedBytes();
                            } else if (frames[0] == 100_000) {
                              allocated[1] = threads.getCurrentThreadAllocatedBytes();
                            }
                            seen.lazySet(frames[0]);
                          });
                    } catch (CaptureException e) {
                      throw new AssertionError(e);
                    }
                  });
      for (int i = 0; i < 20; i++) {
        veth.send(capture, "--pps=100000");
      }
      await().atMost(PATIENCE).until(() -> seen.get() == 100_000);
      source.stop();
      thread.join();
    }
    // A look at the interface's index once a second is all.
    assertThat((double) (allocated[1] - allocated[0]) / 40_000).isLessThan(1);
  }

  private static int tag(byte[] frame) {
    ByteBuffer bytes = ByteBuffer.wrap(frame);
    return bytes.getShort(12) == (short) 0x8100 ? bytes.getShort(14) & 0xfff : -1;
  }

  private static List<String> hex(List<byte[]> frames) {
    return frames.stream().map(HexFormat.of()::formatHex).toList();
  }

  /** UDP over IPv4 between many pairs of ports, with no tag, one tag or two. */
  private static List<byte[]> frames(int count, int seed) {
    Random random = new Random(seed);
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int tags = random.nextInt(4);
      int payload = random.nextInt(18, 1400);
      ByteBuffer frame = ByteBuffer.allocate(14 + 4 * (tags == 3 ? 2 : tags) + 28 + payload);
      frame.putLong(0x0200_0000_0001_0200L).putInt(2);
      switch (tags) {
        case 1 -> frame.putInt(0x8100_000a);
        case 2 -> frame.putInt(0x8100_6014).putInt(0x8100_0005);
        case 3 -> frame.putInt(0x88a8_0064).putInt(0x8100_000a);
        default -> {}
      }
      frame.putShort((short) 0x0800).putShort((short) 0x4500).putShort((short) (28 + payload));
      frame.putInt(i << 16).putShort((short) 0x4011).putShort((short) 0);
      frame.putInt(0x0a00_0001).putInt(0x0a00_0002);
      frame.putShort((short) (1024 + i)).putShort((short) 443).putShort((short) (8 + payload));
      frame.putShort((short) 0);
      byte[] noise = new byte[payload];
      random.nextBytes(noise);
      frames.add(frame.put(noise).array());
    }
    return frames;
  }

  private Path write(List<byte[]> frames) throws IOException {
    Path capture = folder.resolve("sent.pcap");
    try (PcapWriter writer = PcapWriter.create(capture, 1, 65_535)) {
      long now = 1_700_000_000_000_000_000L;
      for (byte[] frame : frames) {
        now += 1_000;
        writer.write(MemorySegment.ofArray(frame), 0, frame.length, frame.length, now);
      }
    }
    return capture;
  }

  /** A source that runs on a thread of its own and whose frames are kept. */
  private final class Listening implements AutoCloseable {
    final PacketSource source;
    final List<String> seen = Collections.synchronizedList(new ArrayList<>());
    final AtomicLong count = new AtomicLong();
    private final Thread thread;
    private final AtomicLong timesOutOfOrder = new AtomicLong();
    private long lastNanos;

    Listening(CaptureEngine engine, LiveOptions options) throws CaptureException {
      source = engine.open(veth.sensorEnd(), options);
      thread = Thread.ofPlatform().start(this::listen);
    }

    private void listen() {
      try {
        source.run(
            (data, offset, captured, wire, tsNanos, linkType, interfaceId) -> {
              byte[] frame = data.asSlice(offset, captured).toArray(ValueLayout.JAVA_BYTE);
              seen.add(HexFormat.of().formatHex(frame));
              if (tsNanos < lastNanos) {
                timesOutOfOrder.incrementAndGet();
              }
              lastNanos = tsNanos;
              count.incrementAndGet();
            });
      } catch (CaptureException e) {
        throw new AssertionError(e);
      }
    }

    void awaitFrames(long frames) {
      await().atMost(PATIENCE).until(() -> count.get() >= frames);
    }

    void end() throws InterruptedException {
      source.stop();
      thread.join(PATIENCE);
      assertThat(thread.isAlive()).isFalse();
    }

    @Override
    public void close() {
      source.close();
    }
  }
}
