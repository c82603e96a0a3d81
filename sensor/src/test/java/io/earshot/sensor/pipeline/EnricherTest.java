package io.earshot.sensor.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.models.QualityClass;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.GeneratedSource;
import io.earshot.sensor.decode.Frames;
import io.earshot.sensor.decode.LinkType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnricherTest {
  private static final Instant START = Instant.parse("2026-03-02T18:00:00Z");

  @TempDir Path folder;

  private static PlannedSession session(long seed, Instant start) {
    return new PlannedSession(
        seed,
        ClientProfile.WEB_H1,
        PlannedSession.setting(128, QualityClass.NORMAL),
        null,
        PlannedSession.FIBRE,
        "10.0.0.5",
        start,
        Duration.ofSeconds(60));
  }

  /** Hands on each frame as a virtual switch does, its cut end made up with zeros. */
  private static void inside(int vni, PlannedSession session, FrameHandler handler) {
    session
        .open()
        .run(
            (data, offset, captured, wire, tsNanos, _, interfaceId) -> {
              byte[] frame =
                  Arrays.copyOf(
                      data.asSlice(offset, captured).toArray(ValueLayout.JAVA_BYTE), wire);
              byte[] outer = Frames.ethernet(0x0800, Frames.ipv4(17, Frames.vxlan(vni, frame)));
              handler.onFrame(
                  MemorySegment.ofArray(outer),
                  0,
                  outer.length,
                  outer.length,
                  tsNanos,
                  LinkType.ETHERNET,
                  interfaceId);
            });
  }

  @Test
  void window_ofTenantsWithOneAddress_hasTheSiteOfItsVirtualNetwork() throws Exception {
    PlaceFiles files = new PlaceFiles(new PlaceFiles.Notices(_ -> {}, _ -> {}));
    Path sites = folder.resolve("sites.csv");
    Files.writeString(sites, "site,network,vni\nWest,,100\nEast,10.0.0.0/8,200\n");
    assertThat(files.use(new PlaceFiles.Settings(sites, null, null, null))).isTrue();

    Map<String, List<String>> told = told(files);

    assertThat(told).as("streams").hasSize(2);
    assertThat(told.values())
        .extracting(List::getFirst)
        .containsExactlyInAnyOrder("100 West", "200 East");
    assertThat(told.values())
        .allSatisfy(all -> assertThat(all).hasSizeGreaterThan(5).containsOnly(all.getFirst()));
  }

  /** VNI and site of each window, by stream. */
  private Map<String, List<String>> told(PlaceFiles files) throws Exception {
    Map<String, List<String>> told = new TreeMap<>();
    VerdictListener listener =
        new VerdictListener() {
          @Override
          public void window(WindowVerdict window) {
            told.computeIfAbsent(window.observation().stream().id(), _ -> new ArrayList<>())
                .add(window.observation().flow().vni() + " " + window.where().site());
          }

          @Override
          public void ended(StreamResult stream) {}
        };
    CaptureAnalysis.run(
        new GeneratedSource(
            "tenants",
            handler -> {
              inside(100, session(1, START), handler);
              inside(200, session(2, START.plusSeconds(120)), handler);
            }),
        PipelineSettings.offline("test", PipelineSettings.DEFAULT_WINDOW)
            .telling(new Enrichment(files, null)),
        TestModels.load(folder.resolve("models")),
        listener,
        handler -> handler);
    return told;
  }
}
