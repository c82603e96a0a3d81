package io.earshot.models.feature;

/**
 * One column of the feature vector: what it is called, in which unit, and what it says.
 *
 * @param name lower case with underscores, unique in the schema
 * @param unit unit of the number, for example {@code B}, {@code s}, {@code 1} for a ratio
 * @param meaning one sentence for the reference page
 * @param group which part of the vector it belongs to
 */
public record FeatureDefinition(String name, String unit, String meaning, FeatureGroup group) {
  public FeatureDefinition {
    if (!name.matches("[a-z][a-z0-9_]*")) {
      throw new IllegalArgumentException("feature name must be lower case words: " + name);
    }
    if (unit.isBlank() || meaning.isBlank()) {
      throw new IllegalArgumentException("feature " + name + " needs a unit and a meaning");
    }
  }
}
