package io.earshot.models.simulate;

import io.earshot.models.QualityClass;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A folder of simulated captures with their truth: {@code session-00001.pcap} and so on, {@code
 * labels.csv} (one line per capture) and {@code timeline.csv} (one line per second).
 *
 * <p>Every file is written beside its name and moved into place when whole; the labels come last,
 * so a folder with labels is a complete one.
 */
public final class SimulatedDataset {
  private static final long SECOND = 1_000_000_000L;

  private SimulatedDataset() {}

  /**
   * How to write.
   *
   * @param snaplen bytes kept per frame, or {@link SessionSpec#HEADERS_ONLY}
   * @param overwrite whether the folder may hold other files already
   * @param wishes what the sessions shall be like
   * @param progress told the number of finished sessions after each one
   */
  public record Options(
      int snaplen, boolean overwrite, SessionWishes wishes, IntConsumer progress) {
    public Options {
      if (snaplen < 0) {
        throw new IllegalArgumentException("snaplen must not be negative: " + snaplen);
      }
    }

    /** Sessions of one client. */
    public Options(int snaplen, boolean overwrite, ClientProfile profile, IntConsumer progress) {
      this(snaplen, overwrite, new SessionWishes(List.of(profile), List.of(), List.of()), progress);
    }

    /** Headers only, into an empty folder, any client. */
    public static Options defaults() {
      return new Options(SessionSpec.HEADERS_ONLY, false, SessionWishes.NONE, done -> {});
    }
  }

  /**
   * Writes the sessions 1 to {@code sessions} of this seed.
   *
   * @throws IOException where the folder cannot be written, or is not empty and must be
   */
  public static void write(Path out, int sessions, long seed, Options options) throws IOException {
    Files.createDirectories(out);
    if (!options.overwrite()) {
      try (Stream<Path> present = Files.list(out)) {
        if (present.findAny().isPresent()) {
          throw new IOException("folder is not empty: " + out);
        }
      }
    }
    Path labelsPart = out.resolve("labels.csv.part");
    Path timelinePart = out.resolve("timeline.csv.part");
    try (BufferedWriter labels = Files.newBufferedWriter(labelsPart, StandardCharsets.UTF_8);
        BufferedWriter timeline = Files.newBufferedWriter(timelinePart, StandardCharsets.UTF_8)) {
      labels.write(
          "file,session,profile,link,client,label,kbps,acceptable,duration_s,cached_share,seed,"
              + "listeners\n");
      timeline.write("file,client,start_s,label,cached,paused,evidence\n");
      for (int i = 1; i <= sessions; i++) {
        String name = String.format(Locale.ROOT, "session-%05d.pcap", i);
        SessionSpec spec = options.wishes().draw(seed, i).withSnaplen(options.snaplen());
        Path part = out.resolve(name + ".part");
        SessionTruth truth;
        try (PcapWriter writer = new PcapWriter(part)) {
          truth = SessionGenerator.play(spec, writer);
        }
        move(part, out.resolve(name));
        labels.write(labelLine(name, truth));
        timeline(name, truth, timeline);
        options.progress().accept(i);
      }
    }
    move(timelinePart, out.resolve("timeline.csv"));
    move(labelsPart, out.resolve("labels.csv"));
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  static String labelLine(String file, SessionTruth truth) {
    SessionSpec spec = truth.spec();
    SessionSpec.Quality quality = truth.majority();
    String label = quality == null ? "unknown" : quality.label().label();
    return String.format(
            Locale.ROOT,
            "%s,%d,%s,%s,%s,%s,%d,%s,%.3f,%.3f,%d,%d%n",
            file,
            spec.index(),
            spec.listener().profile().label(),
            spec.link().id(),
            spec.clientAddress(),
            label,
            quality == null ? 0 : quality.kbps(),
            acceptable(truth),
            spec.durationNanos() / 1e9,
            truth.cachedShare(),
            spec.seed(),
            spec.listeners().size())
        .replace(System.lineSeparator(), "\n");
  }

  private static String acceptable(SessionTruth truth) {
    Set<QualityClass> classes = truth.acceptable();
    return classes.isEmpty()
        ? "unknown"
        : classes.stream().map(QualityClass::label).collect(Collectors.joining("|"));
  }

  /** One line per whole second of the epoch that the capture touches. */
  private static void timeline(String file, SessionTruth truth, BufferedWriter out)
      throws IOException {
    SessionSpec spec = truth.spec();
    List<SessionTruth.Interval> intervals = truth.intervals();
    long from = Math.floorDiv(spec.startNanos(), SECOND);
    long until = Math.floorDiv(spec.startNanos() + spec.durationNanos() - 1, SECOND);
    SessionSpec.HandOver handOver = spec.handOver();
    int at = 0;
    for (long second = from; second <= until; second++) {
      long middle = Math.max(second * SECOND + SECOND / 2, spec.startNanos());
      while (at + 1 < intervals.size() && intervals.get(at).endNanos() <= middle) {
        at++;
      }
      SessionTruth.Interval interval = intervals.get(at);
      QualityClass quality = interval.quality();
      String client =
          handOver != null && middle >= spec.startNanos() + handOver.afterNanos()
              ? handOver.clientAddress()
              : spec.clientAddress();
      out.write(file);
      out.write(',');
      out.write(client);
      out.write(',');
      out.write(Long.toString(second));
      out.write(',');
      boolean several = spec.listeners().size() > 1;
      out.write(quality == null || several ? "unknown" : quality.label());
      out.write(interval.cached() ? ",1" : ",0");
      out.write(interval.paused() ? ",1" : ",0");
      out.write(interval.audioSoFar() ? ",1\n" : ",0\n");
    }
  }
}
