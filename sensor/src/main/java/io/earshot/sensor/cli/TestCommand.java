package io.earshot.sensor.cli;

import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.OutputCheck;
import io.earshot.kibana.StackException;
import io.earshot.sensor.config.Configuration;
import io.earshot.sensor.config.ConfigurationException;
import io.earshot.sensor.document.Ecs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
    subcommands = {TestCommand.Config.class, CaptureTest.class, TestCommand.Output.class},
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

  /** {@code earshot test config}. */
  @Command(
      name = "config",
      description = "Reads a configuration file and lists everything that is wrong with it.",
      mixinStandardHelpOptions = true)
  static final class Config implements Callable<Integer> {
    @Mixin ConfigurationOption file = new ConfigurationOption();

    @Override
    public Integer call() throws ConfigurationException {
      Configuration read = file.read().configuration();
      List<String> trouble = new ArrayList<>();
      boolean usable =
          new PlaceFiles(new PlaceFiles.Notices(_ -> {}, trouble::add)).use(read.places());
      trouble.forEach(Earshot::say);
      if (!usable) {
        return ExitCode.CONFIGURATION;
      }
      System.out.println(
          "done     config      %s: sensor %s on %s, windows of %d s"
              .formatted(
                  file.path,
                  read.sensor().name(),
                  String.join(", ", read.capture().interfaces()),
                  read.window().toSeconds()));
      return ExitCode.DONE;
    }
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

    @Option(
        names = {"-c", "--config"},
        paramLabel = "FILE",
        description = "Takes cluster and namespace from this configuration file.")
    @Nullable Path configuration;

    @Mixin ElasticsearchOptions elasticsearch = new ElasticsearchOptions();

    @Override
    public Integer call() throws StackException, ConfigurationException {
      if (configuration != null) {
        return ofConfiguration(configuration);
      }
      try {
        Ecs.DataStream.sensor(namespace);
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(ExitCode.USAGE, "--namespace: " + e.getMessage());
      }
      return check(elasticsearch.connection(), namespace);
    }

    private Integer ofConfiguration(Path file) throws StackException, ConfigurationException {
      if (!elasticsearch.urls.isEmpty()) {
        throw new CommandFailure(ExitCode.USAGE, "-c and --url exclude each other");
      }
      Configuration.Output output = ConfigurationOption.read(file).configuration().output();
      Configuration.Elasticsearch cluster = output.elasticsearch();
      if (cluster == null) {
        throw new CommandFailure(
            ExitCode.CONFIGURATION, file + " has no output.elasticsearch that could be tested");
      }
      return check(cluster.connection(), output.namespace());
    }

    private static Integer check(ElasticsearchConnection connection, String namespace)
        throws StackException {
      List<OutputCheck.Result> results = OutputCheck.run(connection, namespace);
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
