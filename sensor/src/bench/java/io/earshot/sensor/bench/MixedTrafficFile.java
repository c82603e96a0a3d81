package io.earshot.sensor.bench;

import io.earshot.sensor.capture.MixedTraffic;
import io.earshot.sensor.capture.PcapWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * Writes the capture that the benchmark reads: {@link MixedTraffic} of up to {@value #MAX_FLOWS}
 * flows, 0.5 % of them audio where nothing else is asked for, which are 4 % of the packets then.
 */
final class MixedTrafficFile {
  private static final int MAX_FLOWS = 20_000;
  private static final int FRAMES_PER_FLOW = 25;
  private static final int RECORD_HEADER_BYTES = 16;

  private MixedTrafficFile() {}

  /**
   * Writes one capture.
   *
   * @param args file, size in MiB, seed, and how many of 200 flows are Spotify's, from 1 to 100
   * @throws IOException where the file cannot be written
   */
  public static void main(String[] args) throws IOException {
    long fileBytes = Long.parseLong(args[1]) << 20;
    long frames = Math.max(1, fileBytes / (MixedTraffic.MEAN_BYTES + RECORD_HEADER_BYTES));
    MixedTraffic traffic =
        new MixedTraffic(
            frames,
            Math.clamp(frames / FRAMES_PER_FLOW, 1, MAX_FLOWS),
            args.length > 3 ? Integer.parseInt(args[3]) : 1,
            Long.parseLong(args[2]));
    try (PcapWriter out = PcapWriter.create(Path.of(args[0]), 1, 65_535)) {
      traffic.generate(
          (data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId) -> {
            try {
              out.write(data, offset, capturedBytes, wireBytes, tsNanos);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      System.out.printf(
          "%,d frames of %d B on average, %,d flows%n",
          traffic.frames(), traffic.bytes() / traffic.frames(), traffic.flows());
    }
  }
}
