package io.earshot.models.simulate;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Builds the handshake messages that travel in the clear: ClientHello and ServerHello (RFC 8446,
 * extensions RFC 6066, 7301, 8701; key share draft-ietf-tls-ecdhe-mlkem).
 */
final class Handshake {
  private static final int X25519 = 0x001d;
  private static final int X25519_MLKEM768 = 0x11ec;

  private Handshake() {}

  /** A whole TLS record with a client hello. */
  static byte[] clientHelloRecord(Dice dice, String name, List<String> alpn, HelloStyle style) {
    int target = dice.between(style.low, style.high);
    byte[] message = clientHello(dice, name, alpn, style, target - 5, new byte[0]);
    ByteBuffer record = ByteBuffer.allocate(message.length + 5);
    record.put((byte) 22).putShort((short) 0x0301).putShort((short) message.length).put(message);
    return record.array();
  }

  /**
   * A client hello message padded to the wanted size where it is not longer already.
   *
   * @param quicParameters transport parameters (RFC 9001, 8.2), empty for TCP
   */
  static byte[] clientHello(
      Dice dice,
      String name,
      List<String> alpn,
      HelloStyle style,
      int target,
      byte[] quicParameters) {
    ByteBuffer out = ByteBuffer.allocate(4096);
    out.put((byte) 1).put((byte) 0).putShort((short) 0);
    out.putShort((short) 0x0303);
    random(out, dice, 32);
    int session = quicParameters.length > 0 ? 0 : 32;
    out.put((byte) session);
    random(out, dice, session);
    short grease = (short) (0x0a0a + 0x1010 * dice.between(0, 15));
    int[] ciphers =
        style.grease
            ? new int[] {
              grease, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
              0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35
            }
            : new int[] {
              0x1302, 0x1301, 0x1303, 0xc02c, 0xc02b, 0xcca9, 0xc030, 0xc02f, 0xcca8, 0xff
            };
    out.putShort((short) (ciphers.length * 2));
    for (int cipher : ciphers) {
      out.putShort((short) cipher);
    }
    out.put((byte) 1).put((byte) 0);
    int extensions = out.position();
    out.putShort((short) 0);
    if (style.grease) {
      out.putShort(grease).putShort((short) 0);
    }
    byte[] host = name.getBytes(StandardCharsets.US_ASCII);
    out.putShort((short) 0).putShort((short) (host.length + 5));
    out.putShort((short) (host.length + 3)).put((byte) 0).putShort((short) host.length).put(host);
    out.putShort((short) 0x17).putShort((short) 0);
    out.putShort((short) 0xff01).putShort((short) 1).put((byte) 0);
    groups(out, style, grease);
    out.putShort((short) 11).putShort((short) 2).put((byte) 1).put((byte) 0);
    out.putShort((short) 35).putShort((short) 0);
    if (!alpn.isEmpty()) {
      int length = alpn.stream().mapToInt(a -> a.length() + 1).sum();
      out.putShort((short) 16).putShort((short) (length + 2)).putShort((short) length);
      for (String protocol : alpn) {
        out.put((byte) protocol.length()).put(protocol.getBytes(StandardCharsets.US_ASCII));
      }
    }
    out.putShort((short) 5).putShort((short) 5).put((byte) 1).putInt(0);
    int[] signatures = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
    out.putShort((short) 13).putShort((short) (signatures.length * 2 + 2));
    out.putShort((short) (signatures.length * 2));
    for (int signature : signatures) {
      out.putShort((short) signature);
    }
    keyShares(out, dice, style, grease);
    out.putShort((short) 45).putShort((short) 2).put((byte) 1).put((byte) 1);
    int versions = style.grease ? 3 : 2;
    out.putShort((short) 43).putShort((short) (versions * 2 + 1)).put((byte) (versions * 2));
    if (style.grease) {
      out.putShort(grease);
    }
    out.putShort((short) 0x0304).putShort((short) 0x0303);
    if (quicParameters.length > 0) {
      out.putShort((short) 0x39).putShort((short) quicParameters.length).put(quicParameters);
    }
    int missing = target - out.position() - 4;
    if (missing >= 0) {
      out.putShort((short) 21).putShort((short) missing);
      out.position(out.position() + missing);
    }
    out.putShort(extensions, (short) (out.position() - extensions - 2));
    out.putShort(2, (short) (out.position() - 4));
    byte[] message = new byte[out.position()];
    out.get(0, message);
    return message;
  }

  private static void groups(ByteBuffer out, HelloStyle style, short grease) {
    int count = 3 + (style.grease ? 1 : 0) + (style.postQuantum ? 1 : 0);
    out.putShort((short) 10).putShort((short) (count * 2 + 2)).putShort((short) (count * 2));
    if (style.grease) {
      out.putShort(grease);
    }
    if (style.postQuantum) {
      out.putShort((short) X25519_MLKEM768);
    }
    out.putShort((short) X25519).putShort((short) 0x17).putShort((short) 0x18);
  }

  private static void keyShares(ByteBuffer out, Dice dice, HelloStyle style, short grease) {
    int length = 36 + (style.grease ? 5 : 0) + (style.postQuantum ? 4 + 1216 : 0);
    out.putShort((short) 51).putShort((short) (length + 2)).putShort((short) length);
    if (style.grease) {
      out.putShort(grease).putShort((short) 1).put((byte) 0);
    }
    if (style.postQuantum) {
      out.putShort((short) X25519_MLKEM768).putShort((short) 1216);
      random(out, dice, 1216);
    }
    out.putShort((short) X25519).putShort((short) 32);
    random(out, dice, 32);
  }

  /** A whole TLS record with a server hello. */
  static byte[] serverHelloRecord(Dice dice, boolean postQuantum) {
    int share = postQuantum ? 1120 : 32;
    int extensions = 6 + 8 + share;
    int body = 2 + 32 + 1 + 32 + 2 + 1 + 2 + extensions;
    ByteBuffer out = ByteBuffer.allocate(body + 9);
    out.put((byte) 22).putShort((short) 0x0303).putShort((short) (body + 4));
    out.put((byte) 2).put((byte) 0).putShort((short) body).putShort((short) 0x0303);
    random(out, dice, 32);
    out.put((byte) 32);
    random(out, dice, 32);
    out.putShort((short) 0x1301).put((byte) 0).putShort((short) extensions);
    out.putShort((short) 43).putShort((short) 2).putShort((short) 0x0304);
    out.putShort((short) 51).putShort((short) (share + 4));
    out.putShort((short) (postQuantum ? X25519_MLKEM768 : X25519)).putShort((short) share);
    random(out, dice, share);
    return out.array();
  }

  private static void random(ByteBuffer out, Dice dice, int length) {
    byte[] bytes = new byte[length];
    dice.fill(bytes, 0, length);
    out.put(bytes);
  }
}
