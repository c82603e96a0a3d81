package io.earshot.sensor.output;

import io.earshot.sensor.document.EncodedDocument;

/**
 * Where documents leave the sensor, at least once and under the same id each time.
 *
 * <p>A sink owns every document from the moment that {@link #deliver} returns, and accounts for it
 * in {@link #stats} as delivered, spooled, dead-lettered or dropped: nothing disappears without
 * being counted. {@code deliver} may block while the sink is behind; it is therefore called by the
 * analysis or shipping thread, never by a capture thread. A sink has one owner thread; only {@link
 * #stats} may be called from others. One sink may stand in front of another, which is how a spool
 * goes between.
 */
public interface DocumentSink extends AutoCloseable {
  /**
   * Takes the document over; it may be delivered at once or with later ones.
   *
   * @throws DeliveryException when it cannot be taken over, because those before it cannot be
   *     delivered; this document is not counted
   */
  void deliver(EncodedDocument document) throws DeliveryException;

  /**
   * Returns when no document waits: each one is delivered, dead-lettered or dropped.
   *
   * @throws DeliveryException when that cannot be reached; documents that may still be delivered
   *     are kept and a later call tries again
   */
  void flush() throws DeliveryException;

  /** What became of the documents so far; a consistent snapshot, from any thread. */
  DeliveryStats stats();

  /**
   * Delivers what it can in reasonable time and gives everything back. What still cannot be
   * delivered stays spooled where the sink has a spool on disk, and is counted as dropped
   * otherwise.
   *
   * @throws DeliveryException when documents were dropped
   */
  @Override
  void close() throws DeliveryException;
}
