package io.earshot.sensor.cli;

import io.earshot.kibana.StackException;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.config.ConfigurationException;
import io.earshot.sensor.dataset.DatasetException;
import io.earshot.sensor.output.DeliveryException;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The {@code earshot} program: results on stdout, everything else on stderr. */
@Command(
    name = "earshot",
    description = "Tells how well Spotify streams sound, from encrypted traffic alone.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      RunCommand.class,
      AnalyzeCommand.class,
      FlowsCommand.class,
      FeaturesCommand.class,
      EndpointsCommand.class,
      SimulateCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      SetupCommand.class,
      SpoolCommand.class,
      TestCommand.class,
      ExportCommand.class,
      DemoCommand.class,
      CommandLine.HelpCommand.class
    },
    synopsisSubcommandLabel = "COMMAND")
public final class Earshot implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /** Set by picocli before anything runs. */
  @SuppressWarnings("NullAway.Init")
  Earshot() {}

  /** Runs the program and exits with its code. */
  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT);
    System.exit(execute(args));
  }

  /** Runs the program and returns its exit code. */
  static int execute(String... args) {
    return new CommandLine(new Earshot())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(Earshot::usage)
        .setExecutionExceptionHandler(Earshot::failed)
        .execute(args);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command? earshot --help lists them");
  }

  private static int usage(ParameterException e, String[] args) {
    say(String.valueOf(e.getMessage()));
    say("try: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
    return ExitCode.USAGE;
  }

  private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    int code =
        switch (e) {
          case CommandFailure failure -> failure.exitCode();
          case CaptureException capture -> exitCode(capture);
          case DatasetException _ -> ExitCode.UNREADABLE;
          case ModelBundleException _, ConfigurationException _ -> ExitCode.CONFIGURATION;
          case StackException _, DeliveryException _ -> ExitCode.UNAVAILABLE;
          case ParameterException _ -> ExitCode.USAGE;
          default -> ExitCode.SOFTWARE;
        };
    if (code == ExitCode.SOFTWARE) {
      say("this is a mistake in earshot, please report it with the lines below");
      e.printStackTrace(command.getErr());
      command.getErr().flush();
    } else if (e instanceof ConfigurationException configuration) {
      configuration.lines().forEach(Earshot::say);
    } else {
      say(String.valueOf(e.getMessage()));
    }
    return code;
  }

  static int exitCode(CaptureException e) {
    return switch (e.kind()) {
      case UNREADABLE -> ExitCode.UNREADABLE;
      case BAD_FILTER -> ExitCode.USAGE;
      case NO_PERMISSION -> ExitCode.NO_PERMISSION;
    };
  }

  /** One line for the operator, on stderr. */
  static void say(String line) {
    System.err.println("earshot: " + line);
  }
}
