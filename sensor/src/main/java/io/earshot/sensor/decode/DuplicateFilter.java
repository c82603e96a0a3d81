package io.earshot.sensor.decode;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Recognises a packet that the mirror delivers a second time: at both ends of a switch, or before
 * and after a router.
 *
 * <p>Such copies follow each other within {@value #SPAN_MICROS} µs and differ at most in what is
 * below IP and in the hop limit. Compared are the addresses, IPv4's identification, the transport
 * header with its checksum and options, the length, and of a datagram the beginning of its payload.
 * A retransmission differs in identification, in its TCP time stamp, or by far in time. What has
 * none of these (generated traces, offloaded checksums over IPv6) is never taken for a copy.
 *
 * <p>Holds the last {@value #SLOTS} packets at most and allocates nothing per packet. Owner: the
 * capture thread.
 */
public final class DuplicateFilter {
  static final int SPAN_MICROS = 5_000;
  private static final long SPAN_NANOS = SPAN_MICROS * 1_000L;
  private static final int SLOTS = 8_192;

  private static final int TCP_BYTES = 20;

  /** Bytes of TCP options or of a datagram's payload that are compared. */
  private static final int COMPARED_BYTES = 40;

  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final long[] prints = new long[SLOTS];
  private final long[] times = new long[SLOTS];

  /** Whether the packet is a copy of one just seen; remembers it. */
  public boolean isCopy(PacketView packet) {
    long print = fingerprint(packet);
    if (print == 0) {
      return false;
    }
    int slot = (int) print & SLOTS - 1;
    boolean copy = prints[slot] == print && Math.abs(packet.tsNanos - times[slot]) <= SPAN_NANOS;
    prints[slot] = print;
    times[slot] = packet.tsNanos;
    return copy;
  }

  /** 64 bits that copies share, 0 where the packet has nothing that tells it from the next. */
  private static long fingerprint(PacketView p) {
    if (p.checksum == 0) {
      return 0;
    }
    boolean tcp = p.protocol == PacketView.TCP;
    int payload = Math.min(p.payloadCaptured, COMPARED_BYTES);
    if (!tcp && p.ipId == 0 && payload < COMPARED_BYTES) {
      return 0;
    }
    long print = mix(p.srcLo * 0x9e3779b97f4a7c15L ^ p.dstLo);
    print = mix(print ^ (long) p.ipId << 32 ^ p.payloadBytes);
    print = mix(print ^ (long) p.srcPort << 48 ^ (long) p.dstPort << 32 ^ p.checksum);
    long at;
    long comparedEnd;
    if (tcp) {
      print = mix(print ^ p.tcpSeq << 32 ^ p.tcpAck);
      print = mix(print ^ (long) p.tcpFlags << 32 ^ p.tcpWindow);
      at = p.transportOffset + TCP_BYTES;
      comparedEnd = Math.min(p.payloadOffset, at + COMPARED_BYTES);
    } else {
      at = p.payloadOffset;
      comparedEnd = at + payload;
    }
    MemorySegment data = p.data;
    for (; comparedEnd - at >= 8; at += 8) {
      print = mix(print ^ data.get(I64, at));
    }
    if (comparedEnd - at >= 4) {
      print ^= data.get(I32, at);
    }
    print = mix(print);
    return print == 0 ? 1 : print;
  }

  /** One round of the finaliser of MurmurHash3 (64 bit), public domain. */
  private static long mix(long h) {
    long mixed = h * 0xff51afd7ed558ccdL;
    return mixed ^ mixed >>> 32;
  }
}
