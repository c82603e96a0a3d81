package io.earshot.sensor.identify.quic;

import io.earshot.sensor.identify.tls.TlsHellos;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Objects;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Builds and seals QUIC packets as a client sends them, for tests of any package.
 *
 * <p>A builder of one connection; each {@link #initial} is one more packet of it.
 */
public final class QuicInitials {
  /** RFC 9000. */
  public static final int V1 = 1;

  /** RFC 9369. */
  public static final int V2 = 0x6b3343cf;

  private int version;
  private QuicVersion keysOf;
  private byte[] connectionId;
  private byte[] keyConnectionId;
  private byte[] token = {};
  private int number;
  private int numberBytes = 2;

  /** A connection whose first packet goes to {@code connectionId}. */
  public QuicInitials(int version, byte[] connectionId) {
    QuicVersion known = QuicVersion.of(version);
    this.version = version;
    this.keysOf = known == null ? QuicVersion.DRAFT_29 : known;
    this.connectionId = connectionId.clone();
    this.keyConnectionId = connectionId.clone();
  }

  /** Goes on under the identifier the server chose; the keys stay. */
  public QuicInitials changeConnectionId(byte[] id) {
    connectionId = id.clone();
    return this;
  }

  /** Starts again after a Retry: new keys, and the token in every Initial. */
  public QuicInitials retried(byte[] id, byte[] retryToken) {
    keyConnectionId = id.clone();
    token = retryToken.clone();
    return changeConnectionId(id);
  }

  /** Goes on in another version; the keys are made anew from the first identifier. */
  public QuicInitials changeVersion(int to) {
    version = to;
    keysOf = Objects.requireNonNull(QuicVersion.of(to));
    return this;
  }

  /** Sets the number of the next packet and the bytes that carry it. */
  public QuicInitials number(int next, int bytes) {
    number = next;
    numberBytes = bytes;
    return this;
  }

  /** The next Initial, its payload padded to {@code payloadBytes}. */
  public byte[] initial(int payloadBytes, byte[]... frames) {
    byte[] payload = TlsHellos.concat(frames);
    byte[] padded = Arrays.copyOf(payload, Math.max(payloadBytes, payload.length));
    byte[] header =
        TlsHellos.concat(
            longHeader(QuicVersion.INITIAL, numberBytes - 1),
            varint(token.length),
            token,
            varint(numberBytes + padded.length + 16),
            number(numberBytes));
    return seal(header, padded);
  }

  /** A packet of another type whose inside nobody on the path can read. */
  public byte[] opaque(int type, int payloadBytes) {
    byte[] payload = new byte[payloadBytes];
    Arrays.fill(payload, (byte) 0x5a);
    return TlsHellos.concat(longHeader(type, 0), varint(payloadBytes), payload);
  }

  /** A CRYPTO frame with a part of {@code message}. */
  public static byte[] crypto(byte[] message, int from, int to) {
    return TlsHellos.concat(
        new byte[] {6}, varint(from), varint(to - from), Arrays.copyOfRange(message, from, to));
  }

  /** A variable-length integer in the fewest bytes. */
  public static byte[] varint(long value) {
    int log = value < 1 << 6 ? 0 : value < 1 << 14 ? 1 : value < 1 << 30 ? 2 : 3;
    byte[] out = new byte[1 << log];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) (value >>> (8 * (out.length - 1 - i)));
    }
    out[0] |= (byte) (log << 6);
    return out;
  }

  private byte[] longHeader(int type, int low) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean two = keysOf == QuicVersion.V2;
    out.write(0xc0 | ((type + (two ? 1 : 0)) & 3) << 4 | low);
    out.writeBytes(TlsHellos.u16s(version >>> 16, version));
    out.writeBytes(TlsHellos.sized(1, connectionId));
    out.writeBytes(TlsHellos.sized(1, new byte[0]));
    return out.toByteArray();
  }

  private byte[] number(int bytes) {
    byte[] out = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      out[i] = (byte) (number >>> (8 * (bytes - 1 - i)));
    }
    return out;
  }

  private byte[] seal(byte[] header, byte[] payload) {
    InitialKeys keys = new QuicInitialParser().deriveKeys(keysOf, keyConnectionId);
    byte[] nonce = keys.iv().clone();
    for (int i = 0; i < 4; i++) {
      nonce[nonce.length - 1 - i] ^= (byte) (number >>> (8 * i));
    }
    number++;
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(Cipher.ENCRYPT_MODE, keys.key(), new GCMParameterSpec(128, nonce));
      cipher.updateAAD(header);
      byte[] packet = TlsHellos.concat(header, cipher.doFinal(payload));
      int numberAt = header.length - numberBytes;
      Cipher mask = Cipher.getInstance("AES/ECB/NoPadding");
      mask.init(Cipher.ENCRYPT_MODE, keys.headerKey());
      byte[] bits = mask.doFinal(packet, numberAt + 4, 16);
      packet[0] ^= (byte) (bits[0] & 0x0f);
      for (int i = 0; i < numberBytes; i++) {
        packet[numberAt + i] ^= bits[1 + i];
      }
      return packet;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
