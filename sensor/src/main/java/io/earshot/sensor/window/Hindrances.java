package io.earshot.sensor.window;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.identify.FlowSampleSink;

/**
 * What stood in the way of a stream's data in one window, as the TCP headers of all its flows tell.
 * Immutable.
 *
 * @param lossRatio segments that were sent again because they had been lost before the sensor, over
 *     all with payload to the listener
 * @param reorderedRatio segments that were overtaken, over the same
 * @param zeroWindows times that the listener's end had no room for a byte
 * @param receiverLimited spells in which the listener's window had no room for another segment
 * @param senderLimited pauses that the server made in mid-answer
 */
public record Hindrances(
    double lossRatio,
    double reorderedRatio,
    int zeroWindows,
    int receiverLimited,
    int senderLimited) {

  /** Nothing stood in the way. */
  public static final Hindrances NONE = new Hindrances(0, 0, 0, 0, 0);

  /** Adds up a window's samples. Owner: the analysis thread. */
  static final class Count {
    private long segments;
    private int repaired;
    private int reordered;
    private int zeroWindows;
    private int receiverLimited;
    private int senderLimited;

    void sample(Direction direction, int payloadBytes, int flags) {
      if (direction == Direction.UP) {
        zeroWindows += bit(flags, FlowSampleSink.ZERO_WINDOW);
      } else if (payloadBytes > 0) {
        segments++;
        int again = bit(flags, FlowSampleSink.REPAIRED);
        repaired += again;
        reordered += bit(flags, FlowSampleSink.OUT_OF_ORDER) - again;
        receiverLimited += bit(flags, FlowSampleSink.RECEIVER_LIMITED);
        senderLimited += bit(flags, FlowSampleSink.SENDER_LIMITED);
      }
    }

    private static int bit(int flags, int flag) {
      return (flags & flag) == 0 ? 0 : 1;
    }

    Hindrances toRecord() {
      return segments == 0 && zeroWindows == 0
          ? NONE
          : new Hindrances(
              share(repaired), share(reordered), zeroWindows, receiverLimited, senderLimited);
    }

    private double share(int some) {
      return segments == 0 ? 0 : (double) some / segments;
    }
  }
}
