package io.earshot.sensor.flow;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.PacketView;
import java.util.Arrays;

/**
 * What the headers of one TCP connection tell about the path: unique bytes, retransmissions, holes,
 * round-trip time.
 *
 * <p>Sequence arithmetic is modulo 2^32 (RFC 9293 section 3.4). Each direction remembers up to
 * {@value #MAX_HOLES} holes, so that a segment that fills one counts as new bytes and one that
 * repeats seen bytes counts as a retransmission; the bytes of a further hole count as seen, never
 * as missed. Owner: the capture thread.
 */
public final class TcpHealth {
  private static final int USUAL_HOLES = 8;

  /** Most flows end, or are found to be foreign, before anything is missing. */
  private static final long[] NO_HOLES = {};

  /** A window of 1,500 segments on a link that loses four in a hundred. */
  private static final int MAX_HOLES = 64;

  /** A jump larger than this is another connection or a lie, not a hole; a window is smaller. */
  private static final long MAX_HOLE_BYTES = 64L << 20;

  private static final int FIN = 1;
  private static final int RST = 4;
  private static final int SYN = 2;
  private static final int ACK = 16;

  private final TcpPath path = new TcpPath();
  private Side up = new Side();
  private Side down = new Side();

  private long synNanos;
  private long timedEnd = -1;
  private long timedNanos;
  private long rttNanos;
  private long minRttNanos;

  /** Bytes of the last segment that had not been seen before. */
  private int newBytes;

  private boolean retransmission;
  private boolean outOfOrder;

  /** Takes one segment of the connection; ask {@link #newBytes} and the like afterwards. */
  void segment(Direction direction, PacketView packet) {
    path.segment(direction, packet);
    Side side = direction == Direction.UP ? up : down;
    Side other = direction == Direction.UP ? down : up;
    int flags = packet.tcpFlags;
    long seq = packet.tcpSeq;
    retransmission = false;
    outOfOrder = false;
    newBytes = 0;
    side.packets++;
    if ((flags & SYN) != 0) {
      side.syn(seq + 1);
      if (direction == Direction.UP) {
        synNanos = packet.tsNanos;
      } else if (synNanos != 0) {
        rtt(packet.tsNanos - synNanos);
        synNanos = 0;
      }
      seq++;
    }
    int length = packet.payloadBytes;
    if (length > 0) {
      if (!side.started) {
        side.start(seq);
      }
      newBytes = side.cover(seq, length);
      side.payloadPackets++;
      if (newBytes == 0) {
        retransmission = true;
        side.retransmissions++;
      } else if (side.filledHole) {
        outOfOrder = true;
        side.outOfOrder++;
      }
      if (direction == Direction.UP && !retransmission && timedEnd < 0) {
        timedEnd = (seq + length) & 0xffffffffL;
        timedNanos = packet.tsNanos;
      } else if (direction == Direction.UP && retransmission) {
        timedEnd = -1;
      }
    }
    if ((flags & FIN) != 0) {
      side.finished = true;
    }
    if ((flags & RST) != 0) {
      up.finished = true;
      down.finished = true;
    }
    if ((flags & ACK) != 0) {
      other.acknowledged(packet.tcpAck);
      if (direction == Direction.DOWN && timedEnd >= 0 && distance(packet.tcpAck, timedEnd) <= 0) {
        rtt(packet.tsNanos - timedNanos);
        timedEnd = -1;
      }
    }
  }

  /** Up becomes down: the ends of the flow were turned round. */
  void swapSides() {
    path.swapSides();
    Side formerUp = up;
    up = down;
    down = formerUp;
    synNanos = 0;
    timedEnd = -1;
  }

  /** Why each segment came when it did, and who holds whom up. */
  public TcpPath path() {
    return path;
  }

  private void rtt(long nanos) {
    if (nanos < 0) {
      return;
    }
    rttNanos = rttNanos == 0 ? nanos : rttNanos + (nanos - rttNanos) / 8;
    minRttNanos = minRttNanos == 0 ? nanos : Math.min(minRttNanos, nanos);
  }

  /** Payload bytes of the last segment that had not been seen before. */
  public int newBytes() {
    return newBytes;
  }

  /** True where the last segment repeated bytes that had all been seen. */
  public boolean retransmission() {
    return retransmission;
  }

  /** True where the last segment filled a hole. */
  public boolean outOfOrder() {
    return outOfOrder;
  }

  /** Smoothed time from the sensor to the server and back, nanoseconds; 0 while not known. */
  public long rttNanos() {
    return rttNanos;
  }

  /** Least round-trip time seen, nanoseconds; 0 while not known. */
  public long minRttNanos() {
    return minRttNanos;
  }

  /** Payload bytes that the receiver acknowledged but the capture never held. */
  public long missedBytes(Direction direction) {
    return side(direction).missedBytes;
  }

  public long packets(Direction direction) {
    return side(direction).packets;
  }

  /** Segments that carried payload. */
  public long payloadPackets(Direction direction) {
    return side(direction).payloadPackets;
  }

  /** Segments whose payload had all been seen. */
  public long retransmissions(Direction direction) {
    return side(direction).retransmissions;
  }

  /** Segments that filled a hole. */
  public long outOfOrder(Direction direction) {
    return side(direction).outOfOrder;
  }

  boolean finished() {
    return up.finished && down.finished;
  }

  private Side side(Direction direction) {
    return direction == Direction.UP ? up : down;
  }

  /** {@code b - a} in sequence space, between -2^31 and 2^31. */
  private static long distance(long a, long b) {
    return (int) (b - a);
  }

  private static final class Side {
    private long[] holeStart = NO_HOLES;
    private long[] holeEnd = NO_HOLES;
    private int holes;
    private boolean started;
    private boolean filledHole;
    private boolean finished;
    private long first;
    private long next;
    private long packets;
    private long payloadPackets;
    private long retransmissions;
    private long outOfOrder;
    private long missedBytes;

    /** A repeated request or answer says nothing new. */
    void syn(long firstByte) {
      if (!started || first != (firstByte & 0xffffffffL)) {
        start(firstByte);
      }
    }

    void start(long seq) {
      started = true;
      first = seq & 0xffffffffL;
      next = first;
      holes = 0;
    }

    /** Marks the bytes as seen and returns how many of them are new. */
    int cover(long seq, int length) {
      filledHole = false;
      long end = (seq + length) & 0xffffffffL;
      long ahead = distance(next, seq);
      if (Math.abs(ahead) > MAX_HOLE_BYTES) {
        start(seq);
        ahead = 0;
      }
      if (ahead >= 0) {
        if (ahead > 0) {
          addHole(next, seq & 0xffffffffL);
        }
        next = end;
        return length;
      }
      int fresh = 0;
      long past = distance(next, end);
      if (past > 0) {
        fresh += (int) past;
        next = end;
      }
      for (int i = 0; i < holes; i++) {
        long from = distance(seq, holeStart[i]) > 0 ? holeStart[i] : seq & 0xffffffffL;
        long to = distance(end, holeEnd[i]) < 0 ? holeEnd[i] : end;
        long overlap = distance(from, to);
        if (overlap > 0) {
          fresh += (int) overlap;
          filledHole = true;
          i = cut(i, from, to);
        }
      }
      return fresh;
    }

    private void addHole(long from, long to) {
      if (!room()) {
        return;
      }
      holeStart[holes] = from;
      holeEnd[holes] = to;
      holes++;
    }

    private boolean room() {
      if (holes == MAX_HOLES) {
        return false;
      }
      if (holes == holeStart.length) {
        int length = Math.max(USUAL_HOLES, 2 * holes);
        holeStart = Arrays.copyOf(holeStart, length);
        holeEnd = Arrays.copyOf(holeEnd, length);
      }
      return true;
    }

    /** Takes a span out of hole {@code i} and returns the index to go on after. */
    private int cut(int i, long from, long to) {
      boolean headLeft = from != holeStart[i];
      boolean tailLeft = to != holeEnd[i];
      if (headLeft && tailLeft) {
        long end = holeEnd[i];
        holeEnd[i] = from;
        if (room()) {
          System.arraycopy(holeStart, i + 1, holeStart, i + 2, holes - i - 1);
          System.arraycopy(holeEnd, i + 1, holeEnd, i + 2, holes - i - 1);
          holeStart[i + 1] = to;
          holeEnd[i + 1] = end;
          holes++;
          return i + 1;
        }
        return i;
      }
      if (headLeft) {
        holeEnd[i] = from;
        return i;
      }
      if (tailLeft) {
        holeStart[i] = to;
        return i;
      }
      remove(i);
      return i - 1;
    }

    private void remove(int i) {
      System.arraycopy(holeStart, i + 1, holeStart, i, holes - i - 1);
      System.arraycopy(holeEnd, i + 1, holeEnd, i, holes - i - 1);
      holes--;
    }

    /** A hole below the acknowledgement arrived at the receiver: the capture missed it. */
    void acknowledged(long ack) {
      if (!started) {
        return;
      }
      for (int i = 0; i < holes; i++) {
        if (distance(ack, holeEnd[i]) <= 0) {
          missedBytes += distance(holeStart[i], holeEnd[i]);
          remove(i);
          i--;
        }
      }
    }
  }
}
