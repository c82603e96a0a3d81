package io.earshot.sensor.cli;

import io.earshot.kibana.ElasticsearchSetup;
import io.earshot.kibana.SetupReport;
import io.earshot.kibana.StackException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code earshot setup}: installs what the documents need into the Elastic stack. */
@Command(
    name = "setup",
    description = "Installs the index templates of Earshot's data streams into Elasticsearch.",
    mixinStandardHelpOptions = true)
final class SetupCommand implements Callable<Integer> {
  @Option(names = "--elasticsearch", required = true, description = "Index templates.")
  boolean wanted;

  @Option(
      names = "--retention",
      paramLabel = "TIME",
      converter = WindowLength.class,
      description = "How long documents are kept; default 30d.")
  Duration retention = ElasticsearchSetup.Options.DEFAULT_RETENTION;

  @Option(names = "--dry-run", description = "Say what would be done and do nothing.")
  boolean dryRun;

  @Option(names = "--force", description = "Replace templates of a newer Earshot.")
  boolean force;

  @Mixin ElasticsearchOptions elasticsearch = new ElasticsearchOptions();

  @Override
  public Integer call() throws StackException {
    SetupReport report =
        ElasticsearchSetup.install(
            elasticsearch.connection(), new ElasticsearchSetup.Options(retention, dryRun, force));
    for (SetupReport.Step step : report.steps()) {
      String reason = step.reason() == null ? "" : " (" + step.reason() + ")";
      System.out.println(
          "%-10s %s%s"
              .formatted(
                  step.outcome().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                  step.what(),
                  reason));
    }
    return ExitCode.DONE;
  }
}
