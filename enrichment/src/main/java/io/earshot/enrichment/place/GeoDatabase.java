package io.earshot.enrichment.place;

import com.maxmind.db.CHMCache;
import com.maxmind.db.InvalidNetworkException;
import com.maxmind.db.Reader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A database in MaxMind's format, of any publisher who uses the fields of GeoLite2.
 *
 * <p>What is mapped is a copy that nobody else can reach: a file that is overwritten or cut while
 * it is mapped would end the process. A look-up that fails on damaged contents says "unknown" and
 * is counted. Safe for all threads.
 */
public final class GeoDatabase {
  private static final String LANGUAGE = "en";
  private static final String NUMBER = "autonomous_system_number";

  /** Networks and addresses that are tried before a database is used. */
  private static final int NETWORKS_TRIED = 256;

  private static final int ADDRESSES_TRIED = 1024;

  private final Reader reader;
  private final Instant built;
  private final AtomicLong failures = new AtomicLong();

  private GeoDatabase(Reader reader) {
    this.reader = reader;
    built = reader.getMetadata().buildTime();
  }

  /** What a database tells. */
  enum Kind {
    CITY("places of addresses (country, city or location)"),
    ASN("autonomous systems");

    private final String meaning;

    Kind(String meaning) {
      this.meaning = meaning;
    }

    private boolean isIn(Map<?, ?> found) {
      return switch (this) {
        case CITY ->
            found.containsKey("country")
                || found.containsKey("city")
                || found.containsKey("location");
        case ASN -> found.containsKey(NUMBER);
      };
    }
  }

  /**
   * Opens a database and tries it.
   *
   * @throws PlaceException where it is missing, cut, damaged, or tells something else
   */
  static GeoDatabase open(Path file, Kind kind) throws PlaceException {
    GeoDatabase database;
    try {
      database = new GeoDatabase(copied(file));
    } catch (NoSuchFileException e) {
      throw new PlaceException(file + ": there is no such file", e);
    } catch (AccessDeniedException e) {
      throw new PlaceException(file + ": permission denied", e);
    } catch (IOException | RuntimeException e) {
      throw new PlaceException(
          file + " is no whole database in MaxMind's format: " + e.getMessage(), e);
    }
    database.probe(file, kind);
    return database;
  }

  private static Reader copied(Path file) throws IOException {
    Path copy = Files.createTempFile("earshot", ".mmdb");
    try {
      Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      return new Reader(copy.toFile(), Reader.FileMode.MEMORY_MAPPED, new CHMCache());
    } finally {
      Files.deleteIfExists(copy); // the mapping lives on without a name
    }
  }

  private void probe(Path file, Kind kind) throws PlaceException {
    boolean fits = false;
    try {
      var networks = reader.networks(Map.class);
      for (int i = 0; i < NETWORKS_TRIED && networks.hasNext(); i++) {
        Map<?, ?> found = networks.next().data();
        fits |= found != null && kind.isIn(found);
      }
      for (int i = 0; i < ADDRESSES_TRIED; i++) {
        Map<?, ?> found = reader.get(spread(i), Map.class);
        fits |= found != null && kind.isIn(found);
      }
    } catch (IOException | InvalidNetworkException | RuntimeException e) {
      throw new PlaceException(file + " is damaged: " + e.getMessage(), e);
    }
    if (!fits) {
      throw new PlaceException(
          "%s is of the type %s and has no %s"
              .formatted(file, reader.getMetadata().databaseType(), kind.meaning));
    }
  }

  /** An address out of each 1024th of the IPv4 addresses. */
  private static InetAddress spread(int i) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {(byte) (i >> 2), (byte) (i << 6), 1, 1});
  }

  /** When it was made. */
  public Instant built() {
    return built;
  }

  /** Look-ups that failed on damaged contents. */
  public long failures() {
    return failures.get();
  }

  /** Where the address is. */
  Optional<GeoPlace> place(InetAddress address) {
    Map<?, ?> found = find(address);
    if (found == null) {
      return Optional.empty();
    }
    Map<?, ?> country = map(found, "country");
    Map<?, ?> location = map(found, "location");
    Map<?, ?> region = first(found.get("subdivisions"));
    String iso = text(country, "iso_code");
    String regionIso = text(region, "iso_code");
    GeoPlace place =
        new GeoPlace(
            iso,
            name(country),
            iso == null || regionIso == null ? null : iso + '-' + regionIso,
            name(region),
            name(map(found, "city")),
            degrees(location, "latitude", 90),
            degrees(location, "longitude", 180));
    return place.equals(NOWHERE) ? Optional.empty() : Optional.of(place);
  }

  private static final GeoPlace NOWHERE = new GeoPlace(null, null, null, null, null, null, null);

  /** Who announces the address. */
  Optional<AutonomousSystem> autonomousSystem(InetAddress address) {
    Map<?, ?> found = find(address);
    if (found == null || !(found.get(NUMBER) instanceof Number number)) {
      return Optional.empty();
    }
    return Optional.of(
        new AutonomousSystem(number.longValue(), text(found, "autonomous_system_organization")));
  }

  private @Nullable Map<?, ?> find(InetAddress address) {
    try {
      return reader.get(address, Map.class);
    } catch (IOException | RuntimeException e) {
      failures.incrementAndGet();
      return null;
    }
  }

  private static @Nullable String name(Map<?, ?> of) {
    return text(map(of, "names"), LANGUAGE);
  }

  private static Map<?, ?> map(Map<?, ?> in, String key) {
    return in.get(key) instanceof Map<?, ?> map ? map : Map.of();
  }

  private static Map<?, ?> first(@Nullable Object list) {
    return list instanceof Iterable<?> items
            && items.iterator().hasNext()
            && items.iterator().next() instanceof Map<?, ?> map
        ? map
        : Map.of();
  }

  private static @Nullable String text(Map<?, ?> in, String key) {
    return in.get(key) instanceof String text && !text.isBlank() ? text : null;
  }

  private static @Nullable Double degrees(Map<?, ?> in, String key, double most) {
    return in.get(key) instanceof Number number && Math.abs(number.doubleValue()) <= most
        ? number.doubleValue()
        : null;
  }
}
