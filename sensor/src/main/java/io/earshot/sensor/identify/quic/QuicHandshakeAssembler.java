package io.earshot.sensor.identify.quic;

import io.earshot.sensor.identify.tls.AssemblyResult;
import io.earshot.sensor.identify.tls.ClientHello;
import io.earshot.sensor.identify.tls.ClientHelloParser;
import io.earshot.sensor.identify.tls.HelloResult;
import io.earshot.sensor.identify.tls.ReassemblyBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the ClientHello in the Initial packets that a client sends on one UDP flow.
 *
 * <p>Guarantee: CRYPTO frames come in any order, in any number of packets and datagrams, beside any
 * other frame and packet; Retry, compatible version negotiation and changed connection identifiers
 * are followed; at most 16 KiB are held and nothing at all for a flow whose first datagram is not
 * QUIC; the flow is given up after {@value #MAX_DATAGRAMS} datagrams or {@value #MAX_UNREADABLE}
 * Initials that no key opens (those of a server, or of a connection whose start was not captured
 * and whose identifier has changed since). Google's QUIC before TLS and DTLS are {@link
 * AssemblyResult#UNSUPPORTED}. Never throws on hostile bytes. Owner: the thread of the parser.
 * Source: RFC 9000 sections 12, 17.2 and 19, RFC 9369.
 */
public final class QuicHandshakeAssembler {
  static final int MAX_DATAGRAMS = 64;
  static final int MAX_UNREADABLE = 8;

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final int LONG_HEADER = 0x80;
  private static final int MAX_CONNECTION_ID = 20;
  private static final int SMALLEST_LONG_HEADER = 7;
  private static final int MESSAGE_HEADER = 4;
  private static final int CLIENT_HELLO = 1;

  private static final int PADDING = 0x00;
  private static final int PING = 0x01;
  private static final int ACK = 0x02;
  private static final int ACK_ECN = 0x03;
  private static final int CLOSE = 0x1c;
  private static final int CLOSE_APPLICATION = 0x1d;

  /** What greased versions were sealed with when they were in use: as the newest draft, or as 1. */
  private static final QuicVersion[] GREASED = {QuicVersion.DRAFT_29, QuicVersion.V1};

  private final QuicInitialParser parser;
  private final ReassemblyBuffer buffer = new ReassemblyBuffer();
  private AssemblyResult result = AssemblyResult.NEED_MORE;
  private @Nullable ClientHello hello;
  private @Nullable InitialKeys keys;
  private byte[] firstConnectionId = {};
  private long largestNumber = -1;
  private int datagrams;
  private int unreadable;
  private int version;

  /** Reads with {@code parser}, which is shared by all flows of its thread. */
  public QuicHandshakeAssembler(QuicInitialParser parser) {
    this.parser = parser;
  }

  /**
   * True where a datagram has a long header of a version that is read; looks only, keeps nothing.
   *
   * @param data holds the datagram's payload at {@code offset}
   * @param offset offset of the payload
   * @param length captured length of the payload, bytes
   */
  public static boolean startsQuic(MemorySegment data, long offset, int length) {
    if (length < SMALLEST_LONG_HEADER || (u8(data, offset) & LONG_HEADER) == 0) {
      return false;
    }
    int number = u32(data, offset + 1);
    return (QuicVersion.of(number) != null || isGreased(number))
        && u8(data, offset + 5) <= MAX_CONNECTION_ID;
  }

  /**
   * True where a datagram is of a kind that is known and not read: Google's QUIC before TLS, DTLS.
   */
  public static boolean isUnsupported(MemorySegment data, long offset, int length) {
    return length >= 13 && (isGoogleQuic(data, offset) || isDtls(data, offset));
  }

  /**
   * Takes one datagram from client to server.
   *
   * @param data holds the datagram's payload at {@code offset}; read during the call only
   * @param offset offset of the payload
   * @param length captured length of the payload, bytes; 0 is ignored
   * @return the decision, repeated for every later call once it is final
   */
  public AssemblyResult offer(MemorySegment data, long offset, int length) {
    if (result != AssemblyResult.NEED_MORE || length <= 0) {
      return result;
    }
    if (datagrams == 0 && !startsQuic(data, offset, length)) {
      return finish(
          isUnsupported(data, offset, length)
              ? AssemblyResult.UNSUPPORTED
              : AssemblyResult.NOT_TLS);
    }
    datagrams++;
    AssemblyResult read = readPackets(data, offset, length);
    if (read == AssemblyResult.NEED_MORE
        && (datagrams >= MAX_DATAGRAMS || unreadable >= MAX_UNREADABLE)) {
      read = AssemblyResult.GAVE_UP;
    }
    return switch (read) {
      case NEED_MORE -> read;
      case GAVE_UP -> endOfData();
      case COMPLETE, NOT_TLS, UNSUPPORTED, MALFORMED -> finish(read);
    };
  }

  /**
   * Decides with what is there, for a flow that ended or lost a datagram: {@link
   * AssemblyResult#COMPLETE} with a {@linkplain ClientHello#partial() partial} hello where the
   * bytes up to the first gap hold the whole server name, else {@link AssemblyResult#GAVE_UP}.
   */
  public AssemblyResult endOfData() {
    if (result != AssemblyResult.NEED_MORE) {
      return result;
    }
    byte[] message = buffer.array();
    int available = buffer.contiguous() - MESSAGE_HEADER;
    if (available > 0
        && message[0] == CLIENT_HELLO
        && ClientHelloParser.parsePrefix(message, MESSAGE_HEADER, available)
            instanceof HelloResult.Parsed parsed) {
      hello = parsed.hello();
      return finish(AssemblyResult.COMPLETE);
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

  /** Version field of the last Initial that was opened, 0 before the first. */
  public int version() {
    return version;
  }

  /** Bytes of the handshake that came twice with different values. */
  public long conflictingBytes() {
    return buffer.conflictingBytes();
  }

  /** Frees all memory; an undecided flow is then given up. */
  public void release() {
    finish(result == AssemblyResult.NEED_MORE ? AssemblyResult.GAVE_UP : result);
    hello = null;
  }

  private AssemblyResult finish(AssemblyResult decision) {
    result = decision;
    buffer.clear();
    keys = null;
    return decision;
  }

  /**
   * Walks the packets of a datagram (RFC 9000 section 12.2).
   *
   * <pre>
   * 1 | form 1, fixed 1, type 2, protected 4      RFC 9000 section 17.2
   * version 4
   * length 1 | destination connection id 0..20
   * length 1 | source connection id 0..20
   * Initial only: token length varint | token
   * length varint | packet number 1..4 | payload  not in Retry
   * </pre>
   */
  private AssemblyResult readPackets(MemorySegment data, long offset, int length) {
    int at = 0;
    while (length - at >= SMALLEST_LONG_HEADER) {
      int first = u8(data, offset + at);
      int number = u32(data, offset + at + 1);
      if ((first & LONG_HEADER) == 0 || !(QuicVersion.of(number) != null || isGreased(number))) {
        break;
      }
      QuicVersion known = QuicVersion.of(number);
      int type = (known == null ? QuicVersion.V1 : known).packetType(first);
      int pos = at + 5;
      int idLength = u8(data, offset + pos);
      int idAt = pos + 1;
      pos = idAt + idLength;
      if (type == QuicVersion.RETRY || idLength > MAX_CONNECTION_ID || pos >= length) {
        break;
      }
      int sourceLength = u8(data, offset + pos);
      pos += 1 + sourceLength;
      if (sourceLength > MAX_CONNECTION_ID) {
        break;
      }
      if (type == QuicVersion.INITIAL) {
        long token = varint(data, offset, pos, length);
        if (token < 0 || token > length) {
          break;
        }
        pos += varintBytes(data, offset + pos) + (int) token;
      }
      long rest = varint(data, offset, pos, length);
      if (rest < 0) {
        break;
      }
      pos += varintBytes(data, offset + pos);
      if (rest > length - pos) {
        break;
      }
      int end = pos + (int) rest;
      if (type == QuicVersion.INITIAL) {
        byte[] id = new byte[idLength];
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, offset + idAt, id, 0, idLength);
        int plain = open(number, known, id, data, offset + at, pos - at, end - at);
        AssemblyResult read =
            plain < 0 || keys == null
                ? AssemblyResult.NEED_MORE
                : readFrames(parser.plain(), plain, keys.version().cryptoFrame());
        if (read != AssemblyResult.NEED_MORE) {
          return read;
        }
      }
      at = end;
    }
    return AssemblyResult.NEED_MORE;
  }

  private int open(
      int number,
      @Nullable QuicVersion known,
      byte[] id,
      MemorySegment data,
      long offset,
      int numberAt,
      int length) {
    if (unreadable >= MAX_UNREADABLE) {
      return -1;
    }
    int plain = -1;
    if (known != null) {
      plain = openAs(known, id, data, offset, numberAt, length);
    } else {
      for (int i = 0; i < GREASED.length && plain < 0; i++) {
        plain = openAs(GREASED[i], id, data, offset, numberAt, length);
      }
    }
    if (plain < 0) {
      unreadable++;
      return plain;
    }
    version = number;
    largestNumber = Math.max(largestNumber, parser.packetNumber());
    return plain;
  }

  private int openAs(
      QuicVersion as, byte[] id, MemorySegment data, long offset, int numberAt, int length) {
    InitialKeys known = keys;
    if (known != null) {
      // Another version under the same identifier: compatible negotiation (RFC 9369 section 4).
      InitialKeys same = known.version() == as ? known : parser.deriveKeys(as, firstConnectionId);
      int plain = parser.open(same, data, offset, numberAt, length, largestNumber);
      if (plain >= 0) {
        keys = same;
        return plain;
      }
      if (Arrays.equals(id, firstConnectionId)) {
        return -1;
      }
    }
    InitialKeys fresh = parser.deriveKeys(as, id);
    int plain = parser.open(fresh, data, offset, numberAt, length, -1);
    if (plain >= 0) {
      // After a Retry the client starts again under the server's identifier, from offset 0.
      keys = fresh;
      firstConnectionId = id;
      largestNumber = -1;
      buffer.clear();
    }
    return plain;
  }

  /** To the next byte that is none, in words: most of a client's Initial is padding. */
  private static int skipPadding(byte[] plain, int from, int length) {
    int at = from;
    while (at <= length - Long.BYTES && (long) WORD.get(plain, at) == 0) {
      at += Long.BYTES;
    }
    while (at < length && plain[at] == PADDING) {
      at++;
    }
    return at;
  }

  /** RFC 9000 section 19; only the frames that Initial packets may hold (section 12.4). */
  private AssemblyResult readFrames(byte[] plain, int length, int cryptoFrame) {
    MemorySegment frames = MemorySegment.ofArray(plain);
    int at = 0;
    while (at < length) {
      int type = plain[at++] & 0xff;
      if (type == cryptoFrame) {
        long position = varint(frames, 0, at, length);
        at = position < 0 ? -1 : at + varintBytes(frames, at);
        long size = at < 0 ? -1 : varint(frames, 0, at, length);
        at = size < 0 ? -1 : at + varintBytes(frames, at);
        if (at < 0 || size > length - at) {
          return AssemblyResult.MALFORMED;
        }
        if (position > ReassemblyBuffer.CAPACITY
            || !buffer.offer((int) position, frames, at, (int) size)) {
          return AssemblyResult.GAVE_UP;
        }
        at += (int) size;
        continue;
      }
      switch (type) {
        case PADDING -> at = skipPadding(plain, at, length);
        case PING -> {}
        case ACK, ACK_ECN -> at = skipAck(frames, at, length, type == ACK_ECN);
        case CLOSE, CLOSE_APPLICATION -> at = skipClose(frames, at, length, type == CLOSE);
        default -> {
          return AssemblyResult.MALFORMED;
        }
      }
      if (at < 0) {
        return AssemblyResult.MALFORMED;
      }
    }
    return readHello();
  }

  private AssemblyResult readHello() {
    if (buffer.contiguous() < MESSAGE_HEADER) {
      return AssemblyResult.NEED_MORE;
    }
    byte[] message = buffer.array();
    int body = (message[1] & 0xff) << 16 | (message[2] & 0xff) << 8 | (message[3] & 0xff);
    if (message[0] != CLIENT_HELLO) {
      return AssemblyResult.MALFORMED;
    }
    if (body > ReassemblyBuffer.CAPACITY - MESSAGE_HEADER) {
      return AssemblyResult.GAVE_UP;
    }
    if (buffer.contiguous() < MESSAGE_HEADER + body) {
      return AssemblyResult.NEED_MORE;
    }
    if (ClientHelloParser.parse(message, MESSAGE_HEADER, body)
        instanceof HelloResult.Parsed parsed) {
      hello = parsed.hello();
      return AssemblyResult.COMPLETE;
    }
    return AssemblyResult.MALFORMED;
  }

  /** largest, delay, range count, first range, (gap, range)*, then three counts with ECN. */
  private static int skipAck(MemorySegment frames, int from, int length, boolean ecn) {
    int at = from;
    long ranges = 0;
    for (int i = 0; i < 4; i++) {
      long value = varint(frames, 0, at, length);
      if (value < 0) {
        return -1;
      }
      if (i == 2) {
        ranges = value;
      }
      at += varintBytes(frames, at);
    }
    long fields = ranges > length ? Long.MAX_VALUE : 2 * ranges + (ecn ? 3 : 0);
    for (long i = 0; i < fields; i++) {
      if (varint(frames, 0, at, length) < 0) {
        return -1;
      }
      at += varintBytes(frames, at);
    }
    return at;
  }

  /** error code, frame type (transport errors only), reason length, reason. */
  private static int skipClose(MemorySegment frames, int from, int length, boolean transport) {
    int at = from;
    long value = 0;
    for (int i = 0; i < (transport ? 3 : 2); i++) {
      value = varint(frames, 0, at, length);
      if (value < 0) {
        return -1;
      }
      at += varintBytes(frames, at);
    }
    return value > length - at ? -1 : at + (int) value;
  }

  /**
   * The variable-length integer at {@code at}, or -1 where it does not end before {@code end} (RFC
   * 9000 section 16).
   */
  private static long varint(MemorySegment data, long offset, int at, int end) {
    if (at >= end) {
      return -1;
    }
    int bytes = varintBytes(data, offset + at);
    if (bytes > end - at) {
      return -1;
    }
    long value = u8(data, offset + at) & 0x3f;
    for (int i = 1; i < bytes; i++) {
      value = value << 8 | u8(data, offset + at + i);
    }
    return value;
  }

  private static int varintBytes(MemorySegment data, long offset) {
    return 1 << (u8(data, offset) >> 6);
  }

  /** Versions that only keep servers tolerant (RFC 9000 section 15). */
  private static boolean isGreased(int number) {
    return (number & 0x0f0f0f0f) == 0x0a0a0a0a;
  }

  /** Public header with version flag and identifier, or the long header of Q046 and later. */
  private static boolean isGoogleQuic(MemorySegment data, long offset) {
    int first = u8(data, offset);
    if ((first & LONG_HEADER) != 0) {
      return isGoogleVersion(data, offset + 1);
    }
    return (first & 0x09) == 0x09 && isGoogleVersion(data, offset + 9);
  }

  private static boolean isGoogleVersion(MemorySegment data, long offset) {
    return u8(data, offset) == 'Q' && u8(data, offset + 1) == '0';
  }

  /** A handshake record of DTLS 1.0, 1.2 or 1.3 (RFC 9147 section 4). */
  private static boolean isDtls(MemorySegment data, long offset) {
    return u8(data, offset) == 22 && u8(data, offset + 1) == 0xfe && u8(data, offset + 2) >= 0xfc;
  }

  private static int u8(MemorySegment data, long offset) {
    return data.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
  }

  private static int u32(MemorySegment data, long offset) {
    return u8(data, offset) << 24
        | u8(data, offset + 1) << 16
        | u8(data, offset + 2) << 8
        | u8(data, offset + 3);
  }
}
