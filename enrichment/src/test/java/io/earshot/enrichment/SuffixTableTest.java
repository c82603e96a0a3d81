package io.earshot.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SuffixTableTest {
  private static final String[] LABELS = {"a", "b", "ab", "com", "", "net", "scdn", "co"};

  @Test
  void longestOf_ofNamesAndParts_findsWholeLabelsOnly() {
    SuffixTable table = new SuffixTable(Map.of("scdn.co", "S", "co", "C", "audio.scdn.co", "A"));

    assertThat(table.longestOf("scdn.co")).isEqualTo("S");
    assertThat(table.longestOf("x.scdn.co")).isEqualTo("S");
    assertThat(table.longestOf("x.audio.scdn.co")).isEqualTo("A");
    assertThat(table.longestOf("myscdn.co")).isEqualTo("C");
    assertThat(table.longestOf("scdn.co.example")).isNull();
    assertThat(table.longestOf("scdn.co.")).isNull();
    assertThat(table.longestOf("")).isNull();
  }

  @Test
  void longestOf_ofAnyName_isTheFirstOfItsEndsInTheMap() {
    SplittableRandom random = new SplittableRandom(5);
    for (int round = 0; round < 200; round++) {
      Map<String, String> bySuffix = new HashMap<>();
      for (int i = random.nextInt(60); i >= 0; i--) {
        String suffix = name(random);
        if (!suffix.isEmpty()) {
          bySuffix.put(suffix, "value " + i);
        }
      }
      SuffixTable table = new SuffixTable(bySuffix);
      for (int i = 0; i < 100; i++) {
        String name = name(random);
        assertThat(table.longestOf(name)).as(name).isEqualTo(expected(bySuffix, name));
      }
    }
  }

  private static String name(SplittableRandom random) {
    StringBuilder name = new StringBuilder(LABELS[random.nextInt(LABELS.length)]);
    for (int i = random.nextInt(4); i > 0; i--) {
      name.append('.').append(LABELS[random.nextInt(LABELS.length)]);
    }
    return name.toString();
  }

  private static @Nullable String expected(Map<String, String> bySuffix, String name) {
    for (int from = 0; from >= 0; from = name.indexOf('.', from) + 1) {
      String value = bySuffix.get(name.substring(from));
      if (value != null || name.indexOf('.', from) < 0) {
        return value;
      }
    }
    throw new IllegalStateException("unreachable");
  }
}
