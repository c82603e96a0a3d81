package io.earshot.sensor.stream;

/** The answer to one request on an audio flow while it arrives. Owner: the analysis thread. */
final class AudioRange {
  final long flowId;
  long requestNanos;
  int requestBytes;
  long firstNanos;
  long lastNanos;
  long bytes;

  AudioRange(long flowId) {
    this.flowId = flowId;
  }

  boolean requested() {
    return requestBytes > 0;
  }

  /** Time of the request, or of the first byte where the request was not seen. */
  long startNanos() {
    return requested() ? requestNanos : firstNanos;
  }
}
