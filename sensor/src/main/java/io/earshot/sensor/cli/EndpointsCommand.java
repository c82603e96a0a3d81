package io.earshot.sensor.cli;

import io.earshot.enrichment.LearnedEndpoint;
import io.earshot.enrichment.LearnedEndpointFile;
import io.earshot.enrichment.LearnedEndpoints;
import io.earshot.sensor.document.AddressText;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code earshot endpoints}: the server addresses that were learned with {@code --endpoints}. */
@Command(
    name = "endpoints",
    description = "Shows, writes out or forgets the server addresses that were learned.",
    mixinStandardHelpOptions = true,
    subcommands = CommandLine.HelpCommand.class)
final class EndpointsCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "list, clear or export?");
  }

  @Command(
      name = "list",
      description = "One line per address; the confidence is that at the last address learned.",
      mixinStandardHelpOptions = true)
  int list(@Option(names = "--file", paramLabel = "FILE", required = true) Path file) {
    List<LearnedEndpoint> all = read(file).all();
    long newest = all.stream().mapToLong(LearnedEndpoint::lastSeenNanos).max().orElse(0);
    PrintStream out = Terminals.bufferedStdout();
    out.println("ADDRESS PORT SERVICE ROLE NAME CONFIDENCE SEEN FIRST LAST SOURCES");
    for (LearnedEndpoint endpoint : all) {
      out.printf(
          Locale.ROOT,
          "%s %d %s %s %s %.2f %d %s %s %s%n",
          AddressText.of(LearnedEndpointFile.address(endpoint)),
          endpoint.port(),
          endpoint.match().service(),
          endpoint.match().role().label(),
          endpoint.name() == null ? "-" : endpoint.name(),
          endpoint.confidence(newest),
          endpoint.timesSeen(),
          LearnedEndpointFile.instant(endpoint.firstSeenNanos()),
          LearnedEndpointFile.instant(endpoint.lastSeenNanos()),
          String.join(",", endpoint.sources()));
    }
    Terminals.flush(out);
    return ExitCode.DONE;
  }

  @Command(
      name = "export",
      description = "Prints the addresses as JSON, as they are kept.",
      mixinStandardHelpOptions = true)
  int export(@Option(names = "--file", paramLabel = "FILE", required = true) Path file)
      throws IOException {
    PrintStream out = Terminals.bufferedStdout();
    out.println(new String(LearnedEndpointFile.json(read(file)), StandardCharsets.UTF_8));
    Terminals.flush(out);
    return ExitCode.DONE;
  }

  @Command(
      name = "clear",
      description = "Forgets all addresses; the file stays, without any.",
      mixinStandardHelpOptions = true)
  int clear(@Option(names = "--file", paramLabel = "FILE", required = true) Path file) {
    int before = read(file).all().size();
    KeptEndpoints.write(file, new LearnedEndpoints());
    Earshot.say(before + " learned addresses forgotten");
    return ExitCode.DONE;
  }

  private static LearnedEndpoints read(Path file) {
    if (!Files.exists(file)) {
      throw new CommandFailure(ExitCode.CONFIGURATION, file + ": no such file");
    }
    return KeptEndpoints.read(file);
  }
}
