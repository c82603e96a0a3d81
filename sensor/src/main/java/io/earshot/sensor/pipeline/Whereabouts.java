package io.earshot.sensor.pipeline;

import io.earshot.enrichment.Cdn;
import io.earshot.enrichment.place.AutonomousSystem;
import io.earshot.enrichment.place.GeoPlace;
import io.earshot.enrichment.place.Subscriber;
import org.jspecify.annotations.Nullable;

/**
 * Where a listener is and through whom the audio comes, as far as it is known. Immutable.
 *
 * @param site the operator's name for the listener's place
 * @param subscriber whose address it is; never together with pseudonyms
 * @param client where the listener's address is
 * @param clientSystem who announces it
 * @param server where the server's address is
 * @param serverSystem who announces it
 * @param cdn who delivers
 * @param pseudonymKey name of the key whose pseudonyms stand for the addresses
 */
public record Whereabouts(
    @Nullable String site,
    @Nullable Subscriber subscriber,
    @Nullable GeoPlace client,
    @Nullable AutonomousSystem clientSystem,
    @Nullable GeoPlace server,
    @Nullable AutonomousSystem serverSystem,
    @Nullable Cdn cdn,
    @Nullable String pseudonymKey) {
  /** Nothing is known. */
  public static final Whereabouts UNKNOWN =
      new Whereabouts(null, null, null, null, null, null, null, null);
}
