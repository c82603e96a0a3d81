/** What is known about names and networks; pure look-ups over immutable snapshots. */
@NullMarked
package io.earshot.enrichment;

import org.jspecify.annotations.NullMarked;
