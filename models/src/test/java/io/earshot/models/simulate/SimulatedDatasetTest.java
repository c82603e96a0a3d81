package io.earshot.models.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulatedDatasetTest {
  @Test
  void write_threeSessions_leavesCapturesLabelsAndTimeline(@TempDir Path folder)
      throws IOException {
    SimulatedDataset.write(folder, 3, 21, SimulatedDataset.Options.defaults());
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "session-00001.pcap",
              "session-00002.pcap",
              "session-00003.pcap",
              "labels.csv",
              "timeline.csv");
    }
    List<String> labels = Files.readAllLines(folder.resolve("labels.csv"));
    assertThat(labels).hasSize(4);
    Map<String, String[]> byFile = new HashMap<>();
    for (String line : labels.subList(1, 4)) {
      String[] cells = line.split(",", -1);
      assertThat(cells).hasSize(12);
      byFile.put(cells[0], cells);
      assertThat(List.of(cells[7].split("\\|"))).contains(cells[5]);
    }
    Map<String, Integer> seconds = new HashMap<>();
    Map<String, Boolean> evidence = new HashMap<>();
    List<String> timeline = Files.readAllLines(folder.resolve("timeline.csv"));
    for (String line : timeline.subList(1, timeline.size())) {
      String[] cells = line.split(",", -1);
      seconds.merge(cells[0], 1, Integer::sum);
      assertThat(cells[6].equals("1")).isEqualTo(!cells[3].equals("unknown"));
      evidence.merge(cells[0], cells[6].equals("1"), Boolean::logicalOr);
    }
    byFile.forEach(
        (file, cells) -> {
          assertThat((double) seconds.getOrDefault(file, 0) - Double.parseDouble(cells[8]))
              .isBetween(0.0, 2.0);
          assertThat(evidence.getOrDefault(file, false)).isEqualTo(!cells[5].equals("unknown"));
        });
  }

  @Test
  void draw_wishes_areTrueOfEverySession() {
    SessionWishes wishes =
        new SessionWishes(
            List.of(ClientProfile.PSST, ClientProfile.WEB_H3),
            List.of("dsl-16", "cable-100"),
            List.of(Circumstance.PLAIN, Circumstance.MID_STREAM, Circumstance.DNS_ONLY));
    for (int i = 1; i <= 8; i++) {
      SessionSpec spec = wishes.draw(3, i);
      assertThat(spec).isEqualTo(wishes.draw(3, i));
      assertThat(spec.listener().profile())
          .isEqualTo(i % 2 == 1 ? ClientProfile.PSST : ClientProfile.WEB_H3);
      assertThat(spec.link().id()).isEqualTo((i - 1) / 2 % 2 == 0 ? "dsl-16" : "cable-100");
      assertThat(spec.quirks().preludeNanos()).isBetween(60_000_000_000L, 600_000_000_000L);
      assertThat(spec.quirks().helloCut()).isTrue();
      assertThat(spec.quirks().dnsVisible()).isTrue();
      assertThat(spec.foreign()).isEmpty();
    }
    assertThatThrownBy(() -> new SessionWishes(List.of(), List.of("carrier-pigeon"), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("carrier-pigeon")
        .hasMessageContaining("dsl-16");
  }

  @ParameterizedTest
  @EnumSource(Circumstance.class)
  void draw_everyCircumstance_changesTheSessionAndPlays(Circumstance circumstance) {
    SessionWishes wishes =
        new SessionWishes(
            List.of(ClientProfile.DESKTOP_2018), List.of("vdsl-50"), List.of(circumstance));
    SessionWishes without =
        new SessionWishes(List.of(ClientProfile.DESKTOP_2018), List.of("vdsl-50"), List.of());
    int changed = 0;
    for (int i = 1; i <= 3; i++) {
      changed += wishes.draw(8, i).equals(without.draw(8, i)) ? 0 : 1;
    }
    assertThat(changed).isPositive();
    SessionTruth truth = SessionGenerator.play(wishes.draw(8, 1), (ts, b, c, w) -> {});
    assertThat(truth.frames()).isPositive();
  }

  @Test
  void write_folderWithFiles_isRefusedAndLeftAlone(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("mine.txt"), "x");
    assertThatThrownBy(
            () -> SimulatedDataset.write(folder, 1, 1, SimulatedDataset.Options.defaults()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not empty");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void write_capture_isNanosecondPcapWithTrueLengths(@TempDir Path folder) throws IOException {
    SimulatedDataset.write(folder, 1, 4, SimulatedDataset.Options.defaults());
    ByteBuffer in =
        ByteBuffer.wrap(Files.readAllBytes(folder.resolve("session-00001.pcap")))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(in.getInt()).isEqualTo(0xa1b23c4d);
    in.position(24);
    int frames = 0;
    long last = 0;
    int cut = 0;
    while (in.hasRemaining()) {
      long nanos = (in.getInt() & 0xffff_ffffL) * 1_000_000_000L + in.getInt();
      int captured = in.getInt();
      int wire = in.getInt();
      assertThat(nanos).isGreaterThanOrEqualTo(last);
      assertThat(captured).isBetween(14, wire);
      last = nanos;
      int at = in.position();
      boolean v4 = in.get(at + 12) == 8;
      int ip = ((in.get(at + (v4 ? 16 : 18)) & 0xff) << 8) | (in.get(at + (v4 ? 17 : 19)) & 0xff);
      assertThat(wire).isGreaterThanOrEqualTo(14 + ip + (v4 ? 0 : 40));
      cut += captured < wire ? 1 : 0;
      frames++;
      in.position(at + captured);
    }
    assertThat(frames).isGreaterThan(100);
    assertThat(cut).isGreaterThan(50);
  }
}
