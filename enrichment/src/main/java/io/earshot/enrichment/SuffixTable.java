package io.earshot.enrichment;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The longest of many suffixes that a host name ends in, label by label: one pass over the name
 * from its end, nothing allocated. Every new connection asks, nearly always about somebody else.
 *
 * <p>Immutable.
 */
final class SuffixTable {
  private final @Nullable String[] suffixes;
  private final @Nullable String[] values;
  private final int mask;

  /**
   * @param bySuffix whole labels, without the dot before them
   */
  SuffixTable(Map<String, String> bySuffix) {
    int slots = Integer.highestOneBit(Math.max(4, bySuffix.size())) * 4;
    suffixes = new @Nullable String[slots];
    values = new @Nullable String[slots];
    mask = slots - 1;
    bySuffix.forEach(this::put);
  }

  private void put(String suffix, String value) {
    int hash = 0;
    for (int i = suffix.length() - 1; i >= 0; i--) {
      hash = 31 * hash + suffix.charAt(i);
    }
    int slot = slot(hash);
    while (suffixes[slot] != null) {
      slot = (slot + 1) & mask;
    }
    suffixes[slot] = suffix;
    values[slot] = value;
  }

  private int slot(int hash) {
    return (hash ^ hash >>> 15) & mask;
  }

  /** What belongs to the longest suffix that the name ends in, null where there is none. */
  @Nullable String longestOf(String name) {
    String found = null;
    int hash = 0;
    for (int i = name.length() - 1; i >= 0; i--) {
      char c = name.charAt(i);
      hash = 31 * hash + c;
      if (i == 0 || name.charAt(i - 1) == '.') {
        String value = at(hash, name, i);
        found = value == null ? found : value;
      }
    }
    return found;
  }

  private @Nullable String at(int hash, String name, int from) {
    int length = name.length() - from;
    int slot = slot(hash);
    for (String suffix = suffixes[slot]; suffix != null; suffix = suffixes[slot]) {
      if (suffix.length() == length && name.startsWith(suffix, from)) {
        return values[slot];
      }
      slot = (slot + 1) & mask;
    }
    return null;
  }
}
