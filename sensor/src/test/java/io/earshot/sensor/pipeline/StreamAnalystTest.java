package io.earshot.sensor.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.classify.ActiveModel;
import io.earshot.models.classify.FeatureDrift;
import io.earshot.models.classify.FeatureWeight;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.classify.ModelIdentity;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.identify.NameListener;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that is exchanged, explained and watched while windows come. */
class StreamAnalystTest {
  @TempDir static Path folder;
  private static Path noise;
  private static ModelBundle shipped;

  private final List<WindowVerdict> windows = new ArrayList<>();
  private final List<StreamResult> streams = new ArrayList<>();

  @BeforeAll
  static void load() throws ModelBundleException {
    noise = TestModels.write(folder);
    shipped = ModelBundle.shipped();
  }

  @Test
  void window_afterAnExchange_isTheOtherModels() {
    ActiveModel active = new ActiveModel(shipped);
    StreamAnalyst analyst = play(active, 20, () -> active.replace(noise));

    assertThat(windows.subList(0, 20)).extracting(WindowVerdict::model).containsOnly(identity());
    assertThat(windows.subList(20, windows.size()))
        .isNotEmpty()
        .extracting(WindowVerdict::model)
        .containsOnly(new ModelIdentity("noise", "1"));
    assertThat(streams.getFirst().model()).isEqualTo(new ModelIdentity("noise", "1"));
    assertThat(analyst.classified() + analyst.unknown()).isEqualTo(windows.size());
  }

  @Test
  void window_afterARefusedExchange_isAsIfNobodyHadTried() throws IOException {
    Path broken = Files.createDirectory(folder.resolve("broken"));
    for (String file : new String[] {"MODEL_CARD.md", "manifest.json"}) {
      Files.copy(noise.resolve(file), broken.resolve(file));
    }
    Files.write(broken.resolve("model.bin"), new byte[] {1, 2, 3});
    play(new ActiveModel(shipped), Integer.MAX_VALUE, () -> {});
    List<WindowVerdict> undisturbed = List.copyOf(windows);
    windows.clear();

    ActiveModel active = new ActiveModel(shipped);
    play(
        active,
        20,
        () -> assertThat(active.replace(broken)).isInstanceOf(ActiveModel.Exchange.Refused.class));

    assertThat(windows).isEqualTo(undisturbed);
  }

  @Test
  void window_explained_namesThreeFeaturesOnceTheModelWasAsked() {
    play(new ActiveModel(shipped, 3), Integer.MAX_VALUE, () -> {});

    WindowVerdict last = windows.getLast();
    assertThat(last.explanation()).hasSize(3);
    assertThat(last.explanation())
        .extracting(FeatureWeight::feature)
        .isSubsetOf(shipped.manifest().features());
    assertThat(windows)
        .allSatisfy(
            window ->
                assertThat(window.explanation().isEmpty())
                    .isEqualTo(window.observation().context().objectsTotal() == 0));
    assertThat(streams.getFirst().explanation()).isEqualTo(last.explanation());
  }

  @Test
  void window_notExplained_hasNone() {
    play(new ActiveModel(shipped), Integer.MAX_VALUE, () -> {});

    assertThat(windows).allSatisfy(window -> assertThat(window.explanation()).isEmpty());
  }

  @Test
  void drift_countsEveryVectorTheModelWasAskedAbout() {
    FeatureDrift drift = play(new ActiveModel(shipped), Integer.MAX_VALUE, () -> {}).drift();

    long asked =
        windows.stream()
            .filter(window -> StreamAnalyst.newEvidence(window.observation()) > 0)
            .count();
    assertThat(drift.vectors()).isEqualTo(asked).isPositive();
    assertThat(drift.streams()).isEqualTo(1);
  }

  private static ModelIdentity identity() {
    return shipped.manifest().identity();
  }

  private StreamAnalyst play(ActiveModel active, int after, Runnable then) {
    StreamAnalyst analyst =
        new StreamAnalyst(
            active,
            new VerdictListener() {
              @Override
              public void window(WindowVerdict window) {
                windows.add(window);
                if (windows.size() == after) {
                  then.run();
                }
              }

              @Override
              public void ended(StreamResult stream) {
                streams.add(stream);
              }
            });
    Pipeline pipeline =
        new Pipeline(
            PipelineSettings.offline("test", PipelineSettings.DEFAULT_WINDOW),
            analyst,
            NameListener.NONE);
    SessionGenerator.play(
        SessionGenerator.draw(11, 4, ClientProfile.DESKTOP_2025),
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
    return analyst;
  }
}
