package io.earshot.sensor.document;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;

/**
 * Deterministic ids: the same sensor, stream and window give the same id in every run, so that a
 * document sent twice is stored once.
 *
 * <p>An id is the first 128 bits of SHA-256 over dataset, sensor, stream, window start and {@link
 * Document#SCHEMA_VERSION}, in URL-safe Base64: 22 characters. Each text goes in with its length,
 * so that no two inputs run together.
 */
public final class DocumentId {
  private static final int ID_BYTES = 16;

  private DocumentId() {}

  /**
   * The id of one window of a stream.
   *
   * @param sensor name of the sensor
   * @param streamId id of the stream
   * @param windowStart begin of the window
   */
  public static String window(String sensor, String streamId, Instant windowStart) {
    return of("earshot.window", sensor, streamId, windowStart);
  }

  /**
   * The id of an ended stream.
   *
   * @param sensor name of the sensor
   * @param streamId id of the stream
   * @param started time of the stream's first packet
   */
  public static String stream(String sensor, String streamId, Instant started) {
    return of("earshot.stream", sensor, streamId, started);
  }

  /**
   * The id of an episode, or of one of its documents.
   *
   * @param sensor name of the sensor
   * @param subject whom it is about
   * @param opened when it was opened
   */
  public static String alert(String sensor, String subject, Instant opened) {
    return of("earshot.alert", sensor, subject, opened);
  }

  /**
   * The id of a report of the sensor about itself.
   *
   * @param sensor name of the sensor
   * @param reported time of the report
   */
  public static String sensor(String sensor, Instant reported) {
    return of("earshot.sensor", sensor, "", reported);
  }

  private static String of(String dataset, String sensor, String streamId, Instant start) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    addText(digest, dataset);
    addText(digest, sensor);
    addText(digest, streamId);
    addLong(digest, start.getEpochSecond());
    addLong(digest, start.getNano());
    addLong(digest, Document.SCHEMA_VERSION);
    byte[] hash = digest.digest();
    byte[] id = Arrays.copyOf(hash, ID_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
  }

  private static void addText(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    addLong(digest, bytes.length);
    digest.update(bytes);
  }

  private static void addLong(MessageDigest digest, long value) {
    for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
      digest.update((byte) (value >>> shift));
    }
  }
}
