package io.earshot.sensor.decode;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Room for the bytes of one packet that must outlive the place where it was found. Owner: the
 * thread that has the packet.
 */
public final class PacketCopy {
  /** Holds what fits into an IP datagram. */
  private static final int USUAL_BYTES = 1 << 16;

  private MemorySegment bytes = MemorySegment.NULL;

  /** Copies transport header and payload of the packet, which has them here from now on. */
  public void take(PacketView packet) {
    long length = packet.payloadOffset - packet.transportOffset + packet.payloadCaptured;
    if (bytes.byteSize() < length) {
      bytes = Arena.ofAuto().allocate(Math.max(USUAL_BYTES, length));
    }
    MemorySegment.copy(packet.data, packet.transportOffset, bytes, 0, length);
    packet.data = bytes;
    packet.payloadOffset -= packet.transportOffset;
    packet.transportOffset = 0;
  }
}
