package io.earshot.sensor.identify.quic;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Opens the Initial packets of QUIC clients: key derivation, header protection, AES-128-GCM.
 *
 * <p>Initial keys are made from the destination connection identifier of the client's first packet,
 * which everybody on the path sees; they hide nothing and only keep middleboxes honest. The tag is
 * checked, so bytes that come out are bytes a QUIC client sent. One object per thread: its ciphers
 * and buffers are reused for every flow. Source: RFC 9001 sections 5.2 to 5.4.
 */
public final class QuicInitialParser {
  private static final int HASH_BYTES = 32;
  private static final int KEY_BYTES = 16;
  private static final int IV_BYTES = 12;
  private static final int SAMPLE_BYTES = 16;
  private static final int TAG_BYTES = 16;
  private static final int MAX_PACKET_NUMBER_BYTES = 4;
  private static final int USUAL_DATAGRAM = 1500;

  private static final String HMAC = "HmacSHA256";

  private static final byte[] CLIENT_LABEL = label("client in", HASH_BYTES);

  private final Mac hmac;
  private final Map<QuicVersion, Derivation> derivations = new EnumMap<>(QuicVersion.class);
  private final Cipher headerCipher;
  private final Cipher payloadCipher;
  private final byte[] mask = new byte[SAMPLE_BYTES];
  private final byte[] nonce = new byte[IV_BYTES];
  private byte[] packet = new byte[USUAL_DATAGRAM];
  private byte[] plain = new byte[USUAL_DATAGRAM];
  private long packetNumber;

  /** Takes the ciphers from the JDK. */
  public QuicInitialParser() {
    try {
      hmac = Mac.getInstance(HMAC);
      headerCipher = Cipher.getInstance("AES/ECB/NoPadding");
      payloadCipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has these", e);
    }
  }

  /** Keys of the client that began with {@code connectionId}. */
  InitialKeys deriveKeys(QuicVersion version, byte[] connectionId) {
    try {
      Derivation derivation = derivation(version);
      byte[] initialSecret = derivation.extractor().doFinal(connectionId);
      hmac.init(new SecretKeySpec(initialSecret, HMAC));
      byte[] clientSecret = hmac.doFinal(CLIENT_LABEL);
      hmac.init(new SecretKeySpec(clientSecret, HMAC));
      // What has given its sum begins anew with the same key.
      byte[] key = hmac.doFinal(derivation.keyLabel());
      byte[] iv = hmac.doFinal(derivation.ivLabel());
      byte[] headerKey = hmac.doFinal(derivation.headerKeyLabel());
      return new InitialKeys(
          version,
          new SecretKeySpec(key, 0, KEY_BYTES, "AES"),
          Arrays.copyOf(iv, IV_BYTES),
          new SecretKeySpec(headerKey, 0, KEY_BYTES, "AES"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC takes any key", e);
    }
  }

  private Derivation derivation(QuicVersion version) throws GeneralSecurityException {
    Derivation known = derivations.get(version);
    if (known == null) {
      Mac extractor = Mac.getInstance(HMAC);
      extractor.init(new SecretKeySpec(version.salt(), HMAC));
      known =
          new Derivation(
              extractor,
              label(version.label("key"), KEY_BYTES),
              label(version.label("iv"), IV_BYTES),
              label(version.label("hp"), KEY_BYTES));
      derivations.put(version, known);
    }
    return known;
  }

  /** What is the same for all connections of a version: HMAC keyed with its salt, and labels. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Derivation(
      Mac extractor, byte[] keyLabel, byte[] ivLabel, byte[] headerKeyLabel) {}

  /**
   * Removes the protection of one Initial packet.
   *
   * @param keys keys to try
   * @param data holds the packet at {@code offset}
   * @param offset offset of the packet's first byte
   * @param numberAt where the packet number starts, bytes from the first
   * @param length length of the packet, bytes
   * @param largest largest packet number of the flow so far, -1 before the first
   * @return length of the payload, now in {@link #plain()}; -1 where the keys do not fit
   */
  int open(
      InitialKeys keys, MemorySegment data, long offset, int numberAt, int length, long largest) {
    if (length < numberAt + MAX_PACKET_NUMBER_BYTES + SAMPLE_BYTES) {
      return -1;
    }
    if (packet.length < length) {
      packet = new byte[length];
      plain = new byte[length];
    }
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, offset, packet, 0, length);
    try {
      headerCipher.init(Cipher.ENCRYPT_MODE, keys.headerKey());
      headerCipher.update(packet, numberAt + MAX_PACKET_NUMBER_BYTES, SAMPLE_BYTES, mask, 0);
      packet[0] ^= (byte) (mask[0] & 0x0f);
      int numberBytes = (packet[0] & 3) + 1;
      long truncated = 0;
      for (int i = 0; i < numberBytes; i++) {
        packet[numberAt + i] ^= mask[1 + i];
        truncated = truncated << 8 | (packet[numberAt + i] & 0xff);
      }
      int header = numberAt + numberBytes;
      if (length - header < TAG_BYTES) {
        return -1;
      }
      packetNumber = packetNumber(largest, truncated, numberBytes * 8);
      System.arraycopy(keys.iv(), 0, nonce, 0, IV_BYTES);
      for (int i = 0; i < Long.BYTES; i++) {
        nonce[IV_BYTES - 1 - i] ^= (byte) (packetNumber >>> (8 * i));
      }
      payloadCipher.init(
          Cipher.DECRYPT_MODE, keys.key(), new GCMParameterSpec(TAG_BYTES * 8, nonce));
      payloadCipher.updateAAD(packet, 0, header);
      return payloadCipher.doFinal(packet, header, length - header, plain, 0);
    } catch (GeneralSecurityException _) {
      return -1;
    }
  }

  /** The payload that {@link #open} brought out last; valid until its next call. */
  byte[] plain() {
    return plain;
  }

  /** Number of the packet that {@link #open} opened last. */
  long packetNumber() {
    return packetNumber;
  }

  /** The number nearest to the one expected next (RFC 9000 appendix A.3). */
  static long packetNumber(long largest, long truncated, int bits) {
    long expected = largest + 1;
    long window = 1L << bits;
    long candidate = (expected & ~(window - 1)) | truncated;
    if (candidate + window / 2 <= expected && candidate < (1L << 62) - window) {
      return candidate + window;
    }
    if (candidate > expected + window / 2 && candidate >= window) {
      return candidate - window;
    }
    return candidate;
  }

  /**
   * What HKDF-Expand-Label hashes for an empty context and at most one block (RFC 8446 section
   * 7.1).
   */
  private static byte[] label(String label, int length) {
    byte[] text = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(text.length + 5)
        .putShort((short) length)
        .put((byte) text.length)
        .put(text)
        .put((byte) 0)
        .put((byte) 1)
        .array();
  }
}
