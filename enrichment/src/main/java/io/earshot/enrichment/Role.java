package io.earshot.enrichment;

import java.util.Locale;

/** What a server does for its service, as far as its name or its first bytes tell. */
public enum Role {
  /** Tracks: the only role whose bytes are evidence of quality. */
  AUDIO,
  /** Thirty-second previews. */
  PREVIEW,
  /** Canvas and podcast video. */
  VIDEO,
  /** Covers; a burst of them marks a track change. */
  IMAGE,
  /** Seek tables of the web player. */
  SEEK_TABLE,
  /** API, dealer, login, telemetry. */
  CONTROL,
  /** The access point of native clients. */
  ACCESS_POINT,
  /** Presence announced on the local network, never a stream. */
  LAN_DISCOVERY,
  /** The service, but none of the roles above. */
  OTHER;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Lower-case name as in documents and output. */
  public String label() {
    return label;
  }
}
