package io.earshot.sensor.flow;

import io.earshot.sensor.decode.PacketView;

/** Views of packets without bytes, for tests of the flow stage. */
final class FlowPackets {
  static final int FIN = 1;
  static final int SYN = 2;
  static final int ACK = 16;

  private FlowPackets() {}

  /** IPv4-mapped lower half of an address. */
  static long v4(int address) {
    return PacketView.V4_MAPPED_LO | (address & 0xffff_ffffL);
  }

  static PacketView udp(long tsNanos, long src, int srcPort, long dst, int dstPort) {
    PacketView view = new PacketView();
    view.tsNanos = tsNanos;
    view.frameBytes = 142;
    view.hasIpv4 = true;
    view.ipVersion = 4;
    view.protocol = PacketView.UDP;
    view.srcLo = src;
    view.srcPort = srcPort;
    view.dstLo = dst;
    view.dstPort = dstPort;
    view.vlanId = -1;
    view.vni = -1;
    view.payloadBytes = 100;
    return view;
  }

  static PacketView tcp(long tsNanos, long src, int srcPort, long dst, int dstPort, int flags) {
    PacketView view = udp(tsNanos, src, srcPort, dst, dstPort);
    view.protocol = PacketView.TCP;
    view.tcpFlags = flags;
    view.payloadBytes = 0;
    return view;
  }

  /** The same packet on its way back. */
  static PacketView reversed(PacketView packet) {
    PacketView view =
        packet.protocol == PacketView.UDP
            ? udp(packet.tsNanos, packet.dstLo, packet.dstPort, packet.srcLo, packet.srcPort)
            : tcp(
                packet.tsNanos,
                packet.dstLo,
                packet.dstPort,
                packet.srcLo,
                packet.srcPort,
                packet.tcpFlags);
    view.srcHi = packet.dstHi;
    view.dstHi = packet.srcHi;
    return view;
  }
}
