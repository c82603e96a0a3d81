package io.earshot.sensor.cli;

import io.earshot.sensor.output.DeliveryException;
import io.earshot.sensor.output.NdjsonFilesSink;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Documents into rotating files, as commands take it. */
final class FilesOptions {
  @Option(
      names = "--files",
      paramLabel = "DIR",
      description = "Also write the documents into rotating NDJSON files in DIR.")
  @Nullable Path directory;

  @Option(
      names = "--rotate-size",
      paramLabel = "SIZE",
      converter = ByteSize.class,
      description = "A file ends at this size; default 100MiB.")
  long rotateBytes = 100L << 20;

  @Option(
      names = "--rotate-every",
      paramLabel = "TIME",
      converter = WindowLength.class,
      description = "A file ends at this age; default 1h.")
  Duration rotateEvery = Duration.ofHours(1);

  @Option(names = "--no-gzip", description = "Leave ended files uncompressed.")
  boolean plain;

  @Option(
      names = "--keep-files",
      paramLabel = "N",
      description = "Ended files kept of each data stream; default ${DEFAULT-VALUE}.")
  int keepFiles = 720;

  @Option(
      names = "--keep-for",
      paramLabel = "TIME",
      converter = WindowLength.class,
      description = "Ended files older than this are deleted; default 30d.")
  Duration keepFor = Duration.ofDays(30);

  /** The sink that these options describe, null where no folder is given. */
  @Nullable NdjsonFilesSink open() throws DeliveryException {
    Path folder = directory;
    if (folder == null) {
      return null;
    }
    try {
      return NdjsonFilesSink.open(
          new NdjsonFilesSink.Settings(
              folder, rotateBytes, rotateEvery, !plain, keepFiles, keepFor),
          InstantSource.system());
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "--files: " + e.getMessage());
    }
  }
}
