package io.earshot.models.classify;

/**
 * What is known beside the probabilities and may forbid an answer.
 *
 * @param audioBytes audio payload the answer rests on, bytes
 * @param captureLossRatio share of the stream's packets that the capture itself missed
 * @param oneSided only one direction was captured
 * @param offload frames larger than the MTU were seen
 * @param implausible a feature lies outside the trained range
 */
public record GatingFacts(
    long audioBytes,
    double captureLossRatio,
    boolean oneSided,
    boolean offload,
    boolean implausible) {

  /** A clean capture of this many audio bytes. */
  public static GatingFacts clean(long audioBytes) {
    return new GatingFacts(audioBytes, 0.0, false, false, false);
  }
}
