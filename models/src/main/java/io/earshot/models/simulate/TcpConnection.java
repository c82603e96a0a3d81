package io.earshot.models.simulate;

/**
 * One connection between the listener's machine and a server: handshake, two endpoints, farewell.
 *
 * <p>The same machinery plays QUIC: the tap then shows datagrams instead of segments.
 */
final class TcpConnection {
  final Network network;
  final int id;
  final Host host;
  final byte[] clientAddress;
  final int clientPort;
  final int serverPort;
  final LinkSpec link;
  final boolean quic;
  final boolean timestamps;

  /** One way between the server and the head of the access link. */
  final long coreDelayNanos;

  final double serverBitsPerSecond;
  final Endpoint client;
  final Endpoint server;
  final long clientIsn;
  final long serverIsn;
  final int clientClock;
  final int serverClock;
  final int ttl;
  final long tag;

  /** When the server's network card is free again. */
  long serverBusyUntil;

  boolean dead;

  /** Offset behind the client hello in the client's stream. */
  long helloBytes;

  int clientIpId;
  int serverIpId;

  private boolean established;
  private boolean serverSynSeen;
  private int attempts;
  private final Runnable connected;
  private final byte[] clientQuicHeader = new byte[11];
  private final byte[] serverQuicHeader = new byte[3];

  TcpConnection(
      Network network,
      int id,
      Host host,
      byte[] clientAddress,
      int clientPort,
      int serverPort,
      boolean quic,
      Dice dice,
      Runnable connected) {
    this.network = network;
    this.id = id;
    this.host = host;
    this.clientAddress = clientAddress;
    this.clientPort = clientPort;
    this.serverPort = serverPort;
    this.link = network.link();
    this.quic = quic;
    this.connected = connected;
    timestamps = !quic && network.timestamps();
    coreDelayNanos =
        Math.max(100_000, (link.rttNanos() + host.extraRttNanos) / 2 - link.tapToClientNanos());
    serverBitsPerSecond = dice.chance(0.3) ? 1e9 : 1e10;
    clientIsn = dice.nextLong() & 0xffff_ffffL;
    serverIsn = dice.nextLong() & 0xffff_ffffL;
    clientClock = (int) dice.nextLong();
    serverClock = (int) dice.nextLong();
    clientIpId = (int) dice.nextLong() & 0xffff;
    serverIpId = (int) dice.nextLong() & 0xffff;
    ttl = 64 - dice.between(6, 16);
    tag = dice.nextLong();
    dice.fill(clientQuicHeader, 0, clientQuicHeader.length);
    clientQuicHeader[0] = 0x45;
    serverQuicHeader[0] = 0x41;
    int header = clientAddress.length == 16 ? 60 : 40;
    int mss = Math.min(link.mss(), 1500 - header) - (timestamps ? 12 : 0);
    if (quic) {
      mss = Math.min(mss - 60, 1320);
    }
    client = new Endpoint(this, true, mss, 2, 40_000_000L, false, true, 4 << 20);
    long window = network.clientWindow();
    server =
        new Endpoint(
            this,
            false,
            mss,
            link.ackEvery(),
            link.ackDelayNanos(),
            dice.chance(0.3),
            dice.chance(0.5),
            window);
    client.peer = server;
    server.peer = client;
  }

  boolean established() {
    return established;
  }

  void open() {
    if (dead || established || attempts > 6) {
      return;
    }
    if (quic) {
      established = true;
      network.after(0, connected);
      return;
    }
    network.sendControl(this, Packets.SYN | Packets.FROM_CLIENT);
    long wait = 1_000_000_000L << attempts++;
    network.after(wait, this::open);
  }

  /** A SYN arrived at the server or its answer at the client. */
  void synArrived(boolean fromClient) {
    if (dead) {
      return;
    }
    if (fromClient) {
      serverSynSeen = true;
      network.sendControl(this, Packets.SYN | Packets.ACK);
    } else if (!established && serverSynSeen) {
      established = true;
      if (!quic) {
        client.sendAck();
      }
      connected.run();
    }
  }

  Endpoint endpoint(boolean clientSide) {
    return clientSide ? client : server;
  }

  /** Ends the connection without a word: its packets vanish from now on. */
  void abandon() {
    dead = true;
  }

  /** Runs when all bytes up to this offset of the server's stream have reached the client. */
  void whenClientHas(long offset, Runnable action) {
    client.whenReceived(offset, action);
  }

  Content content(boolean fromClient) {
    return fromClient ? client.content : server.content;
  }

  /** First bytes of a 1-RTT packet (RFC 9000, 17.3.1): flags, connection id, packet number. */
  byte[] quicHeader(boolean fromClient) {
    byte[] header = fromClient ? clientQuicHeader : serverQuicHeader;
    header[header.length - 1]++;
    return header;
  }
}
