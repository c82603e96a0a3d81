package io.earshot.sensor.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Set;

/** What to say about a key that there is not. */
final class UnknownKey {
  private UnknownKey() {}

  /**
   * @param path the key with its sections
   * @param known all keys with their sections
   */
  static String advice(String path, Collection<String> known) {
    String key = last(path);
    Set<String> candidates = new LinkedHashSet<>();
    for (String each : known) {
      candidates.add(each);
      for (int dot = each.indexOf('.'); dot > 0; dot = each.indexOf('.', dot + 1)) {
        candidates.add(each.substring(0, dot));
      }
    }
    String nearest =
        candidates.stream()
            .min(
                Comparator.<String>comparingInt(each -> distance(key, last(each)))
                    .thenComparingInt(each -> distance(path, each))
                    .thenComparing(Comparator.naturalOrder()))
            .orElse("");
    return "there is no such key; the nearest is " + nearest;
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /** Letters to insert, remove or exchange (Levenshtein). */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int exchanged = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(exchanged, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
