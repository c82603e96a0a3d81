package io.earshot.enrichment.place;

import org.jspecify.annotations.Nullable;

/**
 * Where an address is, as far as a database knows; each part may be unknown.
 *
 * @param countryIsoCode ISO 3166-1, for example {@code DE}
 * @param countryName in English
 * @param regionIsoCode ISO 3166-2, for example {@code DE-HH}
 * @param regionName in English
 * @param cityName in English
 * @param latitude degrees north
 * @param longitude degrees east
 */
public record GeoPlace(
    @Nullable String countryIsoCode,
    @Nullable String countryName,
    @Nullable String regionIsoCode,
    @Nullable String regionName,
    @Nullable String cityName,
    @Nullable Double latitude,
    @Nullable Double longitude) {}
