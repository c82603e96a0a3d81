package io.earshot.sensor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.decode.LinkType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a saved file holds of a simulated listener. */
class FrameSaverTest {
  private static final int WHOLE_FRAMES = 65_535;

  /** Ethernet, IPv6 with an extension, TCP with options. */
  private static final int LONGEST_HEADERS = 14 + 40 + 8 + 60;

  private static final FrameHandler NOBODY =
      (data, offset, captured, wire, tsNanos, linkType, interfaceId) -> {};

  @TempDir Path folder;

  /** Captured and wire length of each frame, one after the other. */
  private List<Integer> saved(boolean whole, List<Integer> given) throws Exception {
    Path file = folder.resolve("saved.pcap");
    try (FrameSaver saver = new FrameSaver(file, NOBODY, whole)) {
      SessionGenerator.play(
          SessionGenerator.draw(233, 1, ClientProfile.WEB_H1).withSnaplen(WHOLE_FRAMES),
          (tsNanos, buffer, captured, wire) -> {
            given.add(captured);
            given.add(wire);
            saver.onFrame(
                MemorySegment.ofArray(buffer), 0, captured, wire, tsNanos, LinkType.ETHERNET, 0);
          });
    }
    List<Integer> lengths = new ArrayList<>();
    try (PcapFileSource source = PcapFileSource.open(file)) {
      source.run(
          (data, offset, captured, wire, tsNanos, linkType, interfaceId) -> {
            lengths.add(captured);
            lengths.add(wire);
          });
    }
    return lengths;
  }

  @Test
  void onFrame_whole_keepsEveryByte() throws Exception {
    List<Integer> given = new ArrayList<>();

    assertThat(saved(true, given)).hasSizeGreaterThan(1000).isEqualTo(given);
  }

  @Test
  void onFrame_headers_keepsNoPayload() throws Exception {
    List<Integer> given = new ArrayList<>();
    List<Integer> kept = saved(false, given);

    assertThat(kept).hasSameSizeAs(given);
    for (int i = 0; i < kept.size(); i += 2) {
      assertThat(kept.get(i)).isLessThanOrEqualTo(LONGEST_HEADERS);
      assertThat(kept.get(i + 1)).isEqualTo(given.get(i + 1));
    }
  }
}
