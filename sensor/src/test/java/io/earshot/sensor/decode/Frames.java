package io.earshot.sensor.decode;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** Builds frames header by header, innermost first. Lengths are right, checksums are zero. */
public final class Frames {
  public static final int IPV4_TYPE = 0x0800;
  public static final int IPV6_TYPE = 0x86dd;
  public static final int VLAN_TYPE = 0x8100;
  public static final int MPLS_TYPE = 0x8847;

  /** Source and destination of every packet built without saying otherwise. */
  public static final int SRC4 = 0x0a000001;

  public static final int DST4 = 0x23ba_e001;
  public static final long SRC6_HI = 0x2001_0db8_0000_0001L;
  public static final long SRC6_LO = 0x0000_0000_0000_00aaL;
  public static final long DST6_HI = 0x2600_1901_0001_0000L;
  public static final long DST6_LO = 0x8000_0000_0000_00bbL;

  private Frames() {}

  public static byte[] bytes(int... values) {
    byte[] result = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = (byte) values[i];
    }
    return result;
  }

  public static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  public static byte[] u16(int value) {
    return bytes(value >>> 8, value);
  }

  public static byte[] u32(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  /** Payload of {@code length} bytes that count up. */
  public static byte[] payload(int length) {
    byte[] result = new byte[length];
    for (int i = 0; i < length; i++) {
      result[i] = (byte) i;
    }
    return result;
  }

  public static byte[] ethernet(int type, byte[] payload) {
    return join(bytes(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2), u16(type), payload);
  }

  /** What follows an EtherType that announces a tag. */
  public static byte[] vlan(int id, int nextType, byte[] payload) {
    return join(u16(id), u16(nextType), payload);
  }

  public static byte[] mpls(int label, boolean last, byte[] payload) {
    return join(u32(label << 12 | (last ? 0x100 : 0) | 64), payload);
  }

  public static byte[] pppoe(int protocol, byte[] payload) {
    return join(bytes(0x11, 0), u16(7), u16(payload.length + 2), u16(protocol), payload);
  }

  public static byte[] snap(int type, byte[] payload) {
    return join(bytes(0xaa, 0xaa, 3, 0, 0, 0), u16(type), payload);
  }

  public static byte[] sll(int hardware, int protocol, byte[] payload) {
    return join(u16(0), u16(hardware), u16(6), new byte[8], u16(protocol), payload);
  }

  public static byte[] sll2(int hardware, int protocol, byte[] payload) {
    return join(u16(protocol), u16(0), u32(3), u16(hardware), bytes(0, 6), new byte[8], payload);
  }

  public static byte[] ppi(int linkType, byte[] payload) {
    return join(bytes(0, 0, 12, 0, linkType, 0, 0, 0), new byte[4], payload);
  }

  public static byte[] ipv4(int protocol, byte[] payload) {
    return ipv4(protocol, SRC4, DST4, new byte[0], 0, payload);
  }

  /**
   * @param fragment the 16 bits of flags and offset
   */
  public static byte[] ipv4(
      int protocol, int src, int dst, byte[] options, int fragment, byte[] payload) {
    int header = 20 + options.length;
    return join(
        bytes(0x40 | header / 4, 0),
        u16(header + payload.length),
        u16(0x1234),
        u16(fragment),
        bytes(64, protocol),
        u16(0),
        u32(src),
        u32(dst),
        options,
        payload);
  }

  public static byte[] ipv6(int next, byte[] payload) {
    return join(
        u32(0x6000_0000),
        u16(payload.length),
        bytes(next, 64),
        ByteBuffer.allocate(32)
            .putLong(SRC6_HI)
            .putLong(SRC6_LO)
            .putLong(DST6_HI)
            .putLong(DST6_LO)
            .array(),
        payload);
  }

  /** Hop-by-hop, routing or destination options of {@code 8 * (units + 1)} bytes. */
  public static byte[] extension(int next, int units, byte[] payload) {
    return join(bytes(next, units), new byte[6 + 8 * units], payload);
  }

  /**
   * @param offsetAndFlags the 16 bits of offset, reserved and M
   */
  public static byte[] fragment6(int next, int offsetAndFlags, byte[] payload) {
    return join(bytes(next, 0), u16(offsetAndFlags), u32(77), payload);
  }

  public static byte[] authentication(int next, byte[] payload) {
    return join(bytes(next, 4), new byte[22], payload);
  }

  public static byte[] tcp(int srcPort, int dstPort, byte[] payload) {
    return tcp(srcPort, dstPort, 0xfedc_ba98L, 0x8765_4321L, 0x18, 0xf123, new byte[0], payload);
  }

  public static byte[] tcp(
      int srcPort,
      int dstPort,
      long seq,
      long ack,
      int flags,
      int window,
      byte[] options,
      byte[] payload) {
    return join(
        u16(srcPort),
        u16(dstPort),
        u32((int) seq),
        u32((int) ack),
        bytes((20 + options.length) * 4, flags),
        u16(window),
        u32(0),
        options,
        payload);
  }

  public static byte[] udp(int srcPort, int dstPort, byte[] payload) {
    return join(u16(srcPort), u16(dstPort), u16(8 + payload.length), u16(0), payload);
  }

  /**
   * @param flagsAndVersion the first 16 bits; {@code optional} must hold the fields they announce
   */
  public static byte[] gre(int flagsAndVersion, int type, byte[] optional, byte[] payload) {
    return join(u16(flagsAndVersion), u16(type), optional, payload);
  }

  public static byte[] vxlan(byte[] ethernet) {
    return vxlan(42, ethernet);
  }

  public static byte[] vxlan(int vni, byte[] ethernet) {
    return udp(50_000, 4789, join(bytes(8, 0, 0, 0), u32(vni << 8), ethernet));
  }

  public static byte[] geneve(int type, int optionWords, byte[] payload) {
    return udp(
        50_000,
        6081,
        join(
            bytes(optionWords, 0),
            u16(type),
            bytes(0, 0, 42, 0),
            new byte[4 * optionWords],
            payload));
  }

  public static byte[] gtpU(byte[] packet) {
    return udp(2152, 2152, join(bytes(0x30, 0xff), u16(packet.length), u32(9), packet));
  }

  /** GTP-U with a sequence number and one extension header, as 5G cores send it. */
  public static byte[] gtpUExtended(byte[] packet) {
    byte[] optional = bytes(0, 1, 0, 0x85, 1, 0x10, 9, 0);
    return udp(
        2152,
        2152,
        join(bytes(0x36, 0xff), u16(optional.length + packet.length), u32(9), optional, packet));
  }

  /** An IPv4 TCP segment from {@link #SRC4}:40000 to {@link #DST4}:443 with 32 bytes. */
  public static byte[] segment4() {
    return ipv4(6, tcp(40_000, 443, payload(32)));
  }

  /** An IPv6 UDP datagram from port 40000 to 443 with 24 bytes. */
  public static byte[] datagram6() {
    return ipv6(17, udp(40_000, 443, payload(24)));
  }

  /** A frame and the link type it belongs to. */
  public static final class Sample {
    private final int linkType;
    private final byte[] frame;

    Sample(int linkType, byte[] frame) {
      this.linkType = linkType;
      this.frame = frame;
    }

    public int linkType() {
      return linkType;
    }

    public byte[] frame() {
      return frame;
    }
  }

  /** One frame of every kind the decoder reads; each decodes to {@link #segment4}'s view. */
  public static Map<String, Sample> everyWayToOneSegment() {
    byte[] packet = segment4();
    byte[] frame = ethernet(IPV4_TYPE, packet);
    byte[] segment = tcp(40_000, 443, payload(32));
    Map<String, Sample> all = new LinkedHashMap<>();
    all.put("ethernet", new Sample(LinkType.ETHERNET, frame));
    all.put("padded", new Sample(LinkType.ETHERNET, join(frame, new byte[9])));
    all.put(
        "options",
        new Sample(
            LinkType.ETHERNET, ethernet(IPV4_TYPE, ipv4(6, SRC4, DST4, new byte[12], 0, segment))));
    all.put(
        "authenticated",
        new Sample(LinkType.ETHERNET, ethernet(IPV4_TYPE, ipv4(51, authentication(6, segment)))));
    all.put("vlan", new Sample(LinkType.ETHERNET, ethernet(VLAN_TYPE, vlan(5, 0x0800, packet))));
    all.put(
        "qinq",
        new Sample(
            LinkType.ETHERNET, ethernet(0x88a8, vlan(9, VLAN_TYPE, vlan(5, 0x0800, packet)))));
    all.put(
        "mpls",
        new Sample(
            LinkType.ETHERNET, ethernet(MPLS_TYPE, mpls(16, false, mpls(17, true, packet)))));
    all.put(
        "pseudowire",
        new Sample(
            LinkType.ETHERNET, ethernet(MPLS_TYPE, mpls(16, true, join(new byte[4], frame)))));
    all.put(
        "pseudowire without control word",
        new Sample(LinkType.ETHERNET, ethernet(MPLS_TYPE, mpls(16, true, frame))));
    all.put("pppoe", new Sample(LinkType.ETHERNET, ethernet(0x8864, pppoe(0x21, packet))));
    all.put(
        "snap", new Sample(LinkType.ETHERNET, ethernet(packet.length + 8, snap(0x0800, packet))));
    all.put("raw", new Sample(LinkType.RAW, packet));
    all.put("raw 12", new Sample(LinkType.RAW_12, packet));
    all.put("raw 14", new Sample(LinkType.RAW_14, packet));
    all.put("ipv4", new Sample(LinkType.IPV4, packet));
    all.put("null little endian", new Sample(LinkType.NULL, join(bytes(2, 0, 0, 0), packet)));
    all.put("null big endian", new Sample(LinkType.NULL, join(bytes(0, 0, 0, 2), packet)));
    all.put("loop", new Sample(LinkType.LOOP, join(bytes(0, 0, 0, 2), packet)));
    all.put("sll", new Sample(LinkType.LINUX_SLL, sll(1, 0x0800, packet)));
    all.put("sll vlan", new Sample(LinkType.LINUX_SLL, sll(1, 0x8100, vlan(5, 0x0800, packet))));
    all.put("sll gre", new Sample(LinkType.LINUX_SLL, sll(778, 0x6558, frame)));
    all.put("sll snap", new Sample(LinkType.LINUX_SLL, sll(1, 4, snap(0x0800, packet))));
    all.put("sll2", new Sample(LinkType.LINUX_SLL2, sll2(1, 0x0800, packet)));
    all.put("ppi", new Sample(LinkType.PPI, ppi(LinkType.ETHERNET, frame)));
    all.put("ppp", new Sample(LinkType.PPP, join(bytes(0xff, 3, 0, 0x21), packet)));
    all.put("ppp compressed", new Sample(LinkType.PPP, join(bytes(0x21), packet)));
    all.put("hdlc", new Sample(LinkType.PPP_HDLC, join(bytes(0xff, 3, 0, 0x21), packet)));
    all.put("pppoe link", new Sample(LinkType.PPP_ETHER, pppoe(0x21, packet)));
    all.put("cisco hdlc", new Sample(LinkType.C_HDLC, join(bytes(0x0f, 0, 8, 0), packet)));
    all.put("ipip", new Sample(LinkType.RAW, ipv4(4, packet)));
    all.put("4in6", new Sample(LinkType.IPV6, ipv6(4, packet)));
    all.put("mpls in ip", new Sample(LinkType.RAW, ipv4(137, mpls(16, true, packet))));
    all.put("etherip", new Sample(LinkType.RAW, ipv4(97, join(bytes(0x30, 0), frame))));
    all.put("gre", new Sample(LinkType.RAW, ipv4(47, gre(0, 0x0800, new byte[0], packet))));
    all.put(
        "gre with all fields",
        new Sample(LinkType.RAW, ipv4(47, gre(0xb000, 0x6558, new byte[12], frame))));
    all.put(
        "pptp",
        new Sample(
            LinkType.RAW,
            ipv4(47, gre(0x3081, 0x880b, new byte[12], join(bytes(0xff, 3, 0, 0x21), packet)))));
    all.put("erspan 1", new Sample(LinkType.RAW, ipv4(47, gre(0, 0x88be, new byte[0], frame))));
    all.put(
        "erspan 2",
        new Sample(
            LinkType.RAW,
            ipv4(47, gre(0x1000, 0x88be, u32(1), join(bytes(0x10), new byte[7], frame)))));
    all.put(
        "erspan 3",
        new Sample(
            LinkType.RAW,
            ipv4(47, gre(0x1000, 0x22eb, u32(1), join(bytes(0x20), new byte[11], frame)))));
    all.put(
        "erspan 3 with subheader",
        new Sample(
            LinkType.RAW,
            ipv4(
                47,
                gre(
                    0x1000,
                    0x22eb,
                    u32(1),
                    join(bytes(0x20), new byte[10], bytes(1), new byte[8], frame)))));
    all.put(
        "erspan 3 of ip",
        new Sample(
            LinkType.RAW,
            ipv4(
                47,
                gre(
                    0x1000,
                    0x22eb,
                    u32(1),
                    join(bytes(0x20), new byte[9], bytes(0x08, 0), packet)))));
    all.put("vxlan", new Sample(LinkType.ETHERNET, ethernet(IPV4_TYPE, ipv4(17, vxlan(frame)))));
    all.put("vxlan over ipv6", new Sample(LinkType.RAW, ipv6(17, vxlan(frame))));
    all.put("geneve", new Sample(LinkType.RAW, ipv4(17, geneve(0x6558, 3, frame))));
    all.put("geneve of ip", new Sample(LinkType.RAW, ipv4(17, geneve(0x0800, 0, packet))));
    all.put("gtp-u", new Sample(LinkType.RAW, ipv4(17, gtpU(packet))));
    all.put("gtp-u extended", new Sample(LinkType.RAW, ipv4(17, gtpUExtended(packet))));
    return all;
  }

  /** Frames that decode to {@link #datagram6}'s view. */
  public static Map<String, Sample> everyWayToOneDatagram() {
    byte[] packet = datagram6();
    byte[] datagram = udp(40_000, 443, payload(24));
    Map<String, Sample> all = new LinkedHashMap<>();
    all.put("ethernet", new Sample(LinkType.ETHERNET, ethernet(IPV6_TYPE, packet)));
    all.put("raw", new Sample(LinkType.RAW, packet));
    all.put("ipv6", new Sample(LinkType.IPV6, packet));
    for (int family : new int[] {10, 23, 24, 28, 30}) {
      all.put("family " + family, new Sample(LinkType.LOOP, join(u32(family), packet)));
    }
    all.put("ppp", new Sample(LinkType.PPP, join(bytes(0, 0x57), packet)));
    all.put("6in4", new Sample(LinkType.RAW, ipv4(41, packet)));
    all.put("geneve", new Sample(LinkType.RAW, ipv6(17, geneve(0x86dd, 1, packet))));
    all.put("mpls", new Sample(LinkType.ETHERNET, ethernet(MPLS_TYPE, mpls(16, true, packet))));
    all.put(
        "extension headers",
        new Sample(
            LinkType.RAW,
            ipv6(
                0,
                extension(
                    43,
                    0,
                    extension(
                        60,
                        2,
                        extension(51, 1, authentication(44, fragment6(17, 0, datagram))))))));
    return all;
  }
}
