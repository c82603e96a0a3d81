package io.earshot.models.simulate;

/**
 * The access link between a listener and the network, one value per session.
 *
 * @param id name of the family, for example {@code cable-100}; evaluation splits go by it
 * @param downBitsPerSecond access rate towards the listener
 * @param upBitsPerSecond access rate from the listener
 * @param rttNanos round-trip time without queueing to the nearest server
 * @param lossDown share of packets lost towards the listener, 0–1
 * @param lossUp share of packets lost from the listener, 0–1
 * @param lossAfterTap share of the downward losses that happen between tap and listener: these
 *     packets are seen twice
 * @param jitterNanos mean of the exponential extra delay of a packet; order is kept
 * @param reorderShare share of packets that are overtaken
 * @param queueBytes drop-tail queue in front of the access link
 * @param rateWander how much the rate varies, standard deviation of its logarithm
 * @param mss largest TCP segment without options, bytes
 * @param ackEvery acknowledge each so many segments: 2 = delayed (RFC 1122), more = receive offload
 *     at the listener
 * @param ackDelayNanos longest wait of an acknowledgement
 * @param tapToClientNanos one-way delay between the tap and the listener
 * @param tapBeforeQueue true where the tap sits upstream of the access link's queue
 */
public record LinkSpec(
    String id,
    long downBitsPerSecond,
    long upBitsPerSecond,
    long rttNanos,
    double lossDown,
    double lossUp,
    double lossAfterTap,
    long jitterNanos,
    double reorderShare,
    int queueBytes,
    double rateWander,
    int mss,
    int ackEvery,
    long ackDelayNanos,
    long tapToClientNanos,
    boolean tapBeforeQueue) {
  public LinkSpec {
    if (downBitsPerSecond <= 0 || upBitsPerSecond <= 0 || rttNanos <= 0) {
      throw new IllegalArgumentException("rates and round-trip time must be positive");
    }
    if (mss < 536 || mss > 1460 || ackEvery < 1 || queueBytes < 10_000) {
      throw new IllegalArgumentException("segment size, ack rule or queue out of range");
    }
  }

  /** Loss-limited throughput of one connection in bits/s (Mathis et al. 1997). */
  double mathisBitsPerSecond() {
    double loss = Math.max(lossDown, 1e-7);
    return 1.22 * mss * 8 / (rttNanos / 1e9) / StrictMath.sqrt(loss);
  }

  /** The same link at another rate towards the listener; the queue keeps its time. */
  LinkSpec withDown(long bitsPerSecond) {
    double share = (double) bitsPerSecond / downBitsPerSecond;
    return new LinkSpec(
        id,
        bitsPerSecond,
        upBitsPerSecond,
        rttNanos,
        lossDown,
        lossUp,
        lossAfterTap,
        jitterNanos,
        reorderShare,
        (int) Math.max(24_000, queueBytes * share),
        rateWander,
        mss,
        ackEvery,
        ackDelayNanos,
        tapToClientNanos,
        tapBeforeQueue);
  }

  LinkSpec withLossDown(double loss) {
    return new LinkSpec(
        id,
        downBitsPerSecond,
        upBitsPerSecond,
        rttNanos,
        loss,
        lossUp,
        lossAfterTap,
        jitterNanos,
        reorderShare,
        queueBytes,
        rateWander,
        mss,
        ackEvery,
        ackDelayNanos,
        tapToClientNanos,
        tapBeforeQueue);
  }
}
