package io.earshot.sensor.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.earshot.models.classify.ActiveModel;
import io.earshot.models.classify.FeatureDrift;
import io.earshot.models.classify.FeatureWeight;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.ModelBundleException;
import io.earshot.models.classify.ModelIdentity;
import io.earshot.models.feature.FetchedObject;
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
    int asked = 0;
    while (StreamAnalyst.weight(windows.get(asked).observation()) == 0) {
      assertThat(windows.get(asked++).explanation()).isEmpty();
    }
    assertThat(windows.subList(asked, windows.size()))
        .allSatisfy(window -> assertThat(window.explanation()).isNotEmpty());
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
        windows.stream().filter(window -> StreamAnalyst.weight(window.observation()) > 0).count();
    assertThat(drift.vectors()).isEqualTo(asked).isPositive();
    assertThat(drift.streams()).isEqualTo(1);
  }

  @Test
  void drift_afterAnExchange_countsStreamsThatGoOn() {
    ActiveModel active = new ActiveModel(shipped);
    FeatureDrift drift = play(active, 20, () -> active.replace(noise)).drift();

    assertThat(drift.streams()).isEqualTo(1);
  }

  @Test
  void window_aTrackEndsWithoutANewObject_asksTheModelAgain() {
    play(new ActiveModel(shipped), Integer.MAX_VALUE, () -> {});

    long ends = 0;
    double objects = 0;
    for (int i = 1; i < windows.size(); i++) {
      WindowVerdict window = windows.get(i);
      double evidence = StreamAnalyst.newEvidence(window.observation());
      objects += evidence;
      if (evidence == 0 && StreamAnalyst.weight(window.observation()) > 0) {
        ends++;
        assertThat(window.verdict().probabilities())
            .isNotEqualTo(windows.get(i - 1).verdict().probabilities());
      }
    }
    assertThat(ends).isPositive();
    assertThat(streams.getFirst().evidenceUnits()).isCloseTo(objects, within(1e-9));
  }

  @Test
  void evidence_ofAnObjectStillComing_countsWhileItIsTheLargest() {
    FetchedObject track = object(3_000_000);

    assertThat(StreamAnalyst.coming(List.of(), 750_000)).isEqualTo(0.5);
    assertThat(StreamAnalyst.coming(List.of(), 40_000_000)).isEqualTo(1.0);
    assertThat(StreamAnalyst.coming(List.of(track), 2_999_999)).isZero();
    assertThat(StreamAnalyst.coming(List.of(track), 3_000_001)).isEqualTo(1.0);
  }

  /** An episode of 40 MB plays for nearly an hour at 96 kbit/s. */
  @Test
  void reach_ofAnEpisode_isItsLength() {
    List<FetchedObject> tracks = List.of(object(3_000_000), object(2_500_000), object(4_000_000));
    List<FetchedObject> episode = List.of(object(3_000_000), object(40_000_000));

    assertThat(StreamAnalyst.reachSeconds(tracks, 96)).isEqualTo(975.0);
    assertThat(StreamAnalyst.reachSeconds(episode, null)).isEqualTo(975.0);
    assertThat(StreamAnalyst.reachSeconds(episode, 96)).isCloseTo(43e6 * 8 / 96e3, within(0.1));
  }

  private static FetchedObject object(long bytes) {
    return new FetchedObject(0, 1, bytes, 1, bytes, bytes, 250);
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
