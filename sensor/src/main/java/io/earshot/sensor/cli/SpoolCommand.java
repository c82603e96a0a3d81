package io.earshot.sensor.cli;

import io.earshot.kibana.ElasticsearchClients;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.StackException;
import io.earshot.sensor.output.DeadLetter;
import io.earshot.sensor.output.DeadLetterFile;
import io.earshot.sensor.output.DeliveryException;
import io.earshot.sensor.output.DeliveryStats;
import io.earshot.sensor.output.ElasticsearchSink;
import io.earshot.sensor.output.FullSpool;
import io.earshot.sensor.output.SpoolContents;
import io.earshot.sensor.output.SpoolSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code earshot spool}: what waits for Elasticsearch, and what it refused. */
@Command(
    name = "spool",
    description = "Shows and sends what waits for Elasticsearch and what it refused.",
    mixinStandardHelpOptions = true,
    subcommands = {SpoolCommand.ListCommand.class, SpoolCommand.ReplayCommand.class},
    synopsisSubcommandLabel = "COMMAND")
final class SpoolCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli before anything runs
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which one? earshot spool --help lists the commands");
  }

  /** {@code earshot spool list}. */
  @Command(
      name = "list",
      description = "Lists what waits in a spool and what was refused, and changes nothing.",
      mixinStandardHelpOptions = true)
  static final class ListCommand implements Callable<Integer> {
    @Option(names = "--spool", paramLabel = "DIR", required = true, description = "The folder.")
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Override
    public Integer call() throws DeliveryException {
      requireFolder(directory);
      SpoolContents contents = SpoolContents.of(directory);
      System.out.printf("%,d documents wait, %,d bytes%n", contents.documents(), contents.bytes());
      contents
          .byDataStream()
          .forEach(
              (dataStream, documents) -> System.out.printf("%,12d  %s%n", documents, dataStream));
      Map<String, Long> refused = new TreeMap<>();
      long[] all = {0};
      for (Path file : deadLetters(directory)) {
        readLetters(
            file,
            letter -> {
              all[0]++;
              refused.merge(letter.status() + ": " + letter.reason(), 1L, Long::sum);
            });
      }
      System.out.printf("%,d documents were refused%n", all[0]);
      refused.forEach((reason, documents) -> System.out.printf("%,12d  %s%n", documents, reason));
      return ExitCode.DONE;
    }
  }

  /** {@code earshot spool replay}. */
  @Command(
      name = "replay",
      description =
          "Delivers what waits in a spool, and sends what was refused once more; what is refused"
              + " again is kept again.",
      mixinStandardHelpOptions = true)
  static final class ReplayCommand implements Callable<Integer> {
    /** Refused documents on their second way; there after a replay that did not come to its end. */
    private static final String REPLAYING = "dead-letters.replaying.ndjson";

    @Option(names = "--spool", paramLabel = "DIR", required = true, description = "The folder.")
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Mixin ElasticsearchOptions elasticsearch = new ElasticsearchOptions();

    @Override
    public Integer call() throws DeliveryException, StackException {
      requireFolder(directory);
      ElasticsearchConnection connection = elasticsearch.connection();
      try (ElasticsearchClients clients = ElasticsearchClients.connect(connection)) {
        clients.requireReachable();
      }
      Path replaying = directory.resolve(REPLAYING);
      SpoolSettings settings = SpoolSettings.of(directory, 1L << 30, FullSpool.BLOCK);
      DeliveryStats stats;
      try (ElasticsearchSink sink =
          ElasticsearchSink.open(connection, ElasticsearchSink.Settings.offline(settings))) {
        sink.flush();
        if (!Files.exists(replaying) && Files.exists(directory.resolve(DeadLetterFile.NAME))) {
          Files.move(
              directory.resolve(DeadLetterFile.NAME), replaying, StandardCopyOption.ATOMIC_MOVE);
        }
        if (Files.exists(replaying)) {
          replay(replaying, sink);
          sink.flush();
          Files.delete(replaying);
        }
        stats = sink.stats();
      } catch (IOException e) {
        throw new CommandFailure(
            ExitCode.CANNOT_CREATE, "the dead letters in " + directory + ": " + e);
      }
      System.out.println(stats.text());
      return stats.deadLettered() + stats.dropped() == 0 ? ExitCode.DONE : ExitCode.UNAVAILABLE;
    }

    private static void replay(Path file, ElasticsearchSink sink)
        throws DeliveryException, IOException {
      DeliveryException[] failure = {null};
      long unreadable =
          DeadLetterFile.read(
              file,
              letter -> {
                if (failure[0] == null) {
                  try {
                    sink.deliver(letter.document());
                  } catch (DeliveryException e) {
                    failure[0] = e;
                  }
                }
              });
      if (failure[0] != null) {
        throw failure[0];
      }
      if (unreadable > 0) {
        Path kept = file.resolveSibling("dead-letters.unreadable.ndjson");
        Files.copy(file, kept, StandardCopyOption.REPLACE_EXISTING);
        Earshot.say(unreadable + " lines are no documents; all are kept in " + kept);
      }
    }
  }

  private static Path[] deadLetters(Path directory) {
    return java.util.stream.Stream.of(DeadLetterFile.NAME, ReplayCommand.REPLAYING)
        .map(directory::resolve)
        .filter(Files::exists)
        .toArray(Path[]::new);
  }

  private static void readLetters(Path file, java.util.function.Consumer<DeadLetter> reader) {
    try {
      DeadLetterFile.read(file, reader);
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.UNREADABLE, file + " cannot be read: " + e.getMessage());
    }
  }

  private static void requireFolder(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new CommandFailure(ExitCode.UNREADABLE, directory + " is not a folder");
    }
  }
}
