package io.earshot.sensor.flow;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.PacketView;
import java.lang.foreign.ValueLayout;

/**
 * How one TCP connection gets on with its path: each segment told apart as the analysts' tool does
 * ({@code tcp.analysis} of Wireshark's reference), the windows that the ends offer, and which end
 * holds the other up.
 *
 * <p>{@link TcpHealth} says which bytes are new, this class why a segment came when it did. A
 * segment from before the highest byte seen was lost and sent again or only overtaken; the time
 * since that byte tells which: overtaking takes less than a round trip. Owner: the capture thread.
 */
public final class TcpPath {
  private static final int FIN = 1;
  private static final int SYN = 2;
  private static final int RST = 4;
  private static final int ACK = 16;

  /** RFC 9293 section 3.2: fixed part of the header. */
  private static final int FIXED_HEADER_BYTES = 20;

  private static final int END_OF_OPTIONS = 0;
  private static final int NO_OPERATION = 1;

  /** RFC 7323 section 2.2: kind 3, length 3, shift count of at most 14. */
  private static final int WINDOW_SCALE = 3;

  private static final int WINDOW_SCALE_BYTES = 3;
  private static final int MAX_SHIFT = 14;

  /** A segment that overtook came so close behind where no round trip is known. */
  private static final long REORDERING_NANOS = 3_000_000;

  /** A repair so close to the duplicate acknowledgement was caused by it. */
  private static final long FAST_NANOS = 20_000_000;

  private static final int FAST_DUPLICATES = 2;

  /** A server that pauses for less may only be waiting for its own disk. */
  private static final long LEAST_PAUSE_NANOS = 100_000_000;

  private Side up = new Side();
  private Side down = new Side();
  private long synNanos;
  private long initialRttNanos;
  private SegmentKind kind = SegmentKind.IN_ORDER;
  private boolean zeroWindow;
  private boolean receiverLimited;
  private boolean senderLimited;

  /** Takes one segment; ask {@link #kind} and the like afterwards. */
  void segment(Direction direction, PacketView packet) {
    Side side = direction == Direction.UP ? up : down;
    Side other = direction == Direction.UP ? down : up;
    int flags = packet.tcpFlags;
    boolean control = (flags & (SYN | FIN | RST)) != 0;
    kind = SegmentKind.IN_ORDER;
    receiverLimited = false;
    senderLimited = false;
    handshake(direction, packet);
    zeroWindow = packet.tcpWindow == 0 && !control;
    int length = packet.payloadBytes + ((flags & (SYN | FIN)) == 0 ? 0 : 1);
    long end = packet.tcpSeq + length;
    if (side.known) {
      kind = kind(side, other, packet, end);
      if (packet.payloadBytes > 0 && kind == SegmentKind.IN_ORDER) {
        limits(direction, side, other, packet, end);
      }
    }
    side.sent(end, packet.payloadBytes, packet.tsNanos);
    if ((flags & ACK) != 0 && (flags & RST) == 0) {
      side.acknowledges(packet, length > 0);
    }
    side.offers(packet);
  }

  private SegmentKind kind(Side side, Side other, PacketView packet, long end) {
    boolean control = (packet.tcpFlags & (SYN | FIN | RST)) != 0;
    if (packet.payloadBytes <= 1 && !control && distance(packet.tcpSeq, side.next) == 1) {
      return SegmentKind.KEEP_ALIVE;
    }
    if (end == packet.tcpSeq || distance(packet.tcpSeq, side.next) <= 0) {
      return SegmentKind.IN_ORDER;
    }
    if (packet.payloadBytes > 0 && other.ackKnown && distance(end, other.ack) >= 0) {
      return SegmentKind.SPURIOUS_RETRANSMISSION;
    }
    if (other.duplicates >= FAST_DUPLICATES
        && other.ackKnown
        && distance(packet.tcpSeq, other.ack) == 0
        && packet.tsNanos - other.ackNanos < FAST_NANOS) {
      return SegmentKind.FAST_RETRANSMISSION;
    }
    long reordering = initialRttNanos == 0 ? REORDERING_NANOS : initialRttNanos;
    long since = packet.tsNanos - side.nextNanos;
    if (distance(end, side.next) != 0 && since >= 0 && since < reordering) {
      return SegmentKind.OUT_OF_ORDER;
    }
    return SegmentKind.RETRANSMISSION;
  }

  /** From the SYN to the acknowledgement of its answer: the whole path, wherever the sensor is. */
  private void handshake(Direction direction, PacketView packet) {
    int flags = packet.tcpFlags;
    if ((flags & SYN) != 0) {
      if (direction == Direction.UP) {
        synNanos = packet.tsNanos;
        initialRttNanos = 0;
      }
    } else if (synNanos != 0 && direction == Direction.UP && (flags & (ACK | RST)) == ACK) {
      initialRttNanos = Math.max(0, packet.tsNanos - synNanos);
      synNanos = 0;
    }
  }

  private void limits(Direction direction, Side side, Side other, PacketView packet, long end) {
    boolean full = false;
    if (side.shift >= 0 && other.shift >= 0 && other.ackKnown) {
      long room = ((long) other.window << other.shift) - distance(other.ack, end);
      full = room < side.largest;
      receiverLimited = full && !side.full;
    }
    side.full = full;
    if (direction == Direction.DOWN
        && side.lastPayloadNanos > other.lastPayloadNanos
        && other.lastPayloadNanos != 0
        && other.ackKnown
        && distance(side.next, other.ack) >= 0) {
      long pause = packet.tsNanos - side.lastPayloadNanos;
      senderLimited = pause > Math.max(LEAST_PAUSE_NANOS, 2 * initialRttNanos);
    }
  }

  /** Up becomes down: the ends of the flow were turned round. */
  void swapSides() {
    Side formerUp = up;
    up = down;
    down = formerUp;
    synNanos = 0;
    initialRttNanos = 0;
  }

  /** What the last segment is. */
  public SegmentKind kind() {
    return kind;
  }

  /** True where the last segment offers no room at all (RFC 9293 section 3.8.6). */
  public boolean zeroWindow() {
    return zeroWindow;
  }

  /** True where the last segment is the first that left no room for another in the window. */
  public boolean receiverLimited() {
    return receiverLimited;
  }

  /**
   * True where the last segment ended a pause that only the server can have made: everything was
   * acknowledged, nothing new was asked for, and it was silent for more than two round trips.
   */
  public boolean senderLimited() {
    return senderLimited;
  }

  /** From the SYN to the third packet of the handshake, nanoseconds; 0 while not known. */
  public long initialRttNanos() {
    return initialRttNanos;
  }

  /** {@code b - a} in sequence space, between -2^31 and 2^31. */
  private static long distance(long a, long b) {
    return (int) (b - a);
  }

  private static final class Side {
    private boolean known;
    private long next;
    private long nextNanos;
    private boolean ackKnown;
    private long ack;
    private long ackNanos;
    private int duplicates;
    private int window;

    /** Shift count of the window scale option, 0 where the SYN had none, -1 without a SYN. */
    private int shift = -1;

    private int largest;
    private long lastPayloadNanos;
    private boolean full;

    void sent(long end, int payload, long nowNanos) {
      if (!known || distance(next, end) > 0) {
        next = end & 0xffffffffL;
        nextNanos = nowNanos;
      }
      known = true;
      if (payload > 0) {
        largest = Math.max(largest, payload);
        lastPayloadNanos = nowNanos;
      }
    }

    /** Duplicate acknowledgements as RFC 5681 section 2 defines them. */
    void acknowledges(PacketView packet, boolean carries) {
      long before = ack;
      ack = packet.tcpAck;
      boolean same = ackKnown && before == ack;
      if (!same) {
        duplicates = 0;
      } else if (!carries && packet.tcpWindow == window) {
        duplicates++;
      }
      ackKnown = true;
      ackNanos = packet.tsNanos;
    }

    void offers(PacketView packet) {
      window = packet.tcpWindow;
      if ((packet.tcpFlags & SYN) != 0) {
        shift = windowScale(packet);
      }
    }

    /** Looks through the options of RFC 9293 section 3.1: kind, length, value. */
    private static int windowScale(PacketView packet) {
      long at = packet.transportOffset() + FIXED_HEADER_BYTES;
      long end = packet.payloadOffset;
      while (at < end) {
        int kind = packet.data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
        if (kind == END_OF_OPTIONS) {
          return 0;
        }
        if (kind == NO_OPERATION) {
          at++;
          continue;
        }
        if (at + 1 >= end) {
          return 0;
        }
        int bytes = packet.data.get(ValueLayout.JAVA_BYTE, at + 1) & 0xff;
        if (bytes < 2 || at + bytes > end) {
          return 0;
        }
        if (kind == WINDOW_SCALE && bytes == WINDOW_SCALE_BYTES) {
          return Math.min(MAX_SHIFT, packet.data.get(ValueLayout.JAVA_BYTE, at + 2) & 0xff);
        }
        at += bytes;
      }
      return 0;
    }
  }
}
