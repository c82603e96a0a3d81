package io.earshot.sensor.daemon;

import io.earshot.enrichment.LearnedEndpoint;
import io.earshot.enrichment.LearnedEndpointFile;
import io.earshot.enrichment.LearnedEndpoints;
import io.earshot.enrichment.PseudonymKey;
import io.earshot.enrichment.ServiceCatalogue;
import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.models.classify.ActiveModel;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.LiveOptions;
import io.earshot.sensor.config.Configuration;
import io.earshot.sensor.config.ConfigurationException;
import io.earshot.sensor.config.ConfigurationFile;
import io.earshot.sensor.daemon.Signals.Wish;
import io.earshot.sensor.metrics.FiguresServer;
import io.earshot.sensor.metrics.SensorFigures;
import io.earshot.sensor.output.DeliveryException;
import io.earshot.sensor.output.Webhook;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.Enrichment;
import io.earshot.sensor.pipeline.PipelineCounters;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code earshot run}: puts the threads of a sensor together, looks after them, and takes them
 * apart in order.
 *
 * <p>One capture thread per interface and member, one analysis thread, one shipping thread; this
 * one, the supervising thread, handles signals, reload and the service manager. It stops in the
 * order of the packet: sources, analysis, ways out. Owner: the thread that calls {@link #run}.
 */
public final class Daemon {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  /** Features that explain a verdict. */
  private static final int EXPLAINED = 3;

  private static final long TICK_MILLIS = 500;

  /**
   * Ten thousand streams take seconds to end where others want the processor; the unit gives 15.
   */
  private static final Duration THREADS_STOP_WITHIN = Duration.ofSeconds(10);

  private static final Duration WEBHOOK_STOPS_WITHIN = Duration.ofMillis(500);
  private static final Duration KEEP_ENDPOINTS_EVERY = Duration.ofMinutes(5);

  /** A thread counts as stuck after this, where no watchdog asks for less. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** A capture thread without traffic beats once a second. */
  private static final Duration LEAST_PATIENCE = Duration.ofMillis(2500);

  private final Path file;
  private final String version;
  private final Function<String, @Nullable String> environment;
  private final InstantSource clock = InstantSource.system();
  private final BlockingQueue<Wish> wishes = new ArrayBlockingQueue<>(16);
  private final AtomicLong reloads = new AtomicLong();
  private final AtomicLong reloadsRefused = new AtomicLong();
  private final List<CaptureStage> captures = new ArrayList<>();
  private final List<SampleRing> rings = new ArrayList<>();
  private final List<WayOut> ways = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Instant started = clock.instant();

  private ConfigurationFile running;
  private final ServiceCatalogue catalogue = ServiceCatalogue.shipped();
  private final PlaceFiles places = new PlaceFiles(new PlaceFiles.Notices(LOG::info, LOG::warn));
  private final PlaceWatch placeWatch = new PlaceWatch(places);
  private final Thread placeThread =
      Thread.ofPlatform()
          .name("places")
          .daemon()
          .uncaughtExceptionHandler(this::failed)
          .unstarted(placeWatch);
  private final @Nullable PseudonymKey pseudonyms;
  private final ActiveModel model;
  private final @Nullable LearnedEndpointFile endpointFile;
  private final AnalysisStage analysis;
  private final Outlet outlet;
  private final ServiceNotices notices;
  private final StageWatch watch;
  private @Nullable Object modelMark;
  private long nextKeepNanos;
  private volatile @Nullable Webhook webhook;
  private volatile @Nullable String failure;
  private volatile boolean givenUp;

  /**
   * Opens everything that a sensor needs; frames are buffered from then on.
   *
   * @param file where the configuration came from, for reloads
   * @param environment variables by name
   * @param rehearsal is waited for before the interfaces are opened
   * @throws CaptureException where an interface cannot be opened
   * @throws ModelBundleException where the model cannot be used
   * @throws DeliveryException where a folder for documents cannot be used
   * @throws ConfigurationException where a file that the configuration names cannot be used
   */
  public Daemon(
      Path file,
      ConfigurationFile configuration,
      String version,
      Function<String, @Nullable String> environment,
      Rehearsal rehearsal)
      throws CaptureException, ModelBundleException, DeliveryException, ConfigurationException {
    this.file = file;
    this.version = version;
    this.environment = environment;
    this.running = configuration;
    Configuration settings = configuration.configuration();
    Logging.use(settings.log());
    readServices(settings.services());
    boolean _ = places.use(settings.places()); // what cannot be used is logged, and tried again
    pseudonyms = settings.pseudonyms();
    model =
        new ActiveModel(loadModel(settings.model()), settings.model().explain() ? EXPLAINED : 0);
    modelMark = mark(settings.model().directory());
    endpointFile =
        settings.endpoints() == null ? null : new LearnedEndpointFile(settings.endpoints());
    notices = new ServiceNotices(environment, ProcessHandle.current().pid());
    Duration watchdog = notices.watchdog();
    watch =
        new StageWatch(
            watchdog == null
                ? PATIENCE.toNanos()
                : Math.max(LEAST_PATIENCE.toNanos(), watchdog.toNanos() / 2));
    boolean whole = false;
    try {
      openWays(settings.output());
      webhook = open(settings.alerts().webhook());
      outlet = new Outlet(documents(settings), settings.alerts().settings(), ways, webhook);
      PipelineCounters _ = rehearsal.end();
      openCaptures(settings);
      analysis =
          new AnalysisStage(
              rings,
              pipelineSettings(settings, new LearnedEndpoints()),
              model,
              outlet,
              ways,
              new SensorReport(
                  settings.sensor().name(),
                  settings.output().namespace(),
                  settings.sensor().site(),
                  version),
              this::figures,
              System::nanoTime,
              clock);
      whole = true;
    } finally {
      if (!whole) {
        captures.forEach(CaptureStage::close);
        closeWays();
      }
    }
  }

  private DocumentFactory documents(Configuration settings) {
    return DocumentFactory.live(
        settings.sensor().name(),
        settings.output().namespace(),
        settings.sensor().site(),
        settings.capture().interfaces(),
        version);
  }

  private PipelineSettings pipelineSettings(Configuration settings, LearnedEndpoints endpoints) {
    return new PipelineSettings(
        settings.sensor().name(),
        settings.window().toNanos(),
        catalogue,
        settings.flows(),
        new SecureRandom().nextLong(),
        endpoints,
        new Enrichment(places, pseudonyms));
  }

  private static ModelBundle loadModel(Configuration.Model settings) throws ModelBundleException {
    Path directory = settings.directory();
    return directory == null ? ModelBundle.shipped() : ModelBundle.load(directory);
  }

  private void openCaptures(Configuration settings)
      throws CaptureException, ConfigurationException {
    Configuration.Capture capture = settings.capture();
    List<LearnedEndpoint> learned = readEndpoints();
    int group = (int) (ProcessHandle.current().pid() & 0xffff);
    for (int i = 0; i < capture.interfaces().size(); i++) {
      String name = capture.interfaces().get(i);
      LiveOptions options = options(capture, capture.members() == 1 ? -1 : group + i & 0xffff);
      for (int member = 0; member < capture.members(); member++) {
        SampleRing ring = new SampleRing(capture.ring());
        captures.add(
            new CaptureStage(
                name,
                i,
                member,
                () -> capture.engine().open(name, options),
                pipelineSettings(settings, new LearnedEndpoints(learned)),
                ring,
                clock));
        rings.add(ring);
      }
    }
  }

  private static LiveOptions options(Configuration.Capture capture, int group) {
    LiveOptions whole = capture.options();
    return group < 0
        ? whole
        : new LiveOptions(
            whole.snaplenBytes(),
            whole.bufferBytes(),
            whole.maxDuration(),
            whole.bpfFilter(),
            whole.promiscuous(),
            whole.immediate(),
            whole.hardwareTime(),
            new LiveOptions.FanOut(group, LiveOptions.FanOut.Mode.HASH));
  }

  private List<LearnedEndpoint> readEndpoints() throws ConfigurationException {
    if (endpointFile == null) {
      return List.of();
    }
    try {
      return endpointFile.read(LOG::warn).all();
    } catch (IOException e) {
      throw ConfigurationException.of("endpoints.file cannot be read: " + e.getMessage());
    }
  }

  private void openWays(Configuration.Output output) throws DeliveryException {
    if (output.elasticsearch() != null) {
      ways.add(WayOut.elasticsearch(output.elasticsearch()));
    }
    if (output.files() != null) {
      ways.add(WayOut.files(output.files(), clock));
    }
  }

  private static @Nullable Webhook open(Webhook.@Nullable Settings settings) {
    return settings == null ? null : new Webhook(settings);
  }

  private void readServices(@Nullable Path services) throws ConfigurationException {
    ServiceCatalogue next = ServiceCatalogue.shipped();
    if (services != null) {
      try (InputStream in = Files.newInputStream(services)) {
        next = next.with(ServiceCatalogue.read(in));
      } catch (IOException | IllegalArgumentException e) {
        throw ConfigurationException.of(services + ": " + e.getMessage());
      }
    }
    catalogue.become(next);
  }

  /**
   * Runs until SIGTERM or SIGINT.
   *
   * @return false where a thread failed because of a mistake of ours
   * @throws IOException where the address of the figures cannot be listened on
   */
  public boolean run() throws IOException {
    Signals.handle(wishes);
    Configuration settings = running.configuration();
    FiguresServer server = figuresServer(settings.metrics());
    try (server) {
      startThreads();
      LOG.info(
          "earshot {} listens on {} as {}, model {}{}",
          version,
          String.join(", ", settings.capture().interfaces()),
          settings.sensor().name(),
          model.current().manifest().identity(),
          server == null ? "" : ", figures at port " + server.port());
      notices.ready(status());
      supervise();
    } finally {
      placeThread.interrupt();
      stop();
      notices.close();
    }
    return failure == null;
  }

  private void startThreads() {
    long now = System.nanoTime();
    for (int i = 0; i < captures.size(); i++) {
      CaptureStage capture = captures.get(i);
      SensorFigures.Capture named = capture.figures();
      String name =
          "capture-" + named.interfaceName() + (named.member() == 0 ? "" : "-" + named.member());
      watch.add(name, capture::beats, now);
      start(name, capture);
    }
    watch.add("analysis", analysis::beats, now);
    ways.stream().filter(WayOut::hasThread).forEach(way -> watch.add("shipping", way::beats, now));
    placeThread.start(); // holds nothing that has to be brought to an end
    start("analysis", analysis); // last, so that it is waited for last
  }

  private Thread start(String name, Runnable stage) {
    Thread thread =
        Thread.ofPlatform().name(name).daemon().uncaughtExceptionHandler(this::failed).start(stage);
    threads.add(thread);
    return thread;
  }

  /** A mistake of ours in a stage: the process ends, and says so by its exit code. */
  private void failed(Thread thread, Throwable mistake) {
    if (givenUp) {
      return; // its ways out were closed while it worked, and that was said
    }
    failure = thread.getName();
    LOG.error(
        "The thread {} ended because of a mistake in Earshot; please report this",
        thread.getName(),
        mistake);
    boolean _ = wishes.offer(Wish.STOP);
  }

  private @Nullable FiguresServer figuresServer(@Nullable InetSocketAddress address)
      throws IOException {
    if (address == null) {
      return null;
    }
    try {
      return FiguresServer.start(address, this::figures, watch::stuck, this::unready);
    } catch (IOException e) {
      captures.forEach(CaptureStage::close);
      closeWays();
      throw new IOException(
          address.getHostString() + ":" + address.getPort() + ": " + e.getMessage(), e);
    }
  }

  private String unready() {
    return ways.stream()
        .map(way -> way.figures().trouble())
        .filter(trouble -> !trouble.isEmpty())
        .findFirst()
        .orElse("");
  }

  private void supervise() {
    while (true) {
      Wish wish;
      try {
        wish = wishes.poll(tickMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      if (wish == Wish.STOP) {
        return;
      }
      if (wish == Wish.RELOAD) {
        reload();
      } else if (wish == Wish.STATUS) {
        dump();
      }
      long now = System.nanoTime();
      notices.watch(watch.look(now), now);
      notices.status(watch.stuck().isEmpty() ? status() : watch.stuck());
      keepEndpoints(now);
    }
  }

  private long tickMillis() {
    Duration watchdog = notices.watchdog();
    return watchdog == null ? TICK_MILLIS : Math.clamp(watchdog.toMillis() / 8, 10, TICK_MILLIS);
  }

  private String status() {
    SensorFigures now = figures();
    SensorFigures.Output output = now.mainOutput();
    return "%d streams, %d flows, %d documents delivered, %d wait%s"
        .formatted(
            now.analysis().activeStreams(),
            now.captures().stream().mapToLong(SensorFigures.Capture::activeFlows).sum(),
            output.stats().delivered(),
            output.stats().spooled(),
            output.trouble().isEmpty() ? "" : ": " + output.trouble());
  }

  private void dump() {
    SensorFigures now = figures();
    for (SensorFigures.Capture capture : now.captures()) {
      LOG.info(
          "Status: {} member {}: {} frames, {} dropped by the kernel, {} flows, {} packets of Spotify, {} of them dropped",
          capture.interfaceName(),
          capture.member(),
          capture.sourceFrames(),
          capture.kernelDropped(),
          capture.activeFlows(),
          capture.samples(),
          capture.samplesDropped());
    }
    SensorFigures.Analysis seen = now.analysis();
    LOG.info(
        "Status: {} streams now, {} ended; {} windows, {} with a class, unknown {}; model {}",
        seen.activeStreams(),
        seen.streamsEnded(),
        seen.windowsClosed(),
        seen.classified(),
        unknown(seen),
        seen.model());
    for (SensorFigures.Output output : now.outputs()) {
      LOG.info(
          "Status: {}: {}{}",
          output.name(),
          output.stats().text(),
          output.trouble().isEmpty() ? "" : "; " + output.trouble());
    }
    String stuck = watch.stuck();
    LOG.info("Status: {}", stuck.isEmpty() ? "no thread is stuck" : stuck);
  }

  private static String unknown(SensorFigures.Analysis seen) {
    return seen.unknown().isEmpty()
        ? "none"
        : seen.unknown().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(reason -> reason.getKey().label() + " " + reason.getValue())
            .collect(Collectors.joining(", "));
  }

  /** Takes over what can be taken over; a file that cannot be used changes nothing. */
  private void reload() {
    notices.reloading(System.nanoTime());
    ConfigurationFile wanted;
    try {
      wanted = ConfigurationFile.read(file, environment);
      readServices(wanted.configuration().services());
    } catch (ConfigurationException e) {
      reloadsRefused.incrementAndGet();
      LOG.warn("Nothing was reloaded, the sensor goes on as it was: {}", e.getMessage());
      notices.ready(status());
      return;
    }
    Reload reload = Reload.between(running, wanted);
    Configuration now = wanted.configuration();
    if (reload.takes("log.")) {
      Logging.use(now.log());
    }
    placeWatch.use(now.places());
    reloadModel(now.model().directory());
    if (reload.takes("alert.webhook.")) {
      Webhook next = open(now.alerts().webhook());
      webhook = next;
      analysis.order(() -> outlet.use(next));
    }
    if (reload.takes("alert.")) {
      analysis.order(() -> outlet.use(now.alerts().settings()));
    }
    reloadWays(reload, now.output());
    running = reload.after(running, wanted);
    reloads.incrementAndGet();
    LOG.info(
        "Reloaded; {} changed{}",
        reload.taken().isEmpty() ? "no key" : String.join(", ", reload.taken()),
        reload.restart().isEmpty()
            ? ""
            : "; these need a restart: " + String.join(", ", reload.restart()));
    notices.ready(status());
  }

  private void reloadModel(@Nullable Path directory) {
    Object mark = mark(directory);
    if (directory == null || Objects.equals(mark, modelMark)) {
      return;
    }
    switch (model.replace(directory)) {
      case ActiveModel.Exchange.Done done -> {
        modelMark = mark;
        LOG.info("The model is {} now, it was {}", done.active(), done.before());
      }
      case ActiveModel.Exchange.Refused refused ->
          LOG.warn("The model stays {}: {}", refused.active(), refused.reason());
    }
  }

  /** Tells whether a bundle is another one than before, without reading it. */
  private static @Nullable Object mark(@Nullable Path directory) {
    if (directory == null) {
      return null;
    }
    try {
      return List.of(directory, Files.getLastModifiedTime(directory.resolve("manifest.json")));
    } catch (IOException e) {
      return directory;
    }
  }

  private void reloadWays(Reload reload, Configuration.Output wanted) {
    Configuration.Elasticsearch before = running.configuration().output().elasticsearch();
    Configuration.Elasticsearch cluster = wanted.elasticsearch();
    if (reload.takes("output.elasticsearch.") && before != null && cluster != null) {
      Configuration.Elasticsearch next =
          new Configuration.Elasticsearch(cluster.connection(), before.spool());
      WayOut way = ways.getFirst();
      analysis.order(() -> way.exchange(next, before));
    }
    analysis.order(() -> ways.forEach(WayOut::reopen));
  }

  /** Writes the learned addresses now and then, so that a crash does not cost them all. */
  private void keepEndpoints(long nowNanos) {
    if (endpointFile == null) {
      return;
    }
    if (nextKeepNanos == 0) {
      nextKeepNanos = nowNanos + KEEP_ENDPOINTS_EVERY.toNanos();
    } else if (nowNanos - nextKeepNanos >= 0) {
      nextKeepNanos = nowNanos + KEEP_ENDPOINTS_EVERY.toNanos();
      writeEndpoints(endpointFile);
      captures.forEach(CaptureStage::keepEndpoints);
    }
  }

  private void writeEndpoints(LearnedEndpointFile kept) {
    List<LearnedEndpoint> all = new ArrayList<>();
    captures.forEach(capture -> all.addAll(capture.keptEndpoints()));
    try {
      kept.write(new LearnedEndpoints(all));
    } catch (IOException e) {
      LOG.warn("endpoints.file cannot be written: {}", e.toString());
    }
  }

  private void stop() {
    long begin = System.nanoTime();
    notices.stopping();
    LOG.info("Stopping");
    captures.forEach(CaptureStage::stop);
    for (Thread thread : threads) {
      join(thread, begin);
    }
    closeWays();
    Webhook receiver = webhook;
    if (receiver != null) {
      receiver.close(WEBHOOK_STOPS_WITHIN);
    }
    if (endpointFile != null) {
      writeEndpoints(endpointFile);
    }
    SensorFigures end = figures();
    for (String law : end.brokenLaws()) {
      LOG.error("Counters contradict each other: {}", law);
    }
    for (SensorFigures.Output output : end.outputs()) {
      LOG.info("{}: {}", output.name(), output.stats().text());
    }
    LOG.info(
        "Stopped after {} ms: {} frames, {} windows of {} streams",
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin),
        String.format(Locale.ROOT, "%,d", end.counters().framesReceived()),
        end.analysis().windowsClosed(),
        end.analysis().streamsEnded());
  }

  private void join(Thread thread, long sinceNanos) {
    Duration left = THREADS_STOP_WITHIN.minusNanos(System.nanoTime() - sinceNanos);
    try {
      if (!thread.join(left)) {
        givenUp = true;
        LOG.error(
            "The thread {} did not come to its end; what it had not handed over is lost",
            thread.getName());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeWays() {
    for (WayOut way : ways) {
      try {
        way.sink().close();
      } catch (DeliveryException e) {
        LOG.error("{}: {}", way.name(), e.getMessage());
      }
    }
  }

  private SensorFigures figures() {
    AnalysisStage.Published seen = analysis.published();
    Webhook receiver = webhook;
    return new SensorFigures(
        started,
        captures.stream().map(CaptureStage::figures).toList(),
        seen.analysis(),
        ways.stream().map(WayOut::figures).toList(),
        seen.alerts(),
        receiver == null ? null : receiver.stats(),
        reloads.get(),
        reloadsRefused.get(),
        places.stats());
  }
}
