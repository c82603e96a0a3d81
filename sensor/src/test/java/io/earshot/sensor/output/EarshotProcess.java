package io.earshot.sensor.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The program itself, in a process of its own. */
public final class EarshotProcess implements AutoCloseable {
  private final Process process;
  private final Path out;
  private final Path err;

  /** Starts {@code earshot} with these arguments; what it says goes to files of that name. */
  public EarshotProcess(Path said, String... arguments) throws IOException {
    out = said.resolveSibling(said.getFileName() + ".out");
    err = said.resolveSibling(said.getFileName() + ".err");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "io.earshot.sensor.cli.Earshot"));
    command.addAll(List.of(arguments));
    process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
  }

  /** Waits for its clean end; the lines on its standard output. */
  public List<String> awaitEnd() throws IOException, InterruptedException {
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly().waitFor();
    }
    if (process.exitValue() != 0) {
      throw new IllegalStateException(
          "earshot ended with " + process.exitValue() + ":\n" + Files.readString(err));
    }
    return Files.readAllLines(out);
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
