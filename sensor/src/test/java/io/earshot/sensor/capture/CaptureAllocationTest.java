package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.Frames;
import io.earshot.sensor.decode.Frames.Sample;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading and decoding allocate per run, never per packet. */
class CaptureAllocationTest {
  private static final int RECORDS = 60_000;

  /** What one run may allocate whatever its length: reader, stats, interface tables. */
  private static final long BYTES_PER_RUN = 32_768;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path folder;

  @Test
  void run_pcapInSteadyState_allocatesNothingPerPacket() throws Exception {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(CaptureBytes.pcap(ByteOrder.BIG_ENDIAN, true, 1).toByteArray());
    List<byte[]> records = new ArrayList<>();
    for (byte[] frame : ethernetFrames()) {
      records.add(
          CaptureBytes.pcapng(ByteOrder.BIG_ENDIAN)
              .record(1, 2, frame.length, frame)
              .toByteArray());
    }
    for (int i = 0; i < RECORDS; i++) {
      file.writeBytes(records.get(i % records.size()));
    }

    assertSteady(Files.write(folder.resolve("a.pcap"), file.toByteArray()));
  }

  @Test
  void run_pcapngInSteadyState_allocatesNothingPerPacket() throws Exception {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(
        CaptureBytes.pcapng(ByteOrder.LITTLE_ENDIAN).section().iface(1, 0).toByteArray());
    List<byte[]> records = new ArrayList<>();
    for (byte[] frame : ethernetFrames()) {
      records.add(
          CaptureBytes.pcapng(ByteOrder.LITTLE_ENDIAN)
              .enhanced(0, 1_700_000_000_000_000L, frame.length, frame)
              .toByteArray());
    }
    for (int i = 0; i < RECORDS; i++) {
      file.writeBytes(records.get(i % records.size()));
    }

    assertSteady(Files.write(folder.resolve("a.pcapng"), file.toByteArray()));
  }

  private static List<byte[]> ethernetFrames() {
    List<byte[]> frames = new ArrayList<>();
    for (Sample sample : Frames.everyWayToOneSegment().values()) {
      if (sample.linkType() == LinkType.ETHERNET) {
        frames.add(sample.frame());
      } else if (sample.linkType() == LinkType.RAW) {
        int type = sample.frame()[0] >>> 4 == 4 ? Frames.IPV4_TYPE : Frames.IPV6_TYPE;
        frames.add(Frames.ethernet(type, sample.frame()));
      }
    }
    frames.add(Frames.ethernet(0x0806, new byte[46]));
    return frames;
  }

  private static void assertSteady(Path path) throws CaptureException {
    Counter counter = new Counter();
    long least = Long.MAX_VALUE;
    // The interpreter and the first compilations may allocate; the steady state is the least.
    for (int round = 0; round < 12; round++) {
      try (PcapFileSource source = PcapFileSource.open(path)) {
        long thread = Thread.currentThread().threadId();
        long before = THREADS.getThreadAllocatedBytes(thread);
        source.run(counter);
        least = Math.min(least, THREADS.getThreadAllocatedBytes(thread) - before);
      }
    }
    assertThat(counter.decoded).isGreaterThan(12L * RECORDS * 9 / 10);
    assertThat(least).isLessThan(BYTES_PER_RUN);
  }

  private static final class Counter implements FrameHandler {
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private long decoded;

    @Override
    public void onFrame(
        MemorySegment data,
        long offset,
        int capturedBytes,
        int wireBytes,
        long tsNanos,
        int linkType,
        int interfaceId) {
      DecodeResult result =
          decoder.decode(
              data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId, view);
      if (result == DecodeResult.DECODED) {
        decoded++;
      }
    }
  }
}
