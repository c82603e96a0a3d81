package io.earshot.sensor.pipeline;

import io.earshot.models.classify.FeatureWeight;
import io.earshot.models.classify.ModelIdentity;
import io.earshot.models.classify.Verdict;
import io.earshot.sensor.stream.StreamIdentity;
import io.earshot.sensor.window.WindowObservation;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An ended stream with its verdicts. Immutable.
 *
 * @param stream who
 * @param lastNanos time of its last packet, nanoseconds since the epoch
 * @param verdict the accumulated verdict at its end
 * @param majority the majority over its windows
 * @param packets packets of all its windows, both directions
 * @param bytes frame bytes of all its windows
 * @param evidenceUnits evidence the verdict rests on, in whole tracks
 * @param model the model that was active at its end
 * @param explanation what weighed most in the model's last opinion, the heaviest first; empty where
 *     nobody asked for it or the model was never asked
 * @param bitrateKbps likeliest nominal bitrate of what was fetched last, kbit/s; null where none is
 *     likely enough, and where the stream has no class at its end
 * @param last its last window
 * @param phases runs of windows with the same verdict, the newest where there are many
 * @param windowsByLabel windows of the whole stream by class or {@code unknown}
 * @param where where the listener and the server of the last window are
 */
public record StreamResult(
    StreamIdentity stream,
    long lastNanos,
    Verdict verdict,
    Verdict majority,
    long packets,
    long bytes,
    double evidenceUnits,
    ModelIdentity model,
    List<FeatureWeight> explanation,
    @Nullable Integer bitrateKbps,
    WindowObservation last,
    List<VerdictPhase> phases,
    Map<String, Long> windowsByLabel,
    Whereabouts where) {

  public StreamResult {
    explanation = List.copyOf(explanation);
    phases = List.copyOf(phases);
    windowsByLabel = Map.copyOf(windowsByLabel);
  }

  /** Before anybody was asked where that is. */
  public StreamResult(
      StreamIdentity stream,
      long lastNanos,
      Verdict verdict,
      Verdict majority,
      long packets,
      long bytes,
      double evidenceUnits,
      ModelIdentity model,
      List<FeatureWeight> explanation,
      @Nullable Integer bitrateKbps,
      WindowObservation last,
      List<VerdictPhase> phases,
      Map<String, Long> windowsByLabel) {
    this(
        stream,
        lastNanos,
        verdict,
        majority,
        packets,
        bytes,
        evidenceUnits,
        model,
        explanation,
        bitrateKbps,
        last,
        phases,
        windowsByLabel,
        Whereabouts.UNKNOWN);
  }

  /** The same with other names for who it was, and with where that is. */
  StreamResult shown(StreamIdentity as, WindowObservation lastAs, Whereabouts place) {
    return new StreamResult(
        as,
        lastNanos,
        verdict,
        majority,
        packets,
        bytes,
        evidenceUnits,
        model,
        explanation,
        bitrateKbps,
        lastAs,
        phases,
        windowsByLabel,
        place);
  }

  /** Audio payload the stream has shown, bytes. */
  public long audioBytes() {
    return last.context().audioBytes();
  }
}
