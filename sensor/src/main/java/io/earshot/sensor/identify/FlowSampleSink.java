package io.earshot.sensor.identify;

import io.earshot.models.feature.Direction;

/**
 * The stage after the {@link FlowIdentifier}: takes the packets of the service's flows.
 *
 * <p>Samples of one flow come in order of time; those that had to wait for the flow's name come
 * late by as much. Called on one thread.
 */
public interface FlowSampleSink {
  /** Flag of a sample: its payload belongs to the client hello. */
  int HELLO = 1;

  /** Flag of a sample: all of its payload had been seen before. */
  int RETRANSMISSION = 2;

  /** Flag of a sample: its payload filled a hole. */
  int OUT_OF_ORDER = 4;

  /**
   * Flag of a sample: the missed bytes were captured, in packets that are no longer known one by
   * one because the flow had waited long for its name.
   */
  int FOLDED = 8;

  /** Flag of a sample: its sender has no room for a byte more. */
  int ZERO_WINDOW = 16;

  /**
   * Flag of a sample: it was sent again, and the sensor had not seen it before: lost on the way to
   * the sensor. {@link #OUT_OF_ORDER} is set too.
   */
  int REPAIRED = 32;

  /** Flag of a sample: the first that left no room for another in the receiver's window. */
  int RECEIVER_LIMITED = 64;

  /** Flag of a sample: it ended a pause that the server made in mid-answer. */
  int SENDER_LIMITED = 128;

  /**
   * One packet of an identified flow.
   *
   * @param tsNanos time of the packet, nanoseconds since the epoch
   * @param frameBytes length of the frame on the wire
   * @param payloadBytes transport payload on the wire
   * @param newBytes payload bytes that had not been seen before
   * @param flags {@link #HELLO}, {@link #RETRANSMISSION}, {@link #OUT_OF_ORDER}, {@link #FOLDED},
   *     {@link #ZERO_WINDOW}, {@link #REPAIRED}, {@link #RECEIVER_LIMITED}, {@link #SENDER_LIMITED}
   *     or 0
   * @param rttNanos smoothed round-trip time of the flow so far, 0 while not known
   * @param missedBytes payload to the listener that has no sample of its own, since the flow's last
   *     one: acknowledged but absent from the capture, or {@link #FOLDED}
   */
  void sample(
      FlowDescriptor flow,
      long tsNanos,
      int frameBytes,
      int payloadBytes,
      int newBytes,
      Direction direction,
      int flags,
      long rttNanos,
      long missedBytes);

  /** The flow ended or was forgotten. */
  void closed(FlowDescriptor flow);
}
