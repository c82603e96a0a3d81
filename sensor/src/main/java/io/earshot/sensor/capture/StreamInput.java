package io.earshot.sensor.capture;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;

/**
 * Bytes that come one after the other: a pipe, or what a compressed file holds.
 *
 * <p>What is compressed with gzip or zstd is unpacked on the way, in a few hundred KiB whatever its
 * size. Owner: the thread that reads.
 */
final class StreamInput implements FileWindow.Input, AutoCloseable {
  private static final int CHUNK_BYTES = 128 << 10;
  private static final int MAGIC_BYTES = 4;

  private final InputStream stream;
  private final byte[] chunk = new byte[CHUNK_BYTES];
  private long position;

  /**
   * @throws IOException where the beginning cannot be read or is not that of a compressed stream
   */
  StreamInput(InputStream raw) throws IOException {
    PushbackInputStream head = new PushbackInputStream(raw, MAGIC_BYTES);
    byte[] magic = head.readNBytes(MAGIC_BYTES);
    head.unread(magic);
    if (isGzip(magic)) {
      stream = new GZIPInputStream(head, CHUNK_BYTES);
    } else if (isZstd(magic)) {
      stream = new ZstdInputStream(head);
    } else {
      stream = head;
    }
  }

  static boolean isCompressed(byte[] magic) {
    return isGzip(magic) || isZstd(magic);
  }

  /** RFC 1952 section 2.3.1. */
  private static boolean isGzip(byte[] magic) {
    return magic.length >= 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b;
  }

  /** RFC 8878 section 3.1.1. */
  private static boolean isZstd(byte[] magic) {
    return magic.length >= 4
        && magic[0] == 0x28
        && magic[1] == (byte) 0xb5
        && magic[2] == 0x2f
        && magic[3] == (byte) 0xfd;
  }

  @Override
  public int read(ByteBuffer to, long at) throws IOException {
    while (position < at) {
      int skipped = stream.read(chunk, 0, (int) Math.min(chunk.length, at - position));
      if (skipped < 0) {
        return -1;
      }
      position += skipped;
    }
    int count = stream.read(chunk, 0, Math.min(chunk.length, to.remaining()));
    if (count > 0) {
      to.put(chunk, 0, count);
      position += count;
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
