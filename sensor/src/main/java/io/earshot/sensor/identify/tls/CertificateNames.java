package io.earshot.sensor.identify.tls;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Host names in an X.509 certificate: the DNS names of the subject alternative name, or the common
 * names where there are none.
 *
 * <p>Walks the outer structure only and never throws; what does not fit yields no names. Nothing is
 * verified: a name here says what the server claims. Source: RFC 5280 section 4.1, X.690 section
 * 8.1.
 */
final class CertificateNames {
  /** Most names that are kept. */
  static final int MAX_NAMES = 256;

  private static final int BOOLEAN = 0x01;
  private static final int OCTET_STRING = 0x04;
  private static final int OBJECT_IDENTIFIER = 0x06;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int EXTENSIONS = 0xa3;

  /** GeneralName, choice dNSName (RFC 5280 section 4.2.1.6). */
  private static final int DNS_NAME = 0x82;

  /** 2.5.29.17 and 2.5.4.3. */
  private static final byte[] SUBJECT_ALTERNATIVE_NAME = {0x55, 0x1d, 0x11};

  private static final byte[] COMMON_NAME = {0x55, 0x04, 0x03};

  private final byte[] buf;
  private final Set<String> names = new LinkedHashSet<>();

  /** The element read last: its tag, and where its content lies. */
  private int tag;

  private int from;
  private int to;

  private CertificateNames(byte[] buf) {
    this.buf = buf;
  }

  /**
   * The names in the certificate of {@code len} bytes at {@code off}; the caller has checked both.
   */
  static List<String> of(byte[] buf, int off, int len) {
    CertificateNames reader = new CertificateNames(buf);
    reader.readCertificate(off, off + len);
    return Collections.unmodifiableList(new ArrayList<>(reader.names));
  }

  /**
   *
   *
   * <pre>
   * SEQUENCE {                            Certificate
   *   SEQUENCE {                          TBSCertificate
   *     [0] version, optional; INTEGER serial; SEQUENCE algorithm; SEQUENCE issuer;
   *     SEQUENCE validity; SEQUENCE subject; SEQUENCE key; ...; [3] { SEQUENCE extensions } } ... }
   * </pre>
   */
  private void readCertificate(int start, int end) {
    if (!enter(start, end, SEQUENCE) || !enter(from, to, SEQUENCE)) {
      return;
    }
    int at = from;
    int tbsEnd = to;
    int subjectFrom = 0;
    int subjectTo = 0;
    int sequences = 0;
    while (element(at, tbsEnd)) {
      at = to;
      if (tag == SEQUENCE && ++sequences == 4) {
        subjectFrom = from;
        subjectTo = to;
      } else if (tag == EXTENSIONS && enter(from, to, SEQUENCE)) {
        readExtensions(from, to);
      }
    }
    if (names.isEmpty()) {
      readSubject(subjectFrom, subjectTo);
    }
  }

  /** SEQUENCE { OBJECT IDENTIFIER, BOOLEAN critical optional, OCTET STRING { value } }* */
  private void readExtensions(int start, int end) {
    int at = start;
    while (enter(at, end, SEQUENCE)) {
      at = to;
      int extensionEnd = to;
      if (!enter(from, to, OBJECT_IDENTIFIER)) {
        return;
      }
      boolean wanted = contentIs(SUBJECT_ALTERNATIVE_NAME);
      if (!element(to, extensionEnd)) {
        return;
      }
      if (tag == BOOLEAN && !element(to, extensionEnd)) {
        return;
      }
      if (wanted && tag == OCTET_STRING && enter(from, to, SEQUENCE)) {
        int name = from;
        int namesEnd = to;
        while (element(name, namesEnd)) {
          name = to;
          if (tag == DNS_NAME) {
            add();
          }
        }
      }
    }
  }

  /** SET { SEQUENCE { OBJECT IDENTIFIER, string } }* */
  private void readSubject(int start, int end) {
    int at = start;
    while (enter(at, end, SET)) {
      at = to;
      if (enter(from, to, SEQUENCE)) {
        int attributeEnd = to;
        if (enter(from, to, OBJECT_IDENTIFIER)
            && contentIs(COMMON_NAME)
            && element(to, attributeEnd)) {
          add();
        }
      }
    }
  }

  private void add() {
    boolean wildcard = to - from > 2 && buf[from] == '*' && buf[from + 1] == '.';
    int start = wildcard ? from + 2 : from;
    String name = HostNames.normalize(MemorySegment.ofArray(buf), start, to - start);
    if (name != null && names.size() < MAX_NAMES) {
      names.add(wildcard ? "*." + name : name);
    }
  }

  private boolean contentIs(byte[] identifier) {
    if (to - from != identifier.length) {
      return false;
    }
    for (int i = 0; i < identifier.length; i++) {
      if (buf[from + i] != identifier[i]) {
        return false;
      }
    }
    return true;
  }

  private boolean enter(int at, int end, int wantedTag) {
    return element(at, end) && tag == wantedTag;
  }

  /** Reads tag and length at {@code at}: DER, single-byte tags, lengths of up to three bytes. */
  private boolean element(int at, int end) {
    if (end - at < 2) {
      return false;
    }
    int length = buf[at + 1] & 0xff;
    int content = at + 2;
    if (length >= 0x80) {
      int bytes = length - 0x80;
      if (bytes < 1 || bytes > 3 || end - content < bytes) {
        return false;
      }
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = length << 8 | (buf[content + i] & 0xff);
      }
      content += bytes;
    }
    if (length > end - content) {
      return false;
    }
    tag = buf[at] & 0xff;
    from = content;
    to = content + length;
    return true;
  }
}
