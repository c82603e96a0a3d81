package io.earshot.enrichment;

/**
 * What the servers of an address pool may be.
 *
 * @param match service and role
 * @param shared true where anybody's servers lie in the pool, false where it is the service's own
 */
public record PoolMatch(ServiceMatch match, boolean shared) {}
