package io.earshot.models.simulate;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Builds the long-header packets of a QUIC v1 handshake (RFC 9000, 17.2; RFC 9001, 5).
 *
 * <p>The client's Initial packets are sealed as the RFC says, so that their SNI can be read; the
 * server's are only shaped like the real ones.
 */
final class QuicHello {
  private static final byte[] SALT =
      HexFormat.of().parseHex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a");
  private static final int DATAGRAM = 1_200;
  private static final int HEADER = 1 + 4 + 1 + 8 + 1 + 1 + 2 + 2;
  private static final int TAG = 16;
  private static final int ROOM = DATAGRAM - HEADER - TAG - 8;

  private QuicHello() {}

  /** One or two datagrams that together carry the client hello. */
  static List<byte[]> clientInitials(Dice dice, String name) {
    byte[] destination = new byte[8];
    dice.fill(destination, 0, 8);
    byte[] parameters = new byte[64];
    dice.fill(parameters, 0, parameters.length);
    // one unknown parameter of 60 bytes: id 0x1f4b (reserved for greasing), length
    ByteBuffer.wrap(parameters).putShort((short) 0x5f4b).put((byte) 61);
    HelloStyle style = dice.chance(0.6) ? HelloStyle.BROWSER : HelloStyle.PLAIN;
    byte[] hello = Handshake.clientHello(dice, name, List.of("h3"), style, 300, parameters);
    List<byte[]> datagrams = new ArrayList<>();
    for (int from = 0; from < hello.length; from += ROOM) {
      int to = Math.min(hello.length, from + ROOM);
      datagrams.add(seal(destination, datagrams.size(), hello, from, to));
    }
    return datagrams;
  }

  private static byte[] seal(byte[] destination, int number, byte[] hello, int from, int to) {
    try {
      byte[] key = clientSecret(destination, "quic key", 16);
      byte[] iv = clientSecret(destination, "quic iv", 12);
      byte[] protection = clientSecret(destination, "quic hp", 16);
      ByteBuffer header = ByteBuffer.allocate(HEADER);
      header.put((byte) 0xc1).putInt(1).put((byte) 8).put(destination).put((byte) 0).put((byte) 0);
      header.putShort((short) (0x4000 | (DATAGRAM - HEADER + 2))).putShort((short) number);
      ByteBuffer plain = ByteBuffer.allocate(DATAGRAM - HEADER - TAG);
      plain.put((byte) 6).putShort((short) (0x4000 | from));
      plain.putShort((short) (0x4000 | (to - from))).put(hello, from, to - from);
      iv[10] ^= (byte) (number >>> 8);
      iv[11] ^= (byte) number;
      Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
      gcm.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, iv));
      gcm.updateAAD(header.array());
      byte[] sealed = gcm.doFinal(plain.array());
      byte[] datagram = Arrays.copyOf(header.array(), DATAGRAM);
      System.arraycopy(sealed, 0, datagram, HEADER, sealed.length);
      byte[] mask = mask(protection, datagram, HEADER - 2 + 4);
      datagram[0] ^= (byte) (mask[0] & 0x0f);
      datagram[HEADER - 2] ^= mask[1];
      datagram[HEADER - 1] ^= mask[2];
      return datagram;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the platform lacks AES-GCM or HMAC-SHA-256", e);
    }
  }

  @SuppressWarnings("InsecureCipherMode") // RFC 9001, 5.4.3: header protection is one AES block
  private static byte[] mask(byte[] key, byte[] datagram, int at) throws GeneralSecurityException {
    Cipher block = Cipher.getInstance("AES/ECB/NoPadding");
    block.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
    return block.doFinal(datagram, at, 16);
  }

  /** A secret of the client's Initial packets (RFC 9001, 5.2). */
  static byte[] clientSecret(byte[] destination, String label, int length)
      throws GeneralSecurityException {
    byte[] secret = expand(hmac(SALT, destination), "client in", 32);
    return expand(secret, label, length);
  }

  private static byte[] hmac(byte[] key, byte[] data) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(data);
  }

  private static byte[] expand(byte[] secret, String label, int length)
      throws GeneralSecurityException {
    byte[] full = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
    ByteBuffer info = ByteBuffer.allocate(full.length + 5);
    info.putShort((short) length).put((byte) full.length).put(full).put((byte) 0).put((byte) 1);
    return Arrays.copyOf(hmac(secret, info.array()), length);
  }

  /** A datagram of the server's handshake flight. */
  static byte[] serverLong(Dice dice, boolean initial, boolean last) {
    byte[] datagram = new byte[last ? dice.between(300, 900) : DATAGRAM];
    dice.fill(datagram, 0, datagram.length);
    ByteBuffer out = ByteBuffer.wrap(datagram);
    out.put((byte) (initial ? 0xc0 : 0xe0)).putInt(1).put((byte) 0).put((byte) 8);
    return datagram;
  }

  /** The client's last handshake packet. */
  static byte[] clientFinished(Dice dice) {
    byte[] datagram = new byte[dice.between(80, 140)];
    dice.fill(datagram, 0, datagram.length);
    ByteBuffer.wrap(datagram).put((byte) 0xe1).putInt(1).put((byte) 8);
    return datagram;
  }
}
