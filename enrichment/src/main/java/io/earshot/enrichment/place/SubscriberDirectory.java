package io.earshot.enrichment.place;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Addresses and networks to subscribers, as the operator's CSV file has them: {@code address} (or a
 * network), {@code id}, {@code name}, {@code site}, {@code valid_from}, {@code valid_until}.
 *
 * <p>The most specific line that is valid at the time counts, of equal ones the last. A million
 * lines take about 90 MB, all of it outside the heap: the collector, which stops every thread, has
 * nothing to copy when a directory is exchanged. Immutable until it is {@link #free freed}.
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

  /** Bytes of a piece of memory that holds entries; an entry lies in one piece. */
  private static final int PIECE = 1 << 20;

  /** Bytes of an entry's times. */
  private static final int TIMES = 2 * Long.BYTES;

  private static final ValueLayout.OfLong SECOND = ValueLayout.JAVA_LONG_UNALIGNED;

  /** Nobody. */
  public static final SubscriberDirectory EMPTY = new Builder(Arena.global()).build();

  private final Arena memory;
  private final PrefixTable table;

  /**
   * Entries: where lines are valid for a time, the first second and the last, exclusive; then id,
   * name and site, each with a zero behind it.
   */
  private final List<MemorySegment> pieces;

  private final boolean timed;

  private SubscriberDirectory(
      Arena memory, PrefixTable table, List<MemorySegment> pieces, boolean timed) {
    this.memory = memory;
    this.table = table;
    this.pieces = List.copyOf(pieces);
    this.timed = timed;
  }

  /**
   * Reads the operator's file.
   *
   * @param warnings told once of lines that were left out, and once of lines that cover each other
   * @throws PlaceException where the file cannot be used
   */
  static SubscriberDirectory read(Path file, Consumer<String> warnings) throws PlaceException {
    Builder builder = new Builder(Arena.ofShared());
    SubscriberDirectory directory = null;
    try {
      CsvTable.read(file, COLUMNS, 1, builder::take, warnings);
      directory = builder.build();
    } finally {
      if (directory == null) {
        builder.free();
      }
    }
    int covered = directory.covered();
    if (covered > 0) {
      warnings.accept(
          "%s: %,d lines are covered by a later one for the same address and time"
              .formatted(file, covered));
    }
    return directory;
  }

  /** Gives the memory back; nobody may look anything up from then on. */
  void free() {
    if (this != EMPTY) {
      memory.close();
    }
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
      int entry = table.value(place);
      if (from(entry) <= seconds && seconds < until(entry)) {
        return Optional.of(subscriber(entry));
      }
      place = table.wider(place);
    }
    return Optional.empty();
  }

  private MemorySegment piece(int entry) {
    return pieces.get(entry / PIECE);
  }

  private long from(int entry) {
    return timed ? piece(entry).get(SECOND, entry % PIECE) : Long.MIN_VALUE;
  }

  private long until(int entry) {
    return timed ? piece(entry).get(SECOND, entry % PIECE + Long.BYTES) : Long.MAX_VALUE;
  }

  private Subscriber subscriber(int entry) {
    MemorySegment piece = piece(entry);
    @Nullable String[] parts = new @Nullable String[3];
    int begin = entry % PIECE + (timed ? TIMES : 0);
    for (int part = 0; part < parts.length; part++) {
      int end = begin;
      while (piece.get(ValueLayout.JAVA_BYTE, end) != SEPARATOR) {
        end++;
      }
      byte[] text = piece.asSlice(begin, end - begin).toArray(ValueLayout.JAVA_BYTE);
      parts[part] = text.length == 0 ? null : new String(text, StandardCharsets.UTF_8);
      begin = end + 1;
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
        covered += from(a) < until(b) && from(b) < until(a) ? 1 : 0;
      }
    }
    return covered;
  }

  private static final class Builder {
    private final Arena memory;
    private final PrefixTable.Builder table = new PrefixTable.Builder();
    private final List<MemorySegment> pieces = new ArrayList<>();

    /** Bytes of the last piece that are taken. */
    private int taken = PIECE;

    private boolean timed;
    private String lastText = "";
    private long lastSeconds;

    Builder(Arena memory) {
      this.memory = memory;
    }

    void take(CsvTable line) {
      Prefix prefix = Prefix.parse(line.get(ADDRESS));
      byte[] id = text(line, ID);
      byte[] name = text(line, NAME);
      if (id.length + name.length == 0) {
        throw new IllegalArgumentException("neither id nor name is given");
      }
      byte[] site = text(line, SITE);
      timed = line.has(FROM) || line.has(UNTIL); // of every line, or of none
      long begin = timed ? seconds(line.get(FROM), Long.MIN_VALUE) : Long.MIN_VALUE;
      long end = timed ? seconds(line.get(UNTIL), Long.MAX_VALUE) : Long.MAX_VALUE;
      if (begin >= end) {
        throw new IllegalArgumentException("valid_until does not come after valid_from");
      }
      table.add(prefix, room((timed ? TIMES : 0) + id.length + name.length + site.length + 3));
      if (timed) {
        MemorySegment piece = pieces.getLast();
        piece.set(SECOND, taken, begin);
        piece.set(SECOND, taken + Long.BYTES, end);
        taken += TIMES;
      }
      append(id);
      append(name);
      append(site);
    }

    private static byte[] text(CsvTable line, int column) {
      String text = line.get(column);
      if (text.length() > LONGEST_TEXT || text.indexOf(SEPARATOR) >= 0) {
        throw new IllegalArgumentException(
            COLUMNS.get(column) + " is longer than " + LONGEST_TEXT + " letters, or binary");
      }
      return text.getBytes(StandardCharsets.UTF_8);
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

    /** The number of an entry of so many bytes, for which there is room at {@link #taken}. */
    private int room(int bytes) {
      if (taken + bytes > PIECE) {
        pieces.add(memory.allocate(PIECE));
        taken = 0;
      }
      return Math.addExact(Math.multiplyExact(pieces.size() - 1, PIECE), taken);
    }

    private void append(byte[] text) {
      MemorySegment piece = pieces.getLast();
      MemorySegment.copy(text, 0, piece, ValueLayout.JAVA_BYTE, taken, text.length);
      taken += text.length;
      piece.set(ValueLayout.JAVA_BYTE, taken++, SEPARATOR);
    }

    SubscriberDirectory build() {
      return new SubscriberDirectory(memory, table.build(memory), pieces, timed);
    }

    /** Gives back what was read of a file that cannot be used. */
    void free() {
      table.free();
      memory.close();
    }
  }
}
