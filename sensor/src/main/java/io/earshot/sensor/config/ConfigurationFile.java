package io.earshot.sensor.config;

import io.earshot.enrichment.PseudonymKey;
import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.kibana.Credentials;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.kibana.ElasticsearchConnection.Trust;
import io.earshot.sensor.alert.AlertSettings;
import io.earshot.sensor.capture.CaptureEngine;
import io.earshot.sensor.capture.LiveOptions;
import io.earshot.sensor.config.Configuration.Alerts;
import io.earshot.sensor.config.Configuration.Capture;
import io.earshot.sensor.config.Configuration.Elasticsearch;
import io.earshot.sensor.config.Configuration.Log;
import io.earshot.sensor.config.Configuration.Model;
import io.earshot.sensor.config.Configuration.Output;
import io.earshot.sensor.config.Configuration.Sensor;
import io.earshot.sensor.document.Ecs;
import io.earshot.sensor.flow.FlowLimits;
import io.earshot.sensor.output.FullSpool;
import io.earshot.sensor.output.NdjsonFilesSink;
import io.earshot.sensor.output.SpoolSettings;
import io.earshot.sensor.output.Webhook;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A configuration as it was read from its file.
 *
 * @param configuration what it says
 * @param keys every key that there is, with the text of its default
 * @param values what is given, by key; holds secrets, and is there to be compared only
 */
public record ConfigurationFile(
    Configuration configuration, Map<String, String> keys, Map<String, String> values) {
  private static final long LARGEST_FILE = 1 << 20;
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
  private static final int USUAL_RING = 1 << 16;
  private static final long USUAL_SPOOL = 512L << 20;
  private static final long USUAL_FILE = 100L << 20;

  public ConfigurationFile {
    keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys)); // in the order of the sections
    values = Map.copyOf(values);
  }

  /**
   * Reads a file.
   *
   * @param environment variables by name, for secrets
   * @throws ConfigurationException with all problems at once
   */
  public static ConfigurationFile read(Path file, Function<String, @Nullable String> environment)
      throws ConfigurationException {
    String yaml;
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw new ConfigurationException(file + " is too large for a configuration");
      }
      yaml = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new ConfigurationException(file + ": there is no such file");
    } catch (IOException e) {
      throw new ConfigurationException(file + " cannot be read: " + e.getMessage());
    }
    Path folder = file.toAbsolutePath().getParent();
    return parse(file.toString(), yaml, folder == null ? Path.of("/") : folder, environment);
  }

  static ConfigurationFile parse(
      String name, String yaml, Path folder, Function<String, @Nullable String> environment)
      throws ConfigurationException {
    Section.Reading reading = new Section.Reading(folder, environment);
    YamlNode.Mapping node = YamlFile.read(yaml, reading.problems);
    boolean malformed = !reading.problems.isEmpty() && node.entries().isEmpty();
    Configuration configuration = configuration(reading.top(node));
    if (malformed) {
      reading.problems.subList(1, reading.problems.size()).clear();
    } else {
      reading.refuseUnknown();
    }
    if (!reading.problems.isEmpty()) {
      throw new ConfigurationException(name, reading.problems);
    }
    return new ConfigurationFile(configuration, reading.known, reading.values);
  }

  /** Keys whose values differ in the other file. */
  public Set<String> changed(ConfigurationFile other) {
    Set<String> changed = new HashSet<>();
    for (String key : keys.keySet()) {
      if (!Objects.equals(values.get(key), other.values.get(key))) {
        changed.add(key);
      }
    }
    return changed;
  }

  private static Configuration configuration(Section top) {
    Sensor sensor = sensor(top.section("sensor"));
    Capture capture = capture(top.section("capture"));
    Duration window = window(top.section("windows"));
    FlowLimits flows = flows(top.section("flows"));
    Model model = model(top.section("model"));
    Path services = file(top.section("services"));
    Path endpoints = file(top.section("endpoints"));
    PlaceFiles.Settings places = places(top.section("places"));
    PseudonymKey pseudonyms = pseudonyms(top.section("privacy"));
    Output output = output(top.section("output"));
    Alerts alerts = alerts(top.section("alert"));
    InetSocketAddress metrics = metrics(top.section("metrics"));
    Section log = top.section("log");
    Log logged =
        new Log(log.choice("level", Log.Level.INFO), log.choice("format", Log.Format.TEXT));
    log.end();
    top.end();
    return new Configuration(
        sensor,
        capture,
        window,
        flows,
        model,
        services,
        endpoints,
        places,
        pseudonyms,
        output,
        alerts,
        metrics,
        logged);
  }

  private static Sensor sensor(Section section) {
    String name = section.text("name");
    Sensor sensor = new Sensor(name == null ? hostName() : name, section.text("site"));
    section.end();
    return sensor;
  }

  private static String hostName() {
    try {
      return Files.readString(HOST_NAME).strip();
    } catch (IOException e) {
      return "earshot";
    }
  }

  private static Capture capture(Section section) {
    List<String> interfaces = section.list("interfaces");
    if (interfaces.isEmpty()) {
      section.problem(
          "interfaces", "is needed: name the interface of the mirror port, for example [eth1]");
    } else if (new HashSet<>(interfaces).size() < interfaces.size()) {
      section.problem("interfaces", "names one twice");
    }
    CaptureEngine engine = section.choice("engine", CaptureEngine.AUTO);
    LiveOptions usual = LiveOptions.of(null, null);
    LiveOptions options =
        new LiveOptions(
            (int) section.bytes("snaplen", usual.snaplenBytes(), 96, 262_144),
            (int) section.bytes("buffer", usual.bufferBytes(), 4 << 20, 1 << 30),
            null,
            section.text("filter"),
            section.flag("promiscuous", true),
            false,
            section.flag("hardware_time", false),
            null);
    int members = section.number("members", 1, 1, 64);
    if (members > 1 && engine == CaptureEngine.PCAP4J) {
      section.problem("members", "only the engine af_packet shares an interface");
    }
    int ring = section.number("ring", USUAL_RING, 1024, 1 << 24);
    section.end();
    return new Capture(interfaces, engine, options, members, ring);
  }

  private static Duration window(Section section) {
    Duration length = section.duration("length", PipelineSettings.DEFAULT_WINDOW);
    if (length.compareTo(Duration.ofSeconds(1)) < 0
        || length.compareTo(Duration.ofDays(1)) > 0
        || length.toNanosPart() != 0) {
      section.problem("length", "must be whole seconds, from 1s to 1d");
    }
    section.end();
    return length;
  }

  private static FlowLimits flows(Section section) {
    FlowLimits usual = FlowLimits.DEFAULT;
    int most = section.number("most", usual.maxFlows(), 1024, 50_000_000);
    int followed = section.number("most_followed", usual.maxObjects(), 16, 10_000_000);
    Duration undecided =
        section.duration("undecided_idle", Duration.ofNanos(usual.undecidedIdleNanos()));
    Duration foreign = section.duration("foreign_idle", Duration.ofNanos(usual.foreignIdleNanos()));
    Duration tracked =
        section.duration("followed_idle", Duration.ofNanos(usual.trackedIdleNanos()));
    section.end();
    if (undecided.isZero() || foreign.compareTo(undecided) < 0 || tracked.compareTo(foreign) < 0) {
      section.problem(
          "undecided_idle, foreign_idle and followed_idle must rise in this order from above zero");
      return usual;
    }
    FlowLimits limits =
        section.made(
            () ->
                new FlowLimits(
                    most, followed, undecided.toNanos(), foreign.toNanos(), tracked.toNanos()));
    return limits == null ? usual : limits;
  }

  private static Model model(Section section) {
    Path directory = section.path("directory");
    if (directory != null && !Files.isDirectory(directory)) {
      section.problem("directory", directory + " is not a folder");
    }
    Model model = new Model(directory, section.flag("explain", false));
    section.end();
    return model;
  }

  private static @Nullable Path file(Section section) {
    Path file = section.path("file");
    section.end();
    return file;
  }

  private static PlaceFiles.Settings places(Section section) {
    PlaceFiles.Settings settings =
        new PlaceFiles.Settings(
            section.path("sites"),
            section.path("subscribers"),
            section.path("city"),
            section.path("asn"));
    section.end();
    return settings;
  }

  private static @Nullable PseudonymKey pseudonyms(Section section) {
    String text = section.secret("pseudonym_key");
    PseudonymKey key = null;
    try {
      key = text == null ? null : PseudonymKey.of(text);
    } catch (IllegalArgumentException e) {
      section.problem("pseudonym_key", String.valueOf(e.getMessage()));
    }
    section.end();
    return key;
  }

  private static Output output(Section section) {
    String namespace =
        section.value(
            "namespace",
            "default",
            text -> {
              Ecs.DataStream.window(text);
              return text;
            });
    Elasticsearch elasticsearch = elasticsearch(section.section("elasticsearch"));
    NdjsonFilesSink.Settings files = files(section.section("files"));
    if (!section.has("elasticsearch") && !section.has("files")) {
      section.problem("goes nowhere: give elasticsearch, files or both");
    }
    section.end();
    return new Output(namespace == null ? "default" : namespace, elasticsearch, files);
  }

  private static @Nullable Elasticsearch elasticsearch(Section section) {
    List<String> urls = section.list("urls");
    if (section.isGiven() && urls.isEmpty()) {
      section.problem("urls", "is needed, for example [http://127.0.0.1:9200]");
    }
    Credentials credentials = credentials(section);
    Trust trust = trust(section);
    URI proxy = section.value("proxy", "", URI::create);
    boolean compress = section.flag("compress", false);
    Duration answer = section.duration("answer_within", ElasticsearchConnection.ANSWER_WITHIN);
    SpoolSettings spool = spool(section.section("spool"), section.isGiven());
    section.end();
    if (urls.isEmpty()) {
      return null;
    }
    ElasticsearchConnection connection =
        section.made(
            () ->
                new ElasticsearchConnection(
                    urls.stream().map(URI::create).toList(),
                    credentials,
                    trust,
                    proxy,
                    compress,
                    answer));
    return connection == null || spool == null ? null : new Elasticsearch(connection, spool);
  }

  private static @Nullable Credentials credentials(Section section) {
    String apiKey = section.secret("api_key");
    String user = section.text("user");
    String password = section.secret("password");
    if (section.has("api_key") && section.has("user")) {
      section.problem("api_key", "and user exclude each other");
    }
    if (section.has("user") != section.has("password")) {
      section.problem(section.has("user") ? "user" : "password", "user and password go together");
    }
    if (apiKey != null) {
      return new Credentials.ApiKey(apiKey);
    }
    return user == null || password == null ? null : new Credentials.Basic(user, password);
  }

  private static Trust trust(Section section) {
    Path ca = section.path("ca");
    Trust fingerprint = section.value("ca_fingerprint", "", Trust.CaFingerprint::new);
    if (section.has("ca") && section.has("ca_fingerprint")) {
      section.problem("ca", "and ca_fingerprint exclude each other");
    }
    if (ca != null && !Files.isReadable(ca)) {
      section.problem("ca", "cannot read " + ca);
    }
    if (ca != null) {
      return new Trust.CaFile(ca);
    }
    return fingerprint == null ? new Trust.Platform() : fingerprint;
  }

  private static @Nullable SpoolSettings spool(Section section, boolean needed) {
    Path directory = section.path("directory");
    if (needed && directory == null && !section.has("directory")) {
      section.problem(
          "directory",
          "is needed: a folder where documents wait, for example /var/lib/earshot/spool");
    }
    long size = section.bytes("size", USUAL_SPOOL, SpoolSettings.LEAST_BYTES, 1L << 40);
    FullSpool full = section.choice("when_full", FullSpool.DROP_OLDEST);
    if (full == FullSpool.BLOCK) {
      section.problem("when_full", "a sensor cannot wait; write drop_oldest or drop_newest");
    }
    section.end();
    return directory == null ? null : SpoolSettings.of(directory, size, full);
  }

  private static NdjsonFilesSink.@Nullable Settings files(Section section) {
    Path directory = section.path("directory");
    if (section.isGiven() && !section.has("directory")) {
      section.problem("directory", "is needed: the folder of the files");
    }
    long size = section.bytes("rotate_size", USUAL_FILE, 1 << 10, 1L << 40);
    Duration every = section.duration("rotate_every", Duration.ofHours(1));
    boolean compress = section.flag("compress", true);
    int keep = section.number("keep_files", 720, 0, 1_000_000);
    Duration keepFor = section.duration("keep_for", Duration.ofDays(30));
    section.end();
    return directory == null
        ? null
        : section.made(
            () -> new NdjsonFilesSink.Settings(directory, size, every, compress, keep, keepFor));
  }

  private static Alerts alerts(Section section) {
    AlertSettings usual = AlertSettings.DEFAULT;
    Duration open = section.duration("open_after", usual.openAfter());
    Duration close = section.duration("close_after", usual.closeAfter());
    Duration giveUp = section.duration("give_up_after", usual.giveUpAfter());
    Duration memory = section.duration("site_memory", usual.siteMemory());
    int streams = section.number("site_streams", usual.siteStreams(), 1, 1_000_000);
    double opensAt = section.share("site_opens_at", usual.siteOpensAt());
    double closesAt = section.share("site_closes_at", usual.siteClosesAt());
    double loss = section.share("trusted_loss", usual.trustedLoss());
    AlertSettings settings =
        section.made(
            () ->
                new AlertSettings(
                    open,
                    close,
                    giveUp,
                    memory,
                    streams,
                    opensAt,
                    closesAt,
                    loss,
                    usual.maxStreams()));
    Webhook.Settings webhook = webhook(section.section("webhook"));
    section.end();
    return new Alerts(settings == null ? usual : settings, webhook);
  }

  private static Webhook.@Nullable Settings webhook(Section section) {
    String secret = section.secret("secret");
    Webhook.Settings settings =
        section.value("url", "", text -> Webhook.Settings.of(URI.create(text), secret));
    if (section.isGiven() && !section.has("url")) {
      section.problem("url", "is needed: where alerts are posted");
    }
    section.end();
    return settings;
  }

  private static @Nullable InetSocketAddress metrics(Section section) {
    String usual = "127.0.0.1:9600";
    String listen = section.text("listen", usual);
    section.end();
    if (listen.equals("off")) {
      return null;
    }
    int colon = listen.lastIndexOf(':');
    String host = colon < 0 ? "" : listen.substring(0, colon).replaceAll("^\\[|]$", "");
    String port = listen.substring(colon + 1);
    boolean number = port.matches("\\d{1,5}") && Integer.parseInt(port) <= 65_535;
    InetSocketAddress address =
        host.isEmpty() || !number ? null : new InetSocketAddress(host, Integer.parseInt(port));
    if (address == null || address.isUnresolved()) {
      section.problem(
          "listen", "'" + listen + "' is not an address; write for example 127.0.0.1:9600, or off");
      return null;
    }
    return address;
  }
}
