package io.earshot.enrichment.place;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The operator's files of places, read again when they change.
 *
 * <p>A file that cannot be used leaves what was known before, is told of once, and is tried again
 * when it changes. A change counts once two looks in a row saw the same, so that a file that is
 * being written is let alone. {@link #ask} and {@link #stats} from any thread and at once; the
 * others read files, and belong to one thread at a time.
 *
 * <p>Tables lie outside the heap and are freed when others have taken their place. Whoever asks
 * holds a lock for as long, and the exchange waits for it; it holds the lock itself only while a
 * reference is set.
 */
public final class PlaceFiles {
  /** One kind of file. */
  public enum Part {
    SITES,
    SUBSCRIBERS,
    CITY,
    ASN;

    /** Name in settings, figures and messages. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Where the files are; null for those that there are none of.
   *
   * @param sites networks, VLANs and virtual networks
   * @param subscribers who has which address
   * @param city database of places
   * @param asn database of autonomous systems
   */
  public record Settings(
      @Nullable Path sites, @Nullable Path subscribers, @Nullable Path city, @Nullable Path asn) {
    /** No file at all. */
    public static final Settings NONE = new Settings(null, null, null, null);

    @Nullable Path file(Part part) {
      return switch (part) {
        case SITES -> sites;
        case SUBSCRIBERS -> subscribers;
        case CITY -> city;
        case ASN -> asn;
      };
    }
  }

  /**
   * Who is told.
   *
   * @param taken that a file is used now
   * @param trouble that a file, or a part of it, is not
   */
  public record Notices(Consumer<String> taken, Consumer<String> trouble) {}

  /**
   * One file's figures.
   *
   * @param part which
   * @param current whether what is used is what the file was at the last look
   * @param entries lines in use, 0 for a database
   * @param taken times that it was taken over
   * @param refused times that it could not be used
   * @param failures look-ups that failed on damaged contents
   */
  public record Stats(
      Part part, boolean current, long entries, long taken, long refused, long failures) {}

  /** What tells one version of a file from another. */
  private record Mark(Path file, @Nullable FileTime modified, long size, @Nullable Object key) {}

  private static final class Watched {
    private @Nullable Mark tried;
    private @Nullable Mark seen;
    private boolean current = true;
    private long taken;
    private long refused;
  }

  private final Notices notices;
  private final Map<Part, Watched> watched = new EnumMap<>(Part.class);
  private final ReadWriteLock exchange = new ReentrantReadWriteLock();
  private Settings settings = Settings.NONE;
  private volatile Places places = Places.NOTHING;
  private volatile List<Stats> stats = List.of();

  /** Knows nothing yet. */
  public PlaceFiles(Notices notices) {
    this.notices = notices;
    for (Part part : Part.values()) {
      watched.put(part, new Watched());
    }
  }

  /**
   * The answer from what is known at the moment.
   *
   * @param question keeps no part of what it is given
   */
  public <T> T ask(Function<Places, T> question) {
    exchange.readLock().lock();
    try {
      return question.apply(places);
    } finally {
      exchange.readLock().unlock();
    }
  }

  /** Puts others in the place of what was known, and frees what nobody can ask any more. */
  private void exchange(Places next) {
    Places before = places;
    exchange.writeLock().lock();
    try {
      places = next;
    } finally {
      exchange.writeLock().unlock();
    }
    if (before.subscribers() != next.subscribers()) {
      before.subscribers().free();
    }
    if (before.sites() != next.sites()) {
      before.sites().free();
    }
  }

  /** The figures of every file that there is. */
  public List<Stats> stats() {
    Places now = places;
    return stats.stream()
        .map(
            s ->
                new Stats(
                    s.part(),
                    s.current(),
                    s.entries(),
                    s.taken(),
                    s.refused(),
                    failures(now, s.part())))
        .toList();
  }

  /**
   * Reads these files from now on, those that have changed and those that could not be used before.
   *
   * @return whether all of them can be used
   */
  public synchronized boolean use(Settings wanted) {
    settings = wanted;
    for (Part part : Part.values()) {
      Path file = wanted.file(part);
      Watched state = state(part);
      if (file == null) {
        exchange(without(part));
        state.tried = null;
        state.current = true;
      } else {
        Mark mark = mark(file);
        if (!mark.equals(state.tried) || !state.current) {
          take(part, file, mark);
        }
      }
    }
    publish();
    return watched.values().stream().allMatch(state -> state.current);
  }

  /** Looks whether files have changed and reads those that have; call it now and then. */
  public synchronized void look() {
    for (Part part : Part.values()) {
      Path file = settings.file(part);
      if (file != null) {
        Watched state = state(part);
        Mark mark = mark(file);
        if (!mark.equals(state.tried) && mark.equals(state.seen)) {
          take(part, file, mark);
        }
        state.seen = mark;
      }
    }
  }

  private Watched state(Part part) {
    return Objects.requireNonNull(watched.get(part));
  }

  /** Reads a file; the figures tell of it before the notice does. */
  private void take(Part part, Path file, Mark mark) {
    Watched state = state(part);
    state.tried = mark;
    try {
      exchange(with(part, file));
      state.taken++;
      state.current = true;
      publish();
      notices.taken().accept(taken(part, file));
    } catch (PlaceException e) {
      state.refused++;
      state.current = false;
      publish();
      boolean before = state.taken > 0;
      notices
          .trouble()
          .accept(
              "places.%s: %s; %s"
                  .formatted(
                      part.label(),
                      e.getMessage(),
                      before ? "what was known before stays" : "nothing is known from it"));
    }
  }

  private Places with(Part part, Path file) throws PlaceException {
    Places now = places;
    return switch (part) {
      case SITES ->
          new Places(
              SiteTable.read(file, notices.trouble()),
              now.subscribers(),
              now.cities(),
              now.systems());
      case SUBSCRIBERS ->
          new Places(
              now.sites(),
              SubscriberDirectory.read(file, notices.trouble()),
              now.cities(),
              now.systems());
      case CITY ->
          new Places(
              now.sites(),
              now.subscribers(),
              newer(file, now.cities(), GeoDatabase.open(file, GeoDatabase.Kind.CITY)),
              now.systems());
      case ASN ->
          new Places(
              now.sites(),
              now.subscribers(),
              now.cities(),
              newer(file, now.systems(), GeoDatabase.open(file, GeoDatabase.Kind.ASN)));
    };
  }

  /** The database that was opened; an older one than before is used, and told of. */
  private GeoDatabase newer(Path file, @Nullable GeoDatabase before, GeoDatabase opened) {
    if (before != null && opened.built().isBefore(before.built())) {
      notices
          .trouble()
          .accept(
              "%s is of %s and older than the one before, of %s"
                  .formatted(file, opened.built(), before.built()));
    }
    return opened;
  }

  private Places without(Part part) {
    Places now = places;
    return switch (part) {
      case SITES -> new Places(SiteTable.EMPTY, now.subscribers(), now.cities(), now.systems());
      case SUBSCRIBERS ->
          new Places(now.sites(), SubscriberDirectory.EMPTY, now.cities(), now.systems());
      case CITY -> new Places(now.sites(), now.subscribers(), null, now.systems());
      case ASN -> new Places(now.sites(), now.subscribers(), now.cities(), null);
    };
  }

  private String taken(Part part, Path file) {
    GeoDatabase database = database(places, part);
    return database == null
        ? "places.%s: %,d lines of %s".formatted(part.label(), entries(places, part), file)
        : "places.%s: %s, made %s".formatted(part.label(), file, database.built());
  }

  private static @Nullable GeoDatabase database(Places places, Part part) {
    return switch (part) {
      case SITES, SUBSCRIBERS -> null;
      case CITY -> places.cities();
      case ASN -> places.systems();
    };
  }

  private static long entries(Places places, Part part) {
    return switch (part) {
      case SITES -> places.sites().size();
      case SUBSCRIBERS -> places.subscribers().size();
      case CITY, ASN -> 0;
    };
  }

  private static long failures(Places places, Part part) {
    GeoDatabase database = database(places, part);
    return database == null ? 0 : database.failures();
  }

  private void publish() {
    Places now = places;
    stats =
        Arrays.stream(Part.values())
            .filter(part -> settings.file(part) != null)
            .map(
                part -> {
                  Watched state = state(part);
                  return new Stats(
                      part, state.current, entries(now, part), state.taken, state.refused, 0);
                })
            .toList();
  }

  private static Mark mark(Path file) {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return new Mark(file, now.lastModifiedTime(), now.size(), now.fileKey());
    } catch (IOException e) {
      return new Mark(file, null, -1, null); // missing, which is a version as well
    }
  }
}
