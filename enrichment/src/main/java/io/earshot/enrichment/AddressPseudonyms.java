package io.earshot.enrichment;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * Addresses to pseudonyms: one to one, and two addresses that share their first k bits get
 * pseudonyms that share exactly their first k bits, so that networks stay visible and addresses do
 * not. The same key gives the same pseudonyms in every run and on every sensor.
 *
 * <p>Not anonymous: who has the key can go back, and who can tell the traffic of a few addresses
 * learns the beginning of their neighbours' pseudonyms with them. That is the price of keeping
 * prefixes.
 *
 * <p>The scheme is Crypto-PAn. Bit i of the pseudonym is bit i of the address, flipped where the
 * first bit of AES-128 over the i bits before it, filled up to a block with the padding, is set;
 * the padding is the key's second half, encrypted under its first. IPv4 goes through the first 32
 * of the 128 bits, so an IPv4 address and an IPv6 address that begins with its four octets share
 * the beginnings of their pseudonyms as well. Source: J. Xu, J. Fan, M. Ammar, S. Moon,
 * "Prefix-Preserving IP Address Anonymization: Measurement-based Security Evaluation and a New
 * Cryptography-based Scheme", ICNP 2002, section 4, and their Crypto-PAn 1.0.
 *
 * <p>Holds one cipher, two blocks of bytes and a bounded table of what was asked last, and belongs
 * to one thread: that which makes the documents.
 */
public final class AddressPseudonyms {
  private static final int BLOCK_BYTES = 16;
  private static final int MOST_BITS = 128;

  /** Pseudonyms kept; about 1.5 MB at most, for a few thousand listeners and servers at once. */
  private static final int MOST_KEPT = 8192;

  private final Cipher cipher;
  private final byte[] padding;
  private final byte[] blocks = new byte[MOST_BITS * BLOCK_BYTES];
  private final byte[] encrypted = new byte[MOST_BITS * BLOCK_BYTES];
  private final Map<InetAddress, InetAddress> kept =
      new LinkedHashMap<>(256, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, InetAddress> eldest) {
          return size() > MOST_KEPT;
        }
      };

  /** Pseudonyms under a key. */
  public AddressPseudonyms(PseudonymKey key) {
    try {
      cipher = blockCipher();
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key.cipherKey(), "AES"));
      padding = cipher.doFinal(key.padKey());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has AES with keys of 128 bits", e);
    }
  }

  /**
   * The pseudonym of an address, of the same family. The scope of an IPv6 address is dropped, since
   * it names an interface of this machine.
   */
  public InetAddress of(InetAddress address) {
    InetAddress known = kept.get(address);
    if (known != null) {
      return known;
    }
    InetAddress pseudonym = made(address.getAddress());
    kept.put(address, pseudonym);
    return pseudonym;
  }

  /** Addresses whose pseudonyms are kept at the moment. */
  int kept() {
    return kept.size();
  }

  private InetAddress made(byte[] octets) {
    int bits = octets.length * Byte.SIZE;
    for (int bit = 0; bit < bits; bit++) {
      fillBlock(octets, bit);
    }
    try {
      cipher.doFinal(blocks, 0, bits * BLOCK_BYTES, encrypted);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("whole blocks fit their place", e);
    }
    byte[] pseudonym = octets.clone();
    for (int bit = 0; bit < bits; bit++) {
      int flip = (encrypted[bit * BLOCK_BYTES] & 0x80) >>> (bit % Byte.SIZE);
      pseudonym[bit / Byte.SIZE] ^= (byte) flip;
    }
    try {
      return InetAddress.getByAddress(pseudonym);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 and 16 bytes are addresses", e);
    }
  }

  /** Lays out the block that decides a bit: the address up to there, then the padding. */
  private void fillBlock(byte[] octets, int bit) {
    int start = bit * BLOCK_BYTES;
    int whole = bit / Byte.SIZE;
    System.arraycopy(octets, 0, blocks, start, whole);
    System.arraycopy(padding, whole, blocks, start + whole, BLOCK_BYTES - whole);
    int left = 0xff << (Byte.SIZE - bit % Byte.SIZE);
    blocks[start + whole] = (byte) ((octets[whole] & left) | (padding[whole] & ~left));
  }

  /** Single blocks, each of them once: AES serves as a pseudorandom function here. */
  @SuppressWarnings("InsecureCryptoUsage")
  private static Cipher blockCipher() throws GeneralSecurityException {
    return Cipher.getInstance("AES/ECB/NoPadding");
  }
}
