package io.earshot.sensor.flow;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.PacketView;

/**
 * Round-trip time of a QUIC connection from the bit that its ends let spin, where they do.
 *
 * <pre>
 * RFC 9000 section 17.3.1, short header:
 *   Header Form (1) = 0, Fixed Bit (1) = 1, Spin Bit (1), Reserved Bits (2), ...
 * </pre>
 *
 * <p>The client inverts what it hears and the server repeats it, so in either direction the bit
 * changes once in a round trip (section 17.4). An end that does not take part sends one value, or
 * another with every packet; then nothing is said here: a value that changes with more than one
 * packet in {@value #LEAST_PACKETS_AN_EDGE} is noise. Owner: the capture thread.
 */
final class SpinBit {
  private static final int FORM_AND_FIXED = 0xc0;
  private static final int SHORT_HEADER = 0x40;
  private static final int SPIN = 0x20;

  /** A connection with fewer packets a round trip than this cannot be told from noise. */
  static final int LEAST_PACKETS_AN_EDGE = 4;

  /** So many changes make a habit. */
  private static final int LEAST_EDGES = 4;

  /** What changes faster was overtaken on its way (RFC 9312 section 4.2.2). */
  private static final long LEAST_NANOS = 1_000_000;

  /** Who has nothing to send does not spin either. */
  private static final long SILENT_NANOS = 1_000_000_000;

  private boolean known;
  private boolean value;
  private long edgeNanos;
  private long lastNanos;
  private int edges;
  private long packets;
  private long rttNanos;

  /**
   * Takes a datagram; only those of the server count, for most of its packets come in full trains.
   */
  void datagram(Direction direction, PacketView packet) {
    if (direction != Direction.DOWN || packet.payloadCaptured < 1) {
      return;
    }
    int first = packet.payloadByte(0);
    if ((first & FORM_AND_FIXED) != SHORT_HEADER) {
      return;
    }
    packets++;
    if (packet.tsNanos - lastNanos > SILENT_NANOS) {
      edgeNanos = 0;
    }
    lastNanos = packet.tsNanos;
    boolean now = (first & SPIN) != 0;
    if (!known) {
      known = true;
      value = now;
      return;
    }
    if (now == value || packet.tsNanos - edgeNanos < LEAST_NANOS) {
      return;
    }
    value = now;
    if (edgeNanos != 0) {
      long sample = packet.tsNanos - edgeNanos;
      rttNanos = rttNanos == 0 ? sample : rttNanos + (sample - rttNanos) / 8;
    }
    edgeNanos = packet.tsNanos;
    edges++;
  }

  /** Smoothed round-trip time of the whole path, nanoseconds; 0 where the bit does not tell. */
  long rttNanos() {
    return edges >= LEAST_EDGES && edges * (long) LEAST_PACKETS_AN_EDGE <= packets ? rttNanos : 0;
  }
}
