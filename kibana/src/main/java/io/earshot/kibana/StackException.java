package io.earshot.kibana;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The Elastic stack cannot be used as asked; the message is one line for the operator and says
 * where, what happened and what to do.
 */
public final class StackException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  /** What kind of failure it is. */
  public enum Kind {
    /** No answer: wrong address, nothing runs there, TLS fails. */
    UNREACHABLE,
    /** The credentials are missing or not enough. */
    NOT_ALLOWED,
    /** There is an answer, and it is no. */
    REFUSED
  }

  private final Kind kind;
  private final String line;

  /** A failure with this line for the operator. */
  public StackException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** A failure with this line for the operator. */
  public StackException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.line = message;
  }

  /** The line for the operator. */
  @Override
  public String getMessage() {
    return line;
  }

  /** What kind of failure it is. */
  public Kind kind() {
    return kind;
  }
}
