package io.earshot.sensor.flow;

import io.earshot.sensor.decode.PacketView;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * Addresses, ports and transport of a flow, seen from the listener.
 *
 * <p>Addresses are 128 bits in two longs, IPv4 as IPv4-mapped IPv6.
 *
 * @param protocol IP protocol number, 6 or 17
 */
public record FlowKey(
    long clientHi,
    long clientLo,
    int clientPort,
    long serverHi,
    long serverLo,
    int serverPort,
    int protocol) {

  public InetAddress clientAddress() {
    return address(clientHi, clientLo);
  }

  public InetAddress serverAddress() {
    return address(serverHi, serverLo);
  }

  /** {@code tcp} or {@code udp}. */
  public String transport() {
    return protocol == PacketView.TCP ? "tcp" : "udp";
  }

  /** {@code ipv4} or {@code ipv6}. */
  public String networkType() {
    return isIpv4(clientHi, clientLo) ? "ipv4" : "ipv6";
  }

  /** True for an IPv4-mapped address. */
  public static boolean isIpv4(long hi, long lo) {
    return hi == PacketView.V4_MAPPED_HI && (lo >>> 32) == 0xffffL;
  }

  /** The address as a Java object; allocates, so never on the packet path. */
  public static InetAddress address(long hi, long lo) {
    try {
      if (isIpv4(hi, lo)) {
        return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt((int) lo).array());
      }
      return InetAddress.getByAddress(ByteBuffer.allocate(16).putLong(hi).putLong(lo).array());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 and 16 bytes are the lengths of an address", e);
    }
  }
}
