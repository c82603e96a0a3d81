package io.earshot.sensor.cli;

import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.kibana.ElasticsearchClients;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.StackException;
import io.earshot.models.classify.ActiveModel;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.sensor.alert.AlertSettings;
import io.earshot.sensor.capture.CaptureEngine;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.LiveOptions;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.capture.RotatedCaptures;
import io.earshot.sensor.config.Configuration;
import io.earshot.sensor.config.ConfigurationException;
import io.earshot.sensor.daemon.Rehearsal;
import io.earshot.sensor.document.Ecs;
import io.earshot.sensor.output.DeliveryException;
import io.earshot.sensor.output.NdjsonFilesSink;
import io.earshot.sensor.output.NdjsonSink;
import io.earshot.sensor.output.Webhook;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.Enrichment;
import io.earshot.sensor.pipeline.PipelineCounters;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.VerdictListener;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code earshot analyze}: a file, a folder or a live interface to verdicts. */
@Command(
    name = "analyze",
    description = "Analyses a capture file, a folder of them, or a live interface.",
    mixinStandardHelpOptions = true)
final class AnalyzeCommand implements Callable<Integer> {
  @ArgGroup(exclusive = true, multiplicity = "1")
  @SuppressWarnings("NullAway.Init")
  Input input;

  /** Exactly one of three. */
  static final class Input {
    @Option(
        names = "--pcap",
        paramLabel = "FILE",
        description = "Capture file, pcap or pcapng; - is standard input.")
    @Nullable Path pcap;

    @Option(names = "--dir", paramLabel = "DIR", description = "Folder of capture files.")
    @Nullable Path dir;

    @Option(names = "--live", description = "Live interface, with -i and -d.")
    boolean live;
  }

  @Option(
      names = {"-i", "--interface"},
      paramLabel = "IFACE",
      description = "Interface to listen on, with --live.")
  @Nullable String interfaceName;

  @Option(
      names = {"-d", "--duration"},
      paramLabel = "SECONDS",
      converter = WindowLength.class,
      description = "How long to listen, with --live or --follow; for example 60 or 5m.")
  @Nullable Duration duration;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "text, json or ndjson; default ${DEFAULT-VALUE}.")
  OutputFormat format = OutputFormat.TEXT;

  @Option(
      names = "--window",
      paramLabel = "LENGTH",
      converter = WindowLength.class,
      description = "Length of a window, whole seconds; default 10s.")
  @Nullable Duration windowLength;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = {
        "Takes from the sensor's configuration what other options do not say: its name and site,"
            + " windows, model, services, places, pseudonyms, when alerts open, cluster."
      })
  @Nullable Path configuration;

  @Option(names = "--recursive", description = "Folders below DIR too.")
  boolean recursive;

  @Option(
      names = "--rotated",
      description =
          "The files of DIR are one capture that was cut: streams go on from file to file.")
  boolean rotated;

  @Option(
      names = "--follow",
      description =
          "As --rotated, and waits for what is still being written, until Ctrl-C or for -d.")
  boolean follow;

  @Option(names = "--filter", paramLabel = "BPF", description = "Capture filter, with --live.")
  @Nullable String filter;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description = "af_packet, pcap4j or auto, with --live; default ${DEFAULT-VALUE}.")
  CaptureEngine engine = CaptureEngine.AUTO;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description = "Also write the headers of what was captured to FILE, with --live; no payload.")
  @Nullable Path save;

  @Option(
      names = "--save-whole",
      description =
          "With --save: whole frames, so that the file can be analysed again. Whoever has it reads"
              + " what the listeners sent and got unencrypted.")
  boolean saveWhole;

  @Option(
      names = "--sensor",
      paramLabel = "NAME",
      description = "Name of the sensor in documents and ids; default earshot.")
  @Nullable String sensor;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      description = "Namespace of the data streams; default default.")
  @Nullable String dataStreams;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "1, or 2: a second one reads files ahead, with the same results; default"
              + " ${DEFAULT-VALUE}.")
  int threads = 1;

  @Option(
      names = "--explain",
      description = "Also say which three features weighed most in each verdict; costs time.")
  boolean explain;

  @Option(names = "--index", description = "Also deliver the documents to Elasticsearch (--url).")
  boolean index;

  @Option(
      names = "--webhook",
      paramLabel = "URL",
      description = "Also post alerts of low quality there, as JSON.")
  @Nullable URI webhook;

  @Option(
      names = "--webhook-secret-file",
      paramLabel = "FILE",
      description = "File that holds the key of the signature (HMAC-SHA256) of what is posted.")
  @Nullable Path webhookSecret;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Also write an HTML page with charts: one file that needs no network.")
  @Nullable Path report;

  @Mixin ElasticsearchOptions elasticsearch = new ElasticsearchOptions();
  @Mixin SpoolOptions spool = new SpoolOptions();
  @Mixin FilesOptions writtenFiles = new FilesOptions();
  @Mixin ModelOption model = new ModelOption();
  @Mixin KeptEndpoints kept = new KeptEndpoints();

  /** Features that explain a verdict. */
  private static final int EXPLAINED = 3;

  private @Nullable HtmlReport page;
  private @Nullable Configuration configured;
  private Enrichment enrichment = Enrichment.NONE;
  private Duration window = PipelineSettings.DEFAULT_WINDOW;
  private String sensorName = "earshot";
  private String namespace = "default";
  private final PrintStream out = Terminals.bufferedStdout();
  private int unreadable;
  private int read;

  @Option(
      names = "--rehearse",
      hidden = true,
      description = "Rehearses first what run rehearses: for lib/make-aot-cache.")
  boolean rehearse;

  @Override
  public Integer call()
      throws CaptureException,
          ConfigurationException,
          ModelBundleException,
          StackException,
          DeliveryException {
    configure();
    check();
    if (rehearse) {
      PipelineCounters _ = Rehearsal.begin().end();
    }
    ActiveModel active = new ActiveModel(loadModel(), explain ? EXPLAINED : 0);
    List<Path> files = files();
    page = report == null ? null : new HtmlReport("Earshot: " + what());
    try (Interruption interruption = Interruption.install()) {
      analyseAll(active, files, interruption);
    }
    return unreadable > 0 && read == 0 ? ExitCode.UNREADABLE : ExitCode.DONE;
  }

  /** What was analysed is printed, whatever becomes of its delivery. */
  private void analyseAll(ActiveModel active, List<Path> files, Interruption interruption)
      throws CaptureException, StackException, DeliveryException {
    try (DocumentDelivery delivery = openDelivery()) {
      if (input.live) {
        live(active, delivery, interruption);
      }
      for (Path file : files) {
        if (interruption.requested()) {
          break;
        }
        file(file, active, delivery, interruption);
      }
      out.flush();
      writeReport();
      delivery.finish();
      kept.keep();
    } finally {
      Terminals.flush(out);
      spool.tidy();
    }
  }

  /** What the configuration file says, and before it the options. */
  private void configure() throws ConfigurationException {
    if (configuration != null) {
      Configuration read = ConfigurationOption.read(configuration).configuration();
      configured = read;
      sensorName = read.sensor().name();
      window = read.window();
      namespace = read.output().namespace();
      explain |= read.model().explain();
      kept.services = kept.services == null ? read.services() : kept.services;
      enrichment = new Enrichment(places(read.places()), read.pseudonyms());
    }
    window = windowLength == null ? window : windowLength;
    sensorName = sensor == null ? sensorName : sensor;
    namespace = dataStreams == null ? namespace : dataStreams;
  }

  private static PlaceFiles places(PlaceFiles.Settings settings) {
    List<String> trouble = new ArrayList<>();
    PlaceFiles files = new PlaceFiles(new PlaceFiles.Notices(_ -> {}, trouble::add));
    if (!files.use(settings)) {
      throw new CommandFailure(ExitCode.CONFIGURATION, trouble.getLast());
    }
    trouble.forEach(Earshot::say);
    return files;
  }

  private ModelBundle loadModel() throws ModelBundleException {
    return model.load(configured == null ? null : configured.model().directory());
  }

  private ElasticsearchConnection cluster() {
    Configuration.Elasticsearch cluster =
        configured == null ? null : configured.output().elasticsearch();
    return cluster == null || !elasticsearch.urls.isEmpty()
        ? elasticsearch.connection()
        : cluster.connection();
  }

  private VerdictListener listener(DocumentDelivery delivery, @Nullable String name) {
    return watched(
        delivery.listener(
            factory(name),
            configured == null ? AlertSettings.DEFAULT : configured.alerts().settings()));
  }

  private void check() {
    if (save != null && enrichment.pseudonyms() != null) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "--save writes addresses as they are, and privacy.pseudonym_key forbids it");
    }
    if (input.live && (interfaceName == null || duration == null)) {
      throw new CommandFailure(ExitCode.USAGE, "--live needs -i IFACE and -d SECONDS");
    }
    if (!input.live && (interfaceName != null || filter != null)) {
      throw new CommandFailure(ExitCode.USAGE, "-i and --filter go with --live");
    }
    if (!input.live && !follow && duration != null) {
      throw new CommandFailure(ExitCode.USAGE, "-d goes with --live or --follow");
    }
    if ((rotated || follow) && input.dir == null) {
      throw new CommandFailure(ExitCode.USAGE, "--rotated and --follow go with --dir");
    }
    if (!input.live && save != null) {
      throw new CommandFailure(ExitCode.USAGE, "--save goes with --live");
    }
    if (saveWhole && save == null) {
      throw new CommandFailure(ExitCode.USAGE, "--save-whole goes with --save");
    }
    if (threads < 1 || threads > 2) {
      throw new CommandFailure(ExitCode.USAGE, "--threads is 1 or 2");
    }
    WindowLength.requireUsable(window);
    requireWritable("--save", save);
    requireWritable("--report", report);
    if (sensorName.isBlank()) {
      throw new CommandFailure(ExitCode.USAGE, "--sensor must not be empty");
    }
    try {
      Ecs.DataStream.window(namespace);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "--namespace: " + e.getMessage());
    }
    if (!index && !elasticsearch.urls.isEmpty()) {
      throw new CommandFailure(ExitCode.USAGE, "--url goes with --index");
    }
  }

  private static void requireWritable(String option, @Nullable Path file) {
    Path folder = file == null ? null : file.toAbsolutePath().getParent();
    if (folder != null && !Files.isWritable(folder)) {
      throw new CommandFailure(ExitCode.CANNOT_CREATE, option + ": cannot write into " + folder);
    }
  }

  /** What is analysed, for a title. */
  private String what() {
    Path given = input.pcap == null ? input.dir : input.pcap;
    return given == null ? String.valueOf(interfaceName) : String.valueOf(given.getFileName());
  }

  private VerdictListener watched(VerdictListener listener) {
    return page == null ? listener : page.watching(listener);
  }

  private void writeReport() {
    if (page == null || report == null) {
      return;
    }
    try {
      Files.writeString(report, page.html());
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "--report: cannot write " + report + ": " + e.getMessage());
    }
    Earshot.say("report written to " + report);
  }

  private CaptureInput captures() {
    CaptureInput captures = new CaptureInput();
    captures.pcap = input.pcap;
    captures.dir = input.dir;
    return captures;
  }

  private List<Path> files() throws CaptureException {
    if (input.dir != null && (rotated || follow)) {
      return List.of(input.dir);
    }
    return captures().files(recursive);
  }

  private PacketSource open(Path file) throws CaptureException {
    return rotated || follow
        ? new RotatedCaptures(file, recursive, follow, duration)
        : PcapFileSource.open(file);
  }

  private DocumentDelivery openDelivery() throws StackException, DeliveryException {
    DocumentDelivery delivery = new DocumentDelivery();
    if (webhook != null) {
      delivery.notify(new Webhook(webhookSettings(webhook)));
    }
    if (format == OutputFormat.NDJSON) {
      delivery.add(NdjsonSink.to("stdout", out));
    }
    NdjsonFilesSink written = writtenFiles.open();
    if (written != null) {
      delivery.add(written);
    }
    if (index) {
      ElasticsearchConnection connection = cluster();
      try (ElasticsearchClients clients = ElasticsearchClients.connect(connection)) {
        clients.requireReachable();
      }
      delivery.add(spool.open(connection));
    }
    return delivery;
  }

  private Webhook.Settings webhookSettings(URI url) {
    String secret =
        webhookSecret == null
            ? null
            : ElasticsearchOptions.secret(webhookSecret, "--webhook-secret-file");
    try {
      return Webhook.Settings.of(url, secret);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "--webhook: " + e.getMessage());
    }
  }

  private void file(
      Path file, ActiveModel active, DocumentDelivery delivery, Interruption interruption)
      throws CaptureException, DeliveryException {
    String label = rotated || follow ? file.toString() : captures().label(file);
    try (PacketSource source = open(file);
        Progress _ = Progress.of(label, source)) {
      interruption.watch(source);
      CaptureAnalysis analysis =
          analyse(
              source,
              kept.known(PipelineSettings.offline(sensorName, window)).telling(enrichment),
              active,
              listener(delivery, null),
              null);
      if (analysis.counters().nothingReadable()) {
        throw new CaptureException(
            CaptureException.Kind.UNREADABLE,
            file + ": no frame has a link type that can be read: " + analysis.counters().skipped());
      }
      read++;
      print(label, analysis);
      if (analysis.stats().damage() != null) {
        Earshot.say(file + ": " + analysis.stats().damage());
      }
    } catch (CaptureException e) {
      if (input.dir == null) {
        throw e;
      }
      unreadable++;
      Earshot.say(String.valueOf(e.getMessage()));
    }
    delivery.check();
  }

  private void live(ActiveModel active, DocumentDelivery delivery, Interruption interruption)
      throws CaptureException, DeliveryException {
    String name = String.valueOf(interfaceName);
    PipelineSettings offline = PipelineSettings.offline(sensorName, window);
    PipelineSettings settings =
        kept.known(
                new PipelineSettings(
                    sensorName,
                    offline.windowNanos(),
                    offline.catalogue(),
                    configured == null ? offline.flowLimits() : configured.flows(),
                    new SecureRandom().nextLong()))
            .telling(enrichment);
    try (PacketSource source = engine.open(name, LiveOptions.of(duration, filter));
        Progress _ = Progress.of(name, source)) {
      interruption.watch(source);
      CaptureAnalysis analysis = analyse(source, settings, active, listener(delivery, name), save);
      print(name, analysis);
      if (analysis.stats().damage() != null) {
        Earshot.say(String.valueOf(analysis.stats().damage()));
      }
      if (analysis.stats().kernelDropped() > 0) {
        Earshot.say(
            "%s: the kernel dropped %,d packets; verdicts rest on less than was on the wire"
                .formatted(name, analysis.stats().kernelDropped()));
      }
    }
    delivery.check();
  }

  private CaptureAnalysis analyse(
      PacketSource source,
      PipelineSettings settings,
      ActiveModel active,
      VerdictListener listener,
      @Nullable Path target)
      throws CaptureException {
    if (target == null) {
      return CaptureAnalysis.run(
          source, settings, active, listener, handler -> handler, threads == 2);
    }
    List<FrameSaver> savers = new ArrayList<>();
    try {
      return CaptureAnalysis.run(
          source,
          settings,
          active,
          listener,
          (FrameHandler handler) -> {
            FrameSaver saver = new FrameSaver(target, handler, saveWhole);
            savers.add(saver);
            return saver;
          },
          false);
    } finally {
      savers.forEach(FrameSaver::close);
    }
  }

  private DocumentFactory factory(@Nullable String interfaceName) {
    return new DocumentFactory(sensorName, namespace, interfaceName, Version.text())
        .at(configured == null ? null : configured.sensor().site());
  }

  private void print(String label, CaptureAnalysis analysis) {
    switch (format) {
      case TEXT -> out.println(AnalysisText.of(label, analysis));
      case JSON -> out.println(AnalysisJson.of(label, analysis));
      case NDJSON -> {}
    }
    if (page != null) {
      page.capture(label, analysis);
    }
    if (analysis.counters().lateSamples() > 0 || analysis.counters().clockSteps() > 0) {
      Earshot.say(
          "%s: the times of the frames are not in order: %,d packets came after their window,"
                  .formatted(label, analysis.counters().lateSamples())
              + " the clock went back %,d times".formatted(analysis.counters().clockSteps()));
    }
    if (analysis.counters().wrongTimes() > 0) {
      Earshot.say(
          "%s: %,d frames had a time that no other frame agreed with and were taken at that of the"
                  .formatted(label, analysis.counters().wrongTimes())
              + " frame before");
    }
    for (String law : analysis.brokenLaws()) {
      Earshot.say(label + ": counters contradict each other: " + law);
    }
  }
}
