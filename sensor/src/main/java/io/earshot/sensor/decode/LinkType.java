package io.earshot.sensor.decode;

/** LINKTYPE_ values of captures, as registered with the pcap format. */
public final class LinkType {
  public static final int NULL = 0;
  public static final int ETHERNET = 1;
  public static final int PPP = 9;

  /** DLT_RAW as some systems wrote it into files. */
  public static final int RAW_12 = 12;

  /** DLT_RAW of OpenBSD. */
  public static final int RAW_14 = 14;

  public static final int PPP_HDLC = 50;
  public static final int PPP_ETHER = 51;
  public static final int RAW = 101;
  public static final int C_HDLC = 104;
  public static final int IEEE802_11 = 105;
  public static final int LOOP = 108;
  public static final int LINUX_SLL = 113;
  public static final int IEEE802_11_PRISM = 119;
  public static final int IEEE802_11_RADIOTAP = 127;
  public static final int IEEE802_11_AVS = 163;
  public static final int PPI = 192;
  public static final int IPV4 = 228;
  public static final int IPV6 = 229;
  public static final int LINUX_SLL2 = 276;

  private LinkType() {}
}
