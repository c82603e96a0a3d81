package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import io.earshot.models.simulate.Circumstance;
import io.earshot.models.simulate.LinkSpec;
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
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A simulated listener as a labelled capture, without a file. */
public final class SimulatedCapture implements LabelledCapture {
  /** How long a session has run where the capture starts in its middle. */
  private static final long MID_STREAM_NANOS = 150_000_000_000L;

  /** The least queue that the simulator has, bytes: at slow rates it is seconds long. */
  private static final int SHORT_QUEUE_BYTES = 24_000;

  private final SessionSpec spec;
  private @Nullable SessionTruth truth;

  private SimulatedCapture(SessionSpec spec) {
    this.spec = spec;
  }

  /** The sessions {@code first} to {@code first + count - 1} of a seed. */
  public static List<SimulatedCapture> draw(long seed, int first, int count) {
    return IntStream.range(first, first + count)
        .mapToObj(i -> new SimulatedCapture(SessionGenerator.draw(seed, i)))
        .toList();
  }

  /** What of a session a capture holds. */
  public enum Variant {
    /** All of it, hellos and names included. */
    WHOLE,
    /** Names looked up, no hello. */
    DNS_ONLY,
    /** As whole, but the capture starts while the session runs. */
    MID_STREAM
  }

  /** The same session captured in another way. */
  public SimulatedCapture captured(Variant variant) {
    SessionSpec.CaptureQuirks q = spec.quirks();
    long prelude = variant == Variant.MID_STREAM ? Math.max(q.preludeNanos(), MID_STREAM_NANOS) : 0;
    return new SimulatedCapture(
        spec.withQuirks(
            new SessionSpec.CaptureQuirks(
                prelude,
                variant == Variant.DNS_ONLY,
                true,
                q.snaplen(),
                q.tapLoss(),
                q.offload(),
                q.padded())));
  }

  /**
   * The same listener on a link that carries no better quality; null where the session has more
   * than one quality or link, or where the quality is not to be explained: above normal.
   */
  public @Nullable SimulatedCapture onTightLink() {
    return oneQuality() ? new SimulatedCapture(Circumstance.tightLink(spec)) : null;
  }

  /** True where the link carries several times the next better quality of a low or normal one. */
  public boolean hasRoom() {
    return oneQuality() && Circumstance.hasRoom(spec);
  }

  /**
   * The same listener on a link of 60 to 87 % of the bitrate that plays, on which nothing plays
   * through; null where it is not one listener with one nominal bitrate.
   */
  @Nullable SimulatedCapture onStarvingLink() {
    if (!oneNominalBitrate()) {
      return null;
    }
    LinkSpec was = spec.link();
    LinkSpec slow =
        new LinkSpec(
            was.id(),
            Math.round(1000 * kbps() * (0.6 + 0.03 * (spec.index() % 10))),
            was.upBitsPerSecond(),
            was.rttNanos(),
            was.lossDown(),
            was.lossUp(),
            was.lossAfterTap(),
            was.jitterNanos(),
            was.reorderShare(),
            SHORT_QUEUE_BYTES,
            0,
            was.mss(),
            was.ackEvery(),
            was.ackDelayNanos(),
            was.tapToClientNanos(),
            was.tapBeforeQueue());
    return new SimulatedCapture(
        new SessionSpec(
            spec.seed(),
            spec.index(),
            spec.listeners(),
            slow,
            spec.clientAddress(),
            spec.startNanos(),
            spec.durationNanos(),
            spec.quirks(),
            List.of(),
            null));
  }

  /** True where the link carries several times the next better quality, whatever plays. */
  boolean linkHasRoom() {
    return Circumstance.hasRoom(spec);
  }

  private boolean oneQuality() {
    return oneBitrate() && spec.listener().quality().label().compareTo(QualityClass.NORMAL) <= 0;
  }

  /** True where one listener stays with one bitrate, and not with lossless, which has none. */
  boolean oneNominalBitrate() {
    return oneBitrate() && kbps() != SessionSpec.Quality.LOSSLESS_KBPS;
  }

  private boolean oneBitrate() {
    return spec.listeners().size() == 1
        && spec.handOver() == null
        && spec.listener().change() == null;
  }

  /** Listeners behind the session's address. */
  public int listeners() {
    return spec.listeners().size();
  }

  /** Kind of client of the listener that carries the labels. */
  public String profile() {
    return spec.listener().profile().label();
  }

  /** Nominal bitrate that the listener starts with, kbit/s; 1000 stands for lossless. */
  public int kbps() {
    return spec.listener().quality().kbps();
  }

  @Override
  public String link() {
    return spec.link().id();
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
        new Intervals(played),
        Milestones.of(played, Intervals.canonical(spec.clientAddress())));
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
      QualityClass quality = alone ? interval.quality() : null;
      Set<QualityClass> acceptable =
          quality == null ? Set.of() : Set.copyOf(interval.configured().acceptable());
      return new Truth(quality, interval.audioSoFar(), acceptable);
    }
  }
}
