package io.earshot.models.feature;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The ordered columns of a feature vector and their fingerprint.
 *
 * <p>A model is bound to the schema it was trained with: the {@link #hash} changes with any name,
 * any order, and with {@link #DEFINITION_VERSION}, which must be raised whenever a feature keeps
 * its name but changes its meaning. Immutable.
 */
public final class FeatureSchema {
  /** Raised whenever the number behind an unchanged name changes. */
  public static final int DEFINITION_VERSION = 3;

  private static final FeatureSchema STANDARD =
      new FeatureSchema(
          Stream.of(
                  ReferenceStatistics.DEFINITIONS,
                  TransportStatistics.DEFINITIONS,
                  StreamFeatures.DEFINITIONS)
              .flatMap(Collection::stream)
              .toList());

  private final List<FeatureDefinition> features;
  private final List<String> names;
  private final Map<String, Integer> index = new HashMap<>();
  private final String hash;

  /**
   * A schema of these columns.
   *
   * @throws IllegalArgumentException if a name occurs twice
   */
  public FeatureSchema(List<FeatureDefinition> features) {
    this.features = List.copyOf(features);
    List<String> ordered = new ArrayList<>(features.size());
    for (FeatureDefinition feature : this.features) {
      if (index.putIfAbsent(feature.name(), ordered.size()) != null) {
        throw new IllegalArgumentException("feature " + feature.name() + " occurs twice");
      }
      ordered.add(feature.name());
    }
    names = List.copyOf(ordered);
    hash = hash(names, DEFINITION_VERSION);
  }

  /** The schema of this version of Earshot: groups A, B and C. */
  public static FeatureSchema standard() {
    return STANDARD;
  }

  /** All columns in order. */
  public List<FeatureDefinition> features() {
    return features;
  }

  /** The names in order. */
  public List<String> names() {
    return names;
  }

  public int size() {
    return names.size();
  }

  /**
   * Position of a feature in the vector.
   *
   * @throws IllegalArgumentException if the schema has no such feature
   */
  public int indexOf(String name) {
    Integer position = index.get(name);
    if (position == null) {
      throw new IllegalArgumentException("the schema has no feature " + name);
    }
    return position;
  }

  /** SHA-256 over the definition version and the names in order, 64 lower-case hex digits. */
  public String hash() {
    return hash;
  }

  static String hash(List<String> names, int definitionVersion) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(("v" + definitionVersion + "\n").getBytes(StandardCharsets.US_ASCII));
      for (String name : names) {
        sha256.update((name + "\n").getBytes(StandardCharsets.US_ASCII));
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
