package io.earshot.models.classify;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.earshot.models.QualityClass;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * {@code manifest.json}: what a model is, what it was made from, and how to use it.
 *
 * <p>Holds no time and no path, so that the same data and seed give the same bytes.
 *
 * @param formatVersion layout of the bundle, {@value #FORMAT_VERSION}
 * @param name lower-case words, part of the folder's name
 * @param version part of the folder's name
 * @param algorithm {@code gradient_boosting} or {@code random_forest}
 * @param classes the answers of the model, in the order of its probabilities
 * @param features the columns of its input in order
 * @param schemaHash fingerprint of {@code features} and their definitions
 * @param smileVersion version of Smile that wrote {@code model.bin}
 * @param seed of the split, the resampling and the fit
 * @param dataDigest SHA-256 over the training rows
 * @param trainingCommand what to type to make this bundle again
 * @param options settings of the fit by name
 * @param calibration from raw to calibrated probabilities
 * @param thresholds from probabilities to a label
 * @param metrics on the held-out test groups
 * @param ranges of each feature in the training data, in the order of {@code features}
 * @param modelSha256 of {@code model.bin}, 64 lower-case hex digits
 * @param modelBytes length of {@code model.bin}
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record ModelManifest(
    int formatVersion,
    String name,
    String version,
    String algorithm,
    List<QualityClass> classes,
    List<String> features,
    String schemaHash,
    String smileVersion,
    long seed,
    String dataDigest,
    String trainingCommand,
    Map<String, String> options,
    Calibration calibration,
    OperatingThresholds thresholds,
    ModelMetrics metrics,
    List<FeatureRange> ranges,
    String modelSha256,
    long modelBytes) {

  public static final int FORMAT_VERSION = 3;

  private static final Pattern WORD = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .addMixIn(QualityClass.class, LowerCase.class)
          .build();

  public ModelManifest {
    classes = List.copyOf(classes);
    features = List.copyOf(features);
    options = Collections.unmodifiableMap(new TreeMap<>(options));
    ranges = List.copyOf(ranges);
    requireWord("name", name);
    requireWord("version", version);
    if (classes.size() < 2 || classes.stream().distinct().count() != classes.size()) {
      throw new IllegalArgumentException("classes must be two or more different ones: " + classes);
    }
    if (!ranges.stream().map(FeatureRange::feature).toList().equals(features)) {
      throw new IllegalArgumentException("ranges must name the features in their order");
    }
  }

  /** Name and version. */
  public ModelIdentity identity() {
    return new ModelIdentity(name, version);
  }

  /** {@code <name>-<version>}, the bundle's folder. */
  public String folder() {
    return name + "-" + version;
  }

  /** A copy that names these bytes as its {@code model.bin}. */
  ModelManifest withModel(String sha256, long bytes) {
    return new ModelManifest(
        formatVersion,
        name,
        version,
        algorithm,
        classes,
        features,
        schemaHash,
        smileVersion,
        seed,
        dataDigest,
        trainingCommand,
        options,
        calibration,
        thresholds,
        metrics,
        ranges,
        sha256,
        bytes);
  }

  byte[] toJson() {
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines);
    try {
      return (JSON.writer(printer).writeValueAsString(this) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest is always writable", e);
    }
  }

  static ModelManifest ofJson(byte[] json) throws IOException {
    return JSON.readValue(json, ModelManifest.class);
  }

  private static void requireWord(String key, String value) {
    if (!WORD.matcher(value).matches()) {
      throw new IllegalArgumentException(key + " must match " + WORD + ", is " + value);
    }
  }

  /** Classes by the label they have in documents. */
  private interface LowerCase {
    @JsonValue
    String label();
  }
}
