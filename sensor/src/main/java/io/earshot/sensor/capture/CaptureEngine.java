package io.earshot.sensor.capture;

import java.util.Locale;

/** What listens on an interface. */
public enum CaptureEngine {
  /** {@link #AF_PACKET} where the kernel and the interface can, else {@link #PCAP4J}. */
  AUTO,
  /** The Linux kernel's ring, read in place. */
  AF_PACKET,
  /** libpcap, portable. */
  PCAP4J;

  /**
   * Opens an interface; frames are buffered by the kernel from now on.
   *
   * @throws CaptureException UNREADABLE where there is no such interface or it cannot be listened
   *     on; BAD_FILTER; NO_PERMISSION where the process may not capture
   */
  public PacketSource open(String interfaceName, LiveOptions options) throws CaptureException {
    return switch (this) {
      case AF_PACKET -> AfPacketSource.open(interfaceName, options);
      case PCAP4J -> Pcap4jSource.open(interfaceName, options);
      case AUTO ->
          AfPacketSource.serves(interfaceName)
              ? AfPacketSource.open(interfaceName, options)
              : Pcap4jSource.open(interfaceName, options);
    };
  }

  /**
   * Loads what {@link #open} needs on this machine, for whoever has time before he calls it; code
   * that is compiled later is then not thrown away because of classes that were not there yet.
   */
  public static void load() {
    if (AfPacketSource.serves("lo")) {
      AfPacketSource.load();
    }
  }

  /** The name in configuration and on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
