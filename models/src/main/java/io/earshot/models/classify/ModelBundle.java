package io.earshot.models.classify;

import io.earshot.models.QualityClass;
import io.earshot.models.feature.FeatureSchema;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A model that has proved to be the one its manifest describes and to fit this build.
 *
 * <p>{@code model.bin} is deserialised only after its SHA-256 matched the manifest, and only
 * through an allow-list of classes. The digest guards against damage and mix-ups; the allow-list is
 * what stands between a bundle from elsewhere and this process. Immutable; any thread may use it.
 */
public final class ModelBundle {
  static final String MODEL = "model.bin";
  static final String MANIFEST = "manifest.json";
  static final String CARD = "MODEL_CARD.md";

  /** Where bundles lie on the class path. */
  private static final String RESOURCES = "/io/earshot/models/bundle/";

  /** Names the folder of the bundle that is used unless another is configured. */
  private static final String SHIPPED = RESOURCES + "SHIPPED";

  private static final int MAX_TEXT_BYTES = 4 << 20;
  private static final Pattern FOLDER = Pattern.compile("[a-z0-9][a-z0-9._-]*");

  private final ModelManifest manifest;
  private final String modelCard;
  private final QualityClassifier classifier;
  private final VerdictPolicy policy;
  private final SmileModel model;

  private ModelBundle(ModelManifest manifest, SmileModel model, String modelCard) {
    this.manifest = manifest;
    this.model = model;
    this.modelCard = modelCard;
    classifier =
        new QualityClassifier(model, manifest.calibration(), manifest.classes(), manifest.ranges());
    policy = new VerdictPolicy(manifest.classes(), manifest.thresholds());
  }

  /**
   * Loads a bundle for this build's features.
   *
   * @throws ModelBundleException if anything is missing, damaged, or does not fit
   */
  public static ModelBundle load(Path dir) throws ModelBundleException {
    return load(dir, FeatureSchema.standard());
  }

  /** Loads a bundle for these features; see {@link #load(Path)}. */
  public static ModelBundle load(Path dir, FeatureSchema schema) throws ModelBundleException {
    return read(
        "model bundle " + dir,
        (name, limit) -> {
          try (InputStream in = Files.newInputStream(dir.resolve(name))) {
            return in.readNBytes(limit);
          }
        },
        schema);
  }

  /**
   * Loads the bundle that came with this build.
   *
   * @throws ModelBundleException if the build carries none, or it does not fit the build
   */
  public static ModelBundle shipped() throws ModelBundleException {
    String folder;
    try (InputStream in = ModelBundle.class.getResourceAsStream(SHIPPED)) {
      if (in == null) {
        throw new ModelBundleException(
            "this build carries no model: expected the resource "
                + SHIPPED
                + ", found none; name a bundle with --model, or train one with 'earshot train'");
      }
      folder = new String(in.readNBytes(256), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new ModelBundleException("the resource " + SHIPPED + " cannot be read: " + e, e);
    }
    if (!FOLDER.matcher(folder).matches()) {
      throw ModelBundleException.mismatch(
          SHIPPED, "content", "the name of a folder", folder, "build Earshot again");
    }
    return read(
        "shipped model bundle " + folder,
        (name, limit) -> {
          String resource = RESOURCES + folder + "/" + name;
          try (InputStream in = ModelBundle.class.getResourceAsStream(resource)) {
            if (in == null) {
              throw new IOException("there is no resource " + resource);
            }
            return in.readNBytes(limit);
          }
        },
        FeatureSchema.standard());
  }

  /** A model that was just fitted, without a detour over files. */
  public static ModelBundle unsaved(ModelManifest manifest, SmileModel model, String modelCard) {
    return new ModelBundle(manifest, model, modelCard);
  }

  public ModelManifest manifest() {
    return manifest;
  }

  public String modelCard() {
    return modelCard;
  }

  /** The answers of the model, in the order of its probabilities. */
  public List<QualityClass> classes() {
    return manifest.classes();
  }

  public QualityClassifier classifier() {
    return classifier;
  }

  public VerdictPolicy policy() {
    return policy;
  }

  public SmileModel model() {
    return model;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Reads at most so many bytes of a bundle's file. */
  private interface BundleFiles {
    byte[] read(String name, int limit) throws IOException;
  }

  private static ModelBundle read(String where, BundleFiles files, FeatureSchema schema)
      throws ModelBundleException {
    ModelManifest manifest = manifest(where, file(where, files, MANIFEST, MAX_TEXT_BYTES));
    String again = "train the model again with this build ('earshot train')";
    require(where, "format_version", ModelManifest.FORMAT_VERSION, manifest.formatVersion(), again);
    require(where, "smile_version", SmileModel.SMILE_VERSION, manifest.smileVersion(), again);
    require(where, "schema_hash", schema.hash(), manifest.schemaHash(), again);
    if (!schema.names().equals(manifest.features())) {
      throw ModelBundleException.mismatch(
          where,
          "features",
          schema.size() + " columns of this build",
          manifest.features().size() + " others under the same hash",
          "the manifest was edited: get the bundle again");
    }
    byte[] bytes = file(where, files, MODEL, (int) ModelFilter.MAX_BYTES);
    String replace = "the file is damaged or belongs to another bundle: get the bundle again";
    require(where, MODEL + " length", manifest.modelBytes(), (long) bytes.length, replace);
    require(where, MODEL + " SHA-256", manifest.modelSha256(), sha256(bytes), replace);
    SmileModel model = SmileModel.deserialise(bytes, where);
    require(where, "algorithm of " + MODEL, manifest.algorithm(), model.algorithm(), again);
    require(where, "classes of " + MODEL, manifest.classes().size(), model.classCount(), again);
    if (!model.features().equals(manifest.features())) {
      throw ModelBundleException.mismatch(
          where, "features of " + MODEL, "those of the manifest", "others", again);
    }
    String card = new String(file(where, files, CARD, MAX_TEXT_BYTES), StandardCharsets.UTF_8);
    return new ModelBundle(manifest, model, card);
  }

  private static ModelManifest manifest(String where, byte[] json) throws ModelBundleException {
    try {
      return ModelManifest.ofJson(json);
    } catch (IOException | RuntimeException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new ModelBundleException(
          where
              + ": "
              + MANIFEST
              + ": expected a manifest of format "
              + ModelManifest.FORMAT_VERSION
              + ", found: "
              + reason
              + "; get the bundle again",
          e);
    }
  }

  private static byte[] file(String where, BundleFiles files, String name, int limit)
      throws ModelBundleException {
    try {
      byte[] bytes = files.read(name, limit);
      if (bytes.length == limit) {
        throw ModelBundleException.mismatch(
            where, name, "less than " + limit + " bytes", "more", "this is not a bundle's file");
      }
      return bytes;
    } catch (IOException e) {
      throw new ModelBundleException(
          where
              + ": "
              + name
              + ": expected a readable file, found none ("
              + e
              + "); a bundle is a folder with "
              + String.join(", ", List.of(MODEL, MANIFEST, CARD)),
          e);
    }
  }

  private static void require(
      String where, String what, Object expected, Object found, String remedy)
      throws ModelBundleException {
    if (!expected.equals(found)) {
      throw ModelBundleException.mismatch(where, what, expected, found, remedy);
    }
  }
}
