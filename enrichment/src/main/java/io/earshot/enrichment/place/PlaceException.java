package io.earshot.enrichment.place;

import java.io.IOException;

/** A file of places that cannot be used as a whole; the message names the file and the reason. */
public final class PlaceException extends IOException {
  private static final long serialVersionUID = 1L;

  PlaceException(String message) {
    super(message);
  }

  PlaceException(String message, Throwable cause) {
    super(message, cause);
  }
}
