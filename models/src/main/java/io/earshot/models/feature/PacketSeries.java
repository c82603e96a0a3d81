package io.earshot.models.feature;

import java.util.Arrays;

/**
 * Packets of one window as columns of primitives, in order of arrival.
 *
 * <p>Grows as needed and is reused through {@link #clear}. Owner: the thread that owns the window.
 */
public final class PacketSeries {
  private static final int DOWN_BIT = 1;
  private static final int AUDIO_BIT = 2;
  private static final int RETRANSMISSION_BIT = 4;

  private long[] tsNanos;
  private int[] frameBytes;
  private int[] payloadBytes;
  private byte[] flags;
  private int size;

  public PacketSeries() {
    this(64);
  }

  public PacketSeries(int capacity) {
    tsNanos = new long[capacity];
    frameBytes = new int[capacity];
    payloadBytes = new int[capacity];
    flags = new byte[capacity];
  }

  /**
   * Appends one packet.
   *
   * @param timeNanos time, nanoseconds since the epoch
   * @param frame length of the frame on the wire, bytes
   * @param payload transport payload, bytes
   * @param audio true where the flow has the audio role
   * @param retransmission true where the payload had been seen before
   */
  public void add(
      long timeNanos,
      int frame,
      int payload,
      Direction direction,
      boolean audio,
      boolean retransmission) {
    if (size == tsNanos.length) {
      int capacity = Math.max(16, size * 2);
      tsNanos = Arrays.copyOf(tsNanos, capacity);
      frameBytes = Arrays.copyOf(frameBytes, capacity);
      payloadBytes = Arrays.copyOf(payloadBytes, capacity);
      flags = Arrays.copyOf(flags, capacity);
    }
    tsNanos[size] = timeNanos;
    frameBytes[size] = frame;
    payloadBytes[size] = payload;
    flags[size] =
        (byte)
            ((direction == Direction.DOWN ? DOWN_BIT : 0)
                | (audio ? AUDIO_BIT : 0)
                | (retransmission ? RETRANSMISSION_BIT : 0));
    size++;
  }

  public void clear() {
    size = 0;
  }

  public int size() {
    return size;
  }

  public long tsNanos(int i) {
    return tsNanos[i];
  }

  public int frameBytes(int i) {
    return frameBytes[i];
  }

  public int payloadBytes(int i) {
    return payloadBytes[i];
  }

  public Direction direction(int i) {
    return (flags[i] & DOWN_BIT) != 0 ? Direction.DOWN : Direction.UP;
  }

  public boolean audio(int i) {
    return (flags[i] & AUDIO_BIT) != 0;
  }

  public boolean retransmission(int i) {
    return (flags[i] & RETRANSMISSION_BIT) != 0;
  }
}
