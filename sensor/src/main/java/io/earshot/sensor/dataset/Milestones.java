package io.earshot.sensor.dataset;

import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionSpec;
import io.earshot.models.simulate.SessionTruth;
import io.earshot.models.train.Stage;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/**
 * When a simulated stream has shown one track, three, and two after a change of quality.
 *
 * <p>A track counts where all of this holds: it did not come from the cache, its audio was asked
 * for while the capture ran, and it was on for {@value #PLAYED_SECONDS} s or longer. It counts from
 * its end on; of the web player's tracks the first minute together. Where several listeners share
 * the address nothing counts, after a hand-over the stream is another one.
 */
final class Milestones {
  static final int PLAYED_SECONDS = 30;
  private static final long PLAYED_NANOS = PLAYED_SECONDS * 1_000_000_000L;

  /** Playback of the web player after which it is judged. */
  private static final long WEB_NANOS = 60_000_000_000L;

  private Milestones() {}

  static List<TruthMilestone> of(SessionTruth truth, String client) {
    SessionSpec spec = truth.spec();
    if (spec.listeners().size() > 1) {
      return List.of();
    }
    long start = spec.startNanos();
    long end = start + spec.durationNanos();
    SessionSpec.HandOver handOver = spec.handOver();
    long stay = handOver == null ? end : start + handOver.afterNanos();
    SessionSpec.QualityChange change = spec.listener().change();
    long changed = change == null ? end : start + change.afterNanos();
    SessionSpec.Quality quality = spec.listener().quality();
    ClientProfile profile = spec.listener().profile();
    boolean web = profile.label().startsWith("web");
    long until = Math.min(stay, changed);
    List<Long> played = played(truth, start, until);
    List<TruthMilestone> milestones = new ArrayList<>();
    if (!web && !played.isEmpty()) {
      milestones.add(milestone(Stage.FIRST_TRACK, client, played.getFirst(), quality));
    }
    long three = web ? webPlayback(truth, quality, start, until) : nth(played, 3);
    if (three < until) {
      milestones.add(milestone(Stage.THREE_TRACKS, client, three, quality));
      if (until == end) {
        milestones.add(milestone(Stage.END, client, end - 1, quality));
      }
    }
    if (change != null && changed < stay) {
      long two = nth(played(truth, changed, stay), 2);
      if (two < stay) {
        milestones.add(milestone(Stage.TWO_TRACKS_AFTER_CHANGE, client, two, change.quality()));
      }
    }
    return milestones;
  }

  private static TruthMilestone milestone(
      Stage stage, String client, long nanos, SessionSpec.Quality quality) {
    return new TruthMilestone(
        stage, client, nanos, quality.label(), EnumSet.copyOf(quality.acceptable()));
  }

  private static long nth(List<Long> ends, int count) {
    return ends.size() < count ? Long.MAX_VALUE : ends.get(count - 1);
  }

  /** Ends of the tracks that were fetched after {@code from} and were over before {@code until}. */
  private static List<Long> played(SessionTruth truth, long from, long until) {
    return truth.tracks().stream()
        .filter(track -> !track.cached() && track.bytes() > 0)
        .filter(track -> track.fetchedAtNanos() >= from && track.startNanos() >= from)
        .filter(track -> track.endNanos() < until)
        .filter(track -> track.endNanos() - track.startNanos() >= PLAYED_NANOS)
        .map(SessionTruth.Track::endNanos)
        .toList();
  }

  /** End of the first minute of playback in tracks that were fetched from {@code from} on. */
  private static long webPlayback(
      SessionTruth truth, SessionSpec.Quality quality, long from, long until) {
    long left = WEB_NANOS;
    for (SessionTruth.Track track : truth.tracks()) {
      if (track.cached() || track.fetchedAtNanos() < from) {
        continue;
      }
      for (SessionTruth.Interval interval : truth.intervals()) {
        boolean plays = !interval.paused() && !interval.cached() && interval.audioSoFar();
        long begin = Math.max(interval.startNanos(), track.startNanos());
        long length = Math.min(interval.endNanos(), track.endNanos()) - begin;
        if (plays && length > 0 && interval.configured().equals(quality) && begin < until) {
          if (length >= left) {
            return begin + left;
          }
          left -= length;
        }
      }
    }
    return Long.MAX_VALUE;
  }
}
