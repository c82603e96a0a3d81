package io.earshot.sensor.cli;

import java.io.Serial;

/** The command cannot go on; the message is one line for the operator. */
final class CommandFailure extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final int exitCode;

  CommandFailure(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
