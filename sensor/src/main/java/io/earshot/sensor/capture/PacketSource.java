package io.earshot.sensor.capture;

/**
 * Where frames come from: a capture file, a live interface or a generator. Everything after the
 * source is shared.
 *
 * <p>{@link #run} is called once, by the capture thread; {@link #stop} may be called from any
 * thread.
 */
public sealed interface PacketSource extends AutoCloseable
    permits PcapFileSource, RotatedCaptures, AfPacketSource, Pcap4jSource, GeneratedSource {
  /** The file or the interface, as the operator named it. */
  String name();

  /**
   * Hands every frame to {@code handler} and returns at the end of the input, after {@link #stop}
   * or after the source's own time limit.
   *
   * @throws CaptureException where the input cannot be read at all
   */
  void run(FrameHandler handler) throws CaptureException;

  /**
   * Asks, before {@link #run}, that the bytes of a frame outlive the call that hands it over: while
   * the segment that frames lie in gives way to another one so many times.
   *
   * @return whether the source does so until it is closed; most have a buffer that is not theirs
   */
  default boolean keepFrames(int changes) {
    return false;
  }

  /** Asks {@link #run} to return soon. */
  void stop();

  /** What was read so far; a consistent value once {@link #run} has returned. */
  CaptureStats stats();

  @Override
  void close();
}
