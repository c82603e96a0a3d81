package io.earshot.sensor.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** A real browser without a window, each run with a profile of its own. */
final class Chromium {
  private static final Path PROGRAM = Path.of("/usr/bin/chromium");
  private static final int WITHIN_S = 120;

  private Chromium() {}

  /** Skips the test, with the reason, where there is no browser. */
  static void require() {
    assumeTrue(
        Files.isExecutable(PROGRAM), "no " + PROGRAM + ": the report is not drawn in this run");
  }

  /** The page after its scripts ran. */
  static String dom(Path page) throws IOException, InterruptedException {
    return run(List.of("--dump-dom"), page);
  }

  /** The page as a picture. */
  static BufferedImage screenshot(Path page, Path picture, int width, int height, boolean dark)
      throws IOException, InterruptedException {
    run(
        List.of(
            "--window-size=" + width + ',' + height,
            "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1),
            "--screenshot=" + picture.toAbsolutePath()),
        page);
    return ImageIO.read(picture.toFile());
  }

  /** The page on paper. */
  static byte[] pdf(Path page, Path document) throws IOException, InterruptedException {
    run(List.of("--print-to-pdf=" + document.toAbsolutePath()), page);
    return Files.readAllBytes(document);
  }

  private static String run(List<String> options, Path page)
      throws IOException, InterruptedException {
    Path profile = Files.createTempDirectory("earshot-chromium");
    Path out = profile.resolve("out");
    List<String> command =
        new ArrayList<>(
            List.of(
                PROGRAM.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--user-data-dir=" + profile));
    command.addAll(options);
    command.add(page.toUri().toString());
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!process.waitFor(WITHIN_S, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the browser does not come to an end");
      }
      return Files.readString(out, StandardCharsets.UTF_8);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
      try (Stream<Path> files = Files.walk(profile)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
