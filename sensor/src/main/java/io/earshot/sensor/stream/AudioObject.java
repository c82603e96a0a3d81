package io.earshot.sensor.stream;

import io.earshot.models.feature.FetchedObject;

/**
 * One object of audio while it arrives: a track, a segment or a head file, over one or more ranges.
 *
 * <p>Owner: the analysis thread.
 */
final class AudioObject {
  final long flowId;
  final long startNanos;
  final int requestBytes;
  final long firstRangeBytes;
  long lastNanos;
  long bytes;
  int ranges;
  long lastRangeBytes;

  /** Bytes of the first ranges, up to the one with which they reached 64 KiB. */
  long openingBytes;

  long largestRangeBytes;

  /** The client asks for a range of this file before it has the one before. */
  boolean pipelined;

  AudioObject(AudioRange first) {
    flowId = first.flowId;
    startNanos = first.startNanos();
    requestBytes = first.requestBytes;
    firstRangeBytes = first.bytes;
    add(first);
  }

  void add(AudioRange range) {
    if (openingBytes < AudioObjects.FIRST_PIECE) {
      openingBytes += range.bytes;
    }
    bytes += range.bytes;
    lastNanos = Math.max(lastNanos, range.lastNanos);
    ranges++;
    pipelined |= range.pipelined();
    lastRangeBytes = range.bytes;
    largestRangeBytes = Math.max(largestRangeBytes, range.bytes);
  }

  /** The object as evidence, with times relative to the start of the stream. */
  FetchedObject toEvidence(long streamStartNanos) {
    return new FetchedObject(
        (startNanos - streamStartNanos) / 1e9,
        (lastNanos - startNanos) / 1e9,
        bytes,
        ranges,
        firstRangeBytes,
        largestRangeBytes,
        requestBytes);
  }
}
