package io.earshot.sensor.cli;

import io.earshot.kibana.SavedObjects;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** {@code earshot export}: what would be installed, for those who install it by hand. */
@Command(
    name = "export",
    description = "Prints what setup installs, to be installed by hand.",
    mixinStandardHelpOptions = true,
    subcommands = ExportCommand.Dashboards.class)
final class ExportCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /** Set by picocli before anything runs. */
  @SuppressWarnings("NullAway.Init")
  ExportCommand() {}

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "export what? --help lists it");
  }

  /** {@code earshot export dashboards}. */
  @Command(
      name = "dashboards",
      description =
          "Data views and dashboards as NDJSON: Kibana, Stack Management, Saved Objects, Import.",
      mixinStandardHelpOptions = true)
  static final class Dashboards implements Callable<Integer> {
    @Override
    public Integer call() {
      System.out.print(SavedObjects.ndjson());
      System.out.flush();
      return ExitCode.DONE;
    }
  }
}
