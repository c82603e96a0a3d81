package io.earshot.enrichment.place;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes small databases in MaxMind's format, version 2.0, for IPv6 with IPv4 below ::/96.
 *
 * <p>Source: the specification, maxmind.github.io/MaxMind-DB. Records are 32 bits wide.
 */
public final class MmdbFile {
  private static final byte[] METADATA_MARK =
      "\u00ab\u00cd\u00efMaxMind.com".getBytes(StandardCharsets.ISO_8859_1);
  private static final int DATA_GAP = 16;
  private static final int STRING = 2;
  private static final int DOUBLE = 3;
  private static final int UINT16 = 5;
  private static final int UINT32 = 6;
  private static final int MAP = 7;
  private static final int UINT64 = 9;
  private static final int ARRAY = 11;

  private final String type;
  private final Instant built;
  private final List<long[]> nodes = new ArrayList<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  /** Empty; a record is 0 for nothing, n + 1 for node n, -offset - 1 for data. */
  public MmdbFile(String type, Instant built) {
    this.type = type;
    this.built = built;
    nodes.add(new long[2]);
  }

  /** Adds a network; wider ones before those within them. */
  public MmdbFile with(String network, Map<String, ?> record) {
    Prefix prefix = Prefix.parse(network);
    boolean ipv4 = prefix.hi() == 0 && prefix.bits() >= 96 && (prefix.lo() >>> 32) == 0xffffL;
    long lo = ipv4 ? prefix.lo() & 0xffff_ffffL : prefix.lo();
    long value = -data.size() - 1L;
    value(data, record);
    int node = 0;
    for (int bit = 0; bit < prefix.bits(); bit++) {
      int side = (int) ((bit < 64 ? prefix.hi() >>> (63 - bit) : lo >>> (127 - bit)) & 1);
      if (bit == prefix.bits() - 1) {
        nodes.get(node)[side] = value;
      } else {
        long next = nodes.get(node)[side];
        if (next <= 0) {
          nodes.add(new long[] {next, next});
          next = nodes.size();
          nodes.get(node)[side] = next;
        }
        node = (int) next - 1;
      }
    }
    return this;
  }

  /** The file. */
  public byte[] toBytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (long[] node : nodes) {
      ByteBuffer both = ByteBuffer.allocate(8);
      for (long record : node) {
        both.putInt(
            (int)
                (record == 0
                    ? nodes.size()
                    : record > 0 ? record - 1 : nodes.size() + DATA_GAP - record - 1));
      }
      out.writeBytes(both.array());
    }
    out.writeBytes(new byte[DATA_GAP]);
    out.writeBytes(data.toByteArray());
    out.writeBytes(METADATA_MARK);
    Map<String, Object> metadata = new TreeMap<>();
    metadata.put("binary_format_major_version", (short) 2);
    metadata.put("binary_format_minor_version", (short) 0);
    metadata.put("build_epoch", built.getEpochSecond());
    metadata.put("database_type", type);
    metadata.put("description", Map.of("en", "a test"));
    metadata.put("ip_version", (short) 6);
    metadata.put("languages", List.of("en"));
    metadata.put("node_count", nodes.size());
    metadata.put("record_size", (short) 32);
    value(out, metadata);
    return out.toByteArray();
  }

  /** Writes the file. */
  public Path write(Path file) {
    try {
      return Files.write(file, toBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void value(ByteArrayOutputStream out, Object value) {
    switch (value) {
      case String text -> {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        control(out, STRING, bytes.length);
        out.writeBytes(bytes);
      }
      case Double number -> {
        control(out, DOUBLE, Double.BYTES);
        out.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(number).array());
      }
      case Short number -> {
        control(out, UINT16, Short.BYTES);
        out.writeBytes(ByteBuffer.allocate(Short.BYTES).putShort(number).array());
      }
      case Integer number -> {
        control(out, UINT32, Integer.BYTES);
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
      }
      case Long number -> {
        control(out, UINT64, Long.BYTES);
        out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
      }
      case Map<?, ?> map -> {
        control(out, MAP, map.size());
        map.forEach(
            (key, each) -> {
              value(out, key);
              value(out, each);
            });
      }
      case List<?> list -> {
        control(out, ARRAY, list.size());
        list.forEach(each -> value(out, each));
      }
      default -> throw new IllegalArgumentException(value.toString());
    }
  }

  private static void control(ByteArrayOutputStream out, int type, int size) {
    boolean large = size >= 29;
    out.write((type > 7 ? 0 : type << 5) | (large ? 29 : size));
    if (type > 7) {
      out.write(type - 7);
    }
    if (large) {
      out.write(size - 29);
    }
  }
}
