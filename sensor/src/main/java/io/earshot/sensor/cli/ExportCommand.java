package io.earshot.sensor.cli;

import io.earshot.kibana.IndexTemplates;
import io.earshot.kibana.SavedObjects;
import io.earshot.sensor.document.FieldReference;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code earshot export}: what would be installed, for those who install it by hand. */
@Command(
    name = "export",
    description = "Prints what setup installs, to be installed by hand.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ExportCommand.Dashboards.class,
      ExportCommand.Template.class,
      ExportCommand.Schema.class
    })
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

  /** {@code earshot export template}. */
  @Command(
      name = "template",
      description =
          "Index templates and ingest pipeline as one JSON object: each member is a path to PUT and"
              + " the body for it, in this order.",
      mixinStandardHelpOptions = true)
  static final class Template implements Callable<Integer> {
    @Override
    public Integer call() {
      System.out.println(IndexTemplates.requests().toPrettyString());
      return ExitCode.DONE;
    }
  }

  /** {@code earshot export schema}. */
  @Command(
      name = "schema",
      description = "Every field of every document: type, unit, meaning, and whether it is ECS.",
      mixinStandardHelpOptions = true)
  static final class Schema implements Callable<Integer> {
    /** What the reference may look like. */
    enum Format {
      TSV,
      MARKDOWN
    }

    @Option(
        names = "--format",
        paramLabel = "FORMAT",
        description = "tsv or markdown; default ${DEFAULT-VALUE}.")
    Format format = Format.TSV;

    @Override
    public Integer call() {
      System.out.print(
          switch (format) {
            case TSV -> FieldReference.tsv();
            case MARKDOWN -> FieldReference.markdown();
          });
      System.out.flush();
      return ExitCode.DONE;
    }
  }
}
