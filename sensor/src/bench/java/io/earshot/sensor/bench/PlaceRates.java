package io.earshot.sensor.bench;

import io.earshot.enrichment.PseudonymKey;
import io.earshot.enrichment.place.MmdbFile;
import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.models.UnknownReason;
import io.earshot.models.classify.ModelIdentity;
import io.earshot.models.classify.Verdict;
import io.earshot.models.feature.PacketSeries;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.pipeline.Enricher;
import io.earshot.sensor.pipeline.Enrichment;
import io.earshot.sensor.pipeline.Pipeline;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowVerdict;
import io.earshot.sensor.stream.StreamIdentity;
import io.earshot.sensor.window.WindowListener;
import io.earshot.sensor.window.WindowObservation;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;

/**
 * What places cost: reading a directory of subscribers, and the facts of one document, with sites,
 * that directory, two databases and the catalogue of delivery networks.
 *
 * <p>{@code load}: one line a round with milliseconds, then the megabytes by which the process has
 * grown. {@code enrich}
 * and {@code hide} (with pseudonyms): one line a round with the median nanoseconds of a window.
 * {@code reload}: one line a round with the longest time that another thread, which does nothing but
 * look at the clock, was held up while the directory was read and exchanged.
 */
final class PlaceRates {
  private static final int WARM_UP = 3;
  private static final int LINES = 1_000_000;
  private static final int LISTENERS = 5_000;
  private static final int SYSTEMS = 2_000;

  private PlaceRates() {}

  /**
   * Runs the rounds.
   *
   * @param args load, reload, enrich or hide; how many rounds; a folder for its files
   */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[2]);
    int rounds = Integer.parseInt(args[1]);
    Path directory = directory(folder.resolve("subscribers.csv"));
    if (args[0].equals("load")) {
      load(directory, rounds);
    } else if (args[0].equals("reload")) {
      reload(directory, rounds);
    } else {
      enrich(places(folder, directory), args[0].equals("hide"), rounds);
    }
  }

  /** A third are delegated IPv6 prefixes, the others IPv4 networks and addresses, in no order. */
  private static Path directory(Path file) throws IOException {
    Random random = new Random(1);
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("address,id,name,site,valid_from,valid_until\n");
      for (int i = 0; i < LINES; i++) {
        int bits = 24 + random.nextInt(9);
        int v4 = 0x0a000000 | random.nextInt(1 << 24) & -1 << (32 - bits);
        String network =
            i % 3 == 0
                ? "2001:%x:%x:%x::/56"
                    .formatted(random.nextInt(1 << 16), random.nextInt(1 << 16), i % 256 << 8)
                : "%d.%d.%d.%d/%d"
                    .formatted(v4 >>> 24, v4 >> 16 & 255, v4 >> 8 & 255, v4 & 255, bits);
        out.write(
            "%s,C%d,Subscriber number %d,Site %d,2026-01-01,%n"
                .formatted(network, LINES + i, i, i % 50));
      }
    }
    return file;
  }

  private static PlaceFiles files() {
    return new PlaceFiles(new PlaceFiles.Notices(_ -> {}, _ -> {}));
  }

  private static void load(Path directory, int rounds) throws IOException {
    PlaceFiles files = files();
    long before = resident();
    for (int round = -WARM_UP; round < rounds; round++) {
      long begin = System.nanoTime();
      exchange(files, directory, round);
      if (round >= 0) {
        System.out.printf(Locale.ROOT, "ms %.0f%n", (System.nanoTime() - begin) / 1e6);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "megabytes %.0f%nlines %d%n",
        (resident() - before) / 1e6,
        files.<Integer>ask(places -> places.subscribers().size()));
  }

  private static void exchange(PlaceFiles files, Path directory, int round) throws IOException {
    Files.setLastModifiedTime(directory, FileTime.fromMillis(1_000L * (round + WARM_UP + 1)));
    if (!files.use(new PlaceFiles.Settings(null, directory, null, null))) {
      throw new IllegalStateException("the directory was refused");
    }
  }

  private static void reload(Path directory, int rounds) throws Exception {
    PlaceFiles files = files();
    for (int i = -WARM_UP; i < rounds; i++) {
      int round = i;
      FutureTask<Boolean> exchange =
          new FutureTask<>(
              () -> {
                exchange(files, directory, round);
                return true;
              });
      Thread.ofPlatform().start(exchange);
      long longest = 0;
      long last = System.nanoTime();
      while (!exchange.isDone()) {
        long now = System.nanoTime();
        longest = Math.max(longest, now - last);
        last = now;
      }
      exchange.get();
      if (round >= 0) {
        System.out.printf(Locale.ROOT, "gap %.1f%n", longest / 1e6);
      }
    }
  }

  /** Bytes of this process in memory. */
  private static long resident() throws IOException {
    System.gc();
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IllegalStateException("the kernel does not tell the size of the process");
  }

  private static PlaceFiles places(Path folder, Path directory) throws IOException {
    StringBuilder sites = new StringBuilder("site,network,vlan\n");
    MmdbFile systems = new MmdbFile("Benchmark-ASN", Instant.EPOCH);
    MmdbFile cities = new MmdbFile("Benchmark-City", Instant.EPOCH);
    for (int i = 0; i < SYSTEMS; i++) {
      String network = "%d.%d.0.0/16".formatted(i % 8 == 0 ? 10 : 1 + i % 223, i / 8);
      sites.append("Site ").append(i % 50).append(',').append(network).append(",\n");
      systems.with(
          network,
          Map.of(
              "autonomous_system_number", 64_500 + i, "autonomous_system_organization", "Net " + i));
      cities.with(
          network,
          Map.of(
              "city", Map.of("names", Map.of("en", "City " + i, "de", "Stadt " + i)),
              "country", Map.of("iso_code", "DE", "names", Map.of("en", "Germany")),
              "location", Map.of("latitude", 53.5, "longitude", 10.0),
              "subdivisions", List.of(Map.of("iso_code", "HH"))));
    }
    PlaceFiles files = files();
    boolean usable =
        files.use(
            new PlaceFiles.Settings(
                Files.writeString(folder.resolve("sites.csv"), sites),
                directory,
                cities.write(folder.resolve("city.mmdb")),
                systems.write(folder.resolve("asn.mmdb"))));
    if (!usable) {
      throw new IllegalStateException("a file was refused");
    }
    return files;
  }

  /** Counts what is told, so that nothing is left out. */
  private static final class Documents implements VerdictListener {
    private long known;

    @Override
    public void window(WindowVerdict window) {
      known += window.where().site() == null ? 0 : 1;
    }

    @Override
    public void ended(StreamResult stream) {}
  }

  private static void enrich(PlaceFiles places, boolean hide, int rounds) {
    PseudonymKey key =
        hide
            ? new PseudonymKey(
                HexFormat.of()
                    .parseHex("1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202"))
            : null;
    PipelineSettings settings =
        PipelineSettings.offline("bench", PipelineSettings.DEFAULT_WINDOW)
            .telling(new Enrichment(places, key));
    Documents documents = new Documents();
    Enricher enricher = new Enricher(settings, documents);
    List<WindowVerdict> windows = windows(settings);
    long[] nanos = new long[windows.size()];
    for (int round = -WARM_UP; round < rounds; round++) {
      for (int i = 0; i < nanos.length; i++) {
        long begin = System.nanoTime();
        enricher.window(windows.get(i));
        nanos[i] = System.nanoTime() - begin;
      }
      Arrays.sort(nanos);
      if (round >= 0) {
        System.out.printf(
            Locale.ROOT,
            "median %d%nninety-ninth %d%n",
            nanos[nanos.length / 2],
            nanos[nanos.length * 99 / 100]);
      }
    }
    if (documents.known == 0) {
      throw new IllegalStateException("no site was found");
    }
  }

  /** The windows of a simulated session, each of many listeners in turn. */
  private static List<WindowVerdict> windows(PipelineSettings settings) {
    List<WindowObservation> seen = new ArrayList<>();
    Pipeline pipeline =
        new Pipeline(
            settings,
            new WindowListener() {
              @Override
              public void window(WindowObservation observation, PacketSeries packets) {
                seen.add(observation);
              }

              @Override
              public void ended(StreamIdentity stream, long lastNanos) {}
            },
            NameListener.NONE);
    SessionGenerator.play(
        SessionGenerator.draw(7, 1, ClientProfile.WEB_H1),
        (tsNanos, buffer, capturedBytes, wireBytes) ->
            pipeline.onFrame(
                MemorySegment.ofArray(buffer),
                0,
                capturedBytes,
                wireBytes,
                tsNanos,
                LinkType.ETHERNET,
                0));
    pipeline.finish();
    Random random = new Random(2);
    List<WindowVerdict> windows = new ArrayList<>();
    for (int i = 0; i < LISTENERS; i++) {
      WindowObservation observation = seen.get(i % seen.size());
      StreamIdentity stream = observation.stream();
      StreamIdentity other =
          new StreamIdentity(
              stream.id(), listener(random), stream.vlanId(), stream.startNanos(), i + 1);
      windows.add(
          new WindowVerdict(
              observation.shownAs(other, observation.flow()),
              Verdict.unknown(UnknownReason.NO_AUDIO),
              new ModelIdentity("bench", "0"),
              List.of(),
              null));
    }
    return windows;
  }

  private static InetAddress listener(Random random) {
    byte[] octets =
        ByteBuffer.allocate(4).putInt(0x0a000000 | random.nextInt(1 << 24)).array();
    try {
      return InetAddress.getByAddress(octets);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException("4 bytes are an address", e);
    }
  }
}
