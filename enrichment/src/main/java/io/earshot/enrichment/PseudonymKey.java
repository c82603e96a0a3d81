package io.earshot.enrichment;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The secret behind {@link AddressPseudonyms}: 32 random bytes, kept in a file or a credential of
 * systemd. Whoever has it can turn pseudonyms back into addresses. Immutable.
 *
 * <p>A new key is a new file. The pseudonyms of two keys have nothing in common, so documents tell
 * them apart by {@link #id()}.
 */
public final class PseudonymKey {
  private static final String HOW = "openssl rand -hex 32";

  /** Length of a key. */
  public static final int BYTES = 32;

  private static final int FEWEST_DIFFERENT_BYTES = 8;
  private static final int ID_BYTES = 4;
  private static final byte[] ID_LABEL =
      "earshot pseudonym key ".getBytes(StandardCharsets.US_ASCII);

  private final byte[] key;
  private final String id;

  /**
   * A key of these bytes, which are copied.
   *
   * @throws IllegalArgumentException where they are not 32, or clearly not random
   */
  public PseudonymKey(byte[] key) {
    if (key.length != BYTES) {
      throw new IllegalArgumentException(
          "a key for pseudonyms has " + BYTES + " bytes, not " + key.length);
    }
    // 32 random bytes have fewer than eight different ones less than once in 10^36 keys.
    boolean[] seen = new boolean[256];
    int different = 0;
    for (byte b : key) {
      different += seen[b & 0xff] ? 0 : 1;
      seen[b & 0xff] = true;
    }
    if (different < FEWEST_DIFFERENT_BYTES) {
      throw new IllegalArgumentException("a key for pseudonyms must be random; this one is not");
    }
    this.key = key.clone();
    this.id = id(key);
  }

  /**
   * The key that is written as 64 hexadecimal digits, with white space around them.
   *
   * @throws IllegalArgumentException where it is none; the message says what to do, and never what
   *     was given
   */
  public static PseudonymKey of(String text) {
    try {
      return new PseudonymKey(fromHex(text.strip()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + "; make one: " + HOW, e);
    }
  }

  /**
   * Eight hexadecimal digits that name the key and tell nothing about it: the beginning of a
   * SHA-256 over a label and the key.
   */
  public String id() {
    return id;
  }

  /** A copy of the first 16 bytes, the key of the cipher. */
  byte[] cipherKey() {
    return Arrays.copyOf(key, BYTES / 2);
  }

  /** A copy of the last 16 bytes, from which the padding is made. */
  byte[] padKey() {
    return Arrays.copyOfRange(key, BYTES / 2, BYTES);
  }

  /** The id, never the key. */
  @Override
  public String toString() {
    return "PseudonymKey[" + id + "]";
  }

  private static byte[] fromHex(String digits) {
    if (digits.length() != 2 * BYTES) {
      throw new IllegalArgumentException("a key is " + 2 * BYTES + " hexadecimal digits");
    }
    try {
      return HexFormat.of().parseHex(digits);
    } catch (IllegalArgumentException e) {
      // Its message would quote a piece of the key.
      throw new IllegalArgumentException("not all of the digits are hexadecimal");
    }
  }

  private static String id(byte[] key) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(ID_LABEL);
      return HexFormat.of().formatHex(digest.digest(key), 0, ID_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
