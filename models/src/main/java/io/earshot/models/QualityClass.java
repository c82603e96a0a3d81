package io.earshot.models;

import java.util.Locale;

/** The answers a verdict can give, worst first. {@code unknown} is not a class but its absence. */
public enum QualityClass {
  LOW,
  NORMAL,
  HIGH,
  VERY_HIGH,
  LOSSLESS;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Lower-case name as in documents and output, for example {@code very_high}. */
  public String label() {
    return label;
  }

  /** The class with this label. */
  public static QualityClass ofLabel(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
