package io.earshot.sensor.stream;

/**
 * The answer to one request on an audio flow while it arrives.
 *
 * <p>A request that was sent before the answer to the one before was complete is followed at once
 * by bytes of that answer: where its first byte comes sooner than an answer can, the cut between
 * the two ranges is not one between two answers.
 *
 * <p>Owner: the analysis thread.
 */
final class AudioRange {
  /** An answer takes as long as the first one of the connection did, or nearly so. */
  private static final double SOONEST_ANSWER = 0.5;

  final long flowId;

  /** From the first request of the burst to its first byte; 0 while not known. */
  private long answerNanos;

  long requestNanos;
  int requestBytes;
  long firstNanos;
  long lastNanos;
  long bytes;

  AudioRange(long flowId) {
    this.flowId = flowId;
  }

  /** The range that follows another one on its flow. */
  static AudioRange after(AudioRange before) {
    AudioRange range = new AudioRange(before.flowId);
    range.answerNanos = before.answerNanos;
    return range;
  }

  /** Takes the first byte. */
  void begins(long tsNanos) {
    firstNanos = tsNanos;
    if (answerNanos == 0 && requested()) {
      answerNanos = tsNanos - requestNanos;
    }
  }

  /** True where the range begins with bytes that its request cannot have brought. */
  boolean pipelined() {
    return requested() && firstNanos - requestNanos < SOONEST_ANSWER * answerNanos;
  }

  boolean requested() {
    return requestBytes > 0;
  }

  /** Time of the request, or of the first byte where the request was not seen. */
  long startNanos() {
    return requested() ? requestNanos : firstNanos;
  }
}
