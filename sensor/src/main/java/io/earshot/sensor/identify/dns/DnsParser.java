package io.earshot.sensor.identify.dns;

import io.earshot.sensor.identify.tls.HostNames;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answers of a DNS response, from UDP or from one message of TCP (ports 53, 5353).
 *
 * <p>Guarantee: never throws on any input; each name follows at most {@value #MAX_POINTERS}
 * pointers, all of them backwards, and at most {@value #MAX_RECORDS} records are read, so that the
 * time is bounded whatever the counts claim. Names that are no host names (RFC 6763 instances) are
 * skipped with their records. Nothing is allocated for queries. One object is reused for every
 * message; owner: one thread.
 *
 * <pre>
 * id 2 | flags 2 | questions 2 | answers 2 | authorities 2 | additional 2      RFC 1035 section 4.1
 * question: name | type 2 | class 2
 * record:   name | type 2 | class 2 | ttl 4 | length 2 | data
 * </pre>
 *
 * Only the answer section is believed: authority and additional records may speak of any name.
 */
public final class DnsParser {
  static final int MAX_POINTERS = 16;
  static final int MAX_RECORDS = 256;
  static final int MAX_QUESTIONS = 16;

  private static final int HEADER = 12;
  private static final int RESPONSE = 0x8000;
  private static final int OPCODE = 0x7800;
  private static final int RCODE = 0x000f;

  private static final int A = 1;
  private static final int CNAME = 5;
  private static final int AAAA = 28;
  private static final int SVCB = 64;
  private static final int HTTPS = 65;

  private static final int INTERNET = 1;

  /** Top bit of the class: cache-flush in mDNS answers (RFC 6762 section 10.2). */
  private static final int CLASS_MASK = 0x7fff;

  /** Parameters of SVCB and HTTPS records (RFC 9460 section 14.3.2). */
  private static final int IPV4_HINT = 4;

  private static final int IPV6_HINT = 6;

  private static final long V4_MAPPED = 0xffffL << 32;

  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final byte[] name = new byte[HostNames.MAX_BYTES];
  private int nameLength;
  private boolean nameIsHost;

  private MemorySegment data = MemorySegment.NULL;
  private long start;
  private long end;
  private long at;
  private DnsResult fault = DnsResult.ANSWERS;

  /**
   * Reads one message and hands on its answers.
   *
   * @param segment holds the message at {@code offset}; read during the call only
   * @param offset offset of the message
   * @param length length of the message, bytes
   * @param handler receives addresses and aliases of responses; never called for queries
   */
  public DnsResult parse(MemorySegment segment, long offset, int length, DnsHandler handler) {
    if (length < HEADER) {
      return DnsResult.NOT_DNS;
    }
    int flags = segment.get(U16, offset + 2) & 0xffff;
    int questions = segment.get(U16, offset + 4) & 0xffff;
    int answers = segment.get(U16, offset + 6) & 0xffff;
    if ((flags & OPCODE) != 0 || questions > MAX_QUESTIONS) {
      return (flags & OPCODE) != 0 ? DnsResult.NOT_DNS : DnsResult.TOO_MANY_RECORDS;
    }
    if ((flags & RESPONSE) == 0) {
      return DnsResult.QUERY;
    }
    if (answers == 0 || (flags & RCODE) != 0) {
      return DnsResult.NO_ANSWERS;
    }
    data = segment;
    start = offset;
    end = offset + length;
    at = offset + HEADER;
    DnsResult result = readMessage(questions, answers, handler);
    data = MemorySegment.NULL;
    return result;
  }

  private DnsResult readMessage(int questions, int answers, DnsHandler handler) {
    @Nullable String query = null;
    boolean queryIsHost = true;
    for (int i = 0; i < questions; i++) {
      if (!readName()) {
        return fault;
      }
      if (end - at < 4) {
        return DnsResult.TRUNCATED;
      }
      at += 4;
      if (i == 0) {
        queryIsHost = nameIsHost;
        query = nameIsHost ? nameText() : null;
      }
    }
    for (int i = 0; i < answers; i++) {
      if (i == MAX_RECORDS) {
        return DnsResult.TOO_MANY_RECORDS;
      }
      if (!readName()) {
        return fault;
      }
      if (end - at < 10) {
        return DnsResult.TRUNCATED;
      }
      int type = data.get(U16, at) & 0xffff;
      int recordClass = data.get(U16, at + 2) & CLASS_MASK;
      long ttl = ttlSeconds(data.get(U32, at + 4));
      int length = data.get(U16, at + 8) & 0xffff;
      at += 10;
      if (end - at < length) {
        return DnsResult.TRUNCATED;
      }
      long next = at + length;
      if (recordClass == INTERNET && queryIsHost && nameIsHost && isRead(type)) {
        String owner = query != null && nameEquals(query) ? query : nameText();
        DnsResult read = readRecord(type, query == null ? owner : query, owner, ttl, next, handler);
        if (read != DnsResult.ANSWERS) {
          return read;
        }
      }
      at = next;
    }
    return DnsResult.ANSWERS;
  }

  /** Values above 2^31 - 1 count as zero (RFC 2181 section 8). */
  private static long ttlSeconds(int field) {
    return Math.max(0, field);
  }

  private static boolean isRead(int type) {
    return type == A || type == AAAA || type == CNAME || type == HTTPS || type == SVCB;
  }

  private DnsResult readRecord(
      int type, String query, String owner, long ttl, long recordEnd, DnsHandler handler) {
    long length = recordEnd - at;
    switch (type) {
      case A -> {
        if (length != 4) {
          return DnsResult.BAD_RECORD;
        }
        onIpv4(query, owner, ttl, at, handler);
      }
      case AAAA -> {
        if (length != 16) {
          return DnsResult.BAD_RECORD;
        }
        handler.onAddress(query, owner, data.get(U64, at), data.get(U64, at + 8), ttl);
      }
      case CNAME -> {
        if (!readName()) {
          return fault;
        }
        if (at != recordEnd) {
          return DnsResult.BAD_RECORD;
        }
        if (nameIsHost) {
          handler.onAlias(query, nameText());
        }
      }
      default -> {
        return readService(query, ttl, recordEnd, handler);
      }
    }
    return DnsResult.ANSWERS;
  }

  /** priority 2 | target name | (key 2 | length 2 | value)*, RFC 9460 section 2.2. */
  private DnsResult readService(String query, long ttl, long recordEnd, DnsHandler handler) {
    if (recordEnd - at < 3) {
      return DnsResult.BAD_RECORD;
    }
    at += 2;
    if (!readName()) {
      return fault;
    }
    if (at > recordEnd) {
      return DnsResult.BAD_RECORD;
    }
    // The root as target means the owner itself (RFC 9460 section 2.5).
    if (nameLength > 0 && nameIsHost) {
      handler.onAlias(query, nameText());
    }
    while (at < recordEnd) {
      if (recordEnd - at < 4) {
        return DnsResult.BAD_RECORD;
      }
      int key = data.get(U16, at) & 0xffff;
      int length = data.get(U16, at + 2) & 0xffff;
      at += 4;
      if (recordEnd - at < length) {
        return DnsResult.BAD_RECORD;
      }
      if (key == IPV4_HINT) {
        for (int i = 0; i + 4 <= length; i += 4) {
          onIpv4(query, query, ttl, at + i, handler);
        }
      } else if (key == IPV6_HINT) {
        for (int i = 0; i + 16 <= length; i += 16) {
          handler.onAddress(query, query, data.get(U64, at + i), data.get(U64, at + i + 8), ttl);
        }
      }
      at += length;
    }
    return DnsResult.ANSWERS;
  }

  private void onIpv4(String query, String owner, long ttl, long pos, DnsHandler handler) {
    long address = data.get(U32, pos) & 0xffff_ffffL;
    handler.onAddress(query, owner, 0L, V4_MAPPED | address, ttl);
  }

  /**
   * Reads the name at {@code at} into {@code name} and moves behind it.
   *
   * <p>Each pointer must lead to a place before the one where its run of labels began (RFC 1035
   * section 4.1.4: "a prior occurrence"), so no chain comes back.
   */
  private boolean readName() {
    nameLength = 0;
    nameIsHost = true;
    long pos = at;
    long runStart = at;
    long behind = -1;
    int pointers = 0;
    int wireBytes = 1;
    while (true) {
      if (pos >= end) {
        return fail(DnsResult.TRUNCATED);
      }
      int b = data.get(ValueLayout.JAVA_BYTE, pos) & 0xff;
      pos++;
      if (b == 0) {
        at = behind < 0 ? pos : behind;
        return true;
      }
      switch (b >> 6) {
        case 0 -> {
          wireBytes += b + 1;
          if (wireBytes > HostNames.MAX_BYTES) {
            return fail(DnsResult.BAD_NAME);
          }
          if (end - pos < b) {
            return fail(DnsResult.TRUNCATED);
          }
          appendLabel(pos, b);
          pos += b;
        }
        case 3 -> {
          if (pos >= end) {
            return fail(DnsResult.TRUNCATED);
          }
          long target = start + ((b & 0x3f) << 8 | (data.get(ValueLayout.JAVA_BYTE, pos) & 0xff));
          pos++;
          if (behind < 0) {
            behind = pos;
          }
          if (target >= runStart || ++pointers > MAX_POINTERS) {
            return fail(DnsResult.COMPRESSION_LOOP);
          }
          pos = target;
          runStart = target;
        }
        default -> {
          return fail(DnsResult.BAD_NAME);
        }
      }
    }
  }

  private void appendLabel(long pos, int length) {
    if (nameLength > 0) {
      name[nameLength++] = '.';
    }
    for (int i = 0; i < length; i++) {
      int c = HostNames.lowerCase(data.get(ValueLayout.JAVA_BYTE, pos + i) & 0xff);
      nameIsHost &= HostNames.isLabelByte(c);
      name[nameLength++] = (byte) c;
    }
  }

  private boolean fail(DnsResult result) {
    fault = result;
    return false;
  }

  private boolean nameEquals(String other) {
    if (other.length() != nameLength) {
      return false;
    }
    for (int i = 0; i < nameLength; i++) {
      if (other.charAt(i) != (char) (name[i] & 0xff)) {
        return false;
      }
    }
    return true;
  }

  private String nameText() {
    return new String(name, 0, nameLength, StandardCharsets.ISO_8859_1);
  }
}
