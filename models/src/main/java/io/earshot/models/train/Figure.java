package io.earshot.models.train;

import java.util.Locale;

/**
 * A number that the model is held to.
 *
 * @param name what was measured
 * @param value the measurement, NaN where this run did not make it
 * @param atLeast true where the value must reach the target, false where it must not exceed it
 * @param count what it was measured on: sessions, windows
 */
public record Figure(String name, double value, double target, boolean atLeast, int count) {

  /** A figure that must reach its target. */
  public static Figure atLeast(String name, double target, double value, int count) {
    return new Figure(name, count == 0 ? Double.NaN : value, target, true, count);
  }

  /** A figure that must not exceed its target. */
  public static Figure atMost(String name, double target, double value, int count) {
    return new Figure(name, count == 0 ? Double.NaN : value, target, false, count);
  }

  public boolean measured() {
    return !Double.isNaN(value);
  }

  /** True where it was measured and holds. */
  public boolean held() {
    return measured() && (atLeast ? value >= target : value <= target);
  }

  /** {@code held}, {@code MISSED} or {@code not measured}. */
  public String state() {
    return !measured() ? "not measured" : held() ? "held" : "MISSED";
  }

  String targetText() {
    return (atLeast ? "≥ " : "≤ ") + number(target);
  }

  String valueText() {
    return measured() ? number(value) : "–";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%,.0f" : "%.4f", value);
  }
}
