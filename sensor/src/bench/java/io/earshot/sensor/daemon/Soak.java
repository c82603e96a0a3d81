package io.earshot.sensor.daemon;

import com.sun.management.UnixOperatingSystemMXBean;
import io.earshot.kibana.ElasticsearchConnection;
import io.earshot.models.classify.ActiveModel;
import io.earshot.models.classify.ModelBundle;
import io.earshot.sensor.alert.AlertSettings;
import io.earshot.sensor.bench.Day;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.GeneratedSource;
import io.earshot.sensor.config.Configuration;
import io.earshot.sensor.metrics.SensorFigures;
import io.earshot.sensor.output.FullSpool;
import io.earshot.sensor.output.NdjsonFilesSink;
import io.earshot.sensor.output.SpoolSettings;
import io.earshot.sensor.output.Webhook;
import io.earshot.sensor.pipeline.DocumentFactory;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Hours of packet time through the threads of the daemon in minutes: a capture thread on generated
 * frames, the analysis thread, files, and Elasticsearch where there is one. After each hour of
 * packet time it writes down what must not grow, and at the end it compares. Half way the clock goes
 * back by two hours, and it is set right again a quarter later.
 */
final class Soak {
  private static final long HOUR_NANOS = 3_600_000_000_000L;

  /** How far the clock goes back. */
  private static final long STEP_NANOS = 2 * HOUR_NANOS;

  /** The first hours fill tables and compile code. */
  private static final double SETTLED_AFTER = 0.25;

  /** Growth beyond this from the hours after settling to the last ones is not flat. */
  private static final double MOST_GROWTH = 0.15;

  /** Where a value is small, noise: MB, files, threads. */
  private static final double ALWAYS_ALLOWED = 8;

  private static final String[] FLAT = {
    "heap MB", "non-heap MB", "resident MB", "buffers MB", "files", "threads", "spool MB"
  };

  private final Day day;
  private final Path folder;
  private final SampleRing ring = new SampleRing(1 << 16);
  private final List<WayOut> ways = new ArrayList<>();
  private final List<Map<String, Double>> hours = new ArrayList<>();
  private final CaptureStage capture;
  private final AnalysisStage analysis;
  private final Instant started = Instant.parse("2026-03-01T00:00:00Z");
  private final long lengthNanos;
  private long windowsInWrongTime;
  private volatile long packetNanos = started.getEpochSecond() * 1_000_000_000L;

  private Soak(int hours, Day day, Path folder, List<String> url) throws Exception {
    lengthNanos = hours * HOUR_NANOS;
    this.day = day;
    this.folder = folder;
    PipelineSettings settings =
        PipelineSettings.offline("soak", PipelineSettings.DEFAULT_WINDOW);
    if (!url.isEmpty()) {
      ways.add(
          WayOut.elasticsearch(
              new Configuration.Elasticsearch(
                  ElasticsearchConnection.of(url.getFirst()),
                  SpoolSettings.of(
                      folder.resolve("spool"), 64L << 20, FullSpool.DROP_OLDEST))));
    }
    ways.add(
        WayOut.files(
            new NdjsonFilesSink.Settings(
                folder.resolve("documents"), 100L << 20, Duration.ofHours(1), true, 6,
                Duration.ofDays(30)),
            this::now));
    ActiveModel model = new ActiveModel(ModelBundle.shipped());
    Outlet outlet =
        new Outlet(
            DocumentFactory.live("soak", "default", "North", List.of("soak"), "soak"),
            AlertSettings.DEFAULT,
            ways,
            null);
    capture =
        new CaptureStage(
            "soak", 0, 0, () -> new GeneratedSource("soak", this::generate), settings, ring,
            this::now);
    analysis =
        new AnalysisStage(
            List.of(ring),
            settings,
            model,
            outlet,
            ways,
            new SensorReport("soak", "default", "North", "soak"),
            this::figures,
            System::nanoTime,
            this::now);
  }

  private Instant now() {
    return Instant.ofEpochSecond(0, packetNanos);
  }

  /**
   * @param args folder, hours, listeners who begin in each, and the URL of Elasticsearch where there
   *     is one
   */
  public static void main(String[] args) throws Exception {
    int hours = Integer.parseInt(args[1]);
    Soak soak =
        new Soak(
            hours,
            new Day(hours, Integer.parseInt(args[2]), 1),
            Path.of(args[0]),
            List.of(args).subList(3, args.length));
    if (!soak.run()) {
      System.exit(1);
    }
  }

  private boolean run() throws Exception {
    Thread reader = thread("capture-soak").start(capture);
    Thread analyst = thread("analysis").start(analysis);
    reader.join();
    analyst.join();
    for (WayOut way : ways) {
      way.sink().close();
    }
    SensorFigures end = figures();
    System.out.printf(
        "%,d frames, %,d windows, %,d streams ended, ring dropped %,d%n",
        end.counters().framesReceived(),
        end.analysis().windowsClosed(),
        end.analysis().streamsEnded(),
        ring.dropped());
    end.outputs().forEach(o -> System.out.println(o.name() + ": " + o.stats().text()));
    System.out.printf(
        "the clock was set back %d times, which left %,d packets out%n",
        end.counters().clockSteps(), end.analysis().samplesLeftOut());
    System.out.printf("%,d windows closed while it was wrong%n", windowsInWrongTime);
    end.brokenLaws().forEach(law -> System.out.println("law broken: " + law));
    return flat()
        && end.brokenLaws().isEmpty()
        && end.analysis().windowsClosed() > 0
        && end.counters().clockSteps() == 1
        && windowsInWrongTime > 0;
  }

  /** Says on the standard output what ended it, beside the figures: the log keeps its last lines. */
  private static Thread.Builder thread(String name) {
    return Thread.ofPlatform()
        .name(name)
        .uncaughtExceptionHandler(
            (thread, e) -> {
              System.out.println(thread.getName() + " ended with " + e);
              e.printStackTrace();
            });
  }

  /** Frames as fast as the analysis takes them: nothing is dropped where a wire would drop. */
  private void generate(FrameHandler handler) {
    long first = packetNanos;
    long back = first + lengthNanos / 2;
    long right = back + lengthNanos / 4;
    long[] next = {first + HOUR_NANOS};
    long[] windows = {-1, -1};
    day.play(
        (data, offset, captured, wire, tsNanos, linkType, interfaceId) -> {
          while (ring.waiting() > 1 << 15) {
            LockSupport.parkNanos(50_000);
          }
          if (tsNanos >= next[0]) {
            next[0] += HOUR_NANOS;
            measure();
          }
          boolean wrong = tsNanos >= back && tsNanos < right;
          if (wrong && windows[0] < 0) {
            windows[0] = analysis.published().analysis().windowsClosed();
          } else if (tsNanos >= right && windows[1] < 0) {
            windows[1] = analysis.published().analysis().windowsClosed();
            windowsInWrongTime = windows[1] - windows[0];
          }
          packetNanos = wrong ? tsNanos - STEP_NANOS : tsNanos;
          handler.onFrame(data, offset, captured, wire, packetNanos, linkType, interfaceId);
        });
    capture.stop();
  }

  private SensorFigures figures() {
    AnalysisStage.Published seen = analysis.published();
    return new SensorFigures(
        started,
        List.of(capture.figures()),
        seen.analysis(),
        ways.stream().map(WayOut::figures).toList(),
        seen.alerts(),
        new Webhook.Stats(0, 0, 0, 0),
        0,
        0,
        List.of());
  }

  private void measure() {
    System.gc(); // what is alive, not what has not been collected yet
    Map<String, Double> now = new TreeMap<>();
    var memory = ManagementFactory.getMemoryMXBean();
    now.put("heap MB", mega(memory.getHeapMemoryUsage().getUsed()));
    now.put("non-heap MB", mega(memory.getNonHeapMemoryUsage().getUsed()));
    now.put(
        "buffers MB",
        mega(
            ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum()));
    now.put("threads", (double) ManagementFactory.getThreadMXBean().getThreadCount());
    now.put(
        "files",
        (double)
            ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
                .getOpenFileDescriptorCount());
    try {
      now.put("resident MB", mega(resident()));
      now.put("spool MB", mega(size(folder.resolve("spool"))));
      now.put("documents MB", mega(size(folder.resolve("documents"))));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    SensorFigures seen = figures();
    now.put("streams", (double) seen.analysis().activeStreams());
    now.put("flows", (double) capture.figures().activeFlows());
    hours.add(now);
    if (hours.size() == 1) {
      System.out.println("hour  " + String.join("  ", now.keySet()));
    }
    StringBuilder line = new StringBuilder("%4d".formatted(hours.size()));
    now.forEach((name, value) -> line.append(("  %" + name.length() + ".0f").formatted(value)));
    System.out.println(line);
  }

  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) * 1024)
        .sum();
  }

  /** Bytes in a folder whose files come and go meanwhile: one that has just gone has none. */
  private static long size(Path of) throws IOException {
    if (!Files.isDirectory(of)) {
      return 0;
    }
    long[] bytes = {0};
    Files.walkFileTree(
        of,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
    return bytes[0];
  }

  private static double mega(long bytes) {
    return bytes / 1e6;
  }

  /** The last quarter against the one after the first. */
  private boolean flat() {
    int quarter = (int) (hours.size() * SETTLED_AFTER);
    boolean flat = quarter > 0;
    for (String name : FLAT) {
      double settled = mean(name, quarter, 2 * quarter);
      double last = mean(name, hours.size() - quarter, hours.size());
      boolean grows = last > settled * (1 + MOST_GROWTH) + ALWAYS_ALLOWED;
      System.out.printf(
          "%-12s %6.1f after a quarter, %6.1f at the end%s%n",
          name, settled, last, grows ? ": grows" : "");
      flat &= !grows;
    }
    return flat;
  }

  private double mean(String name, int from, int to) {
    return hours.subList(from, to).stream().mapToDouble(hour -> hour.get(name)).average().orElse(0);
  }
}
