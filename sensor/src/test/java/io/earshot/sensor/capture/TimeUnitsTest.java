package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimeUnitsTest {
  @Test
  void toNanos_anyResolutionAndCount_equalsExactArithmetic() {
    Random random = new Random(4711);
    for (int resolution = 0; resolution < 256; resolution++) {
      for (int round = 0; round < 200; round++) {
        long units = random.nextLong() >>> random.nextInt(64);
        long offset =
            switch (round % 4) {
              case 0 -> 0;
              case 1 -> random.nextInt();
              case 2 -> random.nextInt(1_000_000_000);
              default -> random.nextLong();
            };
        assertThat(new TimeUnits(resolution, offset).toNanos(units))
            .as("resolution %d, %s units, offset %d", resolution, units, offset)
            .isEqualTo(exact(resolution, offset, units));
      }
    }
  }

  @Test
  void toNanos_timeOfToday_isKeptToTheNanosecond() {
    assertThat(new TimeUnits(9, 0).toNanos(1_700_000_000_123_456_789L))
        .isEqualTo(1_700_000_000_123_456_789L);
    assertThat(new TimeUnits(6, 0).toNanos(1_700_000_000_123_456L))
        .isEqualTo(1_700_000_000_123_456_000L);
  }

  /** The same with unlimited integers: scaled and held within range, then the offset likewise. */
  private static long exact(int resolution, long offsetSeconds, long units) {
    BigInteger count = new BigInteger(Long.toUnsignedString(units));
    BigInteger perSecond =
        resolution >= 0x80 ? BigInteger.TWO.pow(resolution - 0x80) : BigInteger.TEN.pow(resolution);
    BigInteger billion = BigInteger.valueOf(1_000_000_000L);
    BigInteger max = BigInteger.TWO.pow(32).multiply(billion).subtract(BigInteger.ONE);
    BigInteger nanos = count.multiply(billion).divide(perSecond).min(max);
    BigInteger limit = BigInteger.TWO.pow(32);
    BigInteger offset = BigInteger.valueOf(offsetSeconds).max(limit.negate()).min(limit);
    return nanos.add(offset.multiply(billion)).max(BigInteger.ZERO).min(max).longValueExact();
  }
}
