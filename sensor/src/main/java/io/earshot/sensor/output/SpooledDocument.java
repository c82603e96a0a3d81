package io.earshot.sensor.output;

import io.earshot.sensor.document.EncodedDocument;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A document in the spool.
 *
 * <p>Its bytes on disk say themselves where they begin, how long they are and whether they are
 * whole, so that they can be found in a file whose own structure is lost:
 *
 * <pre>
 * 0  magic "EARSHOT" and format 1      8
 * 8  CRC-32C of all that follows       4
 * 12 sequence                          8
 * 20 length of data stream's name      2
 * 22 length of id                      2
 * 24 length of JSON                    4
 * 28 name, id, JSON
 * </pre>
 *
 * @param sequence its place in the queue
 * @param document what is to be delivered
 */
record SpooledDocument(long sequence, EncodedDocument document) {
  /** The first eight bytes of a document. */
  static final long MAGIC = 0x45_41_52_53_48_4f_54_01L;

  private static final int CHECKED_FROM = 12;
  private static final int HEADER_BYTES = 28;

  /** Longest bytes that are taken for a document. */
  static final int LARGEST_BYTES = 32 << 20;

  /** The bytes on disk. */
  byte[] encode() {
    byte[] dataStream = document.dataStream().getBytes(StandardCharsets.UTF_8);
    byte[] id = document.id().getBytes(StandardCharsets.UTF_8);
    byte[] json = document.json();
    int length = HEADER_BYTES + dataStream.length + id.length + json.length;
    if (length > LARGEST_BYTES || dataStream.length > 0xffff || id.length > 0xffff) {
      throw new IllegalArgumentException("no document is that large: " + document);
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    bytes.putLong(MAGIC).putInt(0).putLong(sequence);
    bytes.putShort((short) dataStream.length).putShort((short) id.length).putInt(json.length);
    bytes.put(dataStream).put(id).put(json);
    bytes.putInt(CHECKED_FROM - Integer.BYTES, checksum(bytes.array(), 0, length));
    return bytes.array();
  }

  /** The document of these bytes; null where they are not whole. */
  static @Nullable SpooledDocument decode(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    SpooledDocument found = decodeNext(buffer);
    return buffer.hasRemaining() ? null : found;
  }

  /**
   * The document that begins at the buffer's position, which then is its end; null where there is
   * none that is whole, with the position as it was.
   */
  static @Nullable SpooledDocument decodeNext(ByteBuffer buffer) {
    int start = buffer.position();
    SpooledDocument found = null;
    try {
      found = tryDecode(buffer);
    } catch (BufferUnderflowException _) {
      // The lengths reach beyond the end: not whole.
    }
    if (found == null) {
      buffer.position(start);
    }
    return found;
  }

  private static @Nullable SpooledDocument tryDecode(ByteBuffer buffer) {
    if (buffer.remaining() < HEADER_BYTES || buffer.getLong() != MAGIC) {
      return null;
    }
    int checksum = buffer.getInt();
    int checkedFrom = buffer.position();
    long sequence = buffer.getLong();
    int dataStreamLength = Short.toUnsignedInt(buffer.getShort());
    int idLength = Short.toUnsignedInt(buffer.getShort());
    int jsonLength = buffer.getInt();
    if (jsonLength < 0 || jsonLength > buffer.remaining()) {
      return null;
    }
    String dataStream = text(buffer, dataStreamLength);
    String id = text(buffer, idLength);
    byte[] json = new byte[jsonLength];
    buffer.get(json);
    CRC32C crc = new CRC32C();
    crc.update(buffer.duplicate().limit(buffer.position()).position(checkedFrom));
    return (int) crc.getValue() == checksum
        ? new SpooledDocument(sequence, new EncodedDocument(dataStream, id, json))
        : null;
  }

  private static String text(ByteBuffer buffer, int length) {
    if (length > buffer.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static int checksum(byte[] bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from + CHECKED_FROM, to - from - CHECKED_FROM);
    return (int) crc.getValue();
  }
}
