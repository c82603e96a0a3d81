package io.earshot.enrichment.place;

import org.jspecify.annotations.Nullable;

/**
 * Whom an address belongs to.
 *
 * @param id the operator's number for the subscriber, null without
 * @param name what the operator calls the subscriber, null without
 * @param site where the subscriber is, null where the network tells it
 */
public record Subscriber(@Nullable String id, @Nullable String name, @Nullable String site) {}
