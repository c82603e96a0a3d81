package io.earshot.sensor.identify.quic;

import javax.crypto.spec.SecretKeySpec;

/**
 * The client's Initial keys of one connection (RFC 9001 section 5.1).
 *
 * @param version version they were made for
 * @param key AES-128-GCM key of the payload
 * @param iv 12 bytes that the packet number is mixed into; not to be changed
 * @param headerKey AES key of the header protection
 */
@SuppressWarnings("ArrayRecordComponent")
record InitialKeys(QuicVersion version, SecretKeySpec key, byte[] iv, SecretKeySpec headerKey) {}
