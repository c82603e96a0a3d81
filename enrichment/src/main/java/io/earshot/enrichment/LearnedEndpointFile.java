package io.earshot.enrichment;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.CharConversionException;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps {@link LearnedEndpoints} across restarts: one JSON file.
 *
 * <p>Guarantee: the file is replaced whole or not at all (written beside it, forced to the disk,
 * renamed). A file that cannot be understood is renamed to {@code NAME.damaged} and reported, and
 * the run begins without it; a file larger than {@value #MAX_BYTES} bytes counts as damaged.
 */
public final class LearnedEndpointFile {
  static final int VERSION = 1;
  static final long MAX_BYTES = 64L << 20;
  private static final long V4_MAPPED = 0xffffL << 32;
  private static final long NANOS = 1_000_000_000L;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private final Path file;

  public LearnedEndpointFile(Path file) {
    this.file = file;
  }

  /**
   * The endpoints in the file; none where there is no file.
   *
   * @param warnings told, in one sentence, where the file was damaged and set aside
   * @throws IOException where the file exists and cannot be read or set aside
   */
  public LearnedEndpoints read(Consumer<String> warnings) throws IOException {
    if (!Files.exists(file)) {
      return new LearnedEndpoints();
    }
    String damage;
    try {
      if (Files.size(file) > MAX_BYTES) {
        damage = "it is larger than " + MAX_BYTES + " bytes";
      } else {
        return new LearnedEndpoints(parse(Files.readAllBytes(file)));
      }
    } catch (JsonProcessingException e) {
      damage = e.getOriginalMessage();
    } catch (CharConversionException e) {
      damage = "it is not text";
    } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
      damage = String.valueOf(e.getMessage());
    }
    Path aside = file.resolveSibling(file.getFileName() + ".damaged");
    Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
    warnings.accept(
        file + " is damaged and was set aside as " + aside.getFileName() + ": " + damage);
    return new LearnedEndpoints();
  }

  static List<LearnedEndpoint> parse(byte[] json) throws IOException {
    Contents contents = JSON.readValue(json, Contents.class);
    if (contents == null || contents.version() != VERSION || contents.endpoints() == null) {
      throw new IllegalArgumentException("it is not a list of endpoints of version " + VERSION);
    }
    List<LearnedEndpoint> endpoints = new ArrayList<>();
    for (Entry entry : contents.endpoints()) {
      if (entry == null) {
        throw new IllegalArgumentException("an endpoint is missing");
      }
      endpoints.add(endpoint(entry));
    }
    return endpoints;
  }

  /**
   * Replaces the file.
   *
   * @throws IOException where it cannot be written; the former file is then still whole
   */
  public void write(LearnedEndpoints endpoints) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Path beside = file.resolveSibling(file.getFileName() + ".new");
    byte[] json = json(endpoints);
    try (FileChannel channel =
        FileChannel.open(
            beside,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(json);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** The file's contents. */
  public static byte[] json(LearnedEndpoints endpoints) throws IOException {
    List<Entry> entries = endpoints.all().stream().map(LearnedEndpointFile::entry).toList();
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(new Contents(VERSION, entries));
  }

  private static Entry entry(LearnedEndpoint endpoint) {
    return new Entry(
        address(endpoint).getHostAddress(),
        endpoint.port(),
        endpoint.match().service(),
        endpoint.match().role().label(),
        endpoint.name(),
        instant(endpoint.firstSeenNanos()).toString(),
        instant(endpoint.lastSeenNanos()).toString(),
        endpoint.timesSeen(),
        List.copyOf(endpoint.sources()));
  }

  private static LearnedEndpoint endpoint(Entry entry) {
    InetAddress address = InetAddress.ofLiteral(entry.ip());
    ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
    boolean four = address instanceof Inet4Address;
    long hi = four ? 0 : octets.getLong();
    long lo = four ? V4_MAPPED | (octets.getInt() & 0xffff_ffffL) : octets.getLong();
    return new LearnedEndpoint(
        hi,
        lo,
        entry.port(),
        new ServiceMatch(entry.service(), Role.valueOf(entry.role().toUpperCase(Locale.ROOT))),
        entry.name(),
        nanos(entry.firstSeen()),
        nanos(entry.lastSeen()),
        entry.timesSeen(),
        Set.copyOf(entry.sources()));
  }

  /** The address of an endpoint. */
  public static InetAddress address(LearnedEndpoint endpoint) {
    boolean four = endpoint.hi() == 0 && endpoint.lo() >>> 32 == V4_MAPPED >>> 32;
    ByteBuffer octets = ByteBuffer.allocate(four ? 4 : 16);
    if (four) {
      octets.putInt((int) endpoint.lo());
    } else {
      octets.putLong(endpoint.hi()).putLong(endpoint.lo());
    }
    try {
      return InetAddress.getByAddress(octets.array());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 and 16 bytes are addresses", e);
    }
  }

  /** Packet time as an instant. */
  public static Instant instant(long nanos) {
    return Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS), Math.floorMod(nanos, NANOS));
  }

  private static long nanos(String instant) {
    Instant at = Instant.parse(instant);
    return Math.addExact(Math.multiplyExact(at.getEpochSecond(), NANOS), at.getNano());
  }

  record Contents(int version, @Nullable List<Entry> endpoints) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonPropertyOrder({
    "ip",
    "port",
    "service",
    "role",
    "name",
    "first_seen",
    "last_seen",
    "times_seen",
    "sources"
  })
  record Entry(
      String ip,
      int port,
      String service,
      String role,
      @Nullable String name,
      String firstSeen,
      String lastSeen,
      long timesSeen,
      List<String> sources) {
    Entry {
      if (ip == null
          || service == null
          || role == null
          || firstSeen == null
          || lastSeen == null
          || sources == null
          || sources.stream().anyMatch(Objects::isNull)) {
        throw new IllegalArgumentException("an endpoint lacks a field");
      }
    }
  }
}
