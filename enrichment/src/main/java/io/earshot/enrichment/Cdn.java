package io.earshot.enrichment;

import org.jspecify.annotations.Nullable;

/**
 * Who delivers a server's contents, and from where.
 *
 * @param name of the delivery network, for example {@code Fastly}
 * @param pop point of presence in capitals: an IATA code as a rule, null where nothing tells it
 */
public record Cdn(String name, @Nullable String pop) {}
