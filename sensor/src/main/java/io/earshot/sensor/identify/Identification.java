package io.earshot.sensor.identify;

import io.earshot.enrichment.ServiceMatch;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a flow's server, and from where.
 *
 * @param serverName host name, null where only the protocol gave the service away
 * @param match service and role, null for a named server that no catalogue entry knows
 * @param confidence how far the evidence is trusted here, 0 to 1
 * @param echOffered the hello offered an encrypted client hello: the name may be an outer one (RFC
 *     9849)
 */
public record Identification(
    @Nullable String serverName,
    @Nullable ServiceMatch match,
    Evidence evidence,
    double confidence,
    boolean echOffered) {

  public Identification {
    if (!(confidence >= 0 && confidence <= 1)) {
      throw new IllegalArgumentException("confidence " + confidence);
    }
  }

  /** As far as its kind of evidence is trusted in general. */
  public Identification(
      @Nullable String serverName,
      @Nullable ServiceMatch match,
      Evidence evidence,
      boolean echOffered) {
    this(serverName, match, evidence, evidence.confidence(), echOffered);
  }

  public boolean isSpotify() {
    return match != null && match.isSpotify();
  }
}
