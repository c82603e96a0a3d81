package io.earshot.sensor.pipeline;

import io.earshot.enrichment.PseudonymKey;
import io.earshot.enrichment.place.PlaceFiles;
import org.jspecify.annotations.Nullable;

/**
 * What is told of addresses beside themselves, and whether they are told at all.
 *
 * @param places what is known at the moment; asked for each window
 * @param pseudonyms key of the pseudonyms that stand for all addresses, null where addresses are
 *     shown as they are
 */
public record Enrichment(PlaceFiles places, @Nullable PseudonymKey pseudonyms) {
  /** Nothing is known, and nothing hidden. */
  public static final Enrichment NONE =
      new Enrichment(new PlaceFiles(new PlaceFiles.Notices(_ -> {}, _ -> {})), null);
}
