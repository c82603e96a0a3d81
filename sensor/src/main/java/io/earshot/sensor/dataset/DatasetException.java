package io.earshot.sensor.dataset;

import java.io.Serial;

/** A dataset that cannot be used; the message says file, line and what to do. */
public final class DatasetException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  public DatasetException(String message) {
    super(message);
  }

  public DatasetException(String message, Throwable cause) {
    super(message, cause);
  }
}
