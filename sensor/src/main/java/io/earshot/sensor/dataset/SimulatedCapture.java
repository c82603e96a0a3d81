package io.earshot.sensor.dataset;

import io.earshot.models.simulate.SessionGenerator;
import io.earshot.models.simulate.SessionSpec;
import io.earshot.models.simulate.SessionTruth;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.GeneratedSource;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.document.AddressText;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A simulated listener as a labelled capture, without a file. */
public final class SimulatedCapture implements LabelledCapture {
  private final SessionSpec spec;
  private @Nullable SessionTruth truth;

  private SimulatedCapture(SessionSpec spec) {
    this.spec = spec;
  }

  /** The sessions {@code first} to {@code first + count - 1} of a seed. */
  public static List<LabelledCapture> draw(long seed, int first, int count) {
    return IntStream.range(first, first + count)
        .<LabelledCapture>mapToObj(i -> new SimulatedCapture(SessionGenerator.draw(seed, i)))
        .toList();
  }

  @Override
  public PacketSource open() {
    return new GeneratedSource(
        "session-" + spec.index(),
        handler -> truth = SessionGenerator.play(spec, new Adapter(handler)::frame));
  }

  @Override
  public CaptureTruth truth() {
    SessionTruth played = truth;
    if (played == null) {
      throw new IllegalStateException("the truth of a simulated session is known once it was run");
    }
    SessionSpec.Quality majority = played.majority();
    return new CaptureTruth(
        spec.seed() + "-" + spec.index(),
        spec.link().id(),
        spec.listener().profile().label(),
        majority == null ? null : majority.label(),
        played.acceptable(),
        new Intervals(played));
  }

  /** A simulator's frames to a pipeline: the buffer is wrapped once, as long as it is the same. */
  private static final class Adapter {
    private final FrameHandler handler;
    private byte @Nullable [] wrapped;
    private MemorySegment segment = MemorySegment.NULL;

    Adapter(FrameHandler handler) {
      this.handler = handler;
    }

    void frame(long tsNanos, byte[] buffer, int capturedBytes, int wireBytes) {
      if (wrapped != buffer) {
        wrapped = buffer;
        segment = MemorySegment.ofArray(buffer);
      }
      handler.onFrame(segment, 0, capturedBytes, wireBytes, tsNanos, LinkType.ETHERNET, 0);
    }
  }

  /**
   * The truth of the listener, wherever it is connected at the time; where several share the
   * address no single class is true.
   */
  private static final class Intervals implements TruthTimeline {
    private final SessionTruth truth;
    private final String before;
    private final String after;
    private final long handOverNanos;

    Intervals(SessionTruth truth) {
      this.truth = truth;
      SessionSpec.HandOver handOver = truth.spec().handOver();
      before = canonical(truth.spec().clientAddress());
      after = handOver == null ? before : canonical(handOver.clientAddress());
      handOverNanos =
          handOver == null ? Long.MAX_VALUE : truth.spec().startNanos() + handOver.afterNanos();
    }

    private static String canonical(String address) {
      return AddressText.of(InetAddress.ofLiteral(address));
    }

    @Override
    public @Nullable Truth at(String client, long nanos) {
      if (!client.equals(nanos < handOverNanos ? before : after)) {
        return null;
      }
      List<SessionTruth.Interval> intervals = truth.intervals();
      int low = 0;
      int high = intervals.size() - 1;
      while (low < high) {
        int middle = (low + high + 1) >>> 1;
        if (intervals.get(middle).startNanos() <= nanos) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      SessionTruth.Interval interval = intervals.get(low);
      boolean alone = truth.spec().listeners().size() == 1;
      return new Truth(alone ? interval.quality() : null, interval.audioSoFar());
    }
  }
}
