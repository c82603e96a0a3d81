package io.earshot.sensor.flow;

/** What a TCP segment is in the order of its connection, by the names that Wireshark uses. */
public enum SegmentKind {
  /** No payload, or one that goes on where the last ended, or beyond a hole. */
  IN_ORDER,
  /** The byte before the next one again, to hear whether the other end lives. */
  KEEP_ALIVE,
  /** Bytes that were sent again after a time-out, or for which the sensor has no other sign. */
  RETRANSMISSION,
  /** Sent again at the second duplicate acknowledgement or a later one (RFC 5681 section 3.2). */
  FAST_RETRANSMISSION,
  /** Sent again although the other end had acknowledged it. */
  SPURIOUS_RETRANSMISSION,
  /** Overtaken on its way. */
  OUT_OF_ORDER;

  /** True where the sender sent the bytes more than once. */
  public boolean isRepeated() {
    return this == RETRANSMISSION || this == FAST_RETRANSMISSION || this == SPURIOUS_RETRANSMISSION;
  }
}
