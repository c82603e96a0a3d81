package io.earshot.models.simulate;

import org.jspecify.annotations.Nullable;

/**
 * The mirror port: turns simulated packets into Ethernet frames and applies the capture's quirks.
 *
 * <p>IPv4 header checksums, lengths, sequence and acknowledgement numbers are right; transport
 * checksums are left at zero, as on hosts that compute them in hardware.
 */
final class Tap {
  private static final int ETHERNET = 14;
  private static final int UDP_HEADER = 8;
  private static final int MIN_FRAME = 60;
  private static final int MAX_IP = 65_226;
  private static final long MERGE_NANOS = 1_000_000L;
  private static final int FILLER_MASK = 0xffff;
  private static final double MEAN_RUN = 20;

  private final FrameSink sink;
  private final SessionSpec.CaptureQuirks quirks;
  private final Dice dice;
  private final long epochNanos;
  private final long fromNanos;
  private final long untilNanos;
  private final byte[] frame = new byte[70_000];
  private final byte[] filler = new byte[FILLER_MASK + 1 + 66_000];
  private final boolean offload;
  private final boolean lossInRuns;
  private boolean lossRun;
  private long frames;
  private long lastNanos;

  // a merged frame that waits for more
  private @Nullable TcpConnection heldConnection;
  private long heldNanos;
  private long heldSequence;
  private int heldLength;
  private long heldAcknowledged;
  private int heldFlags;
  private long heldWindow;
  private long heldSent;

  Tap(SessionSpec spec, FrameSink sink, Dice dice) {
    this.sink = sink;
    this.dice = dice;
    quirks = spec.quirks();
    offload = quirks.offload();
    lossInRuns = dice.split(8).chance(0.5);
    fromNanos = quirks.preludeNanos();
    untilNanos = fromNanos + spec.durationNanos();
    epochNanos = spec.startNanos() - fromNanos;
    dice.split(7).fill(filler, 0, filler.length);
  }

  long frames() {
    return frames;
  }

  /** Whether name look-ups pass the tap. */
  boolean seesNames() {
    return quirks.dnsVisible();
  }

  private boolean sees(long now) {
    return now >= fromNanos && now < untilNanos && !(quirks.tapLoss() > 0 && missed());
  }

  /** Frames are missed alone or, where the host's ring overflows, twenty in a row on average. */
  private boolean missed() {
    double loss = quirks.tapLoss();
    if (lossRun) {
      lossRun = dice.chance(1 - 1 / MEAN_RUN);
    } else {
      lossRun = lossInRuns && dice.chance(loss / MEAN_RUN / (1 - loss));
    }
    return lossInRuns ? lossRun : dice.chance(loss);
  }

  void tcp(long now, TcpConnection connection, Packets packets, int packet) {
    if (!sees(now)) {
      return;
    }
    int flags = packets.flags[packet];
    int length = packets.length[packet];
    boolean fromClient = packets.fromClient(packet);
    long sequence = packets.sequence[packet];
    if (quirks.helloCut()
        && fromClient
        && (length > 0 || connection.quic)
        && sequence < connection.helloBytes) {
      return;
    }
    if (connection.quic) {
      flush();
      quic(now, connection, packets, packet);
      return;
    }
    if (offload && !fromClient && length > 0) {
      hold(now, connection, packets, packet);
      return;
    }
    flush();
    emit(
        now,
        connection,
        sequence,
        length,
        packets.acknowledged[packet],
        flags,
        packets.window[packet],
        packets.sentNanos[packet],
        packets,
        packet);
  }

  private void hold(long now, TcpConnection connection, Packets packets, int packet) {
    int length = packets.length[packet];
    boolean joins =
        heldConnection == connection
            && packets.sequence[packet] == heldSequence + heldLength
            && heldLength + length < MAX_IP - 120
            && now - heldNanos < MERGE_NANOS
            && (heldFlags & Packets.PUSH) == 0;
    if (joins) {
      heldLength += length;
      heldFlags |= packets.flags[packet];
      return;
    }
    flush();
    heldConnection = connection;
    heldNanos = now;
    heldSequence = packets.sequence[packet];
    heldLength = length;
    heldAcknowledged = packets.acknowledged[packet];
    heldFlags = packets.flags[packet];
    heldWindow = packets.window[packet];
    heldSent = packets.sentNanos[packet];
  }

  /** Gives out what waits to be merged. */
  void flush() {
    TcpConnection connection = heldConnection;
    if (connection != null) {
      heldConnection = null;
      emit(
          heldNanos,
          connection,
          heldSequence,
          heldLength,
          heldAcknowledged,
          heldFlags,
          heldWindow,
          heldSent,
          null,
          -1);
    }
  }

  private void emit(
      long now,
      TcpConnection connection,
      long sequence,
      int length,
      long acknowledged,
      int flags,
      long window,
      long sent,
      @Nullable Packets packets,
      int packet) {
    boolean fromClient = (flags & Packets.FROM_CLIENT) != 0;
    boolean syn = (flags & Packets.SYN) != 0;
    int tcp = ip(connection.clientAddress, connection.host.address, fromClient, 6, connection);
    int at = tcp;
    put16(at, fromClient ? connection.clientPort : connection.serverPort);
    put16(at + 2, fromClient ? connection.serverPort : connection.clientPort);
    long isn = fromClient ? connection.clientIsn : connection.serverIsn;
    long peerIsn = fromClient ? connection.serverIsn : connection.clientIsn;
    put32(at + 4, (int) (isn + 1 + sequence));
    boolean acks = (flags & Packets.ACK) != 0;
    long ackOffset = acknowledged + ((flags & Packets.ACKS_FIN) != 0 ? 1 : 0);
    put32(at + 8, acks ? (int) (peerIsn + 1 + ackOffset) : 0);
    int bits =
        (syn ? 2 : 0)
            | (acks ? 16 : 0)
            | ((flags & Packets.PUSH) != 0 ? 8 : 0)
            | ((flags & Packets.FIN) != 0 ? 1 : 0);
    put16(at + 14, (int) Math.min(65_535, syn ? window : window >> 7));
    put32(at + 16, 0);
    at += 20;
    if (syn) {
      at = synOptions(at, connection, fromClient, acks, sent);
    } else {
      if (connection.timestamps) {
        frame[at] = 1;
        frame[at + 1] = 1;
        at = timestamp(at + 2, connection, fromClient, sent);
      }
      if (packets != null && packets.sackCount[packet] > 0) {
        at = sackBlocks(at, packets, packet, peerIsn);
      }
    }
    frame[tcp + 12] = (byte) (((at - tcp) / 4) << 4);
    frame[tcp + 13] = (byte) bits;
    deliver(now, at, length, connection.content(fromClient), sequence, connection, fromClient);
  }

  private int synOptions(
      int start, TcpConnection connection, boolean fromClient, boolean answer, long sent) {
    int at = start;
    frame[at] = 2;
    frame[at + 1] = 4;
    int mss = connection.clientAddress.length == 16 ? 1440 : 1460;
    put16(at + 2, Math.min(mss, answer ? mss : connection.link.mss()));
    frame[at + 4] = 4;
    frame[at + 5] = 2;
    at += 6;
    if (connection.timestamps) {
      at = timestamp(at, connection, fromClient, sent);
      frame[at++] = 1;
    } else {
      frame[at++] = 1;
      frame[at++] = 1;
      frame[at++] = 1;
    }
    frame[at] = 3;
    frame[at + 1] = 3;
    frame[at + 2] = 7;
    return at + 3;
  }

  private int timestamp(int at, TcpConnection connection, boolean fromClient, long sent) {
    frame[at] = 8;
    frame[at + 1] = 10;
    int millis = (int) (sent / 1_000_000L);
    int other = (int) ((sent - connection.coreDelayNanos) / 1_000_000L);
    put32(at + 2, millis + (fromClient ? connection.clientClock : connection.serverClock));
    put32(at + 6, other + (fromClient ? connection.serverClock : connection.clientClock));
    return at + 10;
  }

  private int sackBlocks(int start, Packets packets, int packet, long isn) {
    int count = packets.sackCount[packet];
    frame[start] = 1;
    frame[start + 1] = 1;
    frame[start + 2] = 5;
    frame[start + 3] = (byte) (2 + 8 * count);
    int at = start + 4;
    for (int i = 0; i < count; i++) {
      int block = packet * Packets.SACK_BLOCKS + i;
      put32(at, (int) (isn + 1 + packets.sackStart[block]));
      put32(at + 4, (int) (isn + 1 + packets.sackEnd[block]));
      at += 8;
    }
    return at;
  }

  /** Writes Ethernet and IP without lengths; the offset of the transport header. */
  private int ip(
      byte[] client, byte[] server, boolean fromClient, int protocol, TcpConnection connection) {
    int id = fromClient ? connection.clientIpId++ : connection.serverIpId++;
    return ip(
        fromClient ? client : server,
        fromClient ? server : client,
        fromClient,
        protocol,
        id,
        fromClient ? 64 : connection.ttl);
  }

  private int ip(byte[] source, byte[] target, boolean fromClient, int protocol, int id, int ttl) {
    boolean broadcast = target.length == 4 && target[3] == -1;
    for (int i = 0; i < 6; i++) {
      frame[i] = (byte) (broadcast ? 0xff : fromClient ? 0x10 + i : 0x20 + i);
      frame[i + 6] = (byte) (fromClient ? 0x20 + i : 0x10 + i);
    }
    frame[6] = 2;
    if (!broadcast) {
      frame[0] = 2;
    }
    if (source.length == 4) {
      put16(12, 0x0800);
      frame[14] = 0x45;
      frame[15] = 0;
      put16(18, id);
      put16(20, 0x4000);
      frame[22] = (byte) ttl;
      frame[23] = (byte) protocol;
      put16(24, 0);
      System.arraycopy(source, 0, frame, 26, 4);
      System.arraycopy(target, 0, frame, 30, 4);
      return ETHERNET + 20;
    }
    put16(12, 0x86dd);
    put32(14, 0x6000_0000);
    frame[20] = (byte) protocol;
    frame[21] = (byte) ttl;
    System.arraycopy(source, 0, frame, 22, 16);
    System.arraycopy(target, 0, frame, 38, 16);
    return ETHERNET + 40;
  }

  private void deliver(
      long now,
      int headers,
      int length,
      Content content,
      long sequence,
      TcpConnection connection,
      boolean fromClient) {
    int keep = 0;
    if (length > 0) {
      boolean real = content.real(sequence);
      if (quirks.snaplen() != SessionSpec.HEADERS_ONLY || real) {
        long from = (sequence ^ connection.tag ^ (fromClient ? 0x55 : 0)) & FILLER_MASK;
        System.arraycopy(filler, (int) from, frame, headers, length);
        keep = content.stamp(sequence, length, frame, headers);
      }
    }
    finish(now, headers, length, keep);
  }

  /** Sets the IP lengths and hands the frame out. */
  private void finish(long now, int headers, int length, int keep) {
    int ipBytes = headers + length - ETHERNET;
    if (frame[12] == 8) {
      put16(16, ipBytes);
      put16(24, 0);
      int sum = 0;
      for (int i = 14; i < 34; i += 2) {
        sum += ((frame[i] & 0xff) << 8) | (frame[i + 1] & 0xff);
      }
      sum = (sum & 0xffff) + (sum >>> 16);
      sum = (sum & 0xffff) + (sum >>> 16);
      put16(24, ~sum);
    } else {
      put16(18, ipBytes - 40);
    }
    int wire = headers + length;
    if (quirks.padded() && wire < MIN_FRAME) {
      for (int i = wire; i < MIN_FRAME; i++) {
        frame[i] = 0;
      }
      wire = MIN_FRAME;
      keep = MIN_FRAME - headers;
    }
    int captured =
        quirks.snaplen() == SessionSpec.HEADERS_ONLY
            ? headers + keep
            : Math.min(quirks.snaplen(), wire);
    frames++;
    lastNanos = Math.max(lastNanos, now);
    sink.frame(epochNanos + lastNanos, frame, Math.min(captured, wire), wire);
  }

  /** A datagram whose bytes are given; the rest up to {@code length} is filler. */
  void udp(
      long now,
      byte[] source,
      int sourcePort,
      byte[] target,
      int targetPort,
      boolean fromClient,
      byte[] payload,
      int length) {
    if (!sees(now)) {
      return;
    }
    flush();
    datagram(now, source, sourcePort, target, targetPort, fromClient, payload, length);
  }

  private void datagram(
      long now,
      byte[] source,
      int sourcePort,
      byte[] target,
      int targetPort,
      boolean fromClient,
      byte[] payload,
      int length) {
    int at = ip(source, target, fromClient, 17, (int) (now >>> 10) & 0xffff, fromClient ? 64 : 54);
    put16(at, sourcePort);
    put16(at + 2, targetPort);
    put16(at + 4, length + UDP_HEADER);
    put16(at + 6, 0);
    int headers = at + UDP_HEADER;
    if (quirks.snaplen() != SessionSpec.HEADERS_ONLY && length > payload.length) {
      System.arraycopy(filler, (int) (now & FILLER_MASK), frame, headers, length);
    }
    System.arraycopy(payload, 0, frame, headers, payload.length);
    finish(now, headers, length, payload.length);
  }

  private void quic(long now, TcpConnection connection, Packets packets, int packet) {
    boolean fromClient = packets.fromClient(packet);
    byte[] client = connection.clientAddress;
    byte[] server = connection.host.address;
    byte[] payload;
    int length;
    int flags = packets.flags[packet];
    if ((flags & Packets.SYN) != 0) {
      return;
    }
    Content content = connection.content(fromClient);
    long sequence = packets.sequence[packet];
    byte[] real = packets.length[packet] == 0 ? null : content.rawAt(sequence);
    if (real != null) {
      payload = real;
      length = real.length;
    } else {
      payload = connection.quicHeader(fromClient);
      length = payload.length + 26 + packets.length[packet];
    }
    datagram(
        now,
        fromClient ? client : server,
        fromClient ? connection.clientPort : connection.serverPort,
        fromClient ? server : client,
        fromClient ? connection.serverPort : connection.clientPort,
        fromClient,
        payload,
        length);
  }

  private void put16(int at, int value) {
    frame[at] = (byte) (value >>> 8);
    frame[at + 1] = (byte) value;
  }

  private void put32(int at, int value) {
    frame[at] = (byte) (value >>> 24);
    frame[at + 1] = (byte) (value >>> 16);
    frame[at + 2] = (byte) (value >>> 8);
    frame[at + 3] = (byte) value;
  }
}
