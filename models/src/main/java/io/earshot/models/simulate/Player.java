package io.earshot.models.simulate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client that plays a list: clock of the playing track, its user's whims, the truth about it.
 *
 * <p>Subclasses decide which bytes are fetched when.
 */
abstract class Player {
  private static final long SECOND = 1_000_000_000L;

  /** Chance that a skip is followed by another one within seconds; assumed. */
  private static final double BROWSING_SHARE = 0.35;

  /** Chance that a skip goes back to the track before; assumed. */
  private static final double BACK_SHARE = 0.08;

  final Machine machine;
  final Network network;
  final Dice dice;
  final Servers servers;
  final SessionSpec.Listener listener;
  final int firstKbps;
  SessionSpec.Quality quality;
  private final Control control;
  private final @Nullable TruthRecorder truth;
  private final List<Song> songs = new ArrayList<>();
  private final Map<Integer, Long> fetchedAt = new HashMap<>();
  private final Dice songDice;
  private int current = -1;
  private int epoch;
  private boolean playing;
  private double positionSeconds;
  private long resumedNanos;
  private int clock;
  private final double medianSeconds;
  private final double spread;
  private final double repeatShare;
  private double albumLossless;
  private int album;

  Player(
      Machine machine,
      Servers servers,
      Dice dice,
      SessionSpec.Listener listener,
      Control control,
      @Nullable TruthRecorder truth) {
    this.machine = machine;
    this.network = machine.network();
    this.servers = servers;
    this.dice = dice;
    this.listener = listener;
    this.control = control;
    this.truth = truth;
    this.quality = listener.quality();
    this.firstKbps = quality.kbps();
    this.songDice = dice.split(1);
    // a listener's taste: the median of all is 200 s, that of one list differs
    Dice taste = dice.split(9);
    medianSeconds = Math.clamp(taste.logNormal(200, 0.14), 130, 330);
    spread = taste.uniform(0.18, 0.4);
    repeatShare = listener.skipShare() == 0 ? 0 : taste.chance(0.07) ? 0.4 : 0.01;
  }

  /** What made another track play. */
  enum Cause {
    START,
    END,
    SKIP
  }

  abstract void trackChanged(Song song, Cause cause);

  /** Whether playback can run to the end of this track. */
  abstract boolean complete(Song song);

  abstract void qualityChanged(Song song);

  void sought(Song song) {}

  void resumed(Song song) {}

  final void start() {
    record(false);
    control.start();
    if (!listener.idle()) {
      network.after(dice.seconds(0.8, 6), () -> play(0, Cause.START));
    }
  }

  /** The user picks another quality. */
  final void change(SessionSpec.Quality other) {
    quality = other;
    epoch++;
    fetchedAt.clear();
    record(current >= 0 && cached(song(current)));
    control.stateChange();
    if (current >= 0) {
      qualityChanged(song(current));
    }
  }

  final int epoch() {
    return epoch;
  }

  final Song song(int index) {
    while (songs.size() <= index) {
      int at = songs.size();
      if (at == 0 || !songDice.chance(listener.albumShare())) {
        album++;
        albumLossless =
            songDice.chance(0.25) ? songDice.uniform(1100, 1600) : songDice.uniform(700, 1080);
      }
      double seconds =
          listener.podcast()
              ? Math.clamp(songDice.logNormal(2200, 0.5), 300, 9000)
              : Math.clamp(songDice.logNormal(medianSeconds, spread), 40, 1200);
      double lossless = Math.clamp(albumLossless * songDice.uniform(0.88, 1.12), 650, 1650);
      songs.add(
          new Song(
              at, seconds, album, lossless, listener.cachedShare(), songDice.split(100L + at)));
    }
    return songs.get(index);
  }

  final boolean cached(Song song) {
    return song.cached(quality.kbps(), firstKbps);
  }

  final int current() {
    return current;
  }

  final boolean playing() {
    return playing;
  }

  /** Seconds of the current track that have been heard. */
  final double position() {
    double more = playing ? (network.now() - resumedNanos) / 1e9 : 0;
    return positionSeconds + more;
  }

  final void fetching(Song song) {
    fetchedAt.putIfAbsent(song.index, network.now());
    if (truth != null) {
      truth.fetching(song.index, network.now());
    }
  }

  final void audio(int ofEpoch, long firstNanos, long bytes) {
    if (truth != null) {
      truth.audio(ofEpoch, firstNanos, network.now(), bytes);
    }
  }

  /** The first bytes of an answer are here; the time. */
  final long heard(int ofEpoch) {
    audio(ofEpoch, network.now(), 0);
    return network.now();
  }

  private void record(boolean cached) {
    if (truth != null) {
      truth.state(network.now(), quality, epoch, cached, !playing);
    }
  }

  private void play(int index, Cause cause) {
    boolean heardBefore = index <= current && complete(song(index));
    Song song = song(index);
    boolean sameAlbum = current >= 0 && song(current).album == song.album;
    current = index;
    playing = true;
    positionSeconds = 0;
    resumedNanos = network.now();
    clock++;
    boolean cached = cached(song) || heardBefore;
    trackChanged(song, cause);
    record(cached);
    if (truth != null) {
      truth.track(
          index,
          network.now(),
          song.seconds,
          cached,
          cached ? 0 : song.bytes(quality.kbps()),
          fetchedAt.getOrDefault(index, -1L));
    }
    control.trackChange(sameAlbum);
    whims(song, cause);
    armEnd(song);
  }

  private void armEnd(Song song) {
    int mine = clock;
    double left = song.seconds - position();
    network.after((long) (Math.max(0.05, left) * SECOND), () -> ended(mine, song));
  }

  private void ended(int mine, Song song) {
    if (mine != clock || !playing) {
      return;
    }
    if (!complete(song)) {
      // the track stalls until its bytes are there
      network.after(SECOND / 2, () -> ended(mine, song));
      return;
    }
    play(dice.chance(repeatShare) ? current : current + 1, Cause.END);
  }

  private void whims(Song song, Cause cause) {
    int mine = current;
    boolean browsing =
        cause == Cause.SKIP && listener.skipShare() > 0.15 && dice.chance(BROWSING_SHARE);
    if (browsing) {
      network.after(dice.seconds(0.8, 9), () -> skip(mine));
    } else if (dice.chance(listener.skipShare())) {
      double at = dice.chance(0.6) ? dice.uniform(1.5, 25) : dice.uniform(0.1, 0.9) * song.seconds;
      network.after((long) (at * SECOND), () -> skip(mine));
    }
    double hours = song.seconds / 3600;
    if (dice.chance(Math.min(0.9, listener.pausesPerHour() * hours))) {
      double at = dice.uniform(0.05, 0.95) * song.seconds;
      network.after((long) (at * SECOND), () -> pause(mine));
    }
    if (dice.chance(Math.min(0.9, listener.seeksPerHour() * hours))) {
      double at = dice.uniform(0.05, 0.9) * song.seconds;
      network.after((long) (at * SECOND), () -> seek(mine));
    }
  }

  private void skip(int index) {
    if (index == current && playing) {
      boolean back = current > 0 && dice.chance(BACK_SHARE);
      play(back ? current - 1 : current + 1, Cause.SKIP);
    }
  }

  private void pause(int index) {
    if (index != current || !playing) {
      return;
    }
    positionSeconds = position();
    playing = false;
    clock++;
    record(cached(song(current)));
    control.stateChange();
    double seconds = Math.clamp(dice.logNormal(40, 1.1), 4, 900);
    network.after((long) (seconds * SECOND), () -> resume(index));
  }

  private void resume(int index) {
    if (index != current || playing) {
      return;
    }
    playing = true;
    resumedNanos = network.now();
    record(cached(song(current)));
    control.stateChange();
    resumed(song(current));
    armEnd(song(current));
  }

  private void seek(int index) {
    if (index != current || !playing) {
      return;
    }
    Song song = song(current);
    positionSeconds = dice.uniform(0, 0.95) * song.seconds;
    resumedNanos = network.now();
    clock++;
    control.stateChange();
    sought(song);
    armEnd(song);
  }

  // ---------------------------------------------------------------- what all clients share

  final Channel channel(String name, Channel.Protocol protocol, HelloStyle hello, long tag) {
    return new Channel(machine, dice.split(tag), servers.host(name), protocol, hello);
  }

  /** Time from request to the first byte without the network: 15–60 ms were seen in all. */
  final long think() {
    return dice.millis(3, dice.chance(0.15) ? 60 : 25);
  }

  final int header() {
    return dice.between(694, 714);
  }
}
