package io.earshot.sensor.cli;

import java.io.BufferedOutputStream;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The process's own standard streams. */
final class Terminals {
  private static final int BUFFER_BYTES = 1 << 16;

  private Terminals() {}

  /** Standard output in UTF-8, buffered; whoever asks for it flushes it. */
  static PrintStream bufferedStdout() {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER_BYTES),
        false,
        StandardCharsets.UTF_8);
  }

  /** Writes out what is buffered; a full disk or a closed pipe must not pass for success. */
  static void flush(PrintStream out) {
    if (out.checkError()) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "standard output cannot be written: the results are incomplete");
    }
  }

  /** True where a person is looking: progress may then be drawn over itself. */
  @SuppressWarnings("SystemConsoleNull") // NullAway knows the older contract
  static boolean stderrIsTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
