package io.earshot.models.simulate;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes a classic pcap file with nanosecond times, Ethernet, little-endian. */
final class PcapWriter implements FrameSink, Closeable {
  private static final int MAGIC_NANOS = 0xa1b23c4d;
  private static final int ETHERNET = 1;
  private static final int RECORD_HEADER = 16;

  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);

  PcapWriter(Path file) throws IOException {
    channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    buffer.putInt(MAGIC_NANOS).putShort((short) 2).putShort((short) 4);
    buffer.putInt(0).putInt(0).putInt(262_144).putInt(ETHERNET);
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException where the file cannot be written
   */
  @Override
  public void frame(long tsNanos, byte[] bytes, int capturedBytes, int wireBytes) {
    if (buffer.remaining() < RECORD_HEADER + capturedBytes) {
      try {
        drain();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    buffer.putInt((int) (tsNanos / 1_000_000_000L)).putInt((int) (tsNanos % 1_000_000_000L));
    buffer.putInt(capturedBytes).putInt(wireBytes).put(bytes, 0, capturedBytes);
  }

  private void drain() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      drain();
    }
  }
}
