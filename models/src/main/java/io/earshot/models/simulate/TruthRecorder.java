package io.earshot.models.simulate;

import java.util.ArrayList;
import java.util.List;

/** Writes down what the first listener does while the session plays. */
final class TruthRecorder {
  private static final long NEVER = Long.MAX_VALUE;

  private record State(
      long nanos, SessionSpec.Quality quality, int epoch, boolean cached, boolean paused) {}

  private record Played(
      long nanos, double lengthSeconds, boolean cached, long bytes, long fetchedAt) {}

  private final SessionSpec spec;
  private final long from;
  private final long until;
  private final List<State> states = new ArrayList<>();
  private final List<Played> played = new ArrayList<>();
  private final List<Long> firstAudio = new ArrayList<>();
  private long audioBytes;

  TruthRecorder(SessionSpec spec) {
    this.spec = spec;
    from = spec.quirks().preludeNanos();
    until = from + spec.durationNanos();
  }

  void state(long now, SessionSpec.Quality quality, int epoch, boolean cached, boolean paused) {
    states.add(new State(now, quality, epoch, cached, paused));
  }

  void track(long now, double lengthSeconds, boolean cached, long bytes, long fetchedAt) {
    played.add(new Played(now, lengthSeconds, cached, bytes, fetchedAt));
  }

  /** Audio of this quality epoch was on the wire between the two times. */
  void audio(int epoch, long first, long last, long bytes) {
    if (last < from || first >= until) {
      return;
    }
    while (firstAudio.size() <= epoch) {
      firstAudio.add(NEVER);
    }
    firstAudio.set(epoch, Math.min(firstAudio.get(epoch), Math.max(first, from)));
    audioBytes += bytes;
  }

  SessionTruth finish(long frames) {
    long shift = spec.startNanos() - from;
    List<SessionTruth.Interval> intervals = new ArrayList<>();
    for (int i = 0; i < states.size(); i++) {
      State state = states.get(i);
      long start = Math.max(from, state.nanos());
      long end = Math.min(until, i + 1 < states.size() ? states.get(i + 1).nanos() : until);
      if (end <= start) {
        continue;
      }
      long heard = state.epoch() < firstAudio.size() ? firstAudio.get(state.epoch()) : NEVER;
      long cut = Math.clamp(heard, start, end);
      if (cut > start) {
        intervals.add(interval(state, start + shift, cut + shift, false));
      }
      if (end > cut) {
        intervals.add(interval(state, cut + shift, end + shift, true));
      }
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
