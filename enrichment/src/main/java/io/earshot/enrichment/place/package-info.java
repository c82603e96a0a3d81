/** Where somebody is and who: sites, subscribers, countries, networks. Immutable snapshots. */
@NullMarked
package io.earshot.enrichment.place;

import org.jspecify.annotations.NullMarked;
