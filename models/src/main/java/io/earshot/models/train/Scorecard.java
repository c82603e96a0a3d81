package io.earshot.models.train;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Collects what an evaluation saw and holds it against the numbers a model must reach.
 *
 * <p>What was not fed in is reported as not measured. Owner: one thread.
 */
public final class Scorecard {
  private static final double AFTER_THREE = 0.98;
  private static final double AFTER_THREE_F1 = 0.97;
  private static final double AFTER_FIRST = 0.88;
  private static final double WINDOW_F1 = 0.93;
  private static final double ECE = 0.03;
  private static final double SILENT = 0.98;
  private static final double LEFT_OUT = 0.90;
  private static final double VARIANT_LOSS = 0.01;
  private static final double CHANGE = 0.90;
  private static final double CAUSE = 0.90;
  private static final double SPEED = 20_000;

  /** By so much the model's accuracy must exceed the rule's. */
  private static final double CLEARLY = 0.02;

  private final List<StagedOutcome> staged = new ArrayList<>();
  private final List<Outcome> windows = new ArrayList<>();
  private final List<Outcome> tolerantWindows = new ArrayList<>();
  private final List<Outcome> sessions = new ArrayList<>();
  private final List<StagedOutcome> full = new ArrayList<>();
  private final List<StagedOutcome> dnsOnly = new ArrayList<>();
  private final List<StagedOutcome> midStream = new ArrayList<>();
  private final TreeMap<String, List<StagedOutcome>> leftOut = new TreeMap<>();
  private List<Findings.CurvePoint> curve = List.of();
  private double windowsPerSecond = Double.NaN;
  private int networkRight;
  private int networkGiven;

  /**
   * A session as it was drawn.
   *
   * @param outcomes windows against the label itself
   * @param tolerant the same, where a label that stands for the same file counts as the true one
   * @param session the verdict on the capture, counted as tolerantly
   */
  public void session(
      List<Outcome> outcomes, List<Outcome> tolerant, Outcome session, List<StagedOutcome> stages) {
    windows.addAll(outcomes);
    tolerantWindows.addAll(tolerant);
    sessions.add(session);
    staged.addAll(stages);
  }

  /** Verdicts where the capture holds hellos and names: what the two others are held against. */
  public void whole(List<StagedOutcome> outcomes) {
    full.addAll(outcomes);
  }

  /** Verdicts on the same sessions where no hello was captured. */
  public void dnsOnly(List<StagedOutcome> outcomes) {
    dnsOnly.addAll(outcomes);
  }

  /** Verdicts on the same sessions where the capture starts in their middle. */
  public void midStream(List<StagedOutcome> outcomes) {
    midStream.addAll(outcomes);
  }

  /** Verdicts of a model that was fitted without this kind of client. */
  public void leftOut(String profile, List<StagedOutcome> outcomes) {
    leftOut.computeIfAbsent(profile, _ -> new ArrayList<>()).addAll(outcomes);
  }

  public void curve(List<Findings.CurvePoint> points) {
    curve = List.copyOf(points);
  }

  /** Windows whose cause was said to be the network, and how many of them rightly. */
  public void networkCause(int right, int given) {
    networkRight = right;
    networkGiven = given;
  }

  /** Windows that one core classifies in a second. */
  public void speed(double perSecond) {
    windowsPerSecond = perSecond;
  }

  /** Everything that was found. */
  public Findings findings() {
    List<Figure> figures = new ArrayList<>();
    Evaluation three = at(Stage.THREE_TRACKS, staged);
    Evaluation first = at(Stage.FIRST_TRACK, staged);
    Evaluation change = at(Stage.TWO_TRACKS_AFTER_CHANGE, staged);
    List<Outcome> known = tolerantWindows.stream().filter(o -> o.truth() != null).toList();
    Evaluation evident = Evaluation.of("windows", known);
    Evaluation strict = Evaluation.of("windows", windows);
    List<Outcome> silent = sessions.stream().filter(o -> o.truth() == null).toList();
    figures.add(
        Figure.atLeast(
            "streams after three tracks or 60 s of web playback: accuracy",
            AFTER_THREE,
            three.accuracy(),
            three.count()));
    figures.add(
        Figure.atLeast("the same: macro F1", AFTER_THREE_F1, three.macroF1(), three.count()));
    figures.add(
        Figure.atLeast(
            "streams after the first track: accuracy",
            AFTER_FIRST,
            first.accuracy(),
            first.count()));
    figures.add(
        Figure.atLeast(
            "windows where evidence exists: macro F1",
            WINDOW_F1,
            evident.macroF1(),
            evident.count()));
    figures.add(
        Figure.atMost("windows: expected calibration error", ECE, strict.ece(), strict.count()));
    figures.add(
        Figure.atLeast(
            "sessions without audio answered unknown: share",
            SILENT,
            Evaluation.of("silent", silent).unknownShare(),
            silent.size()));
    List<StagedOutcome> others =
        leftOut.values().stream()
            .flatMap(List::stream)
            .filter(o -> o.stage() == Stage.THREE_TRACKS)
            .toList();
    figures.add(
        Figure.atLeast(
            "one kind of client left out of the training: accuracy",
            LEFT_OUT,
            at(Stage.THREE_TRACKS, others).accuracy(),
            others.size()));
    figures.add(variant("captures without hellos, DNS only: accuracy lost", dnsOnly));
    figures.add(variant("captures that start mid-stream: accuracy lost", midStream));
    figures.add(
        Figure.atLeast(
            "change of quality followed within two tracks: share",
            CHANGE,
            change.accuracy(),
            change.count()));
    figures.add(
        Figure.atLeast(
            "cause of low or normal said to be the network: precision",
            CAUSE,
            (double) networkRight / Math.max(1, networkGiven),
            networkGiven));
    figures.add(
        Figure.atLeast(
            "windows classified per second and core",
            SPEED,
            windowsPerSecond,
            Double.isNaN(windowsPerSecond) ? 0 : 1));
    List<StagedOutcome> ends = staged.stream().filter(o -> o.stage() == Stage.END).toList();
    double rule = ends.stream().filter(StagedOutcome::ruleRight).count();
    double model = ends.stream().filter(StagedOutcome::modelRight).count();
    figures.add(
        Figure.atLeast(
            "accuracy beyond that of the baseline rule, at the end",
            CLEARLY,
            (model - rule) / Math.max(1, ends.size()),
            ends.size()));
    List<Findings.Row> profiles = new ArrayList<>();
    leftOut.forEach(
        (profile, outcomes) -> {
          List<StagedOutcome> judged =
              outcomes.stream().filter(o -> o.stage() == Stage.THREE_TRACKS).toList();
          if (!judged.isEmpty()) {
            profiles.add(Findings.Row.of(profile, judged));
          }
        });
    return new Findings(figures, Findings.byStage(staged), profiles, curve);
  }

  /** Loss against the whole capture, over the sessions that reached the stage in both. */
  private Figure variant(String name, List<StagedOutcome> variant) {
    Set<String> both = reached(variant);
    both.retainAll(reached(full));
    double lost = share(full, both) - share(variant, both);
    return Figure.atMost(name, VARIANT_LOSS, lost, both.size());
  }

  private static Set<String> reached(List<StagedOutcome> outcomes) {
    Set<String> sessions = new HashSet<>();
    for (StagedOutcome one : outcomes) {
      if (one.stage() == Stage.THREE_TRACKS) {
        sessions.add(one.model().session());
      }
    }
    return sessions;
  }

  private static double share(List<StagedOutcome> outcomes, Set<String> sessions) {
    long right =
        outcomes.stream()
            .filter(o -> o.stage() == Stage.THREE_TRACKS)
            .filter(o -> sessions.contains(o.model().session()))
            .filter(StagedOutcome::modelRight)
            .count();
    return (double) right / Math.max(1, sessions.size());
  }

  private static Evaluation at(Stage stage, List<StagedOutcome> outcomes) {
    return Evaluation.of(
        stage.title(),
        outcomes.stream().filter(o -> o.stage() == stage).map(StagedOutcome::model).toList());
  }
}
