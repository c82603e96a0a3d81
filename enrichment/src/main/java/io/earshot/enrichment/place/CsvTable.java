package io.earshot.enrichment.place;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a CSV file (RFC 4180) with a header: UTF-8, lines that begin with # left out.
 *
 * <p>A line that cannot be used is left out, because one typing error must not cost an operator all
 * the others. What looks like a broken file is refused whole: another header, a quotation that does
 * not end, nothing but bad lines, or more than one in a hundred.
 */
final class CsvTable {
  private static final long LARGEST_FILE = 512L << 20;
  private static final long MEGA = 1_000_000;

  /**
   * A file of so much of the heap is read beside what was read before. Tables lie outside the heap,
   * one and a half times their file and as much more while they are made; but the heap is the one
   * number that tells for how much memory the process was set up.
   */
  private static final int HEAP_SHARE = 7;

  private static final int MOST_LINES = 5_000_000;
  private static final int BAD_LINES_BORNE = 10;
  private static final int ONE_IN = 100;
  private static final int EXAMPLES = 3;

  /** Letters; so much is held of a quotation that never ends. */
  private static final int LONGEST_RECORD = 1 << 18;

  private final Path file;
  private final List<String> columns;

  /** Place of each column in the file, -1 where it is missing. */
  private final int[] places;

  private final List<String> examples = new ArrayList<>();
  private long lines;
  private long bad;
  private long number = 1;
  private @Nullable CsvRecord record;

  private CsvTable(Path file, List<String> columns) {
    this.file = file;
    this.columns = List.copyOf(columns);
    places = new int[columns.size()];
  }

  /** Takes one line in. */
  @FunctionalInterface
  interface Line {
    /**
     * Reads the line that the table stands at.
     *
     * @throws IllegalArgumentException with the reason, where it cannot be used
     */
    void take(CsvTable line);
  }

  /**
   * Reads a file.
   *
   * @param columns what may be there, in lower case
   * @param needed how many of them, from the first on, must be
   * @param reader takes each line
   * @param warnings told once of columns that mean nothing, and once of lines that were left out
   * @throws PlaceException where the file as a whole cannot be used
   */
  static void read(
      Path file, List<String> columns, int needed, Line reader, Consumer<String> warnings)
      throws PlaceException {
    CsvTable table = new CsvTable(file, columns);
    try (InputStream in = open(file);
        CsvReader<CsvRecord> records =
            CsvReader.builder()
                .commentStrategy(CommentStrategy.SKIP)
                .allowExtraFields(true)
                .allowMissingFields(true)
                .detectBomHeader(true)
                .maxBufferSize(LONGEST_RECORD)
                .ofCsvRecord(in, StandardCharsets.UTF_8)) {
      var all = records.iterator();
      if (!all.hasNext()) {
        throw new PlaceException(file + " is empty");
      }
      table.header(all.next(), needed, warnings);
      while (all.hasNext()) {
        table.line(all.next(), reader);
      }
    } catch (NoSuchFileException e) {
      throw new PlaceException(file + ": there is no such file", e);
    } catch (AccessDeniedException e) {
      throw new PlaceException(file + ": permission denied", e);
    } catch (PlaceException e) {
      throw e;
    } catch (IOException | UncheckedIOException | CsvParseException e) {
      throw new PlaceException(
          "%s cannot be read after line %,d: %s".formatted(file, table.number, e.getMessage()), e);
    }
    table.end(warnings);
  }

  private static InputStream open(Path file) throws IOException {
    long heap = Runtime.getRuntime().maxMemory();
    long most = Math.min(LARGEST_FILE, heap / HEAP_SHARE);
    if (Files.size(file) > most) {
      throw new PlaceException(
          "%s has %,d MB; a heap of %,d MB takes files of up to %,d MB, raise -Xmx"
              .formatted(file, Files.size(file) / MEGA, heap / MEGA, most / MEGA));
    }
    return Files.newInputStream(file);
  }

  private void header(CsvRecord header, int needed, Consumer<String> warnings)
      throws PlaceException {
    Arrays.fill(places, -1);
    List<String> ignored = new ArrayList<>();
    for (int i = 0; i < header.getFieldCount(); i++) {
      String name = header.getField(i).strip().toLowerCase(Locale.ROOT);
      int known = columns.indexOf(name);
      if (known < 0) {
        ignored.add(name);
      } else if (places[known] >= 0) {
        throw new PlaceException(file + " line 1: the column " + name + " is there twice");
      } else {
        places[known] = i;
      }
    }
    for (int i = 0; i < needed; i++) {
      if (places[i] < 0) {
        throw new PlaceException(
            "%s line 1: the column %s is missing; the first line names the columns, of %s"
                .formatted(file, columns.get(i), String.join(", ", columns)));
      }
    }
    if (!ignored.isEmpty()) {
      warnings.accept(
          "%s line 1: these columns mean nothing here: %s; of %s"
              .formatted(file, String.join(", ", ignored), String.join(", ", columns)));
    }
  }

  private void line(CsvRecord next, Line reader) throws PlaceException {
    number = next.getStartingLineNumber();
    if (++lines > MOST_LINES) {
      throw new PlaceException("%s has more than %,d lines".formatted(file, MOST_LINES));
    }
    for (int i = 0; i < next.getFieldCount(); i++) {
      if (next.getField(i).indexOf('\n') >= 0) {
        throw new PlaceException(file + " line " + number + ": a quotation mark is not closed");
      }
    }
    record = next;
    try {
      reader.take(this);
    } catch (IllegalArgumentException e) {
      bad++;
      if (examples.size() < EXAMPLES) {
        examples.add("line %d: %s".formatted(number, e.getMessage()));
      }
    }
  }

  /** Whether the file has the column. */
  boolean has(int column) {
    return places[column] >= 0;
  }

  /** The line's text in a column, empty where there is none. */
  String get(int column) {
    CsvRecord line = record;
    int place = places[column];
    return line == null || place < 0 || place >= line.getFieldCount()
        ? ""
        : line.getField(place).strip();
  }

  private void end(Consumer<String> warnings) throws PlaceException {
    if (lines == bad) {
      throw new PlaceException(
          file
              + (bad == 0
                  ? " has no line beside its header"
                  : " has no line that can be used: " + reasons()));
    }
    if (bad > BAD_LINES_BORNE && bad * ONE_IN > lines) {
      throw new PlaceException(
          "%s: %,d of %,d lines cannot be used, which is too many for typing errors: %s"
              .formatted(file, bad, lines, reasons()));
    }
    if (bad > 0) {
      warnings.accept("%s: %,d of %,d lines left out: %s".formatted(file, bad, lines, reasons()));
    }
  }

  private String reasons() {
    return String.join("; ", examples) + (bad > examples.size() ? "; and so on" : "");
  }
}
