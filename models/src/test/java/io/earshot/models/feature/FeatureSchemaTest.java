package io.earshot.models.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureSchemaTest {
  @Test
  void standard_groups_followEachOther() {
    FeatureSchema schema = FeatureSchema.standard();

    assertThat(ReferenceStatistics.DEFINITIONS).hasSize(37);
    assertThat(schema.features().stream().map(FeatureDefinition::group)).isSorted();
    assertThat(schema.indexOf("bytes_per_second")).isZero();
    assertThat(schema.indexOf("bytes_up")).isEqualTo(37);
    assertThat(schema.names()).doesNotHaveDuplicates().hasSize(schema.size());
  }

  @Test
  void hash_knownNames_isWhatItAlwaysWas() {
    // printf 'v1\na\nb\n' | sha256sum
    assertThat(FeatureSchema.hash(List.of("a", "b"), 1))
        .isEqualTo("5bd5bb16cdb9f4547c08959f8ba7134ab502fbd149d8f4438b3f0a862fc5b879");
  }

  @Test
  void hash_otherOrderOrVersion_differs() {
    assertThat(schema("b", "a").hash()).isNotEqualTo(schema("a", "b").hash());
    assertThat(FeatureSchema.hash(List.of("a", "b"), 1)).isNotEqualTo(schema("a", "b").hash());
    assertThat(schema("ab").hash()).isNotEqualTo(schema("a", "b").hash());
  }

  @Test
  void constructor_nameTwice_isRefused() {
    assertThatThrownBy(() -> schema("a", "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a occurs twice");
  }

  @Test
  void indexOf_unknownName_isRefused() {
    assertThatThrownBy(() -> FeatureSchema.standard().indexOf("loudness"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("loudness");
  }

  private static FeatureSchema schema(String... names) {
    return new FeatureSchema(
        Arrays.stream(names)
            .map(name -> new FeatureDefinition(name, "1", "a number", FeatureGroup.STREAM))
            .toList());
  }
}
