package io.earshot.models.report;

import java.util.Locale;

/**
 * The colours of reports and dashboards, apart for the colour-blind as well (Okabe and Ito, "Color
 * Universal Design", 2008): warm is worse, cold is better, grey is not known.
 */
public enum Colour {
  LOW("#d55e00"),
  NORMAL("#e69f00"),
  HIGH("#56b4e9"),
  VERY_HIGH("#0072b2"),
  LOSSLESS("#009e73"),
  UNKNOWN("#9aa0a6"),
  /** What is measured and is no class. */
  ACCENT("#7b61a8");

  private final String hex;

  Colour(String hex) {
    this.hex = hex;
  }

  /** As in CSS, for example {@code #d55e00}. */
  public String hex() {
    return hex;
  }

  /** Name of the page's CSS variable. */
  String variable() {
    return "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The colour of a class or of {@code unknown}. */
  public static Colour ofLabel(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }
}
