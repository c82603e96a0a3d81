package io.earshot.sensor.cli;

import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.ElasticsearchSetup;
import io.earshot.kibana.StackException;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.simulate.SessionWishes;
import io.earshot.models.simulate.SimulatedDataset;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.dataset.Dataset;
import io.earshot.sensor.dataset.DatasetException;
import io.earshot.sensor.dataset.RecordedCapture;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.output.DeliveryException;
import io.earshot.sensor.output.IndexedStreams;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.Enrichment;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code earshot demo}: simulated listeners through the whole product and back out of
 * Elasticsearch.
 */
@Command(
    name = "demo",
    description =
        "Simulates listeners, analyses and indexes them, and prints the verdicts read back from"
            + " Elasticsearch; without --url it prints them as analysed.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final String NAMESPACE = "demo";
  private static final String SENSOR = "demo";

  @Option(names = "--sessions", description = "How many listeners; default ${DEFAULT-VALUE}.")
  int sessions = 10;

  @Option(names = "--seed", description = "Which listeners; default ${DEFAULT-VALUE}.")
  long seed = 2026;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Also write an HTML page with charts.")
  @Nullable Path report;

  @Mixin ElasticsearchOptions elasticsearch = new ElasticsearchOptions();
  @Mixin SpoolOptions spool = new SpoolOptions();
  @Mixin ModelOption model = new ModelOption();

  @Override
  public Integer call()
      throws CaptureException,
          DatasetException,
          ModelBundleException,
          StackException,
          DeliveryException {
    ModelBundle bundle = model.load();
    ElasticsearchConnection connection =
        elasticsearch.urls.isEmpty() ? null : elasticsearch.connection();
    if (connection != null) {
      ElasticsearchSetup.install(connection, ElasticsearchSetup.Options.defaults());
    }
    Path folder = temporaryFolder();
    try {
      StepProgress progress = new StepProgress("simulated", sessions);
      SimulatedDataset.write(
          folder,
          sessions,
          seed,
          new SimulatedDataset.Options(
              SimulatedDataset.Options.defaults().snaplen(),
              true,
              SessionWishes.NONE,
              progress::done));
      progress.end();
      PlaceFiles places = sites(folder);
      Map<String, RecordedCapture> truths = new HashMap<>();
      HtmlReport page = new HtmlReport("Earshot: simulated listeners");
      try (DocumentDelivery delivery = new DocumentDelivery()) {
        if (connection != null) {
          delivery.add(spool.open(connection));
        }
        for (RecordedCapture session : Dataset.open(folder).captures()) {
          analyse(session, bundle, places, delivery, truths, page);
        }
        delivery.finish();
      }
      if (report != null) {
        Files.writeString(report, page.html());
        Earshot.say("report written to " + report);
      }
      if (connection != null) {
        List<IndexedStreams.Row> rows = IndexedStreams.read(connection, NAMESPACE);
        System.out.printf(
            "%nread back from %s, data stream logs-earshot.stream-%s:%n",
            connection.urls().getFirst(), NAMESPACE);
        table(rows, truths);
      }
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.CANNOT_CREATE, "cannot write: " + e.getMessage());
    } finally {
      delete(folder);
      spool.tidy();
    }
    return ExitCode.DONE;
  }

  private void analyse(
      RecordedCapture session,
      ModelBundle bundle,
      PlaceFiles places,
      DocumentDelivery delivery,
      Map<String, RecordedCapture> truths,
      HtmlReport page)
      throws CaptureException, DeliveryException {
    DocumentFactory factory = new DocumentFactory(SENSOR, NAMESPACE, null, Version.text());
    try (PcapFileSource source = PcapFileSource.open(session.file())) {
      CaptureAnalysis analysis =
          CaptureAnalysis.run(
              source,
              PipelineSettings.offline(SENSOR, PipelineSettings.DEFAULT_WINDOW)
                  .telling(new Enrichment(places, null)),
              bundle,
              page.watching(delivery.listener(factory)),
              handler -> handler);
      page.capture(String.valueOf(session.file().getFileName()), analysis);
      analysis
          .principal()
          .ifPresent(
              stream -> truths.put(AddressText.of(stream.result().stream().client()), session));
      System.out.printf(
          "%-14s %-16s truth %-10s verdict %-10s %,9d packets%n",
          session.truth().profile(),
          session.truth().link(),
          session.truth().label() == null ? "unknown" : session.truth().label().label(),
          analysis.verdict().labelOrUnknown(),
          analysis.stats().framesReceived());
    }
    delivery.check();
  }

  /** The networks that listeners are simulated in. */
  private static PlaceFiles sites(Path folder) throws IOException {
    Path table =
        Files.writeString(
            folder.resolve("sites.csv"),
            """
            site,network
            Campus,10.0.0.0/8
            Access network,100.64.0.0/10
            Homes,192.168.0.0/16
            """);
    PlaceFiles files = new PlaceFiles(new PlaceFiles.Notices(_ -> {}, Earshot::say));
    boolean _ = files.use(new PlaceFiles.Settings(table, null, null, null));
    return files;
  }

  private static void table(List<IndexedStreams.Row> rows, Map<String, RecordedCapture> truths) {
    System.out.printf(
        "%-26s %-14s %-34s %-10s %-10s %-10s %7s%n",
        "listener", "client", "server", "truth", "majority", "confidence", "windows");
    for (IndexedStreams.Row row : rows) {
      RecordedCapture session = truths.get(row.client());
      System.out.printf(
          "%-26s %-14s %-34s %-10s %-10s %-10s %7d%n",
          row.client(),
          session == null ? "-" : session.truth().profile(),
          row.serverName(),
          session == null || session.truth().label() == null
              ? "unknown"
              : session.truth().label().label(),
          row.label(),
          row.reason().isEmpty() ? "%.2f".formatted(row.confidence()) : "(" + row.reason() + ")",
          row.windows());
    }
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("earshot-demo");
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "cannot make a temporary folder: " + e.getMessage());
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      Earshot.say("could not remove " + folder + ": " + e.getMessage());
    }
  }
}
