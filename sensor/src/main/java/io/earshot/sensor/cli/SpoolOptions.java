package io.earshot.sensor.cli;

import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.sensor.output.DeadLetterFile;
import io.earshot.sensor.output.DeliveryException;
import io.earshot.sensor.output.ElasticsearchSink;
import io.earshot.sensor.output.FullSpool;
import io.earshot.sensor.output.SpoolSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where documents wait for Elasticsearch, as commands take it. */
final class SpoolOptions {
  @Option(
      names = "--spool",
      paramLabel = "DIR",
      description =
          "Folder where documents wait until Elasticsearch has them; what waits there already is"
              + " delivered first. Default: a temporary one, kept only when something is left.")
  @Nullable Path directory;

  @Option(
      names = "--spool-size",
      paramLabel = "SIZE",
      converter = ByteSize.class,
      description = "How much the spool may hold; default 256MiB.")
  long mostBytes = 256L << 20;

  private @Nullable Path temporary;

  /** The sink that these options describe; a full spool makes the analysis wait. */
  ElasticsearchSink open(ElasticsearchConnection connection) throws DeliveryException {
    Path folder = directory;
    if (folder == null) {
      try {
        folder = Files.createTempDirectory("earshot-spool-");
        temporary = folder;
      } catch (IOException e) {
        throw new CommandFailure(
            ExitCode.CANNOT_CREATE,
            "no folder for the spool can be made: " + e.getMessage() + "; name one with --spool");
      }
    }
    return ElasticsearchSink.open(
        connection,
        ElasticsearchSink.Settings.offline(SpoolSettings.of(folder, mostBytes, FullSpool.BLOCK)));
  }

  /** Removes the temporary folder when it is empty, and says what to do with it when it is not. */
  void tidy() {
    Path folder = temporary;
    if (folder == null) {
      return;
    }
    try (var files = Files.list(folder)) {
      if (files.findAny().isEmpty()) {
        Files.delete(folder);
        return;
      }
    } catch (IOException e) {
      Earshot.say("the spool " + folder + " cannot be removed: " + e.getMessage());
      return;
    }
    Earshot.say(
        "undelivered documents are kept in "
            + folder
            + "; see \"earshot spool list --spool "
            + folder
            + "\", send them with \"earshot spool replay\""
            + (Files.exists(folder.resolve(DeadLetterFile.NAME))
                ? "; refused ones are in " + DeadLetterFile.NAME
                : ""));
  }
}
