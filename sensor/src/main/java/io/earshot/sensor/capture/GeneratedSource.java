package io.earshot.sensor.capture;

/**
 * Frames that are made while they are read: simulated listeners, without a file in between.
 *
 * <p>One run; owner: the thread that runs it.
 */
public final class GeneratedSource implements PacketSource {
  private final String name;
  private final Generator generator;
  private long frames;
  private long bytes;
  private long firstNanos;
  private long lastNanos;

  /** Makes frames until there are no more. */
  public interface Generator {
    /** Hands every frame to {@code handler}, in order of time. */
    void generate(FrameHandler handler);
  }

  public GeneratedSource(String name, Generator generator) {
    this.name = name;
    this.generator = generator;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void run(FrameHandler handler) {
    generator.generate(
        (data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId) -> {
          if (frames == 0) {
            firstNanos = tsNanos;
          }
          frames++;
          bytes += wireBytes;
          lastNanos = Math.max(lastNanos, tsNanos);
          handler.onFrame(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
        });
  }

  /** Does nothing: a generator always comes to its end. */
  @Override
  public void stop() {}

  @Override
  public CaptureStats stats() {
    return new CaptureStats(frames, bytes, 0, firstNanos, lastNanos, null);
  }

  @Override
  public void close() {}
}
