package io.earshot.sensor.cli;

import io.earshot.kibana.OutputCheck;
import io.earshot.kibana.StackException;
import io.earshot.sensor.document.Ecs;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code earshot test}: whether things are as Earshot needs them. */
@Command(
    name = "test",
    description = "Checks whether things are as Earshot needs them.",
    mixinStandardHelpOptions = true,
    subcommands = TestCommand.Output.class,
    synopsisSubcommandLabel = "COMMAND")
final class TestCommand implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /** Set by picocli before anything runs. */
  @SuppressWarnings("NullAway.Init")
  TestCommand() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "test what? earshot test --help lists it");
  }

  /** {@code earshot test output}. */
  @Command(
      name = "output",
      description =
          "Connects to Elasticsearch, checks version, privileges and templates, and writes and"
              + " removes a test document; one line per check.",
      mixinStandardHelpOptions = true)
  static final class Output implements Callable<Integer> {
    @Option(
        names = "--namespace",
        paramLabel = "NAME",
        description = "Namespace of the data streams; default ${DEFAULT-VALUE}.")
    String namespace = "default";

    @Mixin ElasticsearchOptions elasticsearch = new ElasticsearchOptions();

    @Override
    public Integer call() throws StackException {
      try {
        Ecs.DataStream.sensor(namespace);
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(ExitCode.USAGE, "--namespace: " + e.getMessage());
      }
      List<OutputCheck.Result> results = OutputCheck.run(elasticsearch.connection(), namespace);
      for (OutputCheck.Result result : results) {
        System.out.println(
            "%-8s %-11s %s"
                .formatted(
                    result.outcome().name().toLowerCase(Locale.ROOT),
                    result.what(),
                    result.detail()));
      }
      return results.stream()
              .anyMatch(result -> result.outcome() == OutputCheck.Result.Outcome.FAILED)
          ? ExitCode.UNAVAILABLE
          : ExitCode.DONE;
    }
  }
}
