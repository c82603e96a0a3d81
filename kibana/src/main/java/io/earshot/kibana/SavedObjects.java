package io.earshot.kibana;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The data views and dashboards that are shipped, in the form in which Kibana exports and imports
 * them: one JSON object per line, for Kibana 8.12 and newer.
 */
public final class SavedObjects {
  private static final String RESOURCE = "/saved-objects/earshot.ndjson";

  private SavedObjects() {}

  /** All objects, one per line. */
  public static String ndjson() {
    try (InputStream in = SavedObjects.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the program lacks its own file " + RESOURCE);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the program's own file " + RESOURCE + " cannot be read", e);
    }
  }
}
