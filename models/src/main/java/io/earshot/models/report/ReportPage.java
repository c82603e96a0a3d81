package io.earshot.models.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Properties;

/**
 * One self-contained HTML page: text that the caller escapes, and charts as data.
 *
 * <p>The page loads nothing from anywhere. Style, the drawing library uPlot with its licence, and
 * the data are inside it; a Content-Security-Policy forbids the rest. The same calls give the same
 * bytes. Owner: one thread.
 */
public final class ReportPage {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/";

  private final String title;
  private final StringBuilder body = new StringBuilder();

  /**
   * @param title the page's title and heading, plain text
   */
  public ReportPage(String title) {
    this.title = title;
  }

  /** Adds HTML as it is; everything in it that comes from outside must have been escaped. */
  public ReportPage html(String html) {
    body.append(html).append('\n');
    return this;
  }

  /** Puts HTML before everything that was added so far; as {@link #html(String)}. */
  public ReportPage first(String html) {
    body.insert(0, html + '\n');
    return this;
  }

  /** Adds a chart. */
  public ReportPage chart(Chart chart) {
    body.append("<figure class=\"chart ")
        .append(chart.kind().name().toLowerCase(Locale.ROOT))
        .append("\"><figcaption><b>")
        .append(escape(chart.title()))
        .append("</b>");
    if (!chart.note().isEmpty()) {
      body.append(" <span>").append(escape(chart.note())).append("</span>");
    }
    body.append("</figcaption><div class=\"plot\"></div><script type=\"application/json\">")
        .append(data(chart))
        .append("</script></figure>\n");
    return this;
  }

  /** The whole page. */
  public String html() {
    String version = uplotVersion();
    StringBuilder style = new StringBuilder(":root{");
    for (Colour colour : Colour.values()) {
      style.append(colour.variable()).append(':').append(colour.hex()).append(';');
    }
    style.append("}\n").append(resource(UPLOT + version + "/dist/uPlot.min.css"));
    style.append(resource("/io/earshot/models/report/page.css"));
    return """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none';\
         style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
        <meta name="color-scheme" content="light dark">
        <title>%s</title>
        <style>
        """
            .formatted(escape(title))
        + style
        + "</style></head><body>\n<main>\n"
        + body
        + "</main>\n<script>\n/*! uPlot "
        + version
        + "\n"
        + resource(UPLOT + version + "/LICENSE").strip()
        + "\n*/\n"
        + resource(UPLOT + version + "/dist/uPlot.iife.min.js")
        + "</script>\n<script>\n"
        + resource("/io/earshot/models/report/page.js")
        + "</script>\n</body></html>\n";
  }

  /** Text as it must stand in HTML, in an attribute as well. */
  public static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private static String data(Chart chart) {
    ObjectNode node = JSON.createObjectNode();
    node.put("kind", chart.kind().name().toLowerCase(Locale.ROOT));
    node.put("title", chart.title());
    node.put("time", chart.time());
    node.put("xTitle", chart.xTitle());
    ArrayNode x = node.putArray("x");
    chart.x().forEach(x::add);
    ArrayNode series = node.putArray("series");
    for (Chart.Series each : chart.series()) {
      ObjectNode one = series.addObject();
      one.put("label", each.label());
      one.put("colour", each.colour().variable());
      one.put("points", each.points());
      ArrayNode values = one.putArray("values");
      for (double value : each.values()) {
        add(values, value);
      }
    }
    // "</script>" in a name must not end the element.
    return node.toString().replace("<", "\\u003c");
  }

  private static void add(ArrayNode values, double value) {
    if (!Double.isFinite(value)) {
      values.addNull();
    } else {
      values.add(Math.round(value * 1e6) / 1e6);
    }
  }

  private static String uplotVersion() {
    Properties properties = new Properties();
    try (InputStream in = open("/META-INF/maven/org.webjars.npm/uplot/pom.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("reading the name of the drawing library failed", e);
    }
    return properties.getProperty("version", "");
  }

  private static String resource(String path) {
    try (InputStream in = open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the program's own file " + path + " cannot be read", e);
    }
  }

  private static InputStream open(String path) {
    InputStream in = ReportPage.class.getResourceAsStream(path);
    if (in == null) {
      throw new IllegalStateException("the program lacks its own file " + path);
    }
    return in;
  }
}
