package io.earshot.sensor.output;

import io.earshot.sensor.document.EncodedDocument;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Writes exactly the documents that would be indexed, one JSON object per line in UTF-8.
 *
 * <p>A document counts as delivered once it is flushed to the stream. After a failing write the
 * documents in the buffer are given up and counted as dropped.
 */
public final class NdjsonSink implements DocumentSink {
  private static final int BUFFER_BYTES = 1 << 16;

  private final String target;
  private final OutputStream out;
  private final boolean closeTarget;
  private volatile DeliveryStats stats = DeliveryStats.NONE;
  private boolean closed;

  private NdjsonSink(String target, OutputStream out, boolean closeTarget) {
    this.target = target;
    this.out = new BufferedOutputStream(out, BUFFER_BYTES);
    this.closeTarget = closeTarget;
  }

  /**
   * A sink into a stream, for example standard output, which stays open when the sink is closed.
   *
   * @param target what to call the stream in messages
   */
  public static NdjsonSink to(String target, OutputStream out) {
    return new NdjsonSink(target, out, false);
  }

  /**
   * A sink into a file, which is created or emptied.
   *
   * @throws DeliveryException when the file cannot be written
   */
  public static NdjsonSink toFile(Path file) throws DeliveryException {
    try {
      return new NdjsonSink(file.toString(), Files.newOutputStream(file), true);
    } catch (IOException e) {
      throw new DeliveryException(
          "Cannot write documents to " + file + ": " + e + "; check the folder and its rights", e);
    }
  }

  @Override
  public void deliver(EncodedDocument document) throws DeliveryException {
    try {
      out.write(document.json());
      out.write('\n');
    } catch (IOException e) {
      throw failed(e);
    }
    DeliveryStats s = stats;
    stats = new DeliveryStats(s.made() + 1, 0, s.delivered(), 0, s.spooled() + 1, 0, s.droppedBy());
  }

  @Override
  public void flush() throws DeliveryException {
    try {
      out.flush();
    } catch (IOException e) {
      throw failed(e);
    }
    DeliveryStats s = stats;
    stats = new DeliveryStats(s.made(), 0, s.delivered() + s.spooled(), 0, 0, 0, s.droppedBy());
  }

  @Override
  public DeliveryStats stats() {
    return stats;
  }

  @Override
  public void close() throws DeliveryException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      flush();
    } finally {
      if (closeTarget) {
        closeTarget();
      }
    }
  }

  private void closeTarget() throws DeliveryException {
    try {
      out.close();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** What was in the buffer may be there in part, so it is not written again but given up. */
  private DeliveryException failed(IOException e) {
    DeliveryStats s = stats;
    stats =
        new DeliveryStats(
            s.made(),
            0,
            s.delivered(),
            0,
            0,
            0,
            Map.of(DropReason.WRITE_FAILED, s.dropped() + s.spooled()));
    return new DeliveryException(
        "Writing documents to "
            + target
            + " failed: "
            + e.getMessage()
            + "; documents are missing there, check the space left and run again",
        e);
  }
}
