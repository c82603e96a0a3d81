package io.earshot.sensor.capture;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A capture that cannot be read or opened; the message is for the operator and says what to do. */
public final class CaptureException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  /** Which exit code the failure asks for. */
  public enum Kind {
    /** Missing, empty, foreign or damaged file, unknown interface. */
    UNREADABLE,
    /** The filter is none. */
    BAD_FILTER,
    /** The process may not capture on the interface. */
    NO_PERMISSION
  }

  private final Kind kind;

  public CaptureException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public CaptureException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
