package io.earshot.sensor.identify;

import java.util.Locale;

/**
 * Why a flow is believed to belong to a service, with how far it is trusted.
 *
 * <p>The confidences are ranks chosen by hand, not measured rates: a name in the flow itself is
 * proof, a name looked up before is good, an address that once had the name is a hint that ages.
 */
public enum Evidence {
  /** Server name in the TLS client hello (RFC 6066 section 3). */
  SNI(0.99),
  /** Server name in the client hello of a QUIC Initial. */
  QUIC_SNI(0.99),
  /** Host header of an HTTP/1 request. */
  HTTP_HOST(0.97),
  /** First bytes of the access-point protocol. */
  ACCESS_POINT(0.9),
  /** Every name in the certificate that the server showed in this flow is one of the service. */
  CERTIFICATE(0.85),
  /** The client had looked up a name that resolved to the server's address. */
  DNS(0.8),
  /** The server's address had a name of the service in another flow. */
  LEARNED(0.7),
  /**
   * The address lies in a pool of the service, and its client talks to the service by name or the
   * flow has the shape of the service's; in a pool shared with others, both.
   */
  PREFIX(0.5);

  private final double confidence;

  private final String label = name().toLowerCase(Locale.ROOT);

  Evidence(double confidence) {
    this.confidence = confidence;
  }

  /** True where the flow itself did not name its server: a name in the flow overrules it. */
  public boolean isGuess() {
    return this == CERTIFICATE || this == DNS || this == LEARNED || this == PREFIX;
  }

  /** Trust between 0 and 1; of {@link #LEARNED} where it is fresh. */
  public double confidence() {
    return confidence;
  }

  /** Lower-case name as in documents and output. */
  public String label() {
    return label;
  }
}
