package io.earshot.sensor.output;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * Documents that cannot be delivered; the message is one line for the operator and says where, what
 * happened and what to do.
 */
public final class DeliveryException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final String line;

  /** A failure with this line for the operator. */
  public DeliveryException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.line = message;
  }

  /** The line for the operator. */
  @Override
  public String getMessage() {
    return line;
  }
}
