package io.earshot.sensor.capture;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to listen on an interface.
 *
 * @param snaplenBytes bytes kept of each frame, at most 262144
 * @param bufferBytes kernel buffer, bytes; at least 1 MiB is used by the ring engine
 * @param maxDuration how long to capture, null = until {@link PacketSource#stop}
 * @param bpfFilter filter in libpcap's language, null = everything
 * @param promiscuous whether frames for other hosts are taken; needed on a mirror port
 * @param immediate whether frames are handed over at once instead of in batches; the ring engine
 *     always hands over batches
 * @param hardwareTime whether the card's own time stamps are asked for; the ring engine only, and
 *     only right where the card's clock is set
 * @param fanOut the group of sockets that share the interface's frames, null = all for this one;
 *     the ring engine only
 */
public record LiveOptions(
    int snaplenBytes,
    int bufferBytes,
    @Nullable Duration maxDuration,
    @Nullable String bpfFilter,
    boolean promiscuous,
    boolean immediate,
    boolean hardwareTime,
    @Nullable FanOut fanOut) {
  static final int MAX_SNAPLEN_BYTES = 262_144;
  private static final int USUAL_SNAPLEN_BYTES = 65_535;
  private static final int USUAL_BUFFER_BYTES = 32 << 20;

  /**
   * A share of an interface's frames. Members are any sockets of the machine with the same group.
   *
   * @param group number of the group, 16 bits
   * @param mode how frames are dealt out
   */
  public record FanOut(int group, Mode mode) {
    /** How the kernel deals frames out, linux/if_packet.h. */
    public enum Mode {
      /** By a hash of addresses and ports, the same for both directions. */
      HASH(0),
      /** By the processor that received the frame. */
      CPU(2),
      /** By the card's receive queue. */
      QUEUE_MAPPING(5);

      private final int number;

      Mode(int number) {
        this.number = number;
      }

      int number() {
        return number;
      }
    }

    public FanOut {
      if (group < 0 || group > 0xffff) {
        throw new IllegalArgumentException("group must be in 0..65535: " + group);
      }
    }
  }

  public LiveOptions {
    if (snaplenBytes <= 0 || snaplenBytes > MAX_SNAPLEN_BYTES) {
      throw new IllegalArgumentException(
          "snaplenBytes must be in 1.." + MAX_SNAPLEN_BYTES + ": " + snaplenBytes);
    }
    if (bufferBytes <= 0) {
      throw new IllegalArgumentException("bufferBytes must be positive: " + bufferBytes);
    }
    if (maxDuration != null && (maxDuration.isNegative() || maxDuration.isZero())) {
      throw new IllegalArgumentException("maxDuration must be positive: " + maxDuration);
    }
  }

  /** Whole frames of everything the mirror delivers. */
  public static LiveOptions of(@Nullable Duration maxDuration, @Nullable String bpfFilter) {
    return new LiveOptions(
        USUAL_SNAPLEN_BYTES, USUAL_BUFFER_BYTES, maxDuration, bpfFilter, true, false, false, null);
  }
}
