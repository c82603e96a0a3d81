package io.earshot.sensor.identify.tls;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds the ClientHello at the start of one direction of a TCP flow, over any number of segments
 * and TLS records.
 *
 * <p>Guarantee: segments come in any order, repeat and overlap (the first copy of a byte wins,
 * {@link #conflictingBytes()} counts the others); at most 16 KiB are held, and nothing at all for a
 * flow whose first bytes are not TLS; after the decision the bytes are freed. A gap is waited for
 * until the flow has run past the buffer, {@value #MAX_STALLED} segments brought no progress or the
 * caller says {@link #endOfData()}; a server name before the gap is then still used. TLS 1.0 to
 * 1.3; a hello in SSL 2 format is {@link AssemblyResult#NOT_TLS}. Never throws on hostile bytes.
 * Owner: the thread of the flow. Source: RFC 8446 sections 4 and 5.1.
 */
public final class HandshakeAssembler {
  /** Bytes from the start of the flow that {@link #startsHello} wants to see at most. */
  public static final int SIGNATURE_BYTES = 11;

  static final int MAX_STALLED = 1024;

  /** Longest header in text, section 2.1 of HAProxy's PROXY protocol. */
  private static final int MAX_PROXY_LINE = 107;

  private static final byte[] PROXY_TEXT = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PROXY_BINARY =
      "\r\n\r\n\0\r\nQUIT\n".getBytes(StandardCharsets.US_ASCII);

  private static final int RECORD_HEADER = 5;
  private static final int MESSAGE_HEADER = 4;
  private static final int HANDSHAKE_RECORD = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int CHANGE_CIPHER_SPEC = 20;
  private static final int APPLICATION_DATA = 23;
  private static final int MAX_FRAGMENT = 1 << 14;

  /** Segments farther ahead than any window are noise of another connection, not a gap. */
  private static final int FARTHEST_AHEAD = 1 << 24;

  private final ReassemblyBuffer buffer = new ReassemblyBuffer();
  private AssemblyResult result = AssemblyResult.NEED_MORE;
  private @Nullable ClientHello hello;
  private boolean based;
  private long base;
  private int stalled;
  private long consumed;
  private int preface;

  /** Place of the record header that is read next, and message bytes in the records before it. */
  private int recordAt;

  private int messageBytes;
  private int messageHeaderSeen;
  private int messageLength;

  /**
   * Names the first byte of the flow; without this call the first segment offered is the start.
   *
   * @param initialSeq sequence number of the first payload byte (that of the SYN plus one),
   *     unsigned 32 bits
   */
  public void begin(long initialSeq) {
    base = initialSeq;
    based = true;
  }

  /**
   * True where a segment may be the start of a client hello; looks only, keeps nothing.
   *
   * <p>For the start of a flow, and for the segments behind a preface (SOCKS, CONNECT, STARTTLS). A
   * PROXY protocol header may stand before the hello in the same segment.
   *
   * @param data holds the segment's payload at {@code offset}
   * @param offset offset of the payload
   * @param length captured length of the payload, bytes; with fewer than {@link #SIGNATURE_BYTES}
   *     only those are compared
   */
  public static boolean startsHello(MemorySegment data, long offset, int length) {
    int preface = prefaceBytes(data, offset, length);
    return startsRecords(data, offset + preface, length - preface);
  }

  /**
   * True where a segment begins with a record that follows a client hello: change cipher spec or
   * application data (RFC 8446 section 5.1). The hello is behind the client then, captured or not;
   * only a second one, after a retry, may follow a change of cipher spec in the same segment.
   *
   * @param data holds the segment's payload at {@code offset}
   */
  public static boolean startsAfterHello(MemorySegment data, long offset, int length) {
    if (length < 3) {
      return false;
    }
    int type = u8(data, offset);
    boolean secondHello =
        type == CHANGE_CIPHER_SPEC && length > 6 && u8(data, offset + 6) == HANDSHAKE_RECORD;
    return (type == CHANGE_CIPHER_SPEC || type == APPLICATION_DATA)
        && !secondHello
        && u8(data, offset + 1) == 3
        && u8(data, offset + 2) <= 4;
  }

  private static boolean startsRecords(MemorySegment data, long offset, int length) {
    if (length < 1 || u8(data, offset) != HANDSHAKE_RECORD) {
      return false;
    }
    if ((length > 1 && u8(data, offset + 1) != 3) || (length > 2 && u8(data, offset + 2) > 4)) {
      return false;
    }
    if (length > 4) {
      int recordLength = u8(data, offset + 3) << 8 | u8(data, offset + 4);
      if (recordLength == 0 || recordLength > MAX_FRAGMENT) {
        return false;
      }
      if (length > 5 && u8(data, offset + 5) != CLIENT_HELLO) {
        return false;
      }
      // The version in the hello, where it stands in the same record.
      return length <= 9 || recordLength < 5 || u8(data, offset + 9) == 3;
    }
    return true;
  }

  /**
   * Takes one segment.
   *
   * @param tcpSeq sequence number of the payload's first byte, unsigned 32 bits
   * @param data holds the payload at {@code offset}; read during the call only
   * @param offset offset of the payload
   * @param length captured length of the payload, bytes; 0 is ignored
   * @return the decision, repeated for every later call once it is final
   */
  public AssemblyResult offer(long tcpSeq, MemorySegment data, long offset, int length) {
    if (result != AssemblyResult.NEED_MORE || length <= 0) {
      return result;
    }
    if (!based) {
      begin(tcpSeq);
    }
    int position = (int) (tcpSeq - base);
    if (position > FARTHEST_AHEAD || position < -FARTHEST_AHEAD) {
      return stall();
    }
    if (buffer.contiguous() == 0 && position <= 0 && position + length > 0) {
      long first = offset - position;
      int count = length + position;
      if (preface == 0 && !buffer.hasGap()) {
        preface = prefaceBytes(data, first, count);
        first += preface;
        count -= preface;
        position -= preface;
        base += preface;
      }
      if (count > 0 && !startsRecords(data, first, count)) {
        return finish(AssemblyResult.NOT_TLS);
      }
    }
    int before = buffer.contiguous();
    boolean fits = buffer.offer(position, data, offset, length);
    if (buffer.contiguous() == before) {
      return fits ? stall() : endOfData();
    }
    stalled = 0;
    AssemblyResult read = readRecords();
    if (read == AssemblyResult.NEED_MORE
        && (!fits || buffer.contiguous() == ReassemblyBuffer.CAPACITY)) {
      read = AssemblyResult.GAVE_UP;
    }
    return switch (read) {
      case NEED_MORE -> read;
      case GAVE_UP -> endOfData();
      case COMPLETE, NOT_TLS, UNSUPPORTED, MALFORMED -> finish(read);
    };
  }

  /**
   * Decides with what is there, for a flow that ended, was cut by the capture's snap length or lost
   * a segment: {@link AssemblyResult#COMPLETE} with a {@linkplain ClientHello#partial() partial}
   * hello where the bytes so far hold the whole server name, else {@link AssemblyResult#GAVE_UP}.
   */
  public AssemblyResult endOfData() {
    if (result != AssemblyResult.NEED_MORE) {
      return result;
    }
    if (messageHeaderSeen == MESSAGE_HEADER) {
      byte[] buf = buffer.array();
      int wanted = Math.min(MESSAGE_HEADER + messageLength, ReassemblyBuffer.CAPACITY);
      long seen = (long) preface + buffer.contiguous();
      int joined = joinFragments(buf, wanted);
      if (ClientHelloParser.parsePrefix(buf, MESSAGE_HEADER, joined - MESSAGE_HEADER)
          instanceof HelloResult.Parsed parsed) {
        hello = parsed.hello();
        consumed = seen;
        return finish(AssemblyResult.COMPLETE);
      }
    }
    return finish(AssemblyResult.GAVE_UP);
  }

  /** The decision so far. */
  public AssemblyResult result() {
    return result;
  }

  /**
   * The hello.
   *
   * @throws IllegalStateException before {@link AssemblyResult#COMPLETE}, a mistake of the caller
   */
  public ClientHello hello() {
    if (hello == null) {
      throw new IllegalStateException("no hello: " + result);
    }
    return hello;
  }

  /**
   * Payload bytes of the flow, from its first, that belong to the records of the hello; 0 before
   * {@link AssemblyResult#COMPLETE}. Of a partial hello, the bytes that were there.
   */
  public long consumedBytes() {
    return consumed;
  }

  /** Bytes that came twice with different values: an odd network or an attempt to hide. */
  public long conflictingBytes() {
    return buffer.conflictingBytes();
  }

  /** Frees all memory; an undecided flow is then given up. */
  public void release() {
    buffer.clear();
    hello = null;
    if (result == AssemblyResult.NEED_MORE) {
      result = AssemblyResult.GAVE_UP;
    }
  }

  /**
   * Length of a PROXY protocol header, in text or binary, or 0 without a complete one.
   *
   * <pre>
   * "PROXY " ... CR LF                                        version 1
   * signature 12 | version, command 1 | family 1 | length 2   version 2
   * </pre>
   */
  private static int prefaceBytes(MemorySegment data, long offset, int length) {
    if (startsWith(data, offset, length, PROXY_TEXT)) {
      int limit = Math.min(length, MAX_PROXY_LINE);
      for (int i = PROXY_TEXT.length; i < limit; i++) {
        if (u8(data, offset + i) == '\n') {
          return i + 1;
        }
      }
      return 0;
    }
    if (length >= 16 && startsWith(data, offset, length, PROXY_BINARY)) {
      int bytes = 16 + (u8(data, offset + 14) << 8 | u8(data, offset + 15));
      return bytes <= length ? bytes : 0;
    }
    return 0;
  }

  private static boolean startsWith(MemorySegment data, long offset, int length, byte[] prefix) {
    if (length < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (u8(data, offset + i) != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private AssemblyResult stall() {
    return ++stalled > MAX_STALLED ? endOfData() : result;
  }

  private AssemblyResult finish(AssemblyResult decision) {
    result = decision;
    buffer.clear();
    return decision;
  }

  /**
   * Goes on from the last record header that was complete.
   *
   * <pre>
   * record:  type 1 = 22 | version 2 | length 2 | fragment     RFC 8446 section 5.1
   * message: type 1 = 1  | length 3  | body                    RFC 8446 section 4
   * </pre>
   *
   * The message may begin, end and break anywhere in the fragments.
   */
  private AssemblyResult readRecords() {
    byte[] buf = buffer.array();
    int available = buffer.contiguous();
    while (available - recordAt >= RECORD_HEADER) {
      int length = (buf[recordAt + 3] & 0xff) << 8 | (buf[recordAt + 4] & 0xff);
      if (buf[recordAt] != HANDSHAKE_RECORD
          || buf[recordAt + 1] != 3
          || length == 0
          || length > MAX_FRAGMENT) {
        return recordAt == 0 ? AssemblyResult.NOT_TLS : AssemblyResult.MALFORMED;
      }
      int fragment = recordAt + RECORD_HEADER;
      int there = Math.min(length, available - fragment);
      while (messageHeaderSeen < MESSAGE_HEADER && messageHeaderSeen < messageBytes + there) {
        int b = buf[fragment + messageHeaderSeen - messageBytes] & 0xff;
        if (messageHeaderSeen == 0) {
          if (b != CLIENT_HELLO) {
            return AssemblyResult.NOT_TLS;
          }
        } else {
          messageLength = messageLength << 8 | b;
        }
        messageHeaderSeen++;
      }
      if (messageHeaderSeen == MESSAGE_HEADER) {
        if (messageLength > ReassemblyBuffer.CAPACITY) {
          return AssemblyResult.GAVE_UP;
        }
        if (messageBytes + there >= MESSAGE_HEADER + messageLength) {
          return readHello(buf, (long) fragment + length);
        }
      }
      if (there < length) {
        return AssemblyResult.NEED_MORE;
      }
      messageBytes += length;
      recordAt = fragment + length;
    }
    return AssemblyResult.NEED_MORE;
  }

  private AssemblyResult readHello(byte[] buf, long recordsEnd) {
    int body = RECORD_HEADER + MESSAGE_HEADER;
    if (recordAt > 0) {
      joinFragments(buf, MESSAGE_HEADER + messageLength);
      body = MESSAGE_HEADER;
    }
    if (ClientHelloParser.parse(buf, body, messageLength) instanceof HelloResult.Parsed parsed) {
      hello = parsed.hello();
      consumed = preface + recordsEnd;
      return AssemblyResult.COMPLETE;
    }
    return AssemblyResult.MALFORMED;
  }

  /**
   * Moves the fragments of all records together, in place: the stream is not needed any more.
   * Returns how many of the bytes wanted were there.
   */
  private int joinFragments(byte[] buf, int wanted) {
    int available = buffer.contiguous();
    int joined = 0;
    int from = 0;
    while (joined < wanted && available - from > RECORD_HEADER) {
      int length = (buf[from + 3] & 0xff) << 8 | (buf[from + 4] & 0xff);
      int there = Math.min(length, available - from - RECORD_HEADER);
      int count = Math.min(there, wanted - joined);
      System.arraycopy(buf, from + RECORD_HEADER, buf, joined, count);
      joined += count;
      from += RECORD_HEADER + length;
    }
    return joined;
  }

  private static int u8(MemorySegment data, long offset) {
    return data.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
  }
}
