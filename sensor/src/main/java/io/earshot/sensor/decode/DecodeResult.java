package io.earshot.sensor.decode;

import java.util.Locale;

/**
 * What became of one frame. Every frame has exactly one result, so that counters over {@link
 * #label()} add up to the frames received.
 */
public enum DecodeResult {
  /** The view holds a TCP segment or a UDP datagram. */
  DECODED(Kind.DECODED),

  /** Ethernet with an EtherType that carries no IP. */
  OTHER_ETHERTYPE(Kind.SKIPPED),
  /** ARP or RARP. */
  ARP(Kind.SKIPPED),
  /** IEEE 802.3 frame with an LLC header that carries no IP. */
  LLC(Kind.SKIPPED),
  /** PPP control protocol or another network protocol over PPP. */
  OTHER_PPP(Kind.SKIPPED),
  /** A loopback frame of an address family other than IP. */
  OTHER_FAMILY(Kind.SKIPPED),
  /** ICMP, ICMPv6 or IGMP. */
  ICMP(Kind.SKIPPED),
  /** Encrypted by IPsec (ESP). */
  ESP(Kind.SKIPPED),
  /** IP with a transport that is neither TCP nor UDP. */
  OTHER_TRANSPORT(Kind.SKIPPED),
  /** A fragment whose datagram is not whole yet, or never became whole. */
  FRAGMENT(Kind.SKIPPED),
  /** Wireless frames; the mirror has to deliver Ethernet. */
  IEEE80211(Kind.SKIPPED),
  /** A link type that is not read. */
  UNSUPPORTED_LINK_TYPE(Kind.SKIPPED),

  TRUNCATED_ETHERNET(Kind.WEIRD),
  TRUNCATED_VLAN(Kind.WEIRD),
  TRUNCATED_MPLS(Kind.WEIRD),
  TRUNCATED_LINUX_COOKED(Kind.WEIRD),
  TRUNCATED_LOOPBACK(Kind.WEIRD),
  TRUNCATED_PPP(Kind.WEIRD),
  TRUNCATED_PPPOE(Kind.WEIRD),
  TRUNCATED_PPI(Kind.WEIRD),
  TRUNCATED_LLC(Kind.WEIRD),
  /** Raw IP without a single byte. */
  TRUNCATED_IP(Kind.WEIRD),
  /** Neither 4 nor 6 where an IP header was announced, or not the one announced. */
  UNKNOWN_IP_VERSION(Kind.WEIRD),
  TRUNCATED_IPV4(Kind.WEIRD),
  /** IPv4 header length below 20 bytes or beyond the packet. */
  BAD_IPV4_HEADER_LENGTH(Kind.WEIRD),
  /** IPv4 total length below the length of its own header. */
  IPV4_LENGTH_LIES(Kind.WEIRD),
  TRUNCATED_IPV6(Kind.WEIRD),
  TRUNCATED_IPV6_EXTENSION(Kind.WEIRD),
  /** A fragment that ends beyond the longest datagram, or in the middle of a unit of 8 bytes. */
  BAD_FRAGMENT(Kind.WEIRD),
  /** A fragment that overlaps another one of its datagram in part, or contradicts its end. */
  OVERLAPPING_FRAGMENT(Kind.WEIRD),
  TRUNCATED_TCP(Kind.WEIRD),
  /** TCP data offset below 20 bytes or beyond the segment. */
  BAD_TCP_OFFSET(Kind.WEIRD),
  TRUNCATED_UDP(Kind.WEIRD),
  /** UDP length below the length of its own header. */
  BAD_UDP_LENGTH(Kind.WEIRD),
  TRUNCATED_GRE(Kind.WEIRD),
  /** GRE of another version than 0 and 1, or with the source routes that RFC 2784 took away. */
  UNKNOWN_GRE_VERSION(Kind.WEIRD),
  TRUNCATED_ERSPAN(Kind.WEIRD),
  /** More headers inside each other than the decoder follows. */
  EXCEEDED_HEADER_DEPTH(Kind.WEIRD);

  /** What a result means for the counters. */
  public enum Kind {
    /** The view is valid. */
    DECODED,
    /** Well-formed as far as it was read, but nothing for us. */
    SKIPPED,
    /** Cut off or contradicting itself. */
    WEIRD
  }

  private final Kind kind;
  private final String label;

  DecodeResult(Kind kind) {
    this.kind = kind;
    this.label = name().toLowerCase(Locale.ROOT);
  }

  public Kind kind() {
    return kind;
  }

  /** Name of the counter: the constant in lower case. */
  public String label() {
    return label;
  }
}
