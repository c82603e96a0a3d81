package io.earshot.models.simulate;

import io.earshot.models.QualityClass;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is true about a played session; times in nanoseconds since the epoch.
 *
 * @param spec the session
 * @param intervals the capture cut wherever a fact changes, without gaps
 * @param tracks what was played, in order
 * @param frames frames given to the sink
 * @param audioBytes bytes of the audio answers that ended while the capture ran
 */
public record SessionTruth(
    SessionSpec spec, List<Interval> intervals, List<Track> tracks, long frames, long audioBytes) {
  public SessionTruth {
    intervals = List.copyOf(intervals);
    tracks = List.copyOf(tracks);
  }

  /** Share of the audio time from which a second class is acceptable for the whole session. */
  private static final double ALSO_ACCEPTABLE = 0.4;

  /**
   * Labels that count as right for the session as a whole; empty where only unknown does. Where
   * several listeners share the address, the quality of each is one.
   */
  public Set<QualityClass> acceptable() {
    Set<QualityClass> classes = EnumSet.noneOf(QualityClass.class);
    SessionSpec.Quality majority = majority();
    if (majority != null) {
      classes.addAll(majority.acceptable());
    }
    long all = 0;
    List<SessionSpec.Quality> seen = new ArrayList<>();
    for (Interval interval : intervals) {
      if (interval.audioSoFar()) {
        all += interval.endNanos() - interval.startNanos();
        if (!seen.contains(interval.configured())) {
          seen.add(interval.configured());
        }
      }
    }
    for (SessionSpec.Quality quality : seen) {
      if (nanosOf(quality) >= ALSO_ACCEPTABLE * all) {
        classes.addAll(quality.acceptable());
      }
    }
    for (SessionSpec.Listener other : spec.listeners().subList(1, spec.listeners().size())) {
      classes.addAll(other.quality().acceptable());
    }
    return classes;
  }

  /**
   * A stretch of time in which nothing about the first listener changes.
   *
   * @param quality class that can be known, or null while no audio byte of the configured quality
   *     has been captured
   * @param configured what the client is set to
   * @param cached true while the playing track comes from the client's cache
   * @param paused true while nothing plays
   * @param audioSoFar true once an audio byte of the configured quality has been captured, behind
   *     the address of that time
   */
  public record Interval(
      long startNanos,
      long endNanos,
      @Nullable QualityClass quality,
      SessionSpec.Quality configured,
      boolean cached,
      boolean paused,
      boolean audioSoFar) {
    /** Nominal bitrate of the configured quality. */
    public int kbps() {
      return configured.kbps();
    }
  }

  /**
   * A played track.
   *
   * @param lengthSeconds full length
   * @param bytes size of its file in the quality it was fetched with; 0 where cached
   * @param fetchedAtNanos when it was asked for, or -1
   */
  public record Track(
      long startNanos,
      long endNanos,
      double lengthSeconds,
      boolean cached,
      long bytes,
      long fetchedAtNanos) {}

  /** The class that holds most of the time with audio, or null where no audio was captured. */
  public SessionSpec.@Nullable Quality majority() {
    SessionSpec.Quality best = null;
    long bestNanos = 0;
    for (Interval interval : intervals) {
      long nanos = nanosOf(interval.configured());
      if (nanos > bestNanos) {
        best = interval.configured();
        bestNanos = nanos;
      }
    }
    return best;
  }

  /** Time with captured audio of this quality. */
  public long nanosOf(SessionSpec.Quality quality) {
    long nanos = 0;
    for (Interval interval : intervals) {
      if (interval.audioSoFar() && interval.configured().equals(quality)) {
        nanos += interval.endNanos() - interval.startNanos();
      }
    }
    return nanos;
  }

  /** Share of the capture in which the playing track came from the cache. */
  public double cachedShare() {
    long cached = 0;
    long all = 0;
    for (Interval interval : intervals) {
      long nanos = interval.endNanos() - interval.startNanos();
      all += nanos;
      cached += interval.cached() ? nanos : 0;
    }
    return all == 0 ? 0 : (double) cached / all;
  }
}
