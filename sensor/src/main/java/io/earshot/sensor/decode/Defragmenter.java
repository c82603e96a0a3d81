package io.earshot.sensor.decode;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Puts the fragments of IPv4 and IPv6 datagrams together, in any order.
 *
 * <p>Bounded: at most {@value #MAX_DATAGRAMS} datagrams wait at once, each in a buffer of 64 KiB
 * that is made when it is first needed and then used again; the one that began first makes room. A
 * datagram that is not whole after {@value #PATIENCE_SECONDS} s of packet time is given up. A
 * fragment that repeats seen bytes is ignored; one that overlaps others only in part spoils its
 * datagram, because receivers differ in which bytes they keep (RFC 5722 section 3, RFC 1858).
 * Always {@link #begun} = {@link #reassembled} + {@link #givenUp} + {@link #waiting}.
 *
 * <p>Sources: RFC 791 section 3.2, RFC 8200 section 4.5. Owner: the capture thread.
 */
public final class Defragmenter {
  static final int MAX_DATAGRAMS = 256;
  static final int PATIENCE_SECONDS = 30;
  private static final long PATIENCE_NANOS = PATIENCE_SECONDS * 1_000_000_000L;

  /** Longest payload of an IP datagram. */
  private static final int MAX_BYTES = 65_535;

  /** Fragments begin at multiples of this. */
  private static final int UNIT_BYTES = 8;

  private static final int UNKNOWN = -1;

  private final Arena arena = Arena.ofAuto();
  private final Datagram[] datagrams = new Datagram[MAX_DATAGRAMS];
  private int known;
  private long begun;
  private long reassembled;
  private long givenUp;
  private int waiting;

  /**
   * Takes the fragment that {@link PacketDecoder#decode} has just found.
   *
   * @param packet the view of it; where the datagram became whole it is that of the datagram
   *     afterwards, valid until the next call
   * @return {@link DecodeResult#FRAGMENT} while bytes are missing, and where the datagram holds
   *     another fragment; else what the datagram holds or what is wrong with the fragment
   */
  public DecodeResult offer(PacketView packet) {
    Datagram datagram = find(packet);
    DecodeResult result = datagram.add(packet);
    if (result == DecodeResult.OVERLAPPING_FRAGMENT) {
      giveUp(datagram);
    }
    if (result != DecodeResult.DECODED) {
      return result;
    }
    datagram.used = false;
    waiting--;
    reassembled++;
    packet.frameBytes = datagram.frameBytes;
    return PacketDecoder.reassembled(
        datagram.bytes, datagram.protocol, datagram.capturedEnd(), datagram.end, packet);
  }

  private Datagram find(PacketView packet) {
    Datagram free = null;
    Datagram oldest = null;
    for (int i = 0; i < known; i++) {
      Datagram datagram = datagrams[i];
      if (datagram.used && packet.tsNanos - datagram.begunNanos > PATIENCE_NANOS) {
        giveUp(datagram);
      }
      if (!datagram.used) {
        free = datagram;
      } else if (datagram.isOf(packet)) {
        return datagram;
      } else if (oldest == null || datagram.begunNanos < oldest.begunNanos) {
        oldest = datagram;
      }
    }
    if (free == null && known < MAX_DATAGRAMS) {
      free = new Datagram(arena.allocate(MAX_BYTES + 1L));
      datagrams[known++] = free;
    } else if (free == null && oldest != null) {
      giveUp(oldest);
      free = oldest;
    }
    if (free == null) {
      throw new IllegalStateException("a full store has an oldest datagram");
    }
    free.begin(packet);
    begun++;
    waiting++;
    return free;
  }

  private void giveUp(Datagram datagram) {
    datagram.used = false;
    waiting--;
    givenUp++;
  }

  /** Datagrams of which a fragment was seen. */
  public long begun() {
    return begun;
  }

  /** Datagrams that became whole. */
  public long reassembled() {
    return reassembled;
  }

  /** Datagrams that came too late, had to make room, or whose fragments contradict each other. */
  public long givenUp() {
    return givenUp;
  }

  /** Datagrams that are not whole yet. */
  public int waiting() {
    return waiting;
  }

  /** One datagram that is being put together. */
  private static final class Datagram {
    private final MemorySegment bytes;

    /** One bit per unit of 8 bytes that has been seen. */
    private final long[] seen = new long[(MAX_BYTES + 1) / UNIT_BYTES / Long.SIZE];

    private boolean used;
    private long srcHi;
    private long srcLo;
    private long dstHi;
    private long dstLo;
    private int id;
    private int ipVersion;

    /** Part of an IPv4 datagram's identity; IPv6's is that of the first fragment. */
    private int protocol;

    private long begunNanos;
    private int frameBytes;
    private int seenUnits;

    /** Length of the datagram, {@link #UNKNOWN} before its last fragment. */
    private int end;

    /** Highest byte seen so far. */
    private int reach;

    /** First byte that the capture cut off. */
    private int firstMissing;

    Datagram(MemorySegment bytes) {
      this.bytes = bytes;
    }

    void begin(PacketView packet) {
      used = true;
      srcHi = packet.srcHi;
      srcLo = packet.srcLo;
      dstHi = packet.dstHi;
      dstLo = packet.dstLo;
      id = packet.ipId;
      ipVersion = packet.ipVersion;
      protocol = packet.protocol;
      begunNanos = packet.tsNanos;
      frameBytes = 0;
      seenUnits = 0;
      end = UNKNOWN;
      reach = 0;
      firstMissing = MAX_BYTES;
      Arrays.fill(seen, 0);
    }

    boolean isOf(PacketView packet) {
      return id == packet.ipId
          && srcLo == packet.srcLo
          && dstLo == packet.dstLo
          && srcHi == packet.srcHi
          && dstHi == packet.dstHi
          && ipVersion == packet.ipVersion
          && (ipVersion == 6 || protocol == packet.protocol);
    }

    int capturedEnd() {
      return Math.min(end, firstMissing);
    }

    /** {@code DECODED} where the datagram is whole now. */
    DecodeResult add(PacketView packet) {
      int from = packet.fragmentOffset;
      int length = packet.payloadBytes;
      int to = from + length;
      if (to > MAX_BYTES || length == 0 || (packet.moreFragments && length % UNIT_BYTES != 0)) {
        return DecodeResult.BAD_FRAGMENT;
      }
      int firstUnit = from / UNIT_BYTES;
      int units = (length + UNIT_BYTES - 1) / UNIT_BYTES;
      int old = 0;
      for (int unit = firstUnit; unit < firstUnit + units; unit++) {
        old += (int) (seen[unit / Long.SIZE] >>> unit) & 1;
      }
      boolean contradictsEnd =
          packet.moreFragments
              ? end != UNKNOWN && to > end
              : end == UNKNOWN ? reach > to : end != to;
      if (contradictsEnd || (old > 0 && old < units)) {
        return DecodeResult.OVERLAPPING_FRAGMENT;
      }
      if (old > 0) {
        return DecodeResult.FRAGMENT;
      }
      for (int unit = firstUnit; unit < firstUnit + units; unit++) {
        seen[unit / Long.SIZE] |= 1L << unit;
      }
      seenUnits += units;
      reach = Math.max(reach, to);
      frameBytes += packet.frameBytes;
      if (!packet.moreFragments) {
        end = to;
      }
      if (from == 0) {
        protocol = packet.protocol;
      }
      int captured = Math.min(packet.payloadCaptured, length);
      MemorySegment.copy(packet.data, packet.payloadOffset, bytes, from, captured);
      if (captured < length) {
        firstMissing = Math.min(firstMissing, from + captured);
      }
      return end != UNKNOWN && seenUnits == (end + UNIT_BYTES - 1) / UNIT_BYTES
          ? DecodeResult.DECODED
          : DecodeResult.FRAGMENT;
    }
  }
}
