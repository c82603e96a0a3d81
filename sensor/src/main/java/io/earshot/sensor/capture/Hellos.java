package io.earshot.sensor.capture;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * First messages that name a server, made up: TLS records, QUIC Initials, DNS queries and answers.
 * Stateless.
 */
public final class Hellos {
  private static final int TLS_MESSAGE_BYTES = 512;
  private static final int QUIC_MESSAGE_BYTES = 300;
  private static final int DATAGRAM_BYTES = 1200;
  private static final int QUIC_HEADER_BYTES = 20;
  private static final int TAG_BYTES = 16;
  private static final byte[] QUIC_SALT =
      HexFormat.of().parseHex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a");

  private Hellos() {}

  /** A TLS record with a client hello of the usual 517 bytes. */
  public static byte[] tls(String name) {
    byte[] message = clientHello(name, TLS_MESSAGE_BYTES);
    return ByteBuffer.allocate(message.length + 5)
        .put((byte) 22)
        .putShort((short) 0x0301)
        .putShort((short) message.length)
        .put(message)
        .array();
  }

  /** RFC 8446 section 4.1.2: two ciphers, server_name, supported_versions, padding. */
  private static byte[] clientHello(String name, int bytes) {
    byte[] host = name.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer out = ByteBuffer.allocate(bytes);
    out.putInt(0x0100_0000 | (bytes - 4)).putShort((short) 0x0303);
    out.position(out.position() + 32);
    out.put((byte) 32).position(out.position() + 32);
    out.putShort((short) 4).putShort((short) 0x1301).putShort((short) 0x1302);
    out.put((byte) 1).put((byte) 0);
    out.putShort((short) (out.remaining() - 2));
    out.putShort((short) 0).putShort((short) (host.length + 5));
    out.putShort((short) (host.length + 3)).put((byte) 0).putShort((short) host.length).put(host);
    out.putShort((short) 43).putShort((short) 3).put((byte) 2).putShort((short) 0x0304);
    out.putShort((short) 21).putShort((short) (out.remaining() - 2));
    return out.array();
  }

  /** A datagram with one sealed QUIC v1 Initial packet (RFC 9001 section 5). */
  public static byte[] quic(String name) {
    byte[] connection = Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), 8);
    byte[] hello = clientHello(name, QUIC_MESSAGE_BYTES);
    ByteBuffer header = ByteBuffer.allocate(QUIC_HEADER_BYTES);
    header.put((byte) 0xc1).putInt(1).put((byte) 8).put(connection).put((byte) 0).put((byte) 0);
    header.putShort((short) (0x4000 | (DATAGRAM_BYTES - QUIC_HEADER_BYTES + 2)));
    byte[] head = header.putShort((short) 0).array();
    ByteBuffer plain = ByteBuffer.allocate(DATAGRAM_BYTES - head.length - TAG_BYTES);
    plain.put((byte) 6).put((byte) 0).putShort((short) (0x4000 | hello.length)).put(hello);
    try {
      byte[] secret = expand(hmac(QUIC_SALT, connection), "client in", 32);
      Cipher seal = Cipher.getInstance("AES/GCM/NoPadding");
      seal.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(expand(secret, "quic key", 16), "AES"),
          new GCMParameterSpec(8 * TAG_BYTES, expand(secret, "quic iv", 12)));
      seal.updateAAD(head);
      byte[] datagram = Arrays.copyOf(head, DATAGRAM_BYTES);
      byte[] sealed = seal.doFinal(plain.array());
      System.arraycopy(sealed, 0, datagram, head.length, sealed.length);
      Cipher block = Cipher.getInstance("AES/ECB/NoPadding");
      block.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(expand(secret, "quic hp", 16), "AES"));
      byte[] mask = block.doFinal(datagram, 22, 16);
      datagram[0] ^= (byte) (mask[0] & 0x0f);
      datagram[18] ^= mask[1];
      datagram[19] ^= mask[2];
      return datagram;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has AES-GCM and HMAC-SHA-256", e);
    }
  }

  private static byte[] hmac(byte[] key, byte[] data) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(data);
  }

  /** HKDF-Expand-Label, RFC 8446 section 7.1, of at most one block. */
  private static byte[] expand(byte[] secret, String label, int bytes)
      throws GeneralSecurityException {
    byte[] text = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
    ByteBuffer info = ByteBuffer.allocate(text.length + 5);
    info.putShort((short) bytes).put((byte) text.length).put(text).put((byte) 0).put((byte) 1);
    return Arrays.copyOf(hmac(secret, info.array()), bytes);
  }

  /** A question for the address of a name (RFC 1035 section 4). */
  static byte[] question(String name, boolean ipv6) {
    return dns(name, ipv6, new byte[0]);
  }

  /** Its answer: one alias and one address. */
  static byte[] answer(String name, boolean ipv6, byte[] address) {
    return dns(name, ipv6, address);
  }

  private static byte[] dns(String name, boolean ipv6, byte[] address) {
    boolean answer = address.length > 0;
    short type = (short) (ipv6 ? 28 : 1);
    ByteBuffer out = ByteBuffer.allocate(256);
    out.putShort((short) 0x1234).putShort((short) (answer ? 0x8180 : 0x0100));
    out.putShort((short) 1).putShort((short) (answer ? 2 : 0)).putInt(0);
    labels(out, name).putShort(type).putShort((short) 1);
    if (answer) {
      out.putShort((short) 0xc00c).putShort((short) 5).putShort((short) 1).putInt(300);
      out.putShort((short) 7);
      int alias = out.position();
      out.put((byte) 4).put((byte) 'e').put((byte) 'd').put((byte) 'g').put((byte) 'e');
      out.putShort((short) 0xc00c);
      out.putShort((short) (0xc000 | alias)).putShort(type).putShort((short) 1).putInt(60);
      out.putShort((short) address.length).put(address);
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  private static ByteBuffer labels(ByteBuffer out, String name) {
    for (int from = 0; from < name.length(); ) {
      int dot = name.indexOf('.', from);
      int end = dot < 0 ? name.length() : dot;
      out.put((byte) (end - from));
      out.put(name.substring(from, end).getBytes(StandardCharsets.US_ASCII));
      from = end + 1;
    }
    return out.put((byte) 0);
  }
}
