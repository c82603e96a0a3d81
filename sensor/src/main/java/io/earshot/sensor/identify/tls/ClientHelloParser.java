package io.earshot.sensor.identify.tls;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a ClientHello handshake message, as TLS over TCP and QUIC both carry it.
 *
 * <p>Strict about lengths, lax about values: a length that runs past its frame refuses the message,
 * an extension with an odd inside is listed and otherwise ignored. Never throws on any input; time
 * is linear in the length. Stateless; any thread.
 *
 * <pre>
 * struct {                                            RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2
 *   ProtocolVersion legacy_version;                   2
 *   Random random;                                    32
 *   opaque legacy_session_id&lt;0..32&gt;;                  1 + n
 *   CipherSuite cipher_suites&lt;2..2^16-2&gt;;             2 + n
 *   opaque legacy_compression_methods&lt;1..2^8-1&gt;;      1 + n
 *   Extension extensions&lt;0..2^16-1&gt;;                  2 + n, may be missing before TLS 1.3
 * } ClientHello;
 * </pre>
 */
public final class ClientHelloParser {
  /** Most entries kept of any list; real hellos have fewer than a hundred. */
  public static final int MAX_LISTED = 256;

  private static final int SERVER_NAME = 0;
  private static final int SIGNATURE_ALGORITHMS = 13;
  private static final int ALPN = 16;
  private static final int SUPPORTED_VERSIONS = 43;

  /**
   * encrypted_client_hello, RFC 9849 section 10.1; the drafts 8 to 12 used the values before it.
   */
  private static final int ECH = 0xfe0d;

  private static final int ECH_FIRST_DRAFT = 0xfe08;
  private static final int ESNI = 0xffce;
  private static final int RANDOM_BYTES = 32;
  private static final int MAX_SESSION_ID = 32;

  private final byte[] buf;
  private final boolean prefix;
  private int at;

  private @Nullable String serverName;
  private boolean serverNameSeen;
  private boolean serverNameInvalid;
  private boolean echOffered;
  private List<String> alpn = List.of();
  private List<Integer> supportedVersions = List.of();
  private List<Integer> signatureAlgorithms = List.of();
  private final List<Integer> extensions = new ArrayList<>(24);

  private ClientHelloParser(byte[] buf, int off, boolean prefix) {
    this.buf = buf;
    this.at = off;
    this.prefix = prefix;
  }

  /**
   * Reads a ClientHello.
   *
   * @param buf holds the message
   * @param off offset of the body, behind the 4 bytes of type and length
   * @param len length of the body, bytes
   */
  public static HelloResult parse(byte[] buf, int off, int len) {
    if (off < 0 || len < 0 || len > buf.length - off) {
      return HelloResult.Failure.TRUNCATED;
    }
    return new ClientHelloParser(buf, off, false).read(off + len);
  }

  /**
   * Reads the start of a ClientHello whose end will not come. {@link HelloResult.Parsed} only where
   * the whole server name is there.
   *
   * @param buf holds the message
   * @param off offset of the body
   * @param len bytes of the body that are there
   */
  public static HelloResult parsePrefix(byte[] buf, int off, int len) {
    if (off < 0 || len < 0 || len > buf.length - off) {
      return HelloResult.Failure.TRUNCATED;
    }
    HelloResult result = new ClientHelloParser(buf, off, true).read(off + len);
    return result instanceof HelloResult.Parsed(ClientHello hello) && hello.serverName() == null
        ? HelloResult.Failure.TRUNCATED
        : result;
  }

  private HelloResult read(int end) {
    if (end - at < 2 + RANDOM_BYTES + 1) {
      return HelloResult.Failure.TRUNCATED;
    }
    int version = u16();
    if (version >> 8 != 3) {
      return HelloResult.Failure.MALFORMED;
    }
    at += RANDOM_BYTES;
    int sessionId = u8();
    if (sessionId > MAX_SESSION_ID) {
      return HelloResult.Failure.MALFORMED;
    }
    if (end - at < sessionId + 2) {
      return HelloResult.Failure.TRUNCATED;
    }
    at += sessionId;
    int suitesLength = u16();
    if (end - at < suitesLength + 1) {
      return HelloResult.Failure.TRUNCATED;
    }
    List<Integer> suites = u16List(at, suitesLength);
    at += suitesLength;
    int compressions = u8();
    if (end - at < compressions) {
      return HelloResult.Failure.TRUNCATED;
    }
    at += compressions;
    if (at < end) {
      if (end - at < 2) {
        return HelloResult.Failure.TRUNCATED;
      }
      int extensionsLength = u16();
      if (end - at < extensionsLength && !prefix) {
        return HelloResult.Failure.TRUNCATED;
      }
      if (!readExtensions(Math.min(end, at + extensionsLength)) && !prefix) {
        return HelloResult.Failure.TRUNCATED;
      }
    }
    return new HelloResult.Parsed(
        new ClientHello(
            serverName,
            serverNameInvalid,
            alpn,
            version,
            supportedVersions,
            echOffered,
            suites,
            extensions,
            signatureAlgorithms,
            prefix));
  }

  private boolean readExtensions(int end) {
    while (at < end) {
      if (end - at < 4) {
        return false;
      }
      int type = u16();
      int length = u16();
      if (end - at < length) {
        return false;
      }
      if (extensions.size() < MAX_LISTED) {
        extensions.add(type);
      }
      readExtension(type, at, length);
      at += length;
    }
    return true;
  }

  private void readExtension(int type, int from, int length) {
    switch (type) {
      case SERVER_NAME -> readServerName(from, length);
      case ALPN -> readAlpn(from, length);
      case SUPPORTED_VERSIONS -> {
        if (length >= 1 && u8At(from) <= length - 1) {
          supportedVersions = u16List(from + 1, u8At(from));
        }
      }
      case SIGNATURE_ALGORITHMS -> {
        if (length >= 2 && u16At(from) <= length - 2) {
          signatureAlgorithms = u16List(from + 2, u16At(from));
        }
      }
      default -> {
        if ((type >= ECH_FIRST_DRAFT && type <= ECH) || type == ESNI) {
          echOffered = true;
        }
      }
    }
  }

  /** RFC 6066 section 3: list length 2, then type 1, length 2, name. The first host name counts. */
  private void readServerName(int from, int length) {
    if (serverNameSeen || length == 0) {
      return;
    }
    serverNameSeen = true;
    int pos = from + 2;
    int end = from + length;
    if (length < 2 || u16At(from) > length - 2) {
      serverNameInvalid = true;
      return;
    }
    while (end - pos >= 3) {
      int type = u8At(pos);
      int nameLength = u16At(pos + 1);
      pos += 3;
      if (nameLength > end - pos) {
        break;
      }
      if (type == 0) {
        serverName = HostNames.normalize(MemorySegment.ofArray(buf), pos, nameLength);
        serverNameInvalid = serverName == null;
        return;
      }
      pos += nameLength;
    }
    serverNameInvalid = true;
  }

  /** RFC 7301 section 3.1: list length 2, then length 1, name. */
  private void readAlpn(int from, int length) {
    if (length < 2 || u16At(from) > length - 2) {
      return;
    }
    int pos = from + 2;
    int end = pos + u16At(from);
    List<String> names = new ArrayList<>(4);
    while (pos < end && names.size() < MAX_LISTED) {
      int nameLength = u8At(pos);
      pos++;
      if (nameLength > end - pos) {
        break;
      }
      names.add(new String(buf, pos, nameLength, StandardCharsets.ISO_8859_1));
      pos += nameLength;
    }
    alpn = names;
  }

  private List<Integer> u16List(int from, int length) {
    int count = Math.min(MAX_LISTED, length / 2);
    List<Integer> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      values.add(u16At(from + 2 * i));
    }
    return values;
  }

  private int u8() {
    return buf[at++] & 0xff;
  }

  private int u16() {
    int value = u16At(at);
    at += 2;
    return value;
  }

  private int u8At(int pos) {
    return buf[pos] & 0xff;
  }

  private int u16At(int pos) {
    return (buf[pos] & 0xff) << 8 | (buf[pos + 1] & 0xff);
  }
}
