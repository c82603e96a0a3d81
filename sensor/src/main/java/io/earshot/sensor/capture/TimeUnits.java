package io.earshot.sensor.capture;

/**
 * Time stamps of one pcapng interface to nanoseconds since the epoch.
 *
 * <p>Results are held within [0, 2^32 seconds), the range of a classic pcap, so that sums in later
 * stages cannot overflow whatever a file says. Source: draft-ietf-opsawg-pcapng section 4.2
 * (if_tsresol, if_tsoffset).
 */
final class TimeUnits {
  static final long NANOS_PER_SECOND = 1_000_000_000L;
  static final long MAX_NANOS = (1L << 32) * NANOS_PER_SECOND - 1;

  /** if_tsresol of an interface that does not say: microseconds. */
  static final int DEFAULT_RESOLUTION = 6;

  private static final int BINARY = 0x80;
  private static final int NANO_EXPONENT = 9;
  private static final long MAX_SECONDS = 1L << 32;

  private final boolean binary;
  private final int exponent;

  /** Nanoseconds in a unit, 0 where units are finer than that or binary. */
  private final long nanosPerUnit;

  /** Units in a nanosecond where they are finer, unsigned; 0 where it has more than 2^64. */
  private final long unitsPerNano;

  /** Largest count that {@link #nanosPerUnit} can scale without leaving the range. */
  private final long maxUnits;

  private final long offsetNanos;

  TimeUnits(int resolution, long offsetSeconds) {
    this.binary = (resolution & BINARY) != 0;
    this.exponent = resolution & ~BINARY;
    this.nanosPerUnit =
        binary || exponent > NANO_EXPONENT ? 0 : powerOfTen(NANO_EXPONENT - exponent);
    this.unitsPerNano =
        binary || exponent < NANO_EXPONENT || exponent - NANO_EXPONENT > 19
            ? 0
            : powerOfTen(exponent - NANO_EXPONENT);
    this.maxUnits = nanosPerUnit == 0 ? -1 : MAX_NANOS / nanosPerUnit;
    this.offsetNanos = Math.clamp(offsetSeconds, -MAX_SECONDS, MAX_SECONDS) * NANOS_PER_SECOND;
  }

  /**
   * Nanoseconds since the epoch.
   *
   * @param units time stamp as in the file, unsigned 64 bits
   */
  long toNanos(long units) {
    long nanos;
    if (units >= 0 && units <= maxUnits) {
      nanos = units * nanosPerUnit;
    } else if (nanosPerUnit != 0) {
      nanos = MAX_NANOS;
    } else if (binary) {
      nanos = fromBinary(units);
    } else {
      nanos = unitsPerNano == 0 ? 0 : Long.divideUnsigned(units, unitsPerNano);
    }
    // Both terms are below 2^62.1, the sum cannot overflow.
    return Math.clamp(within(nanos) + offsetNanos, 0, MAX_NANOS);
  }

  private long fromBinary(long units) {
    long seconds = exponent >= Long.SIZE ? 0 : units >>> exponent;
    if (Long.compareUnsigned(seconds, MAX_SECONDS) >= 0) {
      return MAX_NANOS;
    }
    long fraction = exponent >= Long.SIZE ? units : units & ((1L << exponent) - 1);
    long high = Math.unsignedMultiplyHigh(fraction, NANOS_PER_SECOND);
    long low = fraction * NANOS_PER_SECOND;
    long nanos;
    if (exponent == 0) {
      nanos = 0;
    } else if (exponent < Long.SIZE) {
      nanos = high << (Long.SIZE - exponent) | low >>> exponent;
    } else {
      nanos = exponent - Long.SIZE >= Long.SIZE ? 0 : high >>> (exponent - Long.SIZE);
    }
    return seconds * NANOS_PER_SECOND + nanos;
  }

  private static long within(long nanos) {
    return nanos < 0 || nanos > MAX_NANOS ? MAX_NANOS : nanos;
  }

  private static long powerOfTen(int exponent) {
    long power = 1;
    for (int i = 0; i < exponent; i++) {
      power *= 10;
    }
    return power;
  }
}
