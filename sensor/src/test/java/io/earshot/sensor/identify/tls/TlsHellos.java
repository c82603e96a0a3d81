package io.earshot.sensor.identify.tls;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Builds client hellos, whole or cut into TLS records, for tests of any package.
 *
 * <p>A builder: {@code new TlsHellos().serverName("host.example").alpn("h2").record()}.
 */
public final class TlsHellos {
  /** Type of the encrypted_client_hello extension. */
  public static final int ECH = 0xfe0d;

  private final List<byte[]> extensions = new ArrayList<>();
  private int[] cipherSuites = {0x1301, 0x1302, 0x1303, 0xc02f};
  private int legacyVersion = 0x0303;
  private boolean withExtensions = true;

  /** Adds a server name extension that holds exactly {@code name}. */
  public TlsHellos serverName(String name) {
    byte[] host = name.getBytes(StandardCharsets.ISO_8859_1);
    byte[] entry = concat(new byte[] {0}, sized(2, host));
    return extension(0, sized(2, entry));
  }

  /** Adds the protocols offered. */
  public TlsHellos alpn(String... protocols) {
    byte[] list = {};
    for (String protocol : protocols) {
      list = concat(list, sized(1, protocol.getBytes(StandardCharsets.ISO_8859_1)));
    }
    return extension(16, sized(2, list));
  }

  /** Adds the versions offered. */
  public TlsHellos supportedVersions(int... versions) {
    return extension(43, sized(1, u16s(versions)));
  }

  /** Adds the signature algorithms. */
  public TlsHellos signatureAlgorithms(int... algorithms) {
    return extension(13, sized(2, u16s(algorithms)));
  }

  /** Adds any extension. */
  public TlsHellos extension(int type, byte[] data) {
    extensions.add(concat(u16s(type), sized(2, data)));
    return this;
  }

  /** Adds a padding extension (RFC 7685) of {@code bytes} zeros. */
  public TlsHellos padding(int bytes) {
    return extension(21, new byte[bytes]);
  }

  /** Replaces the cipher suites. */
  public TlsHellos cipherSuites(int... suites) {
    cipherSuites = suites.clone();
    return this;
  }

  /** Replaces the version field of the hello. */
  public TlsHellos legacyVersion(int version) {
    legacyVersion = version;
    return this;
  }

  /** Leaves the extension block out, as clients before TLS 1.2 may. */
  public TlsHellos withoutExtensions() {
    withExtensions = false;
    return this;
  }

  /** Length of the body up to the extension block, bytes. */
  int withoutExtensionsLength() {
    return fixedPart().length;
  }

  /** The message's body, without type and length. */
  public byte[] body() {
    byte[] body = fixedPart();
    return withExtensions
        ? concat(body, sized(2, concat(extensions.toArray(byte[][]::new))))
        : body;
  }

  private byte[] fixedPart() {
    byte[] random = new byte[32];
    for (int i = 0; i < random.length; i++) {
      random[i] = (byte) (i * 7 + 1);
    }
    return concat(
        u16s(legacyVersion),
        random,
        sized(1, new byte[32]),
        sized(2, u16s(cipherSuites)),
        sized(1, new byte[1]));
  }

  /** The handshake message: type, length, body. */
  public byte[] handshake() {
    return concat(new byte[] {1}, sized(3, body()));
  }

  /** The hello in one TLS record. */
  public byte[] record() {
    return records(Integer.MAX_VALUE);
  }

  /** The hello in TLS records of at most {@code fragmentBytes} bytes of message each. */
  public byte[] records(int fragmentBytes) {
    byte[] message = handshake();
    byte[] out = {};
    for (int at = 0; at < message.length; ) {
      int count = Math.min(fragmentBytes, message.length - at);
      byte[] fragment = Arrays.copyOfRange(message, at, at + count);
      out = concat(out, new byte[] {22, 3, 1}, sized(2, fragment));
      at += count;
    }
    return out;
  }

  /** {@code data} behind its length in {@code lengthBytes} bytes. */
  public static byte[] sized(int lengthBytes, byte[] data) {
    byte[] length = new byte[lengthBytes];
    for (int i = 0; i < lengthBytes; i++) {
      length[i] = (byte) (data.length >> (8 * (lengthBytes - 1 - i)));
    }
    return concat(length, data);
  }

  /** The values as 16 bits each, big-endian. */
  public static byte[] u16s(int... values) {
    byte[] out = new byte[2 * values.length];
    for (int i = 0; i < values.length; i++) {
      out[2 * i] = (byte) (values[i] >> 8);
      out[2 * i + 1] = (byte) values[i];
    }
    return out;
  }

  /** All parts, one behind the other. */
  public static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
