package io.earshot.sensor.cli;

import io.earshot.kibana.ElasticsearchSetup;
import io.earshot.kibana.KibanaConnection;
import io.earshot.kibana.KibanaSetup;
import io.earshot.kibana.SecurityRoles;
import io.earshot.kibana.SetupReport;
import io.earshot.kibana.StackException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code earshot setup}: installs what the documents need into the Elastic stack. */
@Command(
    name = "setup",
    description =
        "Installs index templates into Elasticsearch, and dashboards and alert rules into Kibana.",
    mixinStandardHelpOptions = true)
final class SetupCommand implements Callable<Integer> {
  @Option(names = "--elasticsearch", description = "Index templates; needs --url.")
  boolean wanted;

  @Option(
      names = "--kibana",
      description = "Data views, dashboards and alert rules; needs --kibana-url.")
  boolean kibanaWanted;

  @Option(
      names = "--kibana-url",
      paramLabel = "URL",
      description = "Kibana 8.12 or newer, for example http://127.0.0.1:5601.")
  @Nullable String kibanaUrl;

  @Option(
      names = "--space",
      paramLabel = "ID",
      description = "Kibana space to install into; default ${DEFAULT-VALUE}.")
  String space = KibanaConnection.DEFAULT_SPACE;

  @Option(
      names = "--overwrite",
      description = "Replace dashboards and rules that are in Kibana already and differ.")
  boolean overwrite;

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

  @Option(
      names = "--ilm",
      paramLabel = "POLICY",
      description = "An index lifecycle policy of your own instead of --retention.")
  @Nullable String ilmPolicy;

  @Option(
      names = "--print-role",
      description = "Print the requests for the least roles and an API key; needs no server.")
  boolean printRole;

  @Mixin ElasticsearchOptions elasticsearch = new ElasticsearchOptions();

  @Override
  public Integer call() throws StackException {
    if (printRole) {
      System.out.print(SecurityRoles.requests());
      System.out.flush();
      return ExitCode.DONE;
    }
    if (!wanted && !kibanaWanted) {
      throw new CommandFailure(ExitCode.USAGE, "set up what? --elasticsearch, --kibana or both");
    }
    if (kibanaWanted && kibanaUrl == null) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "where is Kibana? give --kibana-url, for example --kibana-url http://127.0.0.1:5601");
    }
    if (wanted) {
      print(
          ElasticsearchSetup.install(
              elasticsearch.connection(),
              new ElasticsearchSetup.Options(retention, dryRun, force, ilmPolicy)));
    }
    if (kibanaWanted && kibanaUrl != null) {
      print(
          KibanaSetup.install(
              elasticsearch.kibana(kibanaUrl, space), new KibanaSetup.Options(dryRun, overwrite)));
    }
    return ExitCode.DONE;
  }

  private static void print(SetupReport report) {
    for (SetupReport.Step step : report.steps()) {
      String reason = step.reason() == null ? "" : " (" + step.reason() + ")";
      System.out.println(
          "%-10s %s%s"
              .formatted(
                  step.outcome().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                  step.what(),
                  reason));
    }
  }
}
