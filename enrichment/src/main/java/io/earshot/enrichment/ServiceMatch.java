package io.earshot.enrichment;

/**
 * A service and the role of one of its servers.
 *
 * @param service name of the service as in {@code network.application}, for example {@code spotify}
 * @param role what the server does for it
 */
public record ServiceMatch(String service, Role role) {
  /** Name of the service whose streams are followed. */
  public static final String SPOTIFY = "spotify";

  public boolean isSpotify() {
    return service.equals(SPOTIFY);
  }
}
