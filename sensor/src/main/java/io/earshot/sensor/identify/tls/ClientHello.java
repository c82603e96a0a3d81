package io.earshot.sensor.identify.tls;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client says before anything is encrypted (RFC 8446 section 4.1.2).
 *
 * <p>Values of lists stand in wire order, GREASE (RFC 8701) included; no list is longer than {@link
 * ClientHelloParser#MAX_LISTED}. Whether an encrypted hello is real or GREASE cannot be told from
 * the wire, by design (RFC 9849 section 6.2), so there is no field for it.
 *
 * @param serverName host name of the server name extension as {@link HostNames} spells it; null
 *     without one
 * @param serverNameInvalid the extension holds something that is no host name
 * @param alpn protocols offered, bytes as ISO 8859-1
 * @param legacyVersion version field of the hello, for example 0x0303
 * @param supportedVersions versions of the supported_versions extension, empty without it
 * @param echOffered an encrypted client hello, or its predecessor ESNI, is there: the name may be
 *     the public name of somebody else
 * @param cipherSuites cipher suites
 * @param extensions extension types
 * @param signatureAlgorithms signature algorithms, empty without the extension
 * @param partial the end of the hello was not captured: the name is right, lists may be short
 */
public record ClientHello(
    @Nullable String serverName,
    boolean serverNameInvalid,
    List<String> alpn,
    int legacyVersion,
    List<Integer> supportedVersions,
    boolean echOffered,
    List<Integer> cipherSuites,
    List<Integer> extensions,
    List<Integer> signatureAlgorithms,
    boolean partial) {

  public ClientHello {
    alpn = List.copyOf(alpn);
    supportedVersions = List.copyOf(supportedVersions);
    cipherSuites = List.copyOf(cipherSuites);
    extensions = List.copyOf(extensions);
    signatureAlgorithms = List.copyOf(signatureAlgorithms);
  }

  /** True for a value that clients send only to keep servers tolerant (RFC 8701 section 2). */
  public static boolean isGrease(int value) {
    return (value & 0x0f0f) == 0x0a0a && (value >> 8 & 0xff) == (value & 0xff);
  }
}
