package io.earshot.models.report;

import java.util.List;

/**
 * A chart as data; the page draws it with uPlot.
 *
 * @param kind how it is drawn
 * @param title what it shows, with its unit
 * @param note how to read it, empty for none
 * @param x positions, ascending; seconds since the epoch where {@code time} is set
 * @param time whether {@code x} is time, written in UTC
 * @param xTitle what {@code x} is, empty for time
 * @param series the values, each as many as positions
 */
public record Chart(
    Kind kind,
    String title,
    String note,
    List<Double> x,
    boolean time,
    String xTitle,
    List<Series> series) {

  /** How a chart is drawn. */
  public enum Kind {
    /** One filled cell per position, in the colour of the series that has a value there. */
    STRIP,
    /** Areas on top of each other, from 0 to 1. */
    SHARES,
    /** Lines. */
    LINES,
    /** Bars. */
    BARS,
    /** Points from 0 to 1 in both directions, with the diagonal. */
    DIAGONAL
  }

  /**
   * One series of a chart.
   *
   * @param label its name in the legend
   * @param colour a colour of the page
   * @param points whether points are drawn instead of a line
   * @param values one per position, NaN where there is none
   */
  public record Series(String label, Colour colour, boolean points, List<Double> values) {
    public Series {
      values = List.copyOf(values);
    }
  }

  public Chart {
    x = List.copyOf(x);
    series = List.copyOf(series);
    for (Series each : series) {
      if (each.values().size() != x.size()) {
        throw new IllegalArgumentException(
            "%s has %d values for %d positions"
                .formatted(each.label(), each.values().size(), x.size()));
      }
    }
  }
}
