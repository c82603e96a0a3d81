package io.earshot.enrichment.place;

import org.jspecify.annotations.Nullable;

/**
 * The network that announces an address.
 *
 * @param number of the autonomous system
 * @param organization who runs it, null where the database does not say
 */
public record AutonomousSystem(long number, @Nullable String organization) {}
