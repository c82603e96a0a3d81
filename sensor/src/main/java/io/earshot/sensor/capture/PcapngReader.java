package io.earshot.sensor.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Walks the blocks of a pcapng file.
 *
 * <p>Blocks that carry no frame and no interface are skipped by their length. Interface ids are
 * unique over all sections: each section's interfaces follow those of the sections before it.
 * Owner: the thread of {@link PcapFileSource#run}. Source: draft-ietf-opsawg-pcapng section 4.
 *
 * <pre>
 *    0            4              8                         length-4
 *   +------------+--------------+--------- - - -----------+--------------+
 *   | block type | total length | body, padded to 4 bytes | total length |
 *   +------------+--------------+--------- - - -----------+--------------+
 * </pre>
 */
final class PcapngReader {
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int OBSOLETE_PACKET = 2;
  private static final int SIMPLE_PACKET = 3;
  private static final int ENHANCED_PACKET = 6;

  private static final int MIN_BLOCK_BYTES = 12;
  private static final int INTERFACE_MIN_BYTES = 20;
  private static final int SIMPLE_MIN_BYTES = 16;
  private static final int PACKET_MIN_BYTES = 32;

  /** Longest part of a block that is looked at: the largest frame with what precedes it. */
  private static final int MAX_LOADED_BYTES = PcapFileSource.MAX_FRAME_BYTES + (64 << 10);

  private static final int OPTION_TSRESOL = 9;
  private static final int OPTION_TSOFFSET = 14;

  /** More interfaces than any capture has; bounds the memory a hostile file can ask for. */
  private static final int MAX_INTERFACES = 65_536;

  private final PcapFileSource source;
  private final FrameHandler handler;
  private final FileWindow window;
  private final long size;

  private boolean swapped;
  private int firstOfSection;
  private int interfaces;
  private int[] linkTypes = new int[4];
  private long[] snapLengths = new long[4];
  private TimeUnits[] units = new TimeUnits[4];

  /** The window's buffer, and where in it the current block begins. */
  private MemorySegment data;

  private long base;

  /** Time of the last frame that had one, for blocks without. */
  private long lastSeenNanos;

  PcapngReader(PcapFileSource source, FrameHandler handler) {
    this.source = source;
    this.handler = handler;
    this.window = source.window();
    this.size = source.size();
    this.data = window.data();
  }

  void read() throws IOException {
    long at = 0;
    while (!source.stopRequested()) {
      source.recordStart(at);
      long left = size - at;
      if (left < MIN_BLOCK_BYTES) {
        if (left > 0) {
          source.damage(source.cutOff("block header", at, MIN_BLOCK_BYTES));
        }
        break;
      }
      // The last block of a stream may be shorter than the longest header that is looked at.
      loadUpTo(at, (int) Math.min(left, CaptureFormat.SECTION_HEADER_MIN_BYTES));
      int type = data.get(CaptureFormat.U32, base);
      if (type == CaptureFormat.SECTION_HEADER) {
        // Reads the same in both orders; the length needs the new section's order first.
        load(at, Math.min(left, CaptureFormat.SECTION_HEADER_MIN_BYTES));
        if (!startSection(at, left)) {
          break;
        }
      } else if (swapped) {
        type = Integer.reverseBytes(type);
      }
      long length = CaptureFormat.u32(data, base + 4, swapped);
      if (length < MIN_BLOCK_BYTES || (length & 3) != 0) {
        source.damage("block at byte " + at + " has an impossible length of " + length);
        break;
      }
      if (length > left) {
        source.damage(source.cutOff("block", at, length));
        break;
      }
      long trailer = trailer(at, length);
      if (trailer != length) {
        source.damage(
            "block at byte " + at + " starts with length " + length + " but ends with " + trailer);
        break;
      }
      if (!block(type, at, length)) {
        break;
      }
      at += length;
    }
    source.position(at);
  }

  private void load(long at, long length) throws IOException {
    base = window.locate(at, (int) length);
    data = window.data();
  }

  private void loadUpTo(long at, int length) throws IOException {
    int there = window.available(at, length);
    load(at, Math.max(there, MIN_BLOCK_BYTES));
  }

  private long trailer(long at, long length) throws IOException {
    if (length > MAX_LOADED_BYTES) {
      load(at + length - 4, 4);
      return CaptureFormat.u32(data, base, swapped);
    }
    load(at, length);
    return CaptureFormat.u32(data, base + length - 4, swapped);
  }

  /** One complete block; false ends reading. */
  private boolean block(int type, long at, long length) throws IOException {
    load(at, Math.min(length, MAX_LOADED_BYTES));
    return switch (type) {
      case ENHANCED_PACKET -> enhancedPacket(at, length);
      case INTERFACE_DESCRIPTION -> interfaceDescription(at, length);
      case SIMPLE_PACKET -> simplePacket(at, length);
      case OBSOLETE_PACKET -> obsoletePacket(at, length);
      case CaptureFormat.SECTION_HEADER -> sectionHeader(at, length);
      default -> true;
    };
  }

  /*
   *    8                 12      14      16              24
   *   +-----------------+-------+-------+---------------+--------- - -
   *   | byte-order magic| major | minor | section length| options
   *   +-----------------+-------+-------+---------------+--------- - -
   */
  private boolean startSection(long at, long left) {
    if (left < CaptureFormat.SECTION_HEADER_MIN_BYTES) {
      source.damage(source.cutOff("section header", at, CaptureFormat.SECTION_HEADER_MIN_BYTES));
      return false;
    }
    int order = data.get(CaptureFormat.U32, base + 8);
    if (order == CaptureFormat.BYTE_ORDER_MAGIC) {
      swapped = false;
    } else if (order == Integer.reverseBytes(CaptureFormat.BYTE_ORDER_MAGIC)) {
      swapped = true;
    } else {
      source.damage("section at byte " + at + " has no byte-order magic");
      return false;
    }
    return true;
  }

  private boolean sectionHeader(long at, long length) {
    if (length < CaptureFormat.SECTION_HEADER_MIN_BYTES) {
      return tooShort("section header", at, length);
    }
    int major = CaptureFormat.u16(data, base + 12, swapped);
    if (major != 1) {
      source.damage("section at byte " + at + " has the unsupported version " + major);
      return false;
    }
    firstOfSection = interfaces;
    return true;
  }

  /*
   *    8           10         12          16
   *   +-----------+----------+-----------+--------- - -
   *   | link type | reserved | snap length| options
   *   +-----------+----------+-----------+--------- - -
   */
  private boolean interfaceDescription(long at, long length) {
    if (length < INTERFACE_MIN_BYTES) {
      return tooShort("interface description", at, length);
    }
    if (interfaces == MAX_INTERFACES) {
      source.damage(
          "block at byte " + at + " describes more than " + MAX_INTERFACES + " interfaces");
      return false;
    }
    int resolution = TimeUnits.DEFAULT_RESOLUTION;
    long offsetSeconds = 0;
    long option = base + 16;
    long end = base + Math.min(length, MAX_LOADED_BYTES) - 4;
    while (end - option >= 4) {
      int code = CaptureFormat.u16(data, option, swapped);
      int bytes = CaptureFormat.u16(data, option + 2, swapped);
      long value = option + 4;
      if (code == 0 || bytes > end - value) {
        break;
      }
      if (code == OPTION_TSRESOL && bytes >= 1) {
        resolution = Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, value));
      } else if (code == OPTION_TSOFFSET && bytes >= 8) {
        long low = CaptureFormat.u32(data, swapped ? value + 4 : value, swapped);
        long high = CaptureFormat.u32(data, swapped ? value : value + 4, swapped);
        offsetSeconds = high << 32 | low;
      }
      option = value + ((bytes + 3) & ~3);
    }
    if (interfaces == linkTypes.length) {
      linkTypes = Arrays.copyOf(linkTypes, interfaces * 2);
      snapLengths = Arrays.copyOf(snapLengths, interfaces * 2);
      units = Arrays.copyOf(units, interfaces * 2);
    }
    linkTypes[interfaces] = CaptureFormat.u16(data, base + 8, swapped);
    snapLengths[interfaces] = CaptureFormat.u32(data, base + 12, swapped);
    units[interfaces] = new TimeUnits(resolution, offsetSeconds);
    interfaces++;
    return true;
  }

  /*
   *    8              12          16         20             24             28
   *   +--------------+-----------+----------+--------------+--------------+------- - -
   *   | interface id | time high | time low | captured len | original len | frame
   *   +--------------+-----------+----------+--------------+--------------+------- - -
   */
  private boolean enhancedPacket(long at, long length) {
    if (length < PACKET_MIN_BYTES) {
      return tooShort("packet", at, length);
    }
    return timedPacket(at, length, CaptureFormat.u32(data, base + 8, swapped));
  }

  /** As the enhanced packet, but with a 16 bit interface id and a 16 bit drop count. */
  private boolean obsoletePacket(long at, long length) {
    if (length < PACKET_MIN_BYTES) {
      return tooShort("packet", at, length);
    }
    return timedPacket(at, length, CaptureFormat.u16(data, base + 8, swapped));
  }

  private boolean timedPacket(long at, long length, long idInSection) {
    if (idInSection >= interfaces - firstOfSection) {
      return undeclared(at, idInSection);
    }
    int id = firstOfSection + (int) idInSection;
    long high = CaptureFormat.u32(data, base + 12, swapped);
    long low = CaptureFormat.u32(data, base + 16, swapped);
    long captured = CaptureFormat.u32(data, base + 20, swapped);
    long wire = CaptureFormat.u32(data, base + 24, swapped);
    if (!source.believable(captured, PcapFileSource.frameLimit(snapLengths[id]), at)) {
      return false;
    }
    if (captured > length - PACKET_MIN_BYTES) {
      source.damage(
          "block at byte "
              + at
              + " claims "
              + captured
              + " captured bytes in "
              + length
              + " bytes");
      return false;
    }
    lastSeenNanos = units[id].toNanos(high << 32 | low);
    source.deliver(
        handler,
        base + 28,
        (int) captured,
        source.wireBytes(wire, captured, at),
        lastSeenNanos,
        linkTypes[id],
        id);
    return true;
  }

  /*
   *    8              12
   *   +--------------+------- - -
   *   | original len | frame, cut to the snap length of the section's first interface
   *   +--------------+------- - -
   */
  private boolean simplePacket(long at, long length) {
    if (length < SIMPLE_MIN_BYTES) {
      return tooShort("packet", at, length);
    }
    if (interfaces == firstOfSection) {
      return undeclared(at, 0);
    }
    long wire = CaptureFormat.u32(data, base + 8, swapped);
    long snap = snapLengths[firstOfSection];
    long captured = Math.min(wire, length - SIMPLE_MIN_BYTES);
    if (snap > 0) {
      captured = Math.min(captured, snap);
    }
    if (!source.believable(captured, PcapFileSource.frameLimit(snap), at)) {
      return false;
    }
    source.deliver(
        handler,
        base + 12,
        (int) captured,
        source.wireBytes(wire, captured, at),
        lastSeenNanos,
        linkTypes[firstOfSection],
        firstOfSection);
    return true;
  }

  private boolean undeclared(long at, long id) {
    source.damage("block at byte " + at + " belongs to the undeclared interface " + id);
    return false;
  }

  private boolean tooShort(String what, long at, long length) {
    source.damage(what + " block at byte " + at + " is too short (" + length + " bytes)");
    return false;
  }
}
