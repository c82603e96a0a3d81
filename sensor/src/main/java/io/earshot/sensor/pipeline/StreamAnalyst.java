package io.earshot.sensor.pipeline;

import io.earshot.models.classify.ActiveModel;
import io.earshot.models.classify.FeatureDrift;
import io.earshot.models.classify.FeatureWeight;
import io.earshot.models.classify.GatingFacts;
import io.earshot.models.classify.MajorityVerdict;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.classify.StreamVerdict;
import io.earshot.models.classify.Verdict;
import io.earshot.models.feature.BitrateEstimate;
import io.earshot.models.feature.FeatureExtractor;
import io.earshot.models.feature.FetchedObject;
import io.earshot.models.feature.PacketSeries;
import io.earshot.models.feature.StreamContext;
import io.earshot.sensor.stream.StreamIdentity;
import io.earshot.sensor.window.WindowListener;
import io.earshot.sensor.window.WindowObservation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Windows to verdicts: extracts features where new evidence came, asks the model, accumulates.
 *
 * <p>A window's verdict is that of its stream as it stands at the window's end: between two bursts
 * nothing new is known, so nothing new is said. Owner: the analysis thread.
 */
public final class StreamAnalyst implements WindowListener {
  /** An object of this size counts as one unit of evidence: a short track at 96 kbit/s. */
  private static final double UNIT_BYTES = 1_500_000;

  /** The end of a track tells its length, which is as much as its size. */
  private static final double TRACK_OVER = 1.0;

  /** The track that plays and those that were fetched ahead of it. */
  private static final int TRACKS_HELD = 3;

  /**
   * Without an audio byte for so long nothing is known of what plays, unless what was fetched last
   * is longer, as an episode is: three tracks of the longest common length (wire notes, section 1),
   * seconds.
   */
  private static final double STALE_SECONDS = TRACKS_HELD * 325.0;

  /** Runs of equal windows kept for the stream document; the oldest are dropped beyond it. */
  private static final int MAX_PHASES = 256;

  private final ActiveModel models;
  private final VerdictListener listener;
  private final FeatureExtractor extractor = new FeatureExtractor();
  private final Map<String, State> states = new HashMap<>();
  private long classified;
  private long unknown;
  private ModelBundle model;
  private FeatureDrift drift;

  /** Asks one model throughout. */
  public StreamAnalyst(ModelBundle model, VerdictListener listener) {
    this(new ActiveModel(model), listener);
  }

  /** Asks the model that is active when a window comes. */
  public StreamAnalyst(ActiveModel models, VerdictListener listener) {
    this.models = models;
    this.listener = listener;
    model = models.current();
    drift = new FeatureDrift(model.manifest().ranges());
  }

  @Override
  public void window(WindowObservation observation, PacketSeries packets) {
    followModel();
    State state =
        states.computeIfAbsent(
            observation.stream().id(), _ -> new State(new StreamVerdict(model.policy())));
    double evidence = newEvidence(observation);
    double weight = weight(observation, evidence);
    if (weight > 0) {
      double[] features = extractor.extract(packets, observation.context());
      state.verdict.update(model.classifier().probabilities(features), weight);
      state.evidence += evidence;
      drift.add(features, !state.asked);
      state.asked = true;
      state.bitrateKbps = BitrateEstimate.kbps(features);
      state.implausible = model.classifier().implausible(features);
      if (models.explained() > 0) {
        state.explanation = explanation(features, state.verdict.probabilities());
      }
    }
    state.verdict.facts(facts(observation, state.bitrateKbps, state.implausible));
    Verdict verdict = state.verdict.current();
    if (verdict.isUnknown()) {
      unknown++;
    } else {
      classified++;
    }
    state.add(observation, verdict);
    listener.window(
        new WindowVerdict(
            observation,
            verdict,
            model.manifest().identity(),
            state.explanation,
            verdict.isUnknown() ? null : state.bitrateKbps));
  }

  /** What the streams have accumulated stays theirs where the other model has the same classes. */
  private void followModel() {
    ModelBundle now = models.current();
    if (now == model) {
      return;
    }
    boolean sameClasses = now.classes().equals(model.classes());
    model = now;
    drift = new FeatureDrift(now.manifest().ranges());
    for (State state : states.values()) {
      if (sameClasses) {
        state.verdict.policy(now.policy());
      } else {
        state.verdict = new StreamVerdict(now.policy());
      }
      state.explanation = List.of();
      state.asked = false;
    }
  }

  private List<FeatureWeight> explanation(double[] features, double[] pooled) {
    int best = 0;
    for (int k = 1; k < pooled.length; k++) {
      best = pooled[k] > pooled[best] ? k : best;
    }
    return model.classifier().explain(features, model.classes().get(best), models.explained());
  }

  /** How far the vectors since the model became active are from those of its training. */
  public FeatureDrift drift() {
    return drift;
  }

  /**
   * What the model's opinion of the window weighs, in units of evidence: as much as came in it, or
   * one where only a track ended. Without either nothing is asked, 0.
   */
  public static double weight(WindowObservation observation) {
    return weight(observation, newEvidence(observation));
  }

  private static double weight(WindowObservation observation, double evidence) {
    return evidence == 0 && trackOver(observation) ? TRACK_OVER : evidence;
  }

  /** The covers of the next track came in the window. */
  private static boolean trackOver(WindowObservation observation) {
    StreamContext context = observation.context();
    double began =
        context.elapsedSeconds() - (observation.endNanos() - observation.startNanos()) / 1e9;
    return !context.objects().isEmpty()
        && !context.trackChanges().isEmpty()
        && context.trackChanges().getLast() >= began;
  }

  /**
   * Evidence that came in the window, in whole tracks: objects that were completed, else one that
   * is still coming and already larger than any before it.
   */
  static double newEvidence(WindowObservation observation) {
    List<FetchedObject> objects = observation.context().objects();
    int fresh = Math.min(observation.objects(), objects.size());
    double sum = 0;
    for (FetchedObject object : objects.subList(objects.size() - fresh, objects.size())) {
      sum += units(object.bytes());
    }
    return sum > 0 ? sum : coming(objects, observation.context().openObjectBytes());
  }

  /** Evidence in an object that is still coming: none where a larger one was seen before. */
  static double coming(List<FetchedObject> objects, long bytesSoFar) {
    for (FetchedObject object : objects) {
      if (object.bytes() >= bytesSoFar) {
        return 0;
      }
    }
    return units(bytesSoFar);
  }

  private static double units(long bytes) {
    return Math.min(1.0, bytes / UNIT_BYTES);
  }

  private static GatingFacts facts(
      WindowObservation observation, @Nullable Integer bitrateKbps, boolean implausible) {
    StreamContext context = observation.context();
    boolean stale = context.sinceAudioSeconds() > reachSeconds(context.objects(), bitrateKbps);
    return new GatingFacts(
        stale ? 0 : context.audioBytes(),
        observation.captureLossRatio(),
        observation.oneSided(),
        observation.offload(),
        implausible);
  }

  /** How long after its last byte what was fetched can still be what plays, seconds. */
  static double reachSeconds(List<FetchedObject> objects, @Nullable Integer bitrateKbps) {
    if (bitrateKbps == null) {
      return STALE_SECONDS;
    }
    int from = Math.max(0, objects.size() - TRACKS_HELD);
    double bits = 0;
    for (FetchedObject object : objects.subList(from, objects.size())) {
      bits += 8.0 * object.bytes();
    }
    return Math.max(STALE_SECONDS, bits / (1000.0 * bitrateKbps));
  }

  @Override
  public void ended(StreamIdentity stream, long lastNanos) {
    State state = states.remove(stream.id());
    if (state != null && state.last != null) {
      Verdict atEnd = state.verdict.current();
      listener.ended(
          new StreamResult(
              stream,
              lastNanos,
              atEnd,
              state.majority.current(),
              state.packets,
              state.bytes,
              state.evidence,
              model.manifest().identity(),
              state.explanation,
              atEnd.isUnknown() ? null : state.bitrateKbps,
              state.last,
              state.phases(),
              state.windowsByLabel));
    }
  }

  /** Windows that were given a class. */
  public long classified() {
    return classified;
  }

  /** Windows that were answered {@code unknown}. */
  public long unknown() {
    return unknown;
  }

  private static final class State {
    private StreamVerdict verdict;
    private List<FeatureWeight> explanation = List.of();

    /** The last vector the model was asked about. */
    private boolean implausible;

    /** The model that is active has been asked about this stream. */
    private boolean asked;

    private @Nullable Integer bitrateKbps;
    private final MajorityVerdict majority = new MajorityVerdict();
    private final List<VerdictPhase> phases = new ArrayList<>();
    private final Map<String, Long> windowsByLabel = new HashMap<>();
    private @Nullable WindowObservation last;
    private double evidence;
    private long packets;
    private long bytes;
    private String label = "";
    private long phaseStart;
    private double confidence;
    private long windows;

    State(StreamVerdict verdict) {
      this.verdict = verdict;
    }

    void add(WindowObservation observation, Verdict current) {
      double seconds = (observation.endNanos() - observation.startNanos()) / 1e9;
      majority.add(current, seconds);
      packets += observation.packets();
      bytes += observation.bytes();
      String now = current.labelOrUnknown();
      windowsByLabel.merge(now, 1L, Long::sum);
      if (!now.equals(label)) {
        closePhase();
        label = now;
        phaseStart = observation.startNanos();
      }
      confidence += current.confidence();
      windows++;
      last = observation;
    }

    private void closePhase() {
      if (windows > 0 && last != null) {
        phases.add(
            new VerdictPhase(phaseStart, last.endNanos(), label, confidence / windows, windows));
        if (phases.size() > MAX_PHASES) {
          phases.removeFirst();
        }
      }
      confidence = 0;
      windows = 0;
    }

    List<VerdictPhase> phases() {
      closePhase();
      return phases;
    }
  }
}
