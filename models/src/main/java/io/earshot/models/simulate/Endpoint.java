package io.earshot.models.simulate;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * One end of a connection: a sender with slow start, CUBIC and selective recovery, and a receiver
 * with delayed or stretched acknowledgements.
 *
 * <p>Follows what Linux does: initial window 10 (RFC 6928), HyStart's delay rule, CUBIC (RFC 9438),
 * proportional rate reduction (RFC 6937), RACK and tail loss probe (RFC 8985), retransmission timer
 * (RFC 6298, minimum 200 ms). The receiver's knowledge travels in acknowledgements as counters, so
 * an acknowledgement lost on the way is knowledge lost.
 */
final class Endpoint {
  private static final long NEVER = Long.MAX_VALUE;
  private static final int INITIAL_WINDOW = 10;
  private static final long MIN_RTO = 200_000_000L;
  private static final long MAX_RTO = 60_000_000_000L;
  private static final byte IN_FLIGHT = 0;
  private static final byte LOST = 1;

  final Content content = new Content();
  Endpoint peer;

  private final TcpConnection connection;
  private final Network network;
  private final boolean client;
  private final int mss;
  private final boolean paced;
  private final boolean restartsAfterIdle;

  /** How the peer acknowledges what this end sends. */
  private final int peerAckEvery;

  private final long peerAckDelay;
  private final long peerMaxWindow;

  // sender
  private long una;
  private long next;
  private int segHead;
  private int segTail;
  private int mask = 63;
  private long[] segSequence = new long[64];
  private int[] segLength = new int[64];
  private long[] segSent = new long[64];
  private int[] segReceived = new int[64];
  private byte[] segState = new byte[64];
  private double cwnd;
  private double ssthresh = 1e15;
  private double cubicMax;
  private double cubicReno;
  private double cubicK;
  private long cubicEpoch = -1;
  private boolean recovering;
  private boolean afterTimeout;
  private long recoveryPoint;
  private double prrBase;
  private double prrDelivered;
  private double prrOut;
  private long lostBytes;
  private final LongFifo lost = new LongFifo();
  private final LongFifo sentSegments = new LongFifo();
  private final LongFifo sentTimes = new LongFifo();
  private int ackedReceived;
  private long reportedDistinct;
  private long rackSent = -1;
  private int rackSegment = -1;
  private long peerWindow = 65_535;
  private double srtt;
  private double rttVar;
  private long rto = 1_000_000_000L;
  private long minRtt = NEVER;
  private int backoff;
  private boolean probed;
  private long retransmitAt = NEVER;
  private boolean retransmitIsProbe;
  private long paceAt = NEVER;
  private long nextPaced;
  private int pacedBurst;
  private long pacedDebt;
  private long lastSend = -1;
  private boolean windowLimited;
  private long roundEnd;
  private long roundMinRtt = NEVER;
  private int roundSamples;
  private long roundStart;
  private long trainAt;
  private final LongFifo boundaries = new LongFifo();
  private boolean closing;
  private boolean finSent;

  // receiver
  private long received;
  private int receivedSegment;
  private int receivedCount;
  private long distinct;
  private int unacknowledged;
  private int quickAcks = 24;
  private long ackAt = NEVER;
  private long echo = -1;
  private int echoSegment = -1;
  private boolean finReceived;
  private int gapCount;
  private int[] gapStart = new int[8];
  private int[] gapEnd = new int[8];
  private int latestBlock;
  private final LongFifo markOffsets = new LongFifo();
  private final ArrayDeque<Runnable> marks = new ArrayDeque<>();

  private long timerAt = NEVER;

  @SuppressWarnings("NullAway") // the peer is set by the connection that makes both ends
  Endpoint(
      TcpConnection connection,
      boolean client,
      int mss,
      int peerAckEvery,
      long peerAckDelay,
      boolean paced,
      boolean restartsAfterIdle,
      long peerMaxWindow) {
    this.connection = connection;
    this.network = connection.network;
    this.client = client;
    this.mss = mss;
    this.peerAckEvery = peerAckEvery;
    this.peerAckDelay = peerAckDelay;
    this.paced = paced;
    this.restartsAfterIdle = restartsAfterIdle;
    this.peerMaxWindow = peerMaxWindow;
    cwnd = (double) INITIAL_WINDOW * mss;
  }

  // ---------------------------------------------------------------- application

  /** Ends a write: the last segment so far is sent even if it is short. */
  void flush() {
    boundaries.add(content.written());
    trySend();
  }

  void close() {
    closing = true;
    trySend();
  }

  long written() {
    return content.written();
  }

  long receivedBytes() {
    return received;
  }

  /** Runs the action once all bytes below the offset are here; offsets must not decrease. */
  void whenReceived(long offset, Runnable action) {
    if (received >= offset) {
      network.after(0, action);
      return;
    }
    markOffsets.add(offset);
    marks.add(action);
  }

  // ---------------------------------------------------------------- sending

  private long pipe() {
    long sacked = Math.max(0, reportedDistinct - una);
    return Math.max(0, next - una - sacked - lostBytes);
  }

  private boolean sacked(int segment) {
    int serial = segReceived[segment & mask];
    return serial != 0 && serial <= ackedReceived;
  }

  private void trySend() {
    if (connection.dead || !connection.established()) {
      return;
    }
    long now = network.now();
    if (next == una && lastSend >= 0 && next < content.written()) {
      // RFC 9438, 5.8: time without data to send does not let the window grow
      cubicEpoch = cubicEpoch < 0 ? cubicEpoch : cubicEpoch + now - lastSend;
      if (restartsAfterIdle && now - lastSend > rto) {
        cwnd = Math.min(cwnd, (double) INITIAL_WINDOW * mss);
        cubicEpoch = -1;
      }
    }
    boolean first = true;
    while (true) {
      if (paced && now < nextPaced) {
        paceAt = nextPaced;
        break;
      }
      int again = nextLost();
      if (again >= 0) {
        int length = segLength[again & mask];
        if (pipe() + length > cwnd && !(first && pipe() == 0)) {
          break;
        }
        lost.removeFirst();
        lostBytes -= length;
        segState[again & mask] = IN_FLIGHT;
        transmit(again);
        first = false;
        continue;
      }
      long available = content.written() - next;
      if (available <= 0) {
        windowLimited = false;
        break;
      }
      while (!boundaries.isEmpty() && boundaries.first() <= next) {
        boundaries.removeFirst();
      }
      int length = (int) Math.min(mss, available);
      if (!boundaries.isEmpty()) {
        length = (int) Math.min(length, boundaries.first() - next);
      }
      if (pipe() + length > cwnd && pipe() > 0) {
        windowLimited = true;
        break;
      }
      if (next + length - una > peerWindow && next > una) {
        windowLimited = false;
        break;
      }
      int segment = segTail++;
      if (segTail - segHead > mask) {
        grow();
      }
      segSequence[segment & mask] = next;
      segLength[segment & mask] = length;
      segReceived[segment & mask] = 0;
      segState[segment & mask] = IN_FLIGHT;
      next += length;
      transmit(segment);
      first = false;
    }
    if (closing && !finSent && next == content.written() && una == next) {
      finSent = true;
      network.sendEnd(connection, client, content.written(), finReceived);
    }
    armTimer();
  }

  private int nextLost() {
    while (!lost.isEmpty()) {
      int segment = (int) lost.first();
      if (segment >= segHead && segState[segment & mask] == LOST) {
        if (!sacked(segment)) {
          return segment;
        }
        lostBytes -= segLength[segment & mask];
        segState[segment & mask] = IN_FLIGHT;
      }
      lost.removeFirst();
    }
    return -1;
  }

  private void transmit(int segment) {
    long now = network.now();
    int slot = segment & mask;
    segSent[slot] = now;
    sentSegments.add(segment);
    sentTimes.add(now);
    lastSend = now;
    prrOut += segLength[slot];
    if (paced) {
      double rtt = srtt > 0 ? srtt : connection.link.rttNanos();
      double gain = cwnd < ssthresh ? 2.0 : 1.2;
      long gap = (long) (segLength[slot] * rtt / (gain * cwnd));
      nextPaced = Math.max(now, nextPaced) + gap;
      if (nextPaced < now + 1_000_000L && pacedBurst < 8) {
        pacedBurst++;
        pacedDebt += nextPaced - now;
        nextPaced = now;
      } else {
        nextPaced += pacedDebt;
        pacedDebt = 0;
        pacedBurst = 0;
      }
    }
    int packet = packet(0);
    Packets packets = network.packets();
    long end = segSequence[slot] + segLength[slot];
    packets.sequence[packet] = segSequence[slot];
    packets.length[packet] = segLength[slot];
    packets.segment[packet] = segment;
    if (end == content.written() || (!boundaries.isEmpty() && boundaries.first() == end)) {
      packets.flags[packet] |= Packets.PUSH;
    }
    unacknowledged = 0;
    ackAt = NEVER;
    if (retransmitAt == NEVER) {
      armRetransmit();
    }
    network.send(connection, packet);
  }

  /** A packet that carries this end's acknowledgement. */
  private int packet(int flags) {
    Packets packets = network.packets();
    int packet = packets.take();
    packets.connection[packet] = connection.id;
    packets.flags[packet] =
        flags
            | Packets.ACK
            | (client ? Packets.FROM_CLIENT : 0)
            | (finReceived ? Packets.ACKS_FIN : 0);
    packets.sequence[packet] = next;
    packets.length[packet] = 0;
    packets.segment[packet] = -1;
    packets.acknowledged[packet] = received;
    packets.received[packet] = receivedCount;
    packets.distinct[packet] = distinct;
    packets.sentNanos[packet] = network.now();
    packets.echoNanos[packet] = echo;
    packets.echoSegment[packet] = echoSegment;
    packets.window[packet] = Math.min(peer.peerMaxWindow, 65_535 + 2 * received);
    packets.sackCount[packet] = 0;
    return packet;
  }

  void sendAck() {
    if (connection.dead) {
      return;
    }
    unacknowledged = 0;
    ackAt = NEVER;
    int packet = packet(0);
    if (finSent) {
      network.packets().sequence[packet] = next + 1;
    }
    if (gapCount > 0) {
      addSackBlocks(packet);
    }
    network.send(connection, packet);
  }

  private void addSackBlocks(int packet) {
    Packets packets = network.packets();
    int limit = Math.min(Packets.SACK_BLOCKS, gapCount);
    int count = 0;
    for (int i = 0; count < limit && i <= gapCount; i++) {
      int block = i == 0 ? latestBlock : gapCount - i;
      if (block < 0 || block >= gapCount || (i > 0 && block == latestBlock)) {
        continue;
      }
      int last = gapEnd[block] - 1;
      int at = packet * Packets.SACK_BLOCKS + count++;
      packets.sackStart[at] = peer.segSequence[gapStart[block] & peer.mask];
      packets.sackEnd[at] = peer.segSequence[last & peer.mask] + peer.segLength[last & peer.mask];
    }
    packets.sackCount[packet] = count;
  }

  private void grow() {
    int capacity = (mask + 1) * 2;
    long[] sequences = new long[capacity];
    int[] lengths = new int[capacity];
    long[] times = new long[capacity];
    int[] serials = new int[capacity];
    byte[] states = new byte[capacity];
    for (int i = segHead; i < segTail; i++) {
      int from = i & mask;
      int to = i & (capacity - 1);
      sequences[to] = segSequence[from];
      lengths[to] = segLength[from];
      times[to] = segSent[from];
      serials[to] = segReceived[from];
      states[to] = segState[from];
    }
    segSequence = sequences;
    segLength = lengths;
    segSent = times;
    segReceived = serials;
    segState = states;
    mask = capacity - 1;
  }

  // ---------------------------------------------------------------- arrival

  /** A packet without SYN reached this end. */
  void arrived(int packet) {
    if (connection.dead) {
      return;
    }
    Packets packets = network.packets();
    int flags = packets.flags[packet];
    acknowledgementArrived(packet);
    if (packets.length[packet] > 0) {
      dataArrived(packet);
    }
    if ((flags & Packets.FIN) != 0 && packets.sequence[packet] == received && !finReceived) {
      finReceived = true;
      sendAck();
      if (!closing) {
        network.after(300_000L, this::close);
      }
    }
    trySend();
  }

  private void acknowledgementArrived(int packet) {
    Packets packets = network.packets();
    long now = network.now();
    long ack = packets.acknowledged[packet];
    ackedReceived = Math.max(ackedReceived, packets.received[packet]);
    long delivered = Math.max(0, packets.distinct[packet] - reportedDistinct);
    reportedDistinct += delivered;
    peerWindow = packets.window[packet];
    long acked = Math.max(0, ack - una);
    if (delivered > 0) {
      long sent = packets.echoNanos[packet];
      if (sent >= 0) {
        sampleRtt(now - sent);
        if (sent > rackSent || (sent == rackSent && packets.echoSegment[packet] > rackSegment)) {
          rackSent = sent;
          rackSegment = packets.echoSegment[packet];
        }
      }
    }
    boolean wasLimited = windowLimited;
    if (acked > 0) {
      while (segHead < segTail && segSequence[segHead & mask] + segLength[segHead & mask] <= ack) {
        if (segState[segHead & mask] == LOST) {
          lostBytes -= segLength[segHead & mask];
        }
        segHead++;
      }
      una = ack;
      content.forgetBelow(una);
      backoff = 0;
      probed = false;
      if ((recovering || afterTimeout) && una >= recoveryPoint) {
        if (recovering) {
          cwnd = ssthresh;
        }
        recovering = false;
        afterTimeout = false;
        cubicEpoch = -1;
      }
    }
    if (delivered > 0 && !recovering && wasLimited) {
      grow(delivered, now);
    }
    if (reportedDistinct > una || recovering || afterTimeout) {
      detectLosses();
    }
    if (recovering && delivered > 0) {
      reduceProportionally(delivered);
    }
    if (acked > 0 || delivered > 0) {
      if (una == next) {
        retransmitAt = NEVER;
      } else {
        armRetransmit();
      }
    }
  }

  private void sampleRtt(long rtt) {
    if (rtt <= 0) {
      return;
    }
    if (srtt == 0) {
      srtt = rtt;
      rttVar = rtt / 2.0;
    } else {
      rttVar += (Math.abs(srtt - rtt) - rttVar) / 4;
      srtt += (rtt - srtt) / 8;
    }
    minRtt = Math.min(minRtt, rtt);
    rto = (long) Math.min(MAX_RTO, srtt + Math.max(MIN_RTO, 4 * rttVar));
    roundMinRtt = Math.min(roundMinRtt, rtt);
    roundSamples++;
  }

  private void grow(long bytes, long now) {
    if (cwnd < ssthresh) {
      cwnd += bytes;
      if (una >= roundEnd) {
        roundEnd = next;
        roundMinRtt = NEVER;
        roundSamples = 0;
        roundStart = now;
        trainAt = now;
      } else if (cwnd >= 16.0 * mss) {
        leaveSlowStart(now);
      }
      return;
    }
    if (cubicEpoch < 0) {
      cubicEpoch = now;
      cubicReno = cwnd;
      if (cubicMax < cwnd) {
        cubicMax = cwnd;
        cubicK = 0;
      } else {
        cubicK = StrictMath.cbrt((cubicMax - cwnd) / mss / 0.4);
      }
    }
    double seconds = (now - cubicEpoch + srtt) / 1e9 - cubicK;
    double target = 0.4 * seconds * seconds * seconds * mss + cubicMax;
    target = Math.min(target, 1.5 * cwnd);
    if (target > cwnd) {
      cwnd += (target - cwnd) / cwnd * bytes;
    } else {
      cwnd += 0.01 * mss * bytes / cwnd;
    }
    cubicReno += 0.53 * mss * bytes / cwnd;
    cwnd = Math.max(cwnd, cubicReno);
  }

  /** HyStart: the delay has grown, or acknowledgements arrive in one train as long as the path. */
  private void leaveSlowStart(long now) {
    long slack = Math.clamp(minRtt / 8, 4_000_000L, 16_000_000L);
    boolean delayed = roundSamples >= 8 && roundMinRtt > minRtt + slack;
    boolean train = false;
    if (now - trainAt <= 2_000_000L) {
      trainAt = now;
      train = now - roundStart > (paced ? minRtt : minRtt / 2);
    }
    if (delayed || train) {
      ssthresh = cwnd;
    }
  }

  private void detectLosses() {
    boolean sure = recovering || afterTimeout || reportedDistinct - una >= 3L * mss;
    if (!sure) {
      return;
    }
    long slack = network.reorders() ? (long) (srtt / 4) : 0;
    boolean found = false;
    while (!sentSegments.isEmpty()) {
      int segment = (int) sentSegments.first();
      long sent = sentTimes.first();
      boolean stale =
          segment < segHead
              || sacked(segment)
              || segSent[segment & mask] != sent
              || segState[segment & mask] == LOST;
      if (!stale) {
        boolean late =
            sent + slack < rackSent || (slack == 0 && sent == rackSent && segment < rackSegment);
        if (!late) {
          break;
        }
        markLost(segment);
        found = true;
      }
      sentSegments.removeFirst();
      sentTimes.removeFirst();
    }
    if (found && !recovering && !afterTimeout) {
      recovering = true;
      recoveryPoint = next;
      cubicMax = cwnd < cubicMax ? cwnd * 0.85 : cwnd;
      ssthresh = Math.max(2.0 * mss, 0.7 * cwnd);
      prrBase = Math.max(mss, next - una);
      prrDelivered = 0;
      prrOut = 0;
      cwnd = pipe() + mss;
    }
  }

  private void markLost(int segment) {
    segState[segment & mask] = LOST;
    lostBytes += segLength[segment & mask];
    lost.add(segment);
  }

  private void reduceProportionally(long delivered) {
    prrDelivered += delivered;
    double pipe = pipe();
    double send;
    if (pipe > ssthresh) {
      send = prrDelivered * ssthresh / prrBase - prrOut;
    } else {
      send = Math.min(ssthresh - pipe, Math.max(prrDelivered - prrOut, delivered) + mss);
    }
    cwnd = pipe + Math.max(0, send);
    if (prrOut == 0) {
      cwnd = Math.max(cwnd, pipe + mss);
    }
  }

  private void dataArrived(int packet) {
    Packets packets = network.packets();
    int segment = packets.segment[packet];
    Endpoint sender = peer;
    echo = packets.sentNanos[packet];
    echoSegment = segment;
    if (segment < sender.segHead
        || segment < receivedSegment
        || sender.segReceived[segment & sender.mask] != 0) {
      sendAck();
      return;
    }
    sender.segReceived[segment & sender.mask] = ++receivedCount;
    distinct += packets.length[packet];
    if (segment != receivedSegment) {
      insertGap(segment);
      sendAck();
      return;
    }
    boolean filled = gapCount > 0;
    while (receivedSegment < sender.segTail
        && sender.segReceived[receivedSegment & sender.mask] != 0) {
      received += sender.segLength[receivedSegment & sender.mask];
      receivedSegment++;
    }
    while (gapCount > 0 && gapStart[0] <= receivedSegment) {
      System.arraycopy(gapStart, 1, gapStart, 0, gapCount - 1);
      System.arraycopy(gapEnd, 1, gapEnd, 0, gapCount - 1);
      gapCount--;
      latestBlock = 0;
    }
    unacknowledged++;
    if (filled) {
      sendAck();
    } else if (quickAcks > 0) {
      quickAcks--;
      boolean merged = sender.peerAckEvery > 2 && (quickAcks & 1) != 0;
      if (!merged || (packets.flags[packet] & Packets.PUSH) != 0) {
        sendAck();
      } else {
        ackAt = network.now() + sender.peerAckDelay;
      }
    } else if (unacknowledged >= sender.peerAckEvery) {
      sendAck();
    } else if (ackAt == NEVER) {
      ackAt = network.now() + sender.peerAckDelay;
    }
    while (!markOffsets.isEmpty() && markOffsets.first() <= received) {
      markOffsets.removeFirst();
      marks.remove().run();
    }
  }

  /** Remembers a segment received out of order as part of a block of consecutive segments. */
  private void insertGap(int segment) {
    int at = gapCount;
    while (at > 0 && gapStart[at - 1] > segment) {
      at--;
    }
    boolean joinsLeft = at > 0 && gapEnd[at - 1] == segment;
    boolean joinsRight = at < gapCount && gapStart[at] == segment + 1;
    if (joinsLeft && joinsRight) {
      gapEnd[at - 1] = gapEnd[at];
      System.arraycopy(gapStart, at + 1, gapStart, at, gapCount - at - 1);
      System.arraycopy(gapEnd, at + 1, gapEnd, at, gapCount - at - 1);
      gapCount--;
      latestBlock = at - 1;
    } else if (joinsLeft) {
      gapEnd[at - 1]++;
      latestBlock = at - 1;
    } else if (joinsRight) {
      gapStart[at]--;
      latestBlock = at;
    } else {
      if (gapCount == gapStart.length) {
        gapStart = Arrays.copyOf(gapStart, gapCount * 2);
        gapEnd = Arrays.copyOf(gapEnd, gapCount * 2);
      }
      System.arraycopy(gapStart, at, gapStart, at + 1, gapCount - at);
      System.arraycopy(gapEnd, at, gapEnd, at + 1, gapCount - at);
      gapStart[at] = segment;
      gapEnd[at] = segment + 1;
      gapCount++;
      latestBlock = at;
    }
  }

  // ---------------------------------------------------------------- timers

  private void armRetransmit() {
    long now = network.now();
    boolean probe = !recovering && !afterTimeout && !probed && srtt > 0;
    if (probe) {
      long wait = (long) (2 * srtt) + (segTail - segHead == 1 ? 40_000_000L : 2_000_000L);
      retransmitAt = now + Math.min(wait, rto);
    } else {
      retransmitAt = now + Math.min(MAX_RTO, rto << Math.min(backoff, 6));
    }
    retransmitIsProbe = probe;
  }

  private void armTimer() {
    long due = Math.min(retransmitAt, Math.min(paceAt, ackAt));
    if (due < timerAt) {
      timerAt = due;
      network.timer(connection, client, due);
    }
  }

  void timerFired() {
    long now = network.now();
    if (now != timerAt || connection.dead) {
      return;
    }
    timerAt = NEVER;
    if (ackAt <= now) {
      sendAck();
    }
    if (paceAt <= now) {
      paceAt = NEVER;
    }
    if (retransmitAt <= now) {
      retransmitAt = NEVER;
      if (una < next) {
        if (retransmitIsProbe) {
          probed = true;
          int last = segTail - 1;
          if (segState[last & mask] == IN_FLIGHT && !sacked(last)) {
            transmit(last);
          }
          armRetransmit();
        } else {
          timeout();
        }
      }
    }
    trySend();
  }

  private void timeout() {
    if (!afterTimeout) {
      ssthresh = Math.max(2.0 * mss, 0.7 * cwnd);
      cubicMax = cwnd;
    }
    afterTimeout = true;
    recovering = false;
    recoveryPoint = next;
    cubicEpoch = -1;
    cwnd = mss;
    nextPaced = 0;
    backoff++;
    lost.clear();
    lostBytes = 0;
    sentSegments.clear();
    sentTimes.clear();
    for (int i = segHead; i < segTail; i++) {
      segState[i & mask] = IN_FLIGHT;
      if (!sacked(i)) {
        markLost(i);
      }
    }
    windowLimited = true;
    armRetransmit();
  }
}
