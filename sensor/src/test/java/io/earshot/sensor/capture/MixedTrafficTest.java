package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class MixedTrafficTest {
  private long lastNanos;

  private long checksum(MixedTraffic traffic) {
    CRC32 sum = new CRC32();
    lastNanos = 0;
    traffic.generate(
        (data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId) -> {
          assertThat(tsNanos).isGreaterThanOrEqualTo(lastNanos);
          lastNanos = tsNanos;
          MemorySegment frame = data.asSlice(offset, capturedBytes);
          sum.update(frame.toArray(ValueLayout.JAVA_BYTE));
        });
    return sum.getValue();
  }

  @Test
  void generate_withTheSameArguments_givesTheSameBytesInOrderOfTime() {
    MixedTraffic traffic = new MixedTraffic(2_000, 80, 5, 7);
    long first = checksum(traffic);

    assertThat(traffic.frames()).isGreaterThanOrEqualTo(2_000);
    assertThat(traffic.flows()).isEqualTo(80);
    assertThat(checksum(new MixedTraffic(2_000, 80, 5, 7))).isEqualTo(first);
    assertThat(checksum(new MixedTraffic(2_000, 80, 5, 8))).isNotEqualTo(first);
  }
}
