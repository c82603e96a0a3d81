package io.earshot.sensor.decode;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One frame to the view of its innermost TCP segment or UDP datagram.
 *
 * <p>Never throws and never allocates, whatever the bytes are. Each header is checked once against
 * the captured bytes and then read. Two ends travel with the position: {@code end}, where the
 * captured bytes stop, and {@code wireEnd}, where the packet stops on the wire according to the
 * headers so far; {@code end <= wireEnd} always holds, and a length field can only pull them closer
 * (it may lie, so it never pushes them out). Ethernet padding is thereby left out.
 *
 * <p>Tunnels are followed up to {@link #MAX_DEPTH} headers. What is inside a UDP tunnel is only
 * believed when it decodes; otherwise the view is that of the outer datagram.
 *
 * <p>Holds no state: one instance may serve any number of threads, each with its own view.
 */
public final class PacketDecoder {
  /** Headers below the transport that are followed into each other. */
  static final int MAX_DEPTH = 16;

  /** Headers followed in a second reading of the same bytes. */
  private static final int MAX_SECOND_DEPTH = 4;

  private static final ValueLayout.OfByte I8 = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort I16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int ETHERNET_BYTES = 14;
  private static final int VLAN_BYTES = 4;
  private static final int MPLS_BYTES = 4;
  private static final int SLL_BYTES = 16;
  private static final int SLL2_BYTES = 20;
  private static final int PPPOE_BYTES = 6;
  private static final int SNAP_BYTES = 8;
  private static final int IPV4_BYTES = 20;
  private static final int IPV6_BYTES = 40;
  private static final int TCP_BYTES = 20;
  private static final int UDP_BYTES = 8;
  private static final int GRE_BYTES = 4;

  // EtherTypes, IEEE registry.
  private static final int TYPE_IPV4 = 0x0800;
  private static final int TYPE_ARP = 0x0806;
  private static final int TYPE_RARP = 0x8035;
  private static final int TYPE_TEB = 0x6558;
  private static final int TYPE_VLAN = 0x8100;
  private static final int TYPE_IPV6 = 0x86dd;
  private static final int TYPE_PPP = 0x880b;
  private static final int TYPE_MPLS = 0x8847;
  private static final int TYPE_MPLS_UPSTREAM = 0x8848;
  private static final int TYPE_PPPOE_SESSION = 0x8864;
  private static final int TYPE_SERVICE_VLAN = 0x88a8;
  private static final int TYPE_ERSPAN = 0x88be;
  private static final int TYPE_OLD_QINQ = 0x9100;
  private static final int TYPE_OLD_QINQ_2 = 0x9200;
  private static final int TYPE_ERSPAN_III = 0x22eb;

  /** Values up to here are an IEEE 802.3 length. */
  private static final int MAX_802_3_LENGTH = 1500;

  // Linux cooked frames without an EtherType, linux/if_ether.h.
  private static final int SLL_802_3 = 0x0001;
  private static final int SLL_802_2 = 0x0004;

  // Hardware types of Linux cooked frames whose protocol field is not an EtherType.
  private static final int ARPHRD_IPGRE = 778;
  private static final int ARPHRD_80211 = 801;
  private static final int ARPHRD_80211_RADIOTAP = 803;
  private static final int ARPHRD_NETLINK = 824;

  // Protocol numbers, IANA.
  private static final int PROTO_HOP_BY_HOP = 0;
  private static final int PROTO_ICMP = 1;
  private static final int PROTO_IGMP = 2;
  private static final int PROTO_IPV4 = 4;
  private static final int PROTO_IPV6 = 41;
  private static final int PROTO_ROUTING = 43;
  private static final int PROTO_FRAGMENT = 44;
  private static final int PROTO_GRE = 47;
  private static final int PROTO_ESP = 50;
  private static final int PROTO_AH = 51;
  private static final int PROTO_ICMPV6 = 58;
  private static final int PROTO_DESTINATION = 60;
  private static final int PROTO_ETHERIP = 97;
  private static final int PROTO_MOBILITY = 135;
  private static final int PROTO_MPLS = 137;

  // PPP protocols, RFC 1661 and IANA.
  private static final int PPP_IPV4 = 0x0021;
  private static final int PPP_IPV6 = 0x0057;
  private static final int PPP_MPLS = 0x0281;

  private static final int PORT_GTP_U = 2152;
  private static final int PORT_VXLAN = 4789;
  private static final int PORT_GENEVE = 6081;

  /**
   * Decodes one frame into {@code out}.
   *
   * <p>{@code data}, {@code tsNanos}, {@code frameBytes}, {@code interfaceId}, {@code hasIpv4} and
   * {@code vlanId} and {@code vni} of the view are valid after every call, the rest only after
   * {@link DecodeResult#DECODED}; after {@link DecodeResult#FRAGMENT} the view is for {@link
   * Defragmenter#offer} alone.
   *
   * @param data segment that holds the frame; {@code [offset, offset + captured)} lies within it
   * @param offset first byte of the frame
   * @param captured bytes of the frame that were captured
   * @param wire length of the frame on the wire, bytes; at least {@code captured} is assumed
   * @param tsNanos time of the frame, nanoseconds since the epoch
   * @param linkType one of {@link LinkType}, others are skipped
   * @param interfaceId index of the capture interface
   */
  public DecodeResult decode(
      MemorySegment data,
      long offset,
      int captured,
      int wire,
      long tsNanos,
      int linkType,
      int interfaceId,
      PacketView out) {
    long end = offset + captured;
    int wireBytes = Math.max(captured, wire);
    long wireEnd = offset + wireBytes;
    out.data = data;
    out.tsNanos = tsNanos;
    out.frameBytes = wireBytes;
    out.interfaceId = interfaceId;
    out.hasIpv4 = false;
    out.vlanId = -1;
    out.vni = -1;
    if (linkType == LinkType.ETHERNET) {
      return ethernet(data, offset, end, wireEnd, MAX_DEPTH, out);
    }
    return otherLink(data, offset, end, wireEnd, linkType, out);
  }

  private static DecodeResult otherLink(
      MemorySegment data, long at, long end, long wireEnd, int linkType, PacketView out) {
    return switch (linkType) {
      case LinkType.RAW, LinkType.RAW_12, LinkType.RAW_14 ->
          ip(data, at, end, wireEnd, MAX_DEPTH, out);
      case LinkType.IPV4 -> ipv4(data, at, end, wireEnd, MAX_DEPTH, out);
      case LinkType.IPV6 -> ipv6(data, at, end, wireEnd, MAX_DEPTH, out);
      case LinkType.LINUX_SLL -> linuxCooked(data, at, end, wireEnd, out);
      case LinkType.LINUX_SLL2 -> linuxCooked2(data, at, end, wireEnd, out);
      case LinkType.NULL, LinkType.LOOP -> loopback(data, at, end, wireEnd, out);
      case LinkType.PPP, LinkType.PPP_HDLC -> ppp(data, at, end, wireEnd, MAX_DEPTH, out);
      case LinkType.PPP_ETHER -> pppoe(data, at, end, wireEnd, MAX_DEPTH, out);
      case LinkType.C_HDLC -> ciscoHdlc(data, at, end, wireEnd, out);
      case LinkType.PPI -> perPacketInformation(data, at, end, wireEnd, out);
      case LinkType.IEEE802_11,
          LinkType.IEEE802_11_PRISM,
          LinkType.IEEE802_11_RADIOTAP,
          LinkType.IEEE802_11_AVS ->
          DecodeResult.IEEE80211;
      default -> DecodeResult.UNSUPPORTED_LINK_TYPE;
    };
  }

  /*
   * IEEE 802.3, clause 3:
   *
   *    0             6             12     14
   *   +-------------+-------------+------+------ - -
   *   | destination | source      | type | payload, padded to 46 bytes
   *   +-------------+-------------+------+------ - -
   */
  private static DecodeResult ethernet(
      MemorySegment data, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < ETHERNET_BYTES) {
      return DecodeResult.TRUNCATED_ETHERNET;
    }
    int type = u16(data, at + 12);
    if (type == TYPE_IPV4) {
      return ipv4(data, at + ETHERNET_BYTES, end, wireEnd, depth, out);
    }
    return etherType(data, type, at + ETHERNET_BYTES, end, wireEnd, depth, out);
  }

  /*
   * What follows an EtherType. A VLAN tag (IEEE 802.1Q clause 9.6) is followed by the next one:
   *
   *    0                  2      4
   *   +-----+---+--------+------+------ - -
   *   | PCP | D | VLAN id| type | payload
   *   +-----+---+--------+------+------ - -
   *     3     1   12 bits
   */
  private static DecodeResult etherType(
      MemorySegment data,
      int firstType,
      long start,
      long end,
      long wireEnd,
      int depth,
      PacketView out) {
    int type = firstType;
    long at = start;
    int left = depth;
    while (true) {
      switch (type) {
        case TYPE_VLAN, TYPE_SERVICE_VLAN, TYPE_OLD_QINQ, TYPE_OLD_QINQ_2 -> {
          if (left == 0) {
            return DecodeResult.EXCEEDED_HEADER_DEPTH;
          }
          if (end - at < VLAN_BYTES) {
            return DecodeResult.TRUNCATED_VLAN;
          }
          if (out.vlanId < 0) {
            out.vlanId = u16(data, at) & 0xfff;
          }
          type = u16(data, at + 2);
          at += VLAN_BYTES;
          left--;
        }
        case TYPE_IPV4 -> {
          return ipv4(data, at, end, wireEnd, left, out);
        }
        case TYPE_IPV6 -> {
          return ipv6(data, at, end, wireEnd, left, out);
        }
        case TYPE_MPLS, TYPE_MPLS_UPSTREAM -> {
          return mpls(data, at, end, wireEnd, left, out);
        }
        case TYPE_PPPOE_SESSION -> {
          return pppoe(data, at, end, wireEnd, left, out);
        }
        case TYPE_ARP, TYPE_RARP -> {
          return DecodeResult.ARP;
        }
        default -> {
          return type <= MAX_802_3_LENGTH
              ? llc(data, type, at, end, wireEnd, left, out)
              : DecodeResult.OTHER_ETHERTYPE;
        }
      }
    }
  }

  /*
   * IEEE 802.2 with SNAP (RFC 1042); anything else than SNAP with an EtherType is not ours:
   *
   *    0      1      2      3            6      8
   *   +------+------+------+------------+------+------ - -
   *   | DSAP | SSAP | ctrl | OUI        | type | payload
   *   | 0xaa | 0xaa | 0x03 | 0 0 0      |      |
   *   +------+------+------+------------+------+------ - -
   */
  private static DecodeResult llc(
      MemorySegment data, int length, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < 3) {
      return wireEnd - at < 3 ? DecodeResult.LLC : DecodeResult.TRUNCATED_LLC;
    }
    if (u16(data, at) != 0xaaaa || data.get(I8, at + 2) != 3) {
      return DecodeResult.LLC;
    }
    if (end - at < SNAP_BYTES) {
      return DecodeResult.TRUNCATED_LLC;
    }
    if ((data.get(I32, at + 2) & 0xffffff) != 0) {
      return DecodeResult.LLC;
    }
    int type = u16(data, at + 6);
    if (depth == 0) {
      return DecodeResult.EXCEEDED_HEADER_DEPTH;
    }
    if (type <= MAX_802_3_LENGTH) {
      return DecodeResult.LLC;
    }
    long wireStop = length == 0 ? wireEnd : Math.min(wireEnd, at + length);
    if (wireStop - at < SNAP_BYTES) {
      return DecodeResult.TRUNCATED_LLC;
    }
    return etherType(
        data, type, at + SNAP_BYTES, Math.min(end, wireStop), wireStop, depth - 1, out);
  }

  /*
   * Linux cooked capture v1, LINKTYPE_LINUX_SLL:
   *
   *    0      2        4        6           14         16
   *   +------+--------+--------+-----------+----------+------ - -
   *   | type | ARPHRD | length | address   | protocol | payload
   *   +------+--------+--------+-----------+----------+------ - -
   */
  private static DecodeResult linuxCooked(
      MemorySegment data, long at, long end, long wireEnd, PacketView out) {
    if (end - at < SLL_BYTES) {
      return DecodeResult.TRUNCATED_LINUX_COOKED;
    }
    return cooked(data, u16(data, at + 2), u16(data, at + 14), at + SLL_BYTES, end, wireEnd, out);
  }

  /*
   * Linux cooked capture v2, LINKTYPE_LINUX_SLL2:
   *
   *    0          2          4           8        10     11       12        20
   *   +----------+----------+-----------+--------+------+--------+---------+------ - -
   *   | protocol | reserved | interface | ARPHRD | type | length | address | payload
   *   +----------+----------+-----------+--------+------+--------+---------+------ - -
   */
  private static DecodeResult linuxCooked2(
      MemorySegment data, long at, long end, long wireEnd, PacketView out) {
    if (end - at < SLL2_BYTES) {
      return DecodeResult.TRUNCATED_LINUX_COOKED;
    }
    return cooked(data, u16(data, at + 8), u16(data, at), at + SLL2_BYTES, end, wireEnd, out);
  }

  private static DecodeResult cooked(
      MemorySegment data,
      int hardware,
      int protocol,
      long at,
      long end,
      long wireEnd,
      PacketView out) {
    return switch (hardware) {
      case ARPHRD_80211, ARPHRD_80211_RADIOTAP -> DecodeResult.IEEE80211;
      case ARPHRD_NETLINK -> DecodeResult.OTHER_ETHERTYPE;
      case ARPHRD_IPGRE -> grePayload(data, protocol, false, at, end, wireEnd, MAX_DEPTH, out);
      default ->
          switch (protocol) {
            case SLL_802_2 -> llc(data, 0, at, end, wireEnd, MAX_DEPTH, out);
            case SLL_802_3 -> DecodeResult.LLC;
            default -> etherType(data, protocol, at, end, wireEnd, MAX_DEPTH, out);
          };
    };
  }

  /*
   * BSD loopback, LINKTYPE_NULL (order of the writing host) and LINKTYPE_LOOP (network order):
   *
   *    0                4
   *   +----------------+------ - -
   *   | address family | packet
   *   +----------------+------ - -
   */
  private static DecodeResult loopback(
      MemorySegment data, long at, long end, long wireEnd, PacketView out) {
    if (end - at < 4) {
      return DecodeResult.TRUNCATED_LOOPBACK;
    }
    int family = data.get(I32, at);
    if ((family & 0xffff0000) != 0) {
      family = Integer.reverseBytes(family);
    }
    return switch (family) {
      case 2 -> ipv4(data, at + 4, end, wireEnd, MAX_DEPTH, out);
      // AF_INET6 of Linux, the BSDs, FreeBSD and Darwin, Windows.
      case 10, 23, 24, 28, 30 -> ipv6(data, at + 4, end, wireEnd, MAX_DEPTH, out);
      default -> DecodeResult.OTHER_FAMILY;
    };
  }

  /*
   * Cisco HDLC, LINKTYPE_C_HDLC (RFC 1547 section 4.3.1):
   *
   *    0         1         2      4
   *   +---------+---------+------+------ - -
   *   | address | control | type | payload
   *   +---------+---------+------+------ - -
   */
  private static DecodeResult ciscoHdlc(
      MemorySegment data, long at, long end, long wireEnd, PacketView out) {
    if (end - at < 4) {
      return DecodeResult.TRUNCATED_PPP;
    }
    int type = u16(data, at + 2);
    return type <= MAX_802_3_LENGTH
        ? DecodeResult.OTHER_ETHERTYPE
        : etherType(data, type, at + 4, end, wireEnd, MAX_DEPTH, out);
  }

  /*
   * Per-Packet Information, LINKTYPE_PPI, little endian; its frames may have any link type, of
   * which Ethernet and the wireless ones occur:
   *
   *    0         1       2        4           8
   *   +---------+-------+--------+-----------+---------------- - -
   *   | version | flags | length | link type | length - 8 bytes, then the frame
   *   +---------+-------+--------+-----------+---------------- - -
   */
  private static DecodeResult perPacketInformation(
      MemorySegment data, long at, long end, long wireEnd, PacketView out) {
    if (end - at < 8) {
      return DecodeResult.TRUNCATED_PPI;
    }
    int length = Short.toUnsignedInt(Short.reverseBytes(data.get(I16, at + 2)));
    if (length < 8) {
      return DecodeResult.TRUNCATED_PPI;
    }
    return switch (Integer.reverseBytes(data.get(I32, at + 4))) {
      case LinkType.ETHERNET -> ethernet(data, at + length, end, wireEnd, MAX_DEPTH, out);
      case LinkType.IEEE802_11 -> DecodeResult.IEEE80211;
      default -> DecodeResult.UNSUPPORTED_LINK_TYPE;
    };
  }

  /*
   * PPPoE session, RFC 2516 section 4:
   *
   *    0     0.5    1      2         4        6
   *   +-----+------+------+---------+--------+------ - -
   *   | v=1 | t=1  | code | session | length | PPP
   *   +-----+------+------+---------+--------+------ - -
   */
  private static DecodeResult pppoe(
      MemorySegment data, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < PPPOE_BYTES) {
      return DecodeResult.TRUNCATED_PPPOE;
    }
    if (data.get(I8, at + 1) != 0) {
      return DecodeResult.OTHER_PPP;
    }
    if (depth == 0) {
      return DecodeResult.EXCEEDED_HEADER_DEPTH;
    }
    int length = u16(data, at + 4);
    long start = at + PPPOE_BYTES;
    long wireStop = length == 0 ? wireEnd : Math.min(wireEnd, start + length);
    return ppp(data, start, Math.min(end, wireStop), wireStop, depth - 1, out);
  }

  /*
   * PPP, RFC 1661 section 2 and RFC 1662 section 3.1. Address and control may be left out, and so
   * may the upper byte of the protocol (its lower byte is always odd, the upper one even):
   *
   *    0        1        2          4
   *   +--------+--------+----------+------ - -
   *   | (0xff) | (0x03) | protocol | packet
   *   +--------+--------+----------+------ - -
   */
  private static DecodeResult ppp(
      MemorySegment data, long start, long end, long wireEnd, int depth, PacketView out) {
    long at = start;
    if (end - at >= 2 && u16(data, at) == 0xff03) {
      at += 2;
    }
    if (end - at < 1) {
      return DecodeResult.TRUNCATED_PPP;
    }
    int protocol = u8(data, at);
    if ((protocol & 1) != 0) {
      at += 1;
    } else {
      if (end - at < 2) {
        return DecodeResult.TRUNCATED_PPP;
      }
      protocol = u16(data, at);
      at += 2;
    }
    return switch (protocol) {
      case PPP_IPV4 -> ipv4(data, at, end, wireEnd, depth, out);
      case PPP_IPV6 -> ipv6(data, at, end, wireEnd, depth, out);
      case PPP_MPLS -> mpls(data, at, end, wireEnd, depth, out);
      default -> DecodeResult.OTHER_PPP;
    };
  }

  /*
   * MPLS label stack, RFC 3032 section 2.1, S marks the last entry:
   *
   *    0                    20    23  24     32 bits
   *   +--------------------+-----+---+------+
   *   | label              | exp | S | TTL  |
   *   +--------------------+-----+---+------+
   *
   * Nothing says what is below it. IP is guessed by its version and a pseudowire control word by a
   * zero (RFC 4385 section 3); where that fails, Ethernet without control word is tried, whose first
   * address may start like either.
   */
  private static DecodeResult mpls(
      MemorySegment data, long start, long end, long wireEnd, int depth, PacketView out) {
    long at = start;
    int left = depth;
    boolean last = false;
    while (!last) {
      if (left == 0) {
        return DecodeResult.EXCEEDED_HEADER_DEPTH;
      }
      if (end - at < MPLS_BYTES) {
        return DecodeResult.TRUNCATED_MPLS;
      }
      last = (data.get(I32, at) & 0x100) != 0;
      at += MPLS_BYTES;
      left--;
    }
    if (end - at < 1) {
      return DecodeResult.TRUNCATED_MPLS;
    }
    boolean hasIpv4 = out.hasIpv4;
    int vlanId = out.vlanId;
    DecodeResult guess =
        switch (u8(data, at) >>> 4) {
          case 4 -> ipv4(data, at, end, wireEnd, left, out);
          case 6 -> ipv6(data, at, end, wireEnd, left, out);
          case 0 -> ethernet(data, at + 4, end, wireEnd, left, out);
          // A pseudowire's associated channel (RFC 4385 section 5) carries no user packet.
          case 1 -> DecodeResult.OTHER_ETHERTYPE;
          default -> DecodeResult.UNKNOWN_IP_VERSION;
        };
    boolean wrong =
        guess.kind() == DecodeResult.Kind.WEIRD
            || guess == DecodeResult.OTHER_ETHERTYPE
            || guess == DecodeResult.LLC;
    if (!wrong) {
      return guess;
    }
    boolean guessedIpv4 = out.hasIpv4;
    int guessedVlanId = out.vlanId;
    out.hasIpv4 = hasIpv4;
    out.vlanId = vlanId;
    // Less deep, so that labels inside labels cannot double the work at each level.
    DecodeResult second = ethernet(data, at, end, wireEnd, Math.min(left, MAX_SECOND_DEPTH), out);
    if (second == DecodeResult.DECODED) {
      return second;
    }
    out.hasIpv4 = guessedIpv4;
    out.vlanId = guessedVlanId;
    return guess;
  }

  /** An IP packet that says itself which version it is. */
  private static DecodeResult ip(
      MemorySegment data, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < 1) {
      return DecodeResult.TRUNCATED_IP;
    }
    return switch (u8(data, at) >>> 4) {
      case 4 -> ipv4(data, at, end, wireEnd, depth, out);
      case 6 -> ipv6(data, at, end, wireEnd, depth, out);
      default -> DecodeResult.UNKNOWN_IP_VERSION;
    };
  }

  /*
   * IPv4, RFC 791 section 3.1, as the two longs and two ints that are read:
   *
   *    0    0.5   1     2              4                6     6.3         8
   *   +----+-----+-----+--------------+----------------+-----+-----------+
   *   | 4  | IHL | TOS | total length | identification |flags| fragment  |
   *   +----+-----+-----+--------------+----------------+-----+-----------+
   *   | TTL | protocol | checksum     | source                            |
   *   +-----+----------+--------------+-----------------------------------+
   *   | destination                   | options, IHL * 4 - 20 bytes
   *   +-------------------------------+------ - -
   *
   * A total length of 0 is what segmentation offload leaves on the sending host: the frame's own
   * length stands in.
   */
  private static DecodeResult ipv4(
      MemorySegment data, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < IPV4_BYTES) {
      return DecodeResult.TRUNCATED_IPV4;
    }
    long first = data.get(I64, at);
    if (first >>> 60 != 4) {
      return DecodeResult.UNKNOWN_IP_VERSION;
    }
    out.hasIpv4 = true;
    int headerBytes = (int) (first >>> 54) & 0x3c;
    int total = (int) (first >>> 32) & 0xffff;
    long wireStop = wireEnd;
    if (total != 0) {
      if (total < headerBytes) {
        return DecodeResult.IPV4_LENGTH_LIES;
      }
      wireStop = Math.min(wireEnd, at + total);
    }
    long stop = Math.min(end, wireStop);
    if (headerBytes < IPV4_BYTES || headerBytes > wireStop - at) {
      return DecodeResult.BAD_IPV4_HEADER_LENGTH;
    }
    if (headerBytes > stop - at) {
      return DecodeResult.TRUNCATED_IPV4;
    }
    long addresses = data.get(I64, at + 12);
    out.ipVersion = 4;
    out.ipId = (int) (first >>> 16) & 0xffff;
    out.srcHi = PacketView.V4_MAPPED_HI;
    out.srcLo = PacketView.V4_MAPPED_LO | addresses >>> 32;
    out.dstHi = PacketView.V4_MAPPED_HI;
    out.dstLo = PacketView.V4_MAPPED_LO | (addresses & 0xffff_ffffL);
    int protocol = u8(data, at + 9);
    long next = at + headerBytes;
    if ((first & 0x3fff) != 0) {
      boolean more = (first & 0x2000) != 0;
      return fragment(protocol, (int) (first & 0x1fff) * 8, more, next, stop, wireStop, out);
    }
    if (protocol == PacketView.TCP) {
      return tcp(data, next, stop, wireStop, out);
    }
    return transport(data, protocol, next, stop, wireStop, depth, out);
  }

  /*
   * IPv6, RFC 8200 section 3:
   *
   *    0    0.5             1.5          4                6             7           8
   *   +----+---------------+------------+----------------+-------------+-----------+
   *   | 6  | traffic class | flow label | payload length | next header | hop limit |
   *   +----+---------------+------------+----------------+-------------+-----------+
   *   | source, 16 bytes                | destination, 16 bytes                    |
   *   +---------------------------------+------------------------------------------+
   *
   * A payload length of 0 is a jumbogram or segmentation offload.
   */
  private static DecodeResult ipv6(
      MemorySegment data, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < IPV6_BYTES) {
      return DecodeResult.TRUNCATED_IPV6;
    }
    long first = data.get(I64, at);
    if (first >>> 60 != 6) {
      return DecodeResult.UNKNOWN_IP_VERSION;
    }
    int payload = (int) (first >>> 16) & 0xffff;
    long wireStop = payload == 0 ? wireEnd : Math.min(wireEnd, at + IPV6_BYTES + payload);
    out.ipVersion = 6;
    out.ipId = 0;
    out.srcHi = data.get(I64, at + 8);
    out.srcLo = data.get(I64, at + 16);
    out.dstHi = data.get(I64, at + 24);
    out.dstLo = data.get(I64, at + 32);
    int next = (int) (first >>> 8) & 0xff;
    return transport(data, next, at + IPV6_BYTES, Math.min(end, wireStop), wireStop, depth, out);
  }

  /*
   * What an IP header announces. Extension headers (RFC 8200 section 4, AH: RFC 4302 section 2)
   * all start alike; the length counts 8 bytes beyond the first 8, AH's 4 bytes beyond the first 8:
   *
   *    0             1        2        4        8
   *   +-------------+--------+--------+--------+------ - -
   *   | next header | length | fragment offset | ...
   *   +-------------+--------+--------+--------+------ - -
   */
  private static DecodeResult transport(
      MemorySegment data,
      int announced,
      long start,
      long end,
      long wireEnd,
      int depth,
      PacketView out) {
    int protocol = announced;
    long at = start;
    int left = depth;
    while (true) {
      switch (protocol) {
        case PacketView.TCP -> {
          return tcp(data, at, end, wireEnd, out);
        }
        case PacketView.UDP -> {
          return udp(data, at, end, wireEnd, left, out);
        }
        case PROTO_HOP_BY_HOP,
            PROTO_ROUTING,
            PROTO_DESTINATION,
            PROTO_FRAGMENT,
            PROTO_MOBILITY,
            PROTO_AH -> {
          if (out.ipVersion == 4 && protocol != PROTO_AH) {
            return DecodeResult.OTHER_TRANSPORT;
          }
          if (left == 0) {
            return DecodeResult.EXCEEDED_HEADER_DEPTH;
          }
          if (end - at < 8) {
            return DecodeResult.TRUNCATED_IPV6_EXTENSION;
          }
          int length =
              switch (protocol) {
                case PROTO_FRAGMENT -> 8;
                case PROTO_AH -> (u8(data, at + 1) + 2) * 4;
                default -> (u8(data, at + 1) + 1) * 8;
              };
          if (end - at < length) {
            return DecodeResult.TRUNCATED_IPV6_EXTENSION;
          }
          if (protocol == PROTO_FRAGMENT && (u16(data, at + 2) & 0xfff9) != 0) {
            out.ipId = data.get(I32, at + 4);
            int fragment = u16(data, at + 2);
            return fragment(
                u8(data, at), fragment & 0xfff8, (fragment & 1) != 0, at + 8, end, wireEnd, out);
          }
          protocol = u8(data, at);
          at += length;
          left--;
        }
        case PROTO_ICMP, PROTO_ICMPV6, PROTO_IGMP -> {
          return DecodeResult.ICMP;
        }
        case PROTO_ESP -> {
          return DecodeResult.ESP;
        }
        case PROTO_IPV4, PROTO_IPV6, PROTO_GRE, PROTO_MPLS, PROTO_ETHERIP -> {
          return left == 0
              ? DecodeResult.EXCEEDED_HEADER_DEPTH
              : ipTunnel(data, protocol, at, end, wireEnd, left - 1, out);
        }
        default -> {
          return DecodeResult.OTHER_TRANSPORT;
        }
      }
    }
  }

  /**
   * Notes where the bytes of a fragment are and where they belong, for the {@link Defragmenter}.
   */
  private static DecodeResult fragment(
      int protocol,
      int fragmentOffset,
      boolean more,
      long at,
      long end,
      long wireEnd,
      PacketView out) {
    out.protocol = protocol;
    out.fragmentOffset = fragmentOffset;
    out.moreFragments = more;
    out.payloadOffset = at;
    out.payloadCaptured = (int) (end - at);
    out.payloadBytes = (int) (wireEnd - at);
    return DecodeResult.FRAGMENT;
  }

  /**
   * Goes on with what the fragments of one datagram gave together; the view holds the header of the
   * last one.
   */
  static DecodeResult reassembled(
      MemorySegment data, int protocol, int captured, int wire, PacketView out) {
    out.data = data;
    return transport(data, protocol, 0, captured, wire, MAX_DEPTH, out);
  }

  /** Packets directly in IP: RFC 2003, 4213, 2784, 4023, 3378. */
  private static DecodeResult ipTunnel(
      MemorySegment data,
      int protocol,
      long at,
      long end,
      long wireEnd,
      int depth,
      PacketView out) {
    return switch (protocol) {
      case PROTO_IPV4 -> ipv4(data, at, end, wireEnd, depth, out);
      case PROTO_IPV6 -> ipv6(data, at, end, wireEnd, depth, out);
      case PROTO_MPLS -> mpls(data, at, end, wireEnd, depth, out);
      case PROTO_ETHERIP -> ethernet(data, at + 2, end, wireEnd, depth, out);
      default -> gre(data, at, end, wireEnd, depth, out);
    };
  }

  /*
   * GRE, RFC 2784 section 2 with RFC 2890; version 1 is PPTP's (RFC 2637 section 4.1), where bit A
   * announces an acknowledgement number:
   *
   *    0   1   2   3   4       8   9     13    16              32 bits
   *   +---+---+---+---+-------+---+-----+-----+---------------+
   *   | C | R | K | S | ...   | A | ... | ver | protocol type |
   *   +---+---+---+---+-------+---+-----+-----+---------------+
   *   | C: checksum, reserved | K: key | S: sequence | A: acknowledgement, 4 bytes each
   *   +-----------------------+--------+-------------+------ - -
   */
  private static DecodeResult gre(
      MemorySegment data, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < GRE_BYTES) {
      return DecodeResult.TRUNCATED_GRE;
    }
    int head = data.get(I32, at);
    int version = head >>> 16 & 7;
    if (version > 1 || (head & 0x4000_0000) != 0) {
      return DecodeResult.UNKNOWN_GRE_VERSION;
    }
    boolean sequence = (head & 0x1000_0000) != 0;
    int length = GRE_BYTES;
    length += (head & 0x8000_0000) != 0 ? 4 : 0;
    length += (head & 0x2000_0000) != 0 ? 4 : 0;
    length += sequence ? 4 : 0;
    length += version == 1 && (head & 0x0080_0000) != 0 ? 4 : 0;
    if (end - at < length) {
      return DecodeResult.TRUNCATED_GRE;
    }
    return grePayload(data, head & 0xffff, sequence, at + length, end, wireEnd, depth, out);
  }

  /*
   * ERSPAN has no version field of its own in type I, which is GRE without sequence number and no
   * header at all; types II and III (draft-foschiano-erspan-03 section 4):
   *
   *    0     4      16                 32          8      12      (20)
   *   +-----+------+------------------+- - II: 4 -+
   *   | ver | VLAN | COS, T, session  | index     |
   *   +-----+------+------------------+- - III: - +------+--------- - -
   *   | ver | VLAN | COS, T, session  | time stamp| SGT, P, FT, Hw, D, Gra, O | O: 8 bytes
   *   +-----+------+------------------+-----------+---------------------------+--- - -
   */
  private static DecodeResult grePayload(
      MemorySegment data,
      int type,
      boolean sequence,
      long at,
      long end,
      long wireEnd,
      int depth,
      PacketView out) {
    return switch (type) {
      case TYPE_TEB -> ethernet(data, at, end, wireEnd, depth, out);
      case TYPE_PPP -> ppp(data, at, end, wireEnd, depth, out);
      case TYPE_ERSPAN -> {
        int header = sequence ? 8 : 0;
        yield end - at < header
            ? DecodeResult.TRUNCATED_ERSPAN
            : ethernet(data, at + header, end, wireEnd, depth, out);
      }
      case TYPE_ERSPAN_III -> erspan3(data, at, end, wireEnd, depth, out);
      default ->
          type <= MAX_802_3_LENGTH
              ? DecodeResult.OTHER_ETHERTYPE
              : etherType(data, type, at, end, wireEnd, depth, out);
    };
  }

  private static DecodeResult erspan3(
      MemorySegment data, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < 12) {
      return DecodeResult.TRUNCATED_ERSPAN;
    }
    int last = u16(data, at + 10);
    int header = (last & 1) == 0 ? 12 : 20;
    if (end - at < header) {
      return DecodeResult.TRUNCATED_ERSPAN;
    }
    // Frame type: 0 Ethernet, 2 IP.
    return (last >>> 10 & 0x1f) == 2
        ? ip(data, at + header, end, wireEnd, depth, out)
        : ethernet(data, at + header, end, wireEnd, depth, out);
  }

  /*
   * TCP, RFC 9293 section 3.1, as the two longs that are read:
   *
   *    0             2                  4                 8
   *   +-------------+------------------+-----------------+
   *   | source port | destination port | sequence number |
   *   +-------------+------------------+---+----+--------+
   *   | acknowledgement number  | off | - | flags | window |
   *   +-------------------------+-----+---+-------+--------+
   *   | checksum    | urgent           | options, off * 4 - 20 bytes
   *   +-------------+------------------+------ - -
   *
   * Options may be cut off by the snapshot length: then no payload byte was captured, but the
   * header still says how many there were.
   */
  private static DecodeResult tcp(
      MemorySegment data, long at, long end, long wireEnd, PacketView out) {
    if (end - at < TCP_BYTES) {
      return DecodeResult.TRUNCATED_TCP;
    }
    long first = data.get(I64, at);
    long second = data.get(I64, at + 8);
    int headerBytes = (int) (second >>> 26) & 0x3c;
    int payload = (int) (wireEnd - at) - headerBytes;
    if (headerBytes < TCP_BYTES || payload < 0) {
      return DecodeResult.BAD_TCP_OFFSET;
    }
    out.protocol = PacketView.TCP;
    out.srcPort = (int) (first >>> 48);
    out.dstPort = (int) (first >>> 32) & 0xffff;
    out.tcpSeq = first & 0xffff_ffffL;
    out.tcpAck = second >>> 32;
    out.tcpFlags = (int) (second >>> 16) & 0xff;
    out.tcpWindow = (int) second & 0xffff;
    out.checksum = u16(data, at + 16);
    out.transportOffset = at;
    long start = Math.min(at + headerBytes, end);
    out.payloadOffset = start;
    out.payloadCaptured = (int) (end - start);
    out.payloadBytes = payload;
    return DecodeResult.DECODED;
  }

  /*
   * UDP, RFC 768; a length of 0 is a jumbogram (RFC 2675 section 4) or offload:
   *
   *    0             2                  4        6          8
   *   +-------------+------------------+--------+----------+------ - -
   *   | source port | destination port | length | checksum | payload
   *   +-------------+------------------+--------+----------+------ - -
   */
  private static DecodeResult udp(
      MemorySegment data, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < UDP_BYTES) {
      return DecodeResult.TRUNCATED_UDP;
    }
    long head = data.get(I64, at);
    int length = (int) (head >>> 16) & 0xffff;
    long wireStop = wireEnd;
    if (length != 0) {
      if (length < UDP_BYTES) {
        return DecodeResult.BAD_UDP_LENGTH;
      }
      wireStop = Math.min(wireEnd, at + length);
    }
    long stop = Math.min(end, wireStop);
    long payload = at + UDP_BYTES;
    int dstPort = (int) (head >>> 32) & 0xffff;
    if ((dstPort == PORT_VXLAN || dstPort == PORT_GTP_U || dstPort == PORT_GENEVE) && depth > 0) {
      DecodeResult inner = insideUdp(data, dstPort, payload, stop, wireStop, depth - 1, out);
      if (inner == DecodeResult.DECODED || inner == DecodeResult.FRAGMENT) {
        return inner;
      }
    }
    out.protocol = PacketView.UDP;
    out.srcPort = (int) (head >>> 48);
    out.dstPort = dstPort;
    out.tcpSeq = 0;
    out.tcpAck = 0;
    out.tcpFlags = 0;
    out.tcpWindow = 0;
    out.checksum = (int) head & 0xffff;
    out.transportOffset = at;
    out.payloadOffset = payload;
    out.payloadCaptured = (int) (stop - payload);
    out.payloadBytes = (int) (wireStop - payload);
    return DecodeResult.DECODED;
  }

  /**
   * Tries what a UDP tunnel port announces. Where what is inside is neither a packet nor a fragment
   * of one, the outer packet's fields of the view are put back; the caller then writes the
   * transport fields.
   */
  private static DecodeResult insideUdp(
      MemorySegment data, int dstPort, long at, long end, long wireEnd, int depth, PacketView out) {
    boolean hasIpv4 = out.hasIpv4;
    int ipVersion = out.ipVersion;
    int ipId = out.ipId;
    int vlanId = out.vlanId;
    long srcHi = out.srcHi;
    long srcLo = out.srcLo;
    long dstHi = out.dstHi;
    long dstLo = out.dstLo;
    DecodeResult inner =
        switch (dstPort) {
          case PORT_VXLAN -> vxlan(data, at, end, wireEnd, depth, out);
          case PORT_GTP_U -> gtpU(data, at, end, wireEnd, depth, out);
          default -> geneve(data, at, end, wireEnd, depth, out);
        };
    if (inner == DecodeResult.DECODED || inner == DecodeResult.FRAGMENT) {
      if (dstPort != PORT_GTP_U) {
        out.vni = data.get(I32, at + 4) >>> 8; // of tunnels in tunnels, the outermost is last
      }
      return inner;
    }
    out.hasIpv4 = hasIpv4;
    out.ipVersion = ipVersion;
    out.ipId = ipId;
    out.vlanId = vlanId;
    out.srcHi = srcHi;
    out.srcLo = srcLo;
    out.dstHi = dstHi;
    out.dstLo = dstLo;
    return inner;
  }

  /*
   * VXLAN, RFC 7348 section 5; flag I must be set, G (group policy) may be:
   *
   *    0        1          4     7          8
   *   +--------+----------+-----+----------+------ - -
   *   | G...I..| reserved | VNI | reserved | Ethernet
   *   +--------+----------+-----+----------+------ - -
   */
  private static DecodeResult vxlan(
      MemorySegment data, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < 8 || (u8(data, at) & 0x7f) != 0x08 || data.get(I8, at + 7) != 0) {
      return DecodeResult.OTHER_TRANSPORT;
    }
    return ethernet(data, at + 8, end, wireEnd, depth, out);
  }

  /*
   * Geneve, RFC 8926 section 3.4:
   *
   *    0         1        2      4     7          8
   *   +---+-----+--------+------+-----+----------+--------------------- - -
   *   | 0 | len | O C .. | type | VNI | reserved | options, len * 4 bytes
   *   +---+-----+--------+------+-----+----------+--------------------- - -
   */
  private static DecodeResult geneve(
      MemorySegment data, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < 8 || (u8(data, at) & 0xc0) != 0 || data.get(I8, at + 7) != 0) {
      return DecodeResult.OTHER_TRANSPORT;
    }
    long start = at + 8 + (u8(data, at) & 0x3f) * 4L;
    int type = u16(data, at + 2);
    return switch (type) {
      case TYPE_TEB -> ethernet(data, start, end, wireEnd, depth, out);
      case TYPE_IPV4 -> ipv4(data, start, end, wireEnd, depth, out);
      case TYPE_IPV6 -> ipv6(data, start, end, wireEnd, depth, out);
      default -> DecodeResult.OTHER_TRANSPORT;
    };
  }

  /*
   * GTP-U, 3GPP TS 29.281 section 5; type 255 carries a user's packet, and any of E, S, PN makes
   * the header 4 bytes longer, E then announces extension headers of length * 4 bytes each:
   *
   *    0                 1      2        4      8          10      11          12
   *   +-----------------+------+--------+------+----------+-------+-----------+------ - -
   *   | 1 | PT - E S PN | type | length | TEID | sequence | N-PDU | next type | packet
   *   +-----------------+------+--------+------+----------+-------+-----------+------ - -
   */
  private static DecodeResult gtpU(
      MemorySegment data, long at, long end, long wireEnd, int depth, PacketView out) {
    if (end - at < 8 || (u8(data, at) & 0xf8) != 0x30 || u8(data, at + 1) != 0xff) {
      return DecodeResult.OTHER_TRANSPORT;
    }
    int flags = u8(data, at);
    long wireStop = Math.min(wireEnd, at + 8 + u16(data, at + 2));
    long stop = Math.min(end, wireStop);
    long start = at + 8;
    if ((flags & 7) != 0) {
      if (stop - start < 4) {
        return DecodeResult.OTHER_TRANSPORT;
      }
      int next = (flags & 4) != 0 ? u8(data, start + 3) : 0;
      start += 4;
      for (int left = depth; next != 0; left--) {
        if (left == 0 || stop - start < 4) {
          return DecodeResult.OTHER_TRANSPORT;
        }
        int bytes = u8(data, start) * 4;
        if (bytes == 0 || stop - start < bytes) {
          return DecodeResult.OTHER_TRANSPORT;
        }
        next = u8(data, start + bytes - 1);
        start += bytes;
      }
    }
    return ip(data, start, stop, wireStop, depth, out);
  }

  private static int u8(MemorySegment data, long at) {
    return data.get(I8, at) & 0xff;
  }

  private static int u16(MemorySegment data, long at) {
    return data.get(I16, at) & 0xffff;
  }
}
