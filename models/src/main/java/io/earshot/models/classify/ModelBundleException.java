package io.earshot.models.classify;

/**
 * A model bundle cannot be used or written: one line says what, expected, found, and what to do.
 */
public final class ModelBundleException extends Exception {
  private static final long serialVersionUID = 1L;

  ModelBundleException(String message) {
    super(message);
  }

  ModelBundleException(String message, Throwable cause) {
    super(message, cause);
  }

  static ModelBundleException mismatch(
      String where, String what, Object expected, Object found, String remedy) {
    return new ModelBundleException(
        where + ": " + what + ": expected " + expected + ", found " + found + "; " + remedy);
  }
}
