package io.earshot.sensor.identify.tls;

import java.util.List;

/**
 * What a server answers before anything is encrypted.
 *
 * @param version version chosen, for example 0x0304 for TLS 1.3
 * @param cipherSuite cipher suite chosen
 * @param certificateNames host names of the server's certificate as {@link HostNames} spells them,
 *     with {@code *.} in front where the certificate has a wildcard; empty in TLS 1.3, where the
 *     certificate is encrypted, and for resumed sessions
 */
public record ServerFlight(int version, int cipherSuite, List<String> certificateNames) {
  public ServerFlight {
    certificateNames = List.copyOf(certificateNames);
  }
}
