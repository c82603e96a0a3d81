package io.earshot.models.simulate;

import java.util.ArrayList;
import java.util.List;

/** Writes down what the first listener does while the session plays. */
final class TruthRecorder {
  private static final long NEVER = Long.MAX_VALUE;

  private record State(
      long nanos, SessionSpec.Quality quality, int epoch, boolean cached, boolean paused) {}

  private record Played(
      int song, long nanos, double lengthSeconds, boolean cached, long bytes, long fetchedAt) {
    Played fetched(long now) {
      return new Played(song, nanos, lengthSeconds, cached, bytes, now);
    }
  }

  private final SessionSpec spec;
  private final long from;
  private final long until;
  private final List<State> states = new ArrayList<>();
  private final List<Played> played = new ArrayList<>();

  /** First audio of each epoch; behind its second address a listener is another stream. */
  private final List<Long> firstAudio = new ArrayList<>();

  private final List<Long> firstAfterHandOver = new ArrayList<>();
  private final long handOver;
  private long audioBytes;

  TruthRecorder(SessionSpec spec) {
    this.spec = spec;
    from = spec.quirks().preludeNanos();
    until = from + spec.durationNanos();
    handOver = spec.handOver() == null ? NEVER : from + spec.handOver().afterNanos();
  }

  void state(long now, SessionSpec.Quality quality, int epoch, boolean cached, boolean paused) {
    states.add(new State(now, quality, epoch, cached, paused));
  }

  /**
   * A song begins to play.
   *
   * @param fetchedAt when it was asked for, negative where that is still to come
   */
  void track(int song, long now, double lengthSeconds, boolean cached, long bytes, long fetchedAt) {
    played.add(new Played(song, now, lengthSeconds, cached, bytes, fetchedAt));
  }

  /** A song is asked for; the one that plays may be. */
  void fetching(int song, long now) {
    Played last = played.isEmpty() ? null : played.getLast();
    if (last != null && last.song() == song && last.fetchedAt() < 0) {
      played.set(played.size() - 1, last.fetched(now));
    }
  }

  /** Audio of this quality epoch was on the wire between the two times. */
  void audio(int epoch, long first, long last, long bytes) {
    if (last < from || first >= until) {
      return;
    }
    audioBytes += bytes;
    if (first < handOver) {
      note(firstAudio, epoch, Math.max(first, from));
    }
    if (last >= handOver) {
      note(firstAfterHandOver, epoch, Math.max(first, handOver));
    }
  }

  private static void note(List<Long> times, int epoch, long nanos) {
    while (times.size() <= epoch) {
      times.add(NEVER);
    }
    times.set(epoch, Math.min(times.get(epoch), nanos));
  }

  SessionTruth finish(long frames) {
    long shift = spec.startNanos() - from;
    List<SessionTruth.Interval> intervals = new ArrayList<>();
    for (int i = 0; i < states.size(); i++) {
      State state = states.get(i);
      long start = Math.max(from, state.nanos());
      long end = Math.min(until, i + 1 < states.size() ? states.get(i + 1).nanos() : until);
      add(intervals, state, start, Math.min(end, handOver), firstAudio, shift);
      add(intervals, state, Math.max(start, handOver), end, firstAfterHandOver, shift);
    }
    List<SessionTruth.Track> tracks = new ArrayList<>();
    for (int i = 0; i < played.size(); i++) {
      Played one = played.get(i);
      long end = i + 1 < played.size() ? played.get(i + 1).nanos() : until;
      if (end > from && one.nanos() < until) {
        tracks.add(
            new SessionTruth.Track(
                one.nanos() + shift,
                Math.min(end, until) + shift,
                one.lengthSeconds(),
                one.cached(),
                one.bytes(),
                one.fetchedAt() < 0 ? -1 : one.fetchedAt() + shift));
      }
    }
    return new SessionTruth(spec, intervals, tracks, frames, audioBytes);
  }

  private static void add(
      List<SessionTruth.Interval> intervals,
      State state,
      long start,
      long end,
      List<Long> firsts,
      long shift) {
    if (end <= start) {
      return;
    }
    long heard = state.epoch() < firsts.size() ? firsts.get(state.epoch()) : NEVER;
    long cut = Math.clamp(heard, start, end);
    if (cut > start) {
      intervals.add(interval(state, start + shift, cut + shift, false));
    }
    if (end > cut) {
      intervals.add(interval(state, cut + shift, end + shift, true));
    }
  }

  private static SessionTruth.Interval interval(
      State state, long start, long end, boolean audioSoFar) {
    return new SessionTruth.Interval(
        start,
        end,
        audioSoFar ? state.quality().label() : null,
        state.quality(),
        state.cached(),
        state.paused(),
        audioSoFar);
  }
}
