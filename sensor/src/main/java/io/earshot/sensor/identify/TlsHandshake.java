package io.earshot.sensor.identify;

import org.jspecify.annotations.Nullable;

/**
 * What both ends said in clear before they encrypted.
 *
 * @param ja4 JA4 fingerprint of the client, null where its hello was not seen or nobody asked
 * @param version version that the server chose, for example 0x0304 for TLS 1.3; 0 while not known
 * @param cipherSuite cipher suite that the server chose; meaningful with a version
 */
public record TlsHandshake(@Nullable String ja4, int version, int cipherSuite) {
  /** The server has not answered yet. */
  static TlsHandshake ofClient(@Nullable String ja4) {
    return new TlsHandshake(ja4, 0, 0);
  }

  TlsHandshake answered(int chosenVersion, int chosenCipherSuite) {
    return new TlsHandshake(ja4, chosenVersion, chosenCipherSuite);
  }
}
