package io.earshot.enrichment.place;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Addresses and networks to subscribers, as the operator's CSV file has them: {@code address} (or a
 * network), {@code id}, {@code name}, {@code site}, {@code valid_from}, {@code valid_until}.
 *
 * <p>The most specific line that is valid at the time counts, of equal ones the last. A million
 * lines take about 70 MB and no object each: texts lie in one array of bytes. Immutable.
 */
public final class SubscriberDirectory {
  private static final int ADDRESS = 0;
  private static final int ID = 1;
  private static final int NAME = 2;
  private static final int SITE = 3;
  private static final int FROM = 4;
  private static final int UNTIL = 5;
  private static final List<String> COLUMNS =
      List.of("address", "id", "name", "site", "valid_from", "valid_until");
  private static final int LONGEST_TEXT = 256;
  private static final byte SEPARATOR = 0;

  /** Nobody. */
  public static final SubscriberDirectory EMPTY = new Builder().build();

  private final PrefixTable table;
  private final byte[] texts;

  /** End of each line's texts; they begin where those of the line before end. */
  private final int[] ends;

  /** First and last second, exclusive, of each line; empty where no line has any. */
  private final long[] from;

  private final long[] until;

  private SubscriberDirectory(
      PrefixTable table, byte[] texts, int[] ends, long[] from, long[] until) {
    this.table = table;
    this.texts = texts;
    this.ends = ends;
    this.from = from;
    this.until = until;
  }

  /**
   * Reads the operator's file.
   *
   * @param warnings told once of lines that were left out, and once of lines that cover each other
   * @throws PlaceException where the file cannot be used
   */
  static SubscriberDirectory read(Path file, Consumer<String> warnings) throws PlaceException {
    Builder builder = new Builder();
    CsvTable.read(file, COLUMNS, 1, builder::take, warnings);
    SubscriberDirectory directory = builder.build();
    int covered = directory.covered();
    if (covered > 0) {
      warnings.accept(
          "%s: %,d lines are covered by a later one for the same address and time"
              .formatted(file, covered));
    }
    return directory;
  }

  /** Lines in the directory. */
  public int size() {
    return table.size();
  }

  /** Whom the address belongs to at that time; empty where nobody is known. */
  public Optional<Subscriber> at(InetAddress address, Instant time) {
    long seconds = time.getEpochSecond();
    int place = table.find(Prefix.hi(address), Prefix.lo(address));
    while (place != PrefixTable.NONE) {
      int line = table.value(place);
      if (valid(line, seconds)) {
        return Optional.of(subscriber(line));
      }
      place = table.wider(place);
    }
    return Optional.empty();
  }

  private boolean valid(int line, long seconds) {
    return from.length == 0 || (seconds >= from[line] && seconds < until[line]);
  }

  private Subscriber subscriber(int line) {
    int start = line == 0 ? 0 : ends[line - 1];
    @Nullable String[] parts = new @Nullable String[3];
    int part = 0;
    int begin = start;
    for (int i = start; i < ends[line]; i++) {
      if (texts[i] == SEPARATOR) {
        parts[part++] =
            i == begin ? null : new String(texts, begin, i - begin, StandardCharsets.UTF_8);
        begin = i + 1;
      }
    }
    return new Subscriber(parts[0], parts[1], parts[2]);
  }

  /** Lines that a later one for the same network makes useless in part or whole. */
  private int covered() {
    int covered = 0;
    for (int place = 1; place < table.size(); place++) {
      int earlier = table.wider(place);
      if (earlier != PrefixTable.NONE && table.same(place, earlier)) {
        int a = table.value(place);
        int b = table.value(earlier);
        covered += from.length == 0 || (from[a] < until[b] && from[b] < until[a]) ? 1 : 0;
      }
    }
    return covered;
  }

  private static final class Builder {
    private final PrefixTable.Builder table = new PrefixTable.Builder();
    private byte[] texts = new byte[1 << 10];
    private int length;
    private int[] ends = new int[64];
    private int lines;
    private long[] from = {};
    private long[] until = {};
    private String lastText = "";
    private long lastSeconds;

    void take(CsvTable line) {
      Prefix prefix = Prefix.parse(line.get(ADDRESS));
      String id = text(line, ID);
      String name = text(line, NAME);
      if (id.isEmpty() && name.isEmpty()) {
        throw new IllegalArgumentException("neither id nor name is given");
      }
      String site = text(line, SITE);
      boolean timed = line.has(FROM) || line.has(UNTIL);
      long begin = timed ? seconds(line.get(FROM), Long.MIN_VALUE) : Long.MIN_VALUE;
      long end = timed ? seconds(line.get(UNTIL), Long.MAX_VALUE) : Long.MAX_VALUE;
      if (begin >= end) {
        throw new IllegalArgumentException("valid_until does not come after valid_from");
      }
      table.add(prefix);
      append(id);
      append(name);
      append(site);
      if (lines == ends.length) {
        ends = Arrays.copyOf(ends, lines + (lines >> 1));
      }
      if (timed) {
        if (lines >= from.length) {
          from = Arrays.copyOf(from, ends.length);
          until = Arrays.copyOf(until, ends.length);
        }
        from[lines] = begin;
        until[lines] = end;
      }
      ends[lines++] = length;
    }

    private static String text(CsvTable line, int column) {
      String text = line.get(column);
      if (text.length() > LONGEST_TEXT || text.indexOf(SEPARATOR) >= 0) {
        throw new IllegalArgumentException(
            COLUMNS.get(column) + " is longer than " + LONGEST_TEXT + " letters, or binary");
      }
      return text;
    }

    /** A day in UTC or an instant; most lines have the one of the line before. */
    private long seconds(String text, long otherwise) {
      if (text.isEmpty()) {
        return otherwise;
      }
      if (text.equals(lastText)) {
        return lastSeconds;
      }
      try {
        lastSeconds =
            text.indexOf('T') < 0
                ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toEpochSecond()
                : Instant.parse(text).getEpochSecond();
        lastText = text;
        return lastSeconds;
      } catch (DateTimeException e) {
        throw new IllegalArgumentException(
            "'" + text + "' is no time; write 2026-11-25 or 2026-11-25T08:00:00Z", e);
      }
    }

    private void append(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      if (length + bytes.length + 1 > texts.length) {
        texts = Arrays.copyOf(texts, Math.max(length + bytes.length + 1, length + (length >> 1)));
      }
      System.arraycopy(bytes, 0, texts, length, bytes.length);
      length += bytes.length;
      texts[length++] = SEPARATOR;
    }

    SubscriberDirectory build() {
      boolean timed = from.length > 0;
      return new SubscriberDirectory(
          table.build(),
          Arrays.copyOf(texts, length),
          Arrays.copyOf(ends, lines),
          timed ? Arrays.copyOf(from, lines) : from,
          timed ? Arrays.copyOf(until, lines) : until);
    }
  }
}
