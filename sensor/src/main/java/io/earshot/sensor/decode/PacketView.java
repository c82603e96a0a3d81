package io.earshot.sensor.decode;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The innermost packet of the frame last decoded: one object reused for every frame.
 *
 * <p>Owner: the capture thread. Fields are written by {@link PacketDecoder} only and are valid
 * until the next call of it. Addresses are 128 bits in two longs, IPv4 as IPv4-mapped IPv6 (RFC
 * 4291 section 2.5.5.2), so that one key serves both.
 */
public final class PacketView {
  /** IP protocol number of TCP. */
  public static final int TCP = 6;

  /** IP protocol number of UDP. */
  public static final int UDP = 17;

  /** Upper half of every IPv4-mapped address. */
  public static final long V4_MAPPED_HI = 0L;

  /** Prefix of the lower half of every IPv4-mapped address. */
  public static final long V4_MAPPED_LO = 0xffffL << 32;

  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  /** Segment that holds the frame. */
  public MemorySegment data = MemorySegment.NULL;

  /** Time of the frame, nanoseconds since the epoch. */
  public long tsNanos;

  /** Length of the whole frame on the wire, bytes; of all its frames where it came in fragments. */
  public int frameBytes;

  /** True when any IPv4 header was seen in the frame, also where the frame was then skipped. */
  public boolean hasIpv4;

  /** 4 or 6: version of the innermost IP header. */
  public int ipVersion;

  /** IPv4 identification; 0 for IPv6 without a fragment header. */
  public int ipId;

  /** {@link #TCP} or {@link #UDP}. */
  public int protocol;

  public long srcHi;
  public long srcLo;
  public long dstHi;
  public long dstLo;
  public int srcPort;
  public int dstPort;

  /** Outermost 802.1Q VLAN identifier, -1 without a tag. */
  public int vlanId;

  /** Outermost virtual network of VXLAN or Geneve that the packet lies in, 24 bits; -1 without. */
  public int vni = -1;

  /** Checksum of the transport header as on the wire, 0 without; not verified. */
  int checksum;

  /** Offset of the transport header in {@link #data}. */
  long transportOffset;

  /** Where a fragment's bytes belong in its datagram; valid for a fragment only. */
  int fragmentOffset;

  /** Whether further fragments follow; valid for a fragment only. */
  boolean moreFragments;

  /** Offset of the transport payload in {@link #data}. */
  public long payloadOffset;

  /** Where the header of the transport begins in {@link #data}. */
  public long transportOffset() {
    return transportOffset;
  }

  /** Transport payload bytes that were captured. */
  public int payloadCaptured;

  /** Transport payload bytes on the wire, from the length fields of the headers. */
  public int payloadBytes;

  /** TCP sequence number, unsigned 32 bits. */
  public long tcpSeq;

  /** TCP acknowledgement number, unsigned 32 bits. */
  public long tcpAck;

  /** TCP flags, the low 8 bits as on the wire (FIN 1, SYN 2, RST 4, PSH 8, ACK 16). */
  public int tcpFlags;

  /** TCP window as on the wire, not scaled. */
  public int tcpWindow;

  /** Index of the capture interface. */
  public int interfaceId;

  /** Payload byte {@code i} as an unsigned value; the caller has checked {@code i}. */
  public int payloadByte(int i) {
    return data.get(BYTE, payloadOffset + i) & 0xff;
  }
}
