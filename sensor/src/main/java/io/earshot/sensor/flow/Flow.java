package io.earshot.sensor.flow;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.PacketView;
import org.jspecify.annotations.Nullable;

/**
 * One flow that is not (yet) foreign: its key, its health and what the next stage keeps with it.
 *
 * <p>Owner: the capture thread.
 *
 * @param <A> what the next stage attaches
 */
public final class Flow<A> {
  /** RFC 9114 section 3.1: HTTP/3 is asked for at the port of HTTPS. */
  private static final int QUIC_PORT = 443;

  private final long id;
  private final long startNanos;
  private final int interfaceId;
  private final boolean startSeen;

  /** Null where the flow is not a TCP connection. */
  private final @Nullable TcpHealth health;

  private @Nullable SpinBit spin;
  private final A attachment;
  private FlowKey key;
  private int vlanId;
  private int vni;
  private boolean clientSeen;

  Flow(long id, FlowKey key, PacketView first, boolean startSeen, AttachmentFactory<A> factory) {
    this.id = id;
    this.key = key;
    this.startNanos = first.tsNanos;
    this.vlanId = first.vlanId;
    this.vni = first.vni;
    this.interfaceId = first.interfaceId;
    this.startSeen = startSeen;
    this.health = key.protocol() == PacketView.TCP ? new TcpHealth() : null;
    this.attachment = factory.attach(this);
  }

  /** Makes what the next stage keeps with a flow. */
  public interface AttachmentFactory<A> {
    A attach(Flow<A> flow);
  }

  /** Number of the flow within this run, from 1. */
  public long id() {
    return id;
  }

  public FlowKey key() {
    return key;
  }

  /** Time of the first packet, nanoseconds since the epoch. */
  public long startNanos() {
    return startNanos;
  }

  /**
   * VLAN of the flow, -1 without: that of its client's side as far as it was seen, and of several
   * the lowest with a tag. So it does not depend on which copy of a double mirror comes first.
   */
  public int vlanId() {
    return vlanId;
  }

  /** Virtual network of the flow, -1 without; of several the same one as of VLANs. */
  public int vni() {
    return vni;
  }

  /** Notes the networks that a packet was seen in, a copy included. */
  void seenOn(PacketView packet, Direction direction) {
    if (packet.vlanId == vlanId && packet.vni == vni && clientSeen) {
      return;
    }
    if (direction == Direction.UP) {
      vlanId = clientSeen ? lower(vlanId, packet.vlanId) : packet.vlanId;
      vni = clientSeen ? lower(vni, packet.vni) : packet.vni;
      clientSeen = true;
    }
  }

  /** The lower of two numbers; a negative one is none. */
  private static int lower(int known, int seen) {
    return known < 0 || (seen >= 0 && seen < known) ? seen : known;
  }

  public int interfaceId() {
    return interfaceId;
  }

  /** True where the capture holds the SYN: a hello, if there is one, will be seen. */
  public boolean startSeen() {
    return startSeen;
  }

  /**
   * How the connection gets on.
   *
   * @throws IllegalStateException where the flow is not a TCP connection
   */
  public TcpHealth health() {
    TcpHealth its = health;
    if (its == null) {
      throw new IllegalStateException("only a TCP connection has a health");
    }
    return its;
  }

  /** See {@link TcpHealth#missedBytes}; 0 where the flow is not a TCP connection. */
  public long missedBytes(Direction direction) {
    return health == null ? 0 : health.missedBytes(direction);
  }

  /** See {@link TcpPath#initialRttNanos}; 0 where the flow is not a TCP connection. */
  public long initialRttNanos() {
    return health == null ? 0 : health.path().initialRttNanos();
  }

  /** Takes a datagram of a flow without connections of its own. */
  void datagram(Direction direction, PacketView packet) {
    if (key.serverPort() == QUIC_PORT) {
      SpinBit bit = spin;
      if (bit == null) {
        bit = new SpinBit();
        spin = bit;
      }
      bit.datagram(direction, packet);
    }
  }

  /** Smoothed round-trip time as far as the transport shows it, nanoseconds; 0 otherwise. */
  public long rttNanos() {
    if (health != null) {
      return health.rttNanos();
    }
    return spin == null ? 0 : spin.rttNanos();
  }

  public A attachment() {
    return attachment;
  }

  /** Whether the packet has the flow's addresses, ports and transport, either way. */
  boolean isOf(PacketView packet) {
    FlowKey k = key;
    if (packet.protocol != k.protocol()) {
      return false;
    }
    return direction(packet) == Direction.UP
        ? packet.dstPort == k.serverPort()
            && packet.dstLo == k.serverLo()
            && packet.dstHi == k.serverHi()
        : packet.srcPort == k.serverPort()
            && packet.srcLo == k.serverLo()
            && packet.srcHi == k.serverHi()
            && packet.dstPort == k.clientPort()
            && packet.dstLo == k.clientLo()
            && packet.dstHi == k.clientHi();
  }

  /** Which way the packet goes, as far as is known by now. */
  public Direction direction(PacketView packet) {
    return packet.srcPort == key.clientPort()
            && packet.srcLo == key.clientLo()
            && packet.srcHi == key.clientHi()
        ? Direction.UP
        : Direction.DOWN;
  }

  /** Turns the flow round: the hello came from the other side than the ports had suggested. */
  public void swapEnds() {
    if (health != null) {
      health.swapSides();
    }
    key =
        new FlowKey(
            key.serverHi(),
            key.serverLo(),
            key.serverPort(),
            key.clientHi(),
            key.clientLo(),
            key.clientPort(),
            key.protocol());
  }
}
