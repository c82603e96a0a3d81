package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;

/** Whatever a capture holds, reading it ends, and every frame lies within what was read. */
class PcapFileFuzzTest {
  @FuzzTest(maxDuration = "10m")
  void capture_ofAnyBytes_isReadOrRefused(byte[] data) {
    long[] frames = {0};
    try (PcapFileSource source = PcapFileSource.stream("fuzz", new ByteArrayInputStream(data))) {
      source.run(
          (segment, offset, captured, wire, tsNanos, linkType, interfaceId) -> {
            frames[0]++;
            assertThat(offset).isNotNegative();
            assertThat(captured).isNotNegative();
            assertThat(offset + captured).isLessThanOrEqualTo(segment.byteSize());
            assertThat(wire).isGreaterThanOrEqualTo(captured);
            assertThat(tsNanos).isBetween(0L, TimeUnits.MAX_NANOS);
            assertThat(interfaceId).isNotNegative();
          });
      assertThat(source.stats().framesReceived()).isEqualTo(frames[0]);
    } catch (CaptureException e) {
      assertThat(e.getMessage()).startsWith("fuzz").doesNotContain("\n");
    }
  }
}
