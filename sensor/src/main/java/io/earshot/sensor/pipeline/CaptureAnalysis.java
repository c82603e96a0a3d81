package io.earshot.sensor.pipeline;

import io.earshot.models.UnknownReason;
import io.earshot.models.classify.ActiveModel;
import io.earshot.models.classify.FeatureDrift;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.Verdict;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.CaptureStats;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.identify.NameListener;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The whole analysis of one capture, from its source to the verdicts.
 *
 * @param capture name of the source
 * @param stats what the source read
 * @param counters what became of it
 * @param streams the streams in the order in which they ended
 * @param classified windows that were given a class
 * @param unknown windows that were answered {@code unknown}
 * @param drift how far the vectors that the model was asked about are from those of its training
 */
public record CaptureAnalysis(
    String capture,
    CaptureStats stats,
    PipelineCounters counters,
    List<AnalysedStream> streams,
    long classified,
    long unknown,
    FeatureDrift drift) {

  public CaptureAnalysis {
    streams = List.copyOf(streams);
  }

  /**
   * Runs a source through all stages until it ends.
   *
   * @param listener told of every window and stream as they end
   * @param tap wraps the pipeline's frame handler, to watch or save what goes in
   * @throws CaptureException where the input cannot be read at all
   */
  public static CaptureAnalysis run(
      PacketSource source,
      PipelineSettings settings,
      ModelBundle model,
      VerdictListener listener,
      UnaryOperator<FrameHandler> tap)
      throws CaptureException {
    return run(source, settings, new ActiveModel(model), listener, tap, false);
  }

  /**
   * The same with a model that may be exchanged meanwhile, or whose verdicts are explained.
   *
   * @param readAhead as in {@link Pipeline#run}
   */
  public static CaptureAnalysis run(
      PacketSource source,
      PipelineSettings settings,
      ActiveModel model,
      VerdictListener listener,
      UnaryOperator<FrameHandler> tap,
      boolean readAhead)
      throws CaptureException {
    Collector collector = new Collector(listener);
    StreamAnalyst analyst = new StreamAnalyst(model, new Enricher(settings, collector));
    Pipeline pipeline = new Pipeline(settings, analyst, NameListener.NONE);
    pipeline.run(source, tap, readAhead);
    return new CaptureAnalysis(
        source.name(),
        source.stats(),
        pipeline.counters(),
        collector.streams,
        analyst.classified(),
        analyst.unknown(),
        analyst.drift());
  }

  /** The stream that the capture's verdict is taken from: the one with the most evidence. */
  public Optional<AnalysedStream> principal() {
    return streams.stream()
        .max(
            Comparator.comparingDouble((AnalysedStream s) -> s.result().evidenceUnits())
                .thenComparingLong(s -> s.result().audioBytes())
                .thenComparingLong(s -> s.result().packets()));
  }

  /** The verdict on the capture; {@code unknown} where no stream has evidence. */
  public Verdict verdict() {
    return principal()
        .map(AnalysedStream::verdict)
        .orElseGet(() -> Verdict.unknown(UnknownReason.NO_AUDIO));
  }

  /** Time from the first to the last frame, seconds. */
  public double durationSeconds() {
    return Math.max(0, stats.lastNanos() - stats.firstNanos()) / 1e9;
  }

  /** The conservation laws that do not hold; empty where all do. */
  public List<String> brokenLaws() {
    List<String> broken = new ArrayList<>(counters.brokenLaws());
    if (stats.framesReceived() != counters.framesReceived()) {
      broken.add(
          "frames of the source %d != frames received %d"
              .formatted(stats.framesReceived(), counters.framesReceived()));
    }
    if (counters.windowsClosed() != classified + unknown) {
      broken.add(
          "windows closed %d != classified %d + unknown %d"
              .formatted(counters.windowsClosed(), classified, unknown));
    }
    return broken;
  }

  private static final class Collector implements VerdictListener {
    private final VerdictListener next;
    private final Map<String, List<WindowRow>> rows = new HashMap<>();
    private final List<AnalysedStream> streams = new ArrayList<>();

    Collector(VerdictListener next) {
      this.next = next;
    }

    @Override
    public void window(WindowVerdict window) {
      rows.computeIfAbsent(window.observation().stream().id(), _ -> new ArrayList<>())
          .add(WindowRow.of(window));
      next.window(window);
    }

    @Override
    public void ended(StreamResult stream) {
      List<WindowRow> windows = rows.remove(stream.stream().id());
      streams.add(new AnalysedStream(stream, windows == null ? List.of() : windows));
      next.ended(stream);
    }
  }
}
