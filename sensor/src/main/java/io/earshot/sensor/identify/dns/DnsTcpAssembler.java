package io.earshot.sensor.identify.dns;

import io.earshot.sensor.identify.tls.ReassemblyBuffer;
import java.lang.foreign.MemorySegment;

/**
 * Cuts one direction of a TCP flow (server to client, port 53) into DNS messages.
 *
 * <p>Guarantee: segments come in any order; at most 16 KiB are held; a message that is longer than
 * {@link ReassemblyBuffer#CAPACITY}, or a gap that the flow has run past, ends it for good. Owner:
 * the thread of the flow. Source: RFC 1035 section 4.2.2 (length 2, message).
 */
public final class DnsTcpAssembler {
  static final int MAX_STALLED = 256;

  private final DnsParser parser;
  private final ReassemblyBuffer buffer = new ReassemblyBuffer();
  private boolean based;
  private boolean gaveUp;
  private long base;
  private int stalled;

  /** Bytes at the start of the buffer whose messages have been read. */
  private int read;

  /** Uses {@code parser}, which may be shared by all flows of the thread. */
  public DnsTcpAssembler(DnsParser parser) {
    this.parser = parser;
  }

  /**
   * Names the first byte of the flow; without this call the first segment offered is the start.
   *
   * @param initialSeq sequence number of the first payload byte, unsigned 32 bits
   */
  public void begin(long initialSeq) {
    base = initialSeq;
    based = true;
  }

  /**
   * Takes one segment and hands on the answers of every message that it completes.
   *
   * @param tcpSeq sequence number of the payload's first byte, unsigned 32 bits
   * @param data holds the payload at {@code offset}; read during the call only
   * @param offset offset of the payload
   * @param length captured length of the payload, bytes; 0 is ignored
   * @return {@link DnsResult#NEED_MORE} where no message was completed, {@link DnsResult#GAVE_UP}
   *     from the moment nothing more is read, else the outcome of the last message completed
   */
  public DnsResult offer(
      long tcpSeq, MemorySegment data, long offset, int length, DnsHandler handler) {
    if (gaveUp) {
      return DnsResult.GAVE_UP;
    }
    if (length <= 0) {
      return DnsResult.NEED_MORE;
    }
    if (!based) {
      begin(tcpSeq);
    }
    int before = buffer.contiguous();
    boolean fits = buffer.offer((int) (tcpSeq - base), data, offset, length);
    if (buffer.contiguous() == before) {
      return !fits || ++stalled > MAX_STALLED ? giveUp() : DnsResult.NEED_MORE;
    }
    stalled = 0;
    DnsResult result = readMessages(handler);
    return fits || gaveUp ? result : giveUp();
  }

  /** Frees all memory; later segments are ignored. */
  public void release() {
    giveUp();
  }

  private DnsResult readMessages(DnsHandler handler) {
    DnsResult result = DnsResult.NEED_MORE;
    byte[] bytes = buffer.array();
    MemorySegment segment = MemorySegment.ofArray(bytes);
    int available = buffer.contiguous();
    while (available - read >= 2) {
      int length = (bytes[read] & 0xff) << 8 | (bytes[read + 1] & 0xff);
      if (length > ReassemblyBuffer.CAPACITY - 2) {
        return giveUp();
      }
      if (available - read - 2 < length) {
        break;
      }
      result = parser.parse(segment, read + 2L, length, handler);
      read += 2 + length;
      if (result == DnsResult.NOT_DNS) {
        return giveUp();
      }
    }
    // Moving the rest down costs its length, so it waits until half of the buffer was read.
    if (read > 0 && (read == available || read >= ReassemblyBuffer.CAPACITY / 2)) {
      buffer.discard(read);
      base = base + read & 0xffff_ffffL;
      read = 0;
    }
    return result;
  }

  private DnsResult giveUp() {
    gaveUp = true;
    buffer.clear();
    return DnsResult.GAVE_UP;
  }
}
