package io.earshot.sensor.capture;

import io.earshot.sensor.capture.CaptureException.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * What the first bytes of a file say it is. Files we do not read are refused by name, so that the
 * operator knows which tool to use first.
 *
 * <p>Magic numbers: draft-ietf-opsawg-pcap section 4, draft-ietf-opsawg-pcapng section 4.1; the
 * variants are those that libpcap's and Wireshark's readers know.
 *
 * @param pcapng true for pcapng, false for classic pcap
 * @param swapped true when the (first) section is big endian
 * @param nanoUnits true when a classic pcap counts nanoseconds instead of microseconds
 */
record CaptureFormat(boolean pcapng, boolean swapped, boolean nanoUnits) {
  static final int PCAP_MICROS = 0xa1b2c3d4;
  static final int PCAP_NANOS = 0xa1b23c4d;
  static final int PCAP_HEADER_BYTES = 24;

  static final int SECTION_HEADER = 0x0a0d0d0a;
  static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  static final int SECTION_HEADER_MIN_BYTES = 28;

  private static final int PCAP_KUZNETZOV = 0xa1b2cd34;
  private static final int PCAP_NAVTEL = 0xa1b234cd;
  private static final int PCAP_FMESQUITA = 0xa1e2cb12;
  private static final int PCAP_IXIA_HARDWARE = 0x1c0001ac;
  private static final int PCAP_IXIA_SOFTWARE = 0x1c0001ab;

  static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * Reads the file header.
   *
   * @throws CaptureException UNREADABLE with one line for the operator when it is not a capture
   */
  static CaptureFormat of(String name, MemorySegment data) throws CaptureException {
    long size = data.byteSize();
    if (size == 0) {
      throw unreadable(name + " is empty");
    }
    if (size < Integer.BYTES) {
      throw foreign(name, data);
    }
    int magic = data.get(U32, 0);
    CaptureFormat format =
        switch (magic) {
          case PCAP_MICROS -> new CaptureFormat(false, false, false);
          case PCAP_NANOS -> new CaptureFormat(false, false, true);
          case SECTION_HEADER -> pcapng(name, data);
          default ->
              switch (Integer.reverseBytes(magic)) {
                case PCAP_MICROS -> new CaptureFormat(false, true, false);
                case PCAP_NANOS -> new CaptureFormat(false, true, true);
                default -> throw foreign(name, data);
              };
        };
    if (!format.pcapng) {
      checkPcapHeader(name, data, format.swapped);
    }
    return format;
  }

  private static void checkPcapHeader(String name, MemorySegment data, boolean swapped)
      throws CaptureException {
    if (data.byteSize() < PCAP_HEADER_BYTES) {
      throw unreadable(
          name
              + " is cut off in its file header ("
              + data.byteSize()
              + " of "
              + PCAP_HEADER_BYTES
              + " bytes)");
    }
    int major = u16(data, 4, swapped);
    int minor = u16(data, 6, swapped);
    if (major != 2) {
      throw unreadable(name + ": pcap version " + major + "." + minor + " is not supported");
    }
  }

  private static CaptureFormat pcapng(String name, MemorySegment data) throws CaptureException {
    if (data.byteSize() < SECTION_HEADER_MIN_BYTES) {
      throw unreadable(name + " is cut off in its section header");
    }
    int order = data.get(U32, 8);
    boolean swapped = order == Integer.reverseBytes(BYTE_ORDER_MAGIC);
    if (!swapped && order != BYTE_ORDER_MAGIC) {
      throw unreadable(name + " is not a packet capture: pcapng without a byte-order magic");
    }
    int major = u16(data, 12, swapped);
    if (major != 1) {
      int minor = u16(data, 14, swapped);
      throw unreadable(
          name + ": pcapng section version " + major + "." + minor + " is not supported");
    }
    return new CaptureFormat(true, swapped, true);
  }

  private static CaptureException foreign(String name, MemorySegment data) {
    String other = nameOfOther(data);
    if (other.startsWith("compressed")) {
      return unreadable(name + " is " + other + ", decompress first");
    }
    if (!other.isEmpty()) {
      return unreadable(
          name + " is " + other + ", which is not supported: convert it to pcap or pcapng first");
    }
    byte[] start = data.asSlice(0, Math.min(data.byteSize(), 8)).toArray(ValueLayout.JAVA_BYTE);
    return unreadable(
        name
            + " is not a pcap or pcapng capture (it starts with "
            + HexFormat.ofDelimiter(" ").formatHex(start)
            + ")");
  }

  private static String nameOfOther(MemorySegment data) {
    if (startsWith(data, 0x1f, 0x8b)) {
      return "compressed with gzip more than once";
    }
    if (startsWith(data, 0x28, 0xb5, 0x2f, 0xfd)) {
      return "compressed with zstd more than once";
    }
    if (startsWith(data, 0xfd, '7', 'z', 'X', 'Z', 0)) {
      return "compressed with xz";
    }
    if (startsWith(data, 'B', 'Z', 'h')) {
      return "compressed with bzip2";
    }
    if (startsWith(data, 0x04, 0x22, 0x4d, 0x18)) {
      return "compressed with lz4";
    }
    if (startsWith(data, 'P', 'K', 3, 4)) {
      return "compressed with zip";
    }
    if (startsWith(data, 's', 'n', 'o', 'o', 'p', 0)) {
      return "a snoop capture";
    }
    if (startsWith(data, 'G', 'M', 'B', 'U') || startsWith(data, 'R', 'T', 'S', 'S')) {
      return "a Network Monitor capture";
    }
    if (startsWith(data, 'X', 'C', 'P', 0)) {
      return "a NetXRay capture";
    }
    if (data.byteSize() < Integer.BYTES) {
      return "";
    }
    int magic = data.get(U32, 0);
    String variant = modifiedPcap(magic);
    return variant.isEmpty() ? modifiedPcap(Integer.reverseBytes(magic)) : variant;
  }

  private static String modifiedPcap(int magic) {
    return switch (magic) {
      case PCAP_KUZNETZOV -> "a modified pcap (Kuznetzov's, 0xa1b2cd34)";
      case PCAP_NAVTEL -> "a modified pcap (Navtel's, 0xa1b234cd)";
      case PCAP_FMESQUITA -> "a modified pcap (Mesquita's, 0xa1e2cb12)";
      case PCAP_IXIA_HARDWARE -> "a modified pcap (IXIA hardware, 0x1c0001ac)";
      case PCAP_IXIA_SOFTWARE -> "a modified pcap (IXIA software, 0x1c0001ab)";
      default -> "";
    };
  }

  private static boolean startsWith(MemorySegment data, int... bytes) {
    if (data.byteSize() < bytes.length) {
      return false;
    }
    for (int i = 0; i < bytes.length; i++) {
      if (data.get(ValueLayout.JAVA_BYTE, i) != (byte) bytes[i]) {
        return false;
      }
    }
    return true;
  }

  static int u16(MemorySegment data, long at, boolean swapped) {
    short value = data.get(U16, at);
    return Short.toUnsignedInt(swapped ? Short.reverseBytes(value) : value);
  }

  static int i32(MemorySegment data, long at, boolean swapped) {
    int value = data.get(U32, at);
    return swapped ? Integer.reverseBytes(value) : value;
  }

  static long u32(MemorySegment data, long at, boolean swapped) {
    return Integer.toUnsignedLong(i32(data, at, swapped));
  }

  static CaptureException unreadable(String message) {
    return new CaptureException(Kind.UNREADABLE, message);
  }
}
