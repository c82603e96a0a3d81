package io.earshot.sensor.identify.tls;

import static io.earshot.sensor.identify.tls.TlsHellos.concat;
import static io.earshot.sensor.identify.tls.TlsHellos.sized;
import static io.earshot.sensor.identify.tls.TlsHellos.u16s;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Builds what servers answer in clear, for tests of any package. */
public final class ServerFlights {
  private static final int SEQUENCE = 0x30;

  private ServerFlights() {}

  /** A ServerHello message. */
  public static byte[] hello(int version, byte[] extensions) {
    return message(
        2,
        concat(
            u16s(version),
            new byte[32],
            sized(1, new byte[32]),
            u16s(0xc02f),
            new byte[1],
            sized(2, extensions)));
  }

  /** A Certificate message with one certificate. */
  public static byte[] certificates(byte[] own) {
    return message(11, sized(3, sized(3, own)));
  }

  private static byte[] message(int type, byte[] body) {
    return concat(new byte[] {(byte) type}, sized(3, body));
  }

  /** The messages in TLS records of at most {@code fragmentBytes} each. */
  public static byte[] records(int fragmentBytes, byte[]... messages) {
    byte[] all = concat(messages);
    byte[] out = {};
    for (int at = 0; at < all.length; at += fragmentBytes) {
      byte[] fragment = Arrays.copyOfRange(all, at, Math.min(all.length, at + fragmentBytes));
      out = concat(out, new byte[] {22, 3, 3}, sized(2, fragment));
    }
    return out;
  }

  /** A certificate as far as its names go. */
  public static byte[] certificate(String commonName, String... alternatives) {
    byte[] names = {};
    for (String name : alternatives) {
      names = concat(names, der(0x82, name.getBytes(StandardCharsets.US_ASCII)));
    }
    byte[] constraints =
        der(SEQUENCE, der(6, 0x55, 0x1d, 0x13), der(1, 0xff), der(4, der(SEQUENCE, new byte[0])));
    byte[] alternative = der(SEQUENCE, der(6, 0x55, 0x1d, 0x11), der(4, der(SEQUENCE, names)));
    byte[] extensions = alternatives.length == 0 ? constraints : concat(constraints, alternative);
    byte[] country = der(0x31, der(SEQUENCE, der(6, 0x55, 0x04, 0x06), der(0x13, 'S', 'E')));
    byte[] common =
        der(
            0x31,
            der(
                SEQUENCE,
                der(6, 0x55, 0x04, 0x03),
                der(0x0c, commonName.getBytes(StandardCharsets.US_ASCII))));
    byte[] tbs =
        der(
            SEQUENCE,
            der(0xa0, der(2, 2)),
            der(2, 1),
            der(SEQUENCE, new byte[0]),
            der(SEQUENCE, country),
            der(SEQUENCE, new byte[0]),
            der(SEQUENCE, country, common),
            der(SEQUENCE, new byte[300]),
            der(0xa3, der(SEQUENCE, extensions)));
    return der(SEQUENCE, tbs, der(SEQUENCE, new byte[0]));
  }

  private static byte[] der(int tag, int... content) {
    byte[] bytes = new byte[content.length];
    for (int i = 0; i < content.length; i++) {
      bytes[i] = (byte) content[i];
    }
    return der(tag, bytes);
  }

  private static byte[] der(int tag, byte[]... contents) {
    byte[] content = concat(contents);
    byte[] length =
        content.length < 0x80
            ? new byte[] {(byte) content.length}
            : new byte[] {(byte) 0x82, (byte) (content.length >> 8), (byte) content.length};
    return concat(new byte[] {(byte) tag}, length, content);
  }
}
