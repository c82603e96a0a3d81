package io.earshot.models.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.models.QualityClass;
import io.earshot.models.feature.FeatureSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelBundleTest {
  private static final SmileModel MODEL = SmileModel.of(Trained.boosted());

  @TempDir private Path parent;
  private Path bundle;

  @BeforeEach
  void write() throws ModelBundleException {
    bundle = ModelBundleWriter.write(parent, Trained.manifest(MODEL), MODEL, "# Card\n");
  }

  @Test
  void load_whatWasWritten_classifiesTheSame() throws ModelBundleException {
    ModelBundle loaded = ModelBundle.load(bundle, Trained.SCHEMA);

    assertThat(bundle).hasFileName("test-1");
    assertThat(loaded.modelCard()).isEqualTo("# Card\n");
    assertThat(loaded.classes()).isEqualTo(Trained.CLASSES);
    assertThat(loaded.manifest().calibration().temperature()).isEqualTo(1.25);
    assertThat(loaded.manifest().thresholds()).isEqualTo(OperatingThresholds.standard());
    assertThat(loaded.manifest().modelSha256()).matches("[0-9a-f]{64}");
    for (double[] x : Trained.X) {
      assertThat(loaded.classifier().probabilities(x))
          .containsExactly(
              new Calibration(1.25, 0.0)
                  .apply(MODEL.probabilities(x), new double[Trained.CLASSES.size()]));
    }
  }

  @Test
  void load_forest_classifiesTheSame() throws ModelBundleException {
    SmileModel forest = SmileModel.of(Trained.forest());
    Path written =
        ModelBundleWriter.write(parent.resolve("forest"), Trained.manifest(forest), forest, "card");

    ModelBundle loaded = ModelBundle.load(written, Trained.SCHEMA);

    assertThat(loaded.manifest().algorithm()).isEqualTo(SmileModel.RANDOM_FOREST);
    assertThat(loaded.model().probabilities(Trained.X[0]))
        .containsExactly(forest.probabilities(Trained.X[0]));
  }

  @Test
  void write_sameModelTwice_givesTheSameBytes() throws Exception {
    Path again =
        ModelBundleWriter.write(
            parent.resolve("again"),
            Trained.manifest(MODEL),
            SmileModel.of(Trained.boosted()),
            "# Card\n");

    for (String file : new String[] {"model.bin", "manifest.json", "MODEL_CARD.md"}) {
      assertThat(again.resolve(file)).hasSameBinaryContentAs(bundle.resolve(file));
    }
  }

  @Test
  void write_existingFolder_isRefusedAndLeftAlone() throws Exception {
    byte[] before = Files.readAllBytes(bundle.resolve("manifest.json"));

    assertThatThrownBy(
            () -> ModelBundleWriter.write(parent, Trained.manifest(MODEL), MODEL, "other"))
        .isInstanceOf(ModelBundleException.class)
        .hasMessageContaining("expected no such folder, found one");

    assertThat(bundle.resolve("manifest.json")).hasBinaryContent(before);
    try (Stream<Path> left = Files.list(parent)) {
      assertThat(left).containsExactly(bundle);
    }
  }

  @Test
  void manifest_classes_areNamedByTheirLabels() throws IOException {
    assertThat(Files.readString(bundle.resolve("manifest.json")))
        .contains("\"very_high\"")
        .contains("\"schema_hash\" : \"" + Trained.SCHEMA.hash() + "\"")
        .contains("\"worse\" : \"low\"")
        .doesNotContain("\r");
  }

  @Test
  void load_modelWithOneBitChanged_isRefusedByItsDigest() throws IOException {
    byte[] model = Files.readAllBytes(bundle.resolve("model.bin"));
    model[model.length / 2] ^= 1;
    Files.write(bundle.resolve("model.bin"), model);

    assertRefused("model.bin SHA-256: expected", "get the bundle again");
  }

  @Test
  void load_truncatedModel_isRefusedByItsLength() throws IOException {
    byte[] model = Files.readAllBytes(bundle.resolve("model.bin"));
    Files.write(bundle.resolve("model.bin"), Arrays.copyOf(model, model.length - 1));

    assertRefused("model.bin length: expected " + model.length, "found " + (model.length - 1));
  }

  @Test
  void load_truncatedModelWithMatchingDigest_isRefused() throws IOException {
    byte[] model = Files.readAllBytes(bundle.resolve("model.bin"));
    for (int length : new int[] {0, 3, 4, 5, 100, model.length / 2, model.length - 1}) {
      plant(Arrays.copyOf(model, length));
      assertRefused("model.bin", "expected");
    }
  }

  @Test
  void load_modelWithAnyByteFlippedAndMatchingDigest_isRefusedOrStillAModel() throws IOException {
    byte[] model = Files.readAllBytes(bundle.resolve("model.bin"));
    for (int i = 0; i < model.length; i += 211) {
      byte[] changed = model.clone();
      changed[i] ^= 0x55;
      plant(changed);
      try {
        assertThat(ModelBundle.load(bundle, Trained.SCHEMA).classes()).isEqualTo(Trained.CLASSES);
      } catch (ModelBundleException e) {
        assertThat(e).message().startsWith("model bundle ").doesNotContain("\n");
      }
    }
  }

  @Test
  void load_gadgetInModel_isRefusedBeforeItRuns() throws IOException {
    Gadget.ran = false;
    plant(serialised(new Gadget()));

    assertRefused("found the class " + Gadget.class.getName(), "from a source you trust");
    assertThat(Gadget.ran).isFalse();
  }

  @Test
  void load_gadgetInsideAnAllowedCollection_isRefusedBeforeItRuns() throws IOException {
    Gadget.ran = false;
    Map<String, Object> outer = new HashMap<>();
    outer.put("a", new Object[] {new Gadget()});
    plant(serialised((Serializable) outer));

    assertRefused("found the class " + Gadget.class.getName());
    assertThat(Gadget.ran).isFalse();
  }

  @Test
  void load_allowedObjectThatIsNoModel_isRefused() throws IOException {
    plant(serialised(Integer.valueOf(4)));

    assertRefused("expected gradient boosting or a random forest, found java.lang.Integer");
  }

  @Test
  void load_hugeArrayInModel_isRefused() throws IOException {
    plant(serialised(new double[2_000_000]));

    assertRefused("an array of 2000000 elements");
  }

  @Test
  void load_deeplyNestedModel_isRefused() throws IOException {
    Object[] nested = new Object[1];
    for (int i = 0; i < 500; i++) {
      nested = new Object[] {nested};
    }
    plant(serialised(nested));

    assertRefused("nested more than 200 deep");
  }

  @Test
  void load_otherFeatures_isRefusedByTheSchemaHash() {
    FeatureSchema other = Trained.schema("rate", "size", "noise", "gap");

    assertThatThrownBy(() -> ModelBundle.load(bundle, other))
        .isInstanceOf(ModelBundleException.class)
        .hasMessageContaining("schema_hash: expected " + other.hash())
        .hasMessageContaining("found " + Trained.SCHEMA.hash())
        .hasMessageContaining("earshot train");
  }

  @Test
  void load_editedFeatureNamesUnderTheSameHash_isRefused() throws IOException {
    edit("\"gap\"", "\"pag\"");

    assertRefused("features: expected 4 columns of this build", "the manifest was edited");
  }

  @Test
  void load_otherSmile_isRefused() throws IOException {
    edit("\"smile_version\" : \"6.3.0\"", "\"smile_version\" : \"4.0.0\"");

    assertRefused("smile_version: expected 6.3.0, found 4.0.0");
  }

  @Test
  void load_laterFormat_isRefused() throws IOException {
    edit("\"format_version\" : 3", "\"format_version\" : 4");

    assertRefused("format_version: expected 3, found 4");
  }

  @Test
  void load_classMissing_isRefused() throws IOException {
    edit("\"classes\" : [\n    \"normal\",", "\"classes\" : [");

    assertRefused("classes of model.bin: expected 2, found 3");
  }

  @Test
  void load_unknownClass_isRefused() throws IOException {
    edit("\"classes\" : [\n    \"normal\",", "\"classes\" : [\n    \"superb\",");

    assertRefused("manifest.json: expected a manifest", "superb");
  }

  @Test
  void load_missingField_isRefused() throws IOException {
    edit("  \"seed\" : 7,\n", "");

    assertRefused("manifest.json: expected a manifest", "seed");
  }

  @Test
  void load_noJson_isRefused() throws IOException {
    Files.writeString(bundle.resolve("manifest.json"), "not json");

    assertRefused("manifest.json: expected a manifest");
  }

  @Test
  void load_missingFile_isRefusedAndSaysWhatABundleIs() throws IOException {
    for (String file : new String[] {"MODEL_CARD.md", "model.bin", "manifest.json"}) {
      Files.delete(bundle.resolve(file));
      assertRefused(file + ": expected a readable file, found none", "MODEL_CARD.md");
    }
  }

  @Test
  void implausibleFeatures_outsideTheTrainedRange_areCounted() throws ModelBundleException {
    QualityClassifier classifier = ModelBundle.load(bundle, Trained.SCHEMA).classifier();

    assertThat(classifier.implausibleFeatures(Trained.X[0])).isZero();
    assertThat(classifier.implausibleFeatures(new double[] {0, 0, 1e6, Double.NaN})).isEqualTo(2);
  }

  @Test
  void probabilities_wrongLength_isRefused() throws ModelBundleException {
    QualityClassifier classifier = ModelBundle.load(bundle, Trained.SCHEMA).classifier();

    assertThat(classifier.classes()).contains(QualityClass.HIGH);
    assertThatThrownBy(() -> classifier.probabilities(new double[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("3 features for a model of 4");
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> ModelBundle.load(bundle, Trained.SCHEMA))
        .isInstanceOf(ModelBundleException.class)
        .hasMessageStartingWith("model bundle " + bundle)
        .hasMessageContainingAll(parts)
        .message()
        .doesNotContain("\n");
  }

  /** Replaces model.bin and makes the manifest vouch for it, as an attacker would. */
  private void plant(byte[] model) throws IOException {
    Files.write(bundle.resolve("model.bin"), model);
    Path manifest = bundle.resolve("manifest.json");
    String text =
        Files.readString(manifest)
            .replaceFirst(
                "\"[0-9a-f]{64}\",\n  \"model_bytes\" : \\d+",
                "\"" + ModelBundle.sha256(model) + "\",\n  \"model_bytes\" : " + model.length);
    Files.writeString(manifest, text);
  }

  private void edit(String from, String to) throws IOException {
    Path manifest = bundle.resolve("manifest.json");
    String text = Files.readString(manifest, StandardCharsets.UTF_8);
    assertThat(text).contains(from);
    Files.writeString(manifest, text.replace(from, to));
  }

  private static byte[] serialised(Serializable object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    return bytes.toByteArray();
  }

  /** Does something when it is read, as a gadget would. */
  private static final class Gadget implements Serializable {
    private static final long serialVersionUID = 1L;
    private static boolean ran;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      ran = true;
    }
  }
}
