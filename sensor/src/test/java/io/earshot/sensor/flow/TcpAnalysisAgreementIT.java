package io.earshot.sensor.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.earshot.models.simulate.SessionGenerator;
import io.earshot.sensor.capture.PcapDirectory;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.capture.PcapWriter;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.Defragmenter;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@link TcpPath} says of every TCP segment of the public captures and of simulated sessions,
 * beside {@code tcp.analysis} of tshark, segment by segment.
 *
 * <p>Prints the table of agreement. They need not agree, but every difference in the public
 * captures stands in {@code known-tcp-differences.tsv} with its reason, and nothing stands there
 * that is not found; what was found is written to {@code target/tcp-differences.tsv}.
 */
class TcpAnalysisAgreementIT {
  private static final int SESSIONS = 24;
  private static final long SEED = 4242;
  private static final int SNAP_BYTES = 262_144;

  /** tshark rounds to this. */
  private static final long CLOCK_NANOS = 1000;

  private static final long HOUR = 3_600_000_000_000L;
  private static final String KNOWN = "known-tcp-differences.tsv";

  private static final List<String> FIELDS =
      List.of(
          "frame.number",
          "tcp.analysis.retransmission",
          "tcp.analysis.fast_retransmission",
          "tcp.analysis.spurious_retransmission",
          "tcp.analysis.out_of_order",
          "tcp.analysis.keep_alive",
          "tcp.analysis.zero_window",
          "tcp.analysis.initial_rtt");

  /** What one side says of one frame. */
  private record Answer(String kind, boolean zeroWindow, long initialRttNanos) {}

  @TempDir Path folder;

  /** By what both say, ours first. */
  private final TreeMap<String, Integer> table = new TreeMap<>();

  @Test
  void segment_ofEveryPublicCapture_isWhatTsharkCallsIt() throws Exception {
    Path corpus = Path.of(System.getProperty("earshot.corpus", "../../shared/pcaps"), "public");
    assumeTrue(
        Files.isDirectory(corpus),
        "skipped: no captures in " + corpus + "; name their folder with -Dearshot.corpus=DIR");
    assumeTshark();
    Set<String> found = new TreeSet<>();
    for (Path capture : PcapDirectory.list(corpus, true)) {
      compare(corpus.relativize(capture).toString(), capture, found);
    }
    print("public captures");
    Files.write(Path.of("target", "tcp-differences.tsv"), found);

    assertThat(found).containsExactlyElementsOf(known());
  }

  @Test
  void segment_ofSimulatedSessions_isWhatTsharkCallsIt() throws Exception {
    assumeTshark();
    Set<String> found = new TreeSet<>();
    for (int i = 0; i < SESSIONS; i++) {
      Path capture = folder.resolve("session.pcap");
      try (PcapWriter writer = PcapWriter.create(capture, LinkType.ETHERNET, SNAP_BYTES)) {
        SessionGenerator.play(
            SessionGenerator.draw(SEED, i),
            (tsNanos, buffer, captured, wire) -> {
              try {
                writer.write(MemorySegment.ofArray(buffer), 0, captured, wire, tsNanos);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
      }
      compare("session-" + i, capture, found);
    }
    print("simulated sessions");

    assertThat(found).isEmpty();
    assertThat(agreed("retransmission")).isGreaterThan(100);
    assertThat(agreed("fast_retransmission")).isGreaterThan(100);
    assertThat(agreed("spurious_retransmission")).isGreaterThan(10);
    assertThat(agreed("out_of_order")).isGreaterThan(100);
  }

  private int agreed(String kind) {
    return table.getOrDefault(row("segment", kind, kind), 0);
  }

  private static String row(String what, String our, String their) {
    return "%-12s %-24s %-24s".formatted(what, our, their);
  }

  private static void assumeTshark() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/tshark")), "skipped: tshark is not installed");
  }

  private void compare(String name, Path capture, Set<String> found) throws Exception {
    Map<Integer, Answer> theirs = tshark(capture);
    Map<Integer, Answer> ours = ours(capture);
    Map<String, List<Integer>> differences = new TreeMap<>();
    theirs.forEach(
        (frame, their) -> {
          Answer our = ours.get(frame);
          if (our == null) {
            return;
          }
          count("segment", our.kind, their.kind, differences, frame);
          count(
              "window",
              our.zeroWindow ? "zero" : "open",
              their.zeroWindow ? "zero" : "open",
              differences,
              frame);
          if (their.initialRttNanos >= 0 && our.initialRttNanos >= 0) {
            long apart = Math.abs(their.initialRttNanos - our.initialRttNanos);
            String ourRtt = apart <= CLOCK_NANOS ? "same" : "other";
            count(
                "initial_rtt",
                our.initialRttNanos == 0 ? "unknown" : ourRtt,
                "same",
                differences,
                frame);
          }
        });
    differences.forEach(
        (what, frames) ->
            found.add("%s\t%s\t%d\t%d".formatted(name, what, frames.size(), frames.getFirst())));
  }

  private void count(
      String what, String our, String their, Map<String, List<Integer>> differences, int frame) {
    table.merge(row(what, our, their), 1, Integer::sum);
    if (!our.equals(their)) {
      differences
          .computeIfAbsent(what + "\t" + our + "\t" + their, _ -> new ArrayList<>())
          .add(frame);
    }
  }

  private void print(String title) {
    System.out.printf("%s%n%-12s %-24s %-24s %9s%n", title, "what", "ours", "tshark", "frames");
    table.forEach((row, frames) -> System.out.printf("%s %,9d%n", row, frames));
  }

  /** Every frame that holds a TCP segment; a copy that a mirror made has no answer. */
  private static Map<Integer, Answer> ours(Path capture) throws Exception {
    Map<Integer, Answer> answers = new HashMap<>();
    LastSegment last = new LastSegment();
    FlowTable<String> table =
        new FlowTable<>(last, new FlowLimits(100_000, 100_000, HOUR, HOUR, HOUR), 42);
    PacketDecoder decoder = new PacketDecoder();
    Defragmenter defragmenter = new Defragmenter();
    PacketView view = new PacketView();
    int[] number = {0};
    try (PcapFileSource source = PcapFileSource.open(capture)) {
      source.run(
          (data, offset, captured, wire, tsNanos, linkType, interfaceId) -> {
            number[0]++;
            DecodeResult result =
                decoder.decode(data, offset, captured, wire, tsNanos, linkType, interfaceId, view);
            if (result == DecodeResult.FRAGMENT) {
              result = defragmenter.offer(view);
            }
            if (result != DecodeResult.DECODED || view.protocol != PacketView.TCP) {
              return;
            }
            last.path = null;
            table.packet(view);
            TcpPath path = last.path;
            answers.put(
                number[0],
                path == null
                    ? new Answer("copy", false, -1)
                    : new Answer(
                        path.kind().name().toLowerCase(Locale.ROOT),
                        path.zeroWindow(),
                        path.initialRttNanos()));
          });
    }
    return answers;
  }

  private static Map<Integer, Answer> tshark(Path capture)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString()));
    command.addAll(List.of("-Y", "tcp", "-T", "fields", "-E", "occurrence=l"));
    FIELDS.forEach(field -> command.addAll(List.of("-e", field)));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    Map<Integer, Answer> answers = new TreeMap<>();
    try (var rows = process.inputReader(StandardCharsets.UTF_8)) {
      rows.lines()
          .map(row -> row.split("\t", -1))
          .forEach(row -> answers.put(Integer.valueOf(row[0]), answer(row)));
    }
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return answers;
  }

  private static Answer answer(String[] row) {
    String kind = "in_order";
    if (!row[3].isEmpty()) {
      kind = "spurious_retransmission";
    } else if (!row[2].isEmpty()) {
      kind = "fast_retransmission";
    } else if (!row[1].isEmpty()) {
      kind = "retransmission";
    } else if (!row[4].isEmpty()) {
      kind = "out_of_order";
    } else if (!row[5].isEmpty()) {
      kind = "keep_alive";
    }
    long rtt = row[7].isEmpty() ? -1 : Math.round(Double.parseDouble(row[7]) * 1e9);
    return new Answer(kind, !row[6].isEmpty(), rtt);
  }

  private static List<String> known() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(TcpAnalysisAgreementIT.class.getResourceAsStream(KNOWN))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.substring(0, line.lastIndexOf('\t')))
          .toList();
    }
  }

  private static final class LastSegment implements FlowHandler<String> {
    private @Nullable TcpPath path;

    @Override
    public String attach(Flow<String> flow) {
      return "";
    }

    @Override
    public Disposition packet(Flow<String> flow, PacketView packet) {
      path = flow.health().path();
      return Disposition.TRACKED;
    }

    @Override
    public void closed(Flow<String> flow) {}
  }
}
