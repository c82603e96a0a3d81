package io.earshot.sensor.identify.tls;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the ServerHello and, up to TLS 1.2, the names of the server's certificate from the start of
 * the server's direction of a TCP flow: late evidence for a flow whose client named nobody.
 *
 * <p>Same guarantees and bounds as {@link HandshakeAssembler}. Only the first certificate is waited
 * for, not the chain. Owner: the thread of the flow. Source: RFC 5246 section 7.4, RFC 8446 section
 * 4.1.3.
 */
public final class ServerFlightAssembler {
  private static final int RECORD_HEADER = 5;
  private static final int MESSAGE_HEADER = 4;
  private static final int CHANGE_CIPHER_SPEC_RECORD = 20;
  private static final int HANDSHAKE_RECORD = 22;
  private static final int APPLICATION_RECORD = 23;
  private static final int MAX_FRAGMENT = 1 << 14;
  private static final int SERVER_HELLO = 2;
  private static final int CERTIFICATE = 11;
  private static final int SUPPORTED_VERSIONS = 43;
  private static final int TLS13 = 0x0304;
  private static final int FARTHEST_AHEAD = 1 << 24;

  private final ReassemblyBuffer buffer = new ReassemblyBuffer();
  private AssemblyResult result = AssemblyResult.NEED_MORE;
  private @Nullable ServerFlight flight;
  private boolean based;
  private long base;
  private int stalled;

  /** Message bytes at the front of the buffer, moved there out of their records. */
  private int joined;

  /** Place in the buffer of the byte read next, and what is left of its record. */
  private int at;

  private int fragmentLeft;

  private int messageAt;
  private boolean helloRead;
  private int version;
  private int cipherSuite;

  /**
   * Names the first byte of the flow; without this call the first segment offered is the start.
   *
   * @param initialSeq sequence number of the first payload byte, unsigned 32 bits
   */
  public void begin(long initialSeq) {
    base = initialSeq;
    based = true;
  }

  /** True where a segment may be the start of a server's handshake; looks only. */
  public static boolean startsFlight(MemorySegment data, long offset, int length) {
    return length > RECORD_HEADER
        && u8(data, offset) == HANDSHAKE_RECORD
        && u8(data, offset + 1) == 3
        && u8(data, offset + 5) == SERVER_HELLO;
  }

  /**
   * Takes one segment from server to client.
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
    if (buffer.contiguous() == 0
        && position <= 0
        && position + length > 0
        && u8(data, offset - position) != HANDSHAKE_RECORD) {
      return finish(AssemblyResult.NOT_TLS);
    }
    int before = buffer.contiguous();
    boolean fits = buffer.offer(position, data, offset, length);
    if (buffer.contiguous() == before) {
      return fits ? stall() : finish(AssemblyResult.GAVE_UP);
    }
    stalled = 0;
    AssemblyResult read = readRecords();
    if (read == AssemblyResult.NEED_MORE
        && (!fits || buffer.contiguous() == ReassemblyBuffer.CAPACITY)) {
      read = AssemblyResult.GAVE_UP;
    }
    return read == AssemblyResult.NEED_MORE ? read : finish(read);
  }

  /** The decision so far. */
  public AssemblyResult result() {
    return result;
  }

  /**
   * What the server said.
   *
   * @throws IllegalStateException before {@link AssemblyResult#COMPLETE}, a mistake of the caller
   */
  public ServerFlight flight() {
    if (flight == null) {
      throw new IllegalStateException("no server hello: " + result);
    }
    return flight;
  }

  /** Frees all memory; an undecided flow is then given up. */
  public void release() {
    finish(result == AssemblyResult.NEED_MORE ? AssemblyResult.GAVE_UP : result);
    flight = null;
  }

  private AssemblyResult stall() {
    return ++stalled > HandshakeAssembler.MAX_STALLED ? finish(AssemblyResult.GAVE_UP) : result;
  }

  private AssemblyResult finish(AssemblyResult decision) {
    result = decision;
    buffer.clear();
    return decision;
  }

  private AssemblyResult readRecords() {
    byte[] buf = buffer.array();
    int available = buffer.contiguous();
    while (true) {
      if (fragmentLeft == 0) {
        if (available - at < RECORD_HEADER) {
          return AssemblyResult.NEED_MORE;
        }
        int type = buf[at] & 0xff;
        int length = u16(buf, at + 3);
        if (helloRead && (type == CHANGE_CIPHER_SPEC_RECORD || type == APPLICATION_RECORD)) {
          // A resumed session has no certificate.
          return complete(List.of());
        }
        if (type != HANDSHAKE_RECORD || buf[at + 1] != 3 || length == 0 || length > MAX_FRAGMENT) {
          return at == 0 ? AssemblyResult.NOT_TLS : AssemblyResult.MALFORMED;
        }
        fragmentLeft = length;
        at += RECORD_HEADER;
      }
      int count = Math.min(fragmentLeft, available - at);
      System.arraycopy(buf, at, buf, joined, count);
      joined += count;
      at += count;
      fragmentLeft -= count;
      AssemblyResult read = readMessages(buf);
      if (read != AssemblyResult.NEED_MORE || fragmentLeft > 0) {
        return read;
      }
    }
  }

  private AssemblyResult readMessages(byte[] buf) {
    while (joined - messageAt >= MESSAGE_HEADER) {
      int type = buf[messageAt] & 0xff;
      int length = u24(buf, messageAt + 1);
      int body = messageAt + MESSAGE_HEADER;
      if (messageAt == 0 && type != SERVER_HELLO) {
        return AssemblyResult.NOT_TLS;
      }
      if (type == CERTIFICATE) {
        return readCertificate(buf, body, length);
      }
      if (length > ReassemblyBuffer.CAPACITY) {
        return AssemblyResult.GAVE_UP;
      }
      if (joined - body < length) {
        return AssemblyResult.NEED_MORE;
      }
      if (type == SERVER_HELLO) {
        if (!readHello(buf, body, body + length)) {
          return AssemblyResult.MALFORMED;
        }
        helloRead = true;
        if (version >= TLS13) {
          return complete(List.of());
        }
      }
      messageAt = body + length;
    }
    return AssemblyResult.NEED_MORE;
  }

  /**
   * version 2 | random 32 | session id 1 + n | cipher suite 2 | compression 1 | extensions 2 + n.
   */
  private boolean readHello(byte[] buf, int from, int end) {
    if (end - from < 2 + 32 + 1) {
      return false;
    }
    version = u16(buf, from);
    int pos = from + 34;
    pos += 1 + (buf[pos] & 0xff);
    if (end - pos < 3) {
      return false;
    }
    cipherSuite = u16(buf, pos);
    pos += 3;
    if (end - pos < 2) {
      return true;
    }
    int extensionsEnd = pos + 2 + u16(buf, pos);
    pos += 2;
    if (extensionsEnd > end) {
      return false;
    }
    while (extensionsEnd - pos >= 4) {
      int type = u16(buf, pos);
      int length = u16(buf, pos + 2);
      pos += 4;
      if (length > extensionsEnd - pos) {
        return false;
      }
      if (type == SUPPORTED_VERSIONS && length == 2) {
        version = u16(buf, pos);
      }
      pos += length;
    }
    return true;
  }

  /** list length 3 | (certificate length 3 | certificate)*: the first is the server's own. */
  private AssemblyResult readCertificate(byte[] buf, int body, int length) {
    if (length < 6) {
      return length < 3 ? AssemblyResult.MALFORMED : complete(List.of());
    }
    if (joined - body < 6) {
      return AssemblyResult.NEED_MORE;
    }
    int certificate = u24(buf, body + 3);
    if (certificate > length - 6) {
      return AssemblyResult.MALFORMED;
    }
    if (certificate > ReassemblyBuffer.CAPACITY) {
      return AssemblyResult.GAVE_UP;
    }
    if (joined - body - 6 < certificate) {
      return AssemblyResult.NEED_MORE;
    }
    return complete(CertificateNames.of(buf, body + 6, certificate));
  }

  private AssemblyResult complete(List<String> names) {
    flight = new ServerFlight(version, cipherSuite, names);
    return AssemblyResult.COMPLETE;
  }

  private static int u16(byte[] buf, int pos) {
    return (buf[pos] & 0xff) << 8 | (buf[pos + 1] & 0xff);
  }

  private static int u24(byte[] buf, int pos) {
    return (buf[pos] & 0xff) << 16 | u16(buf, pos + 1);
  }

  private static int u8(MemorySegment data, long offset) {
    return data.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
  }
}
