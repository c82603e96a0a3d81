package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import smile.classification.GradientTreeBoost;
import smile.data.Tuple;
import smile.model.cart.LeafNode;
import smile.model.cart.RegressionNode;

class ActiveModelTest {
  @TempDir private Path parent;
  private ModelBundle shipped;
  private ActiveModel active;

  @BeforeEach
  void load() throws Exception {
    shipped = ModelBundle.shipped();
    active = new ActiveModel(shipped);
  }

  @Test
  void replace_goodBundle_takesOver() throws Exception {
    ActiveModel.Exchange exchange = active.replace(other());

    assertThat(exchange)
        .isEqualTo(
            new ActiveModel.Exchange.Done(
                new ModelIdentity("other", "2"), shipped.manifest().identity()));
    assertThat(active.current().manifest().name()).isEqualTo("other");
  }

  @Test
  void replace_damagedBundle_leavesTheActiveModel() throws Exception {
    Path bundle = other();
    byte[] model = Files.readAllBytes(bundle.resolve("model.bin"));
    model[model.length / 3] ^= 4;
    Files.write(bundle.resolve("model.bin"), model);

    ActiveModel.Exchange exchange = active.replace(bundle);

    assertThat(exchange)
        .isInstanceOfSatisfying(
            ActiveModel.Exchange.Refused.class,
            refused -> {
              assertThat(refused.active()).isEqualTo(shipped.manifest().identity());
              assertThat(refused.reason()).contains("model.bin SHA-256", "get the bundle again");
            });
    assertThat(active.current()).isSameAs(shipped);
  }

  @Test
  void replace_bundleOfOtherFeatures_leavesTheActiveModel() throws Exception {
    Path bundle =
        ModelBundleWriter.write(
            parent,
            Trained.manifest(SmileModel.of(Trained.boosted())),
            SmileModel.of(Trained.boosted()),
            "# Card\n");

    assertThat(active.replace(bundle))
        .isInstanceOfSatisfying(
            ActiveModel.Exchange.Refused.class,
            refused -> assertThat(refused.reason()).contains("schema_hash: expected"));
    assertThat(active.current()).isSameAs(shipped);
  }

  @Test
  void rollBack_afterAnExchange_restoresTheModelBefore() throws Exception {
    active.replace(other());

    assertThat(active.rollBack().active()).isEqualTo(shipped.manifest().identity());
    assertThat(active.current()).isSameAs(shipped);
  }

  @Test
  void rollBack_withoutAnExchange_isRefused() {
    assertThat(active.rollBack())
        .isInstanceOfSatisfying(
            ActiveModel.Exchange.Refused.class,
            refused -> assertThat(refused.reason()).contains("no model before"));
  }

  @Test
  void trial_modelWithALeafThatIsNoNumber_isFound() throws Exception {
    GradientTreeBoost good = Trained.boosted();
    ModelManifest manifest = Trained.manifest(SmileModel.of(good));
    double[] medians =
        manifest.ranges().stream().mapToDouble(range -> range.quantiles().get(5)).toArray();
    LeafNode leaf = good.trees()[2][0].root().predict(Tuple.of(good.schema(), medians));
    byte[] model = SmileModel.of(good).serialise();
    replace(model, ((RegressionNode) leaf).output(), Double.NaN);

    ModelBundle forged =
        ModelBundle.unsaved(manifest, SmileModel.deserialise(model, "model bundle x"), "");

    assertThat(ActiveModel.trial(forged)).contains("its probabilities sum to NaN");
  }

  private static void replace(byte[] bytes, double from, double to) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    for (int i = 0; i + Double.BYTES <= bytes.length; i++) {
      if (buffer.getLong(i) == Double.doubleToRawLongBits(from)) {
        buffer.putDouble(i, to);
      }
    }
  }

  /** The shipped model under another name. */
  private Path other() throws IOException {
    Path bundle = Files.createDirectory(parent.resolve("other-2"));
    Files.write(bundle.resolve("model.bin"), shipped.model().serialise());
    Files.writeString(bundle.resolve("MODEL_CARD.md"), shipped.modelCard());
    String manifest = new String(shipped.manifest().toJson(), StandardCharsets.UTF_8);
    Files.writeString(
        bundle.resolve("manifest.json"),
        manifest
            .replace("\"name\" : \"" + shipped.manifest().name(), "\"name\" : \"other")
            .replace(
                "\"version\" : \"" + shipped.manifest().version() + "\"", "\"version\" : \"2\""));
    return bundle;
  }
}
