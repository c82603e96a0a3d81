package io.earshot.models.simulate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The web player: ten-second segments through a buffer, a few seconds apart until it is full. */
final class SegmentPlayer extends Player {
  private static final double SEGMENT_SECONDS = 10;

  /** First requests of a track at 128 kbit/s, bytes; the first one is the initialization. */
  private static final long[] FIRST = {20_000, 143_000, 55_000};

  private final Channel audio;
  private final Channel seekTables;
  private final double bufferSeconds;
  private final double prefetchSeconds;
  private final double spacingLow;
  private final double spacingHigh;
  private final double container;
  private final Map<Integer, Double> buffered = new HashMap<>();
  private final Map<Integer, Integer> started = new HashMap<>();
  private boolean busy;
  private int changes;
  private long lastAskedNanos = -20_000_000_000L;

  SegmentPlayer(
      Machine machine,
      Servers servers,
      Dice dice,
      SessionSpec.Listener listener,
      Control control,
      @Nullable TruthRecorder truth) {
    super(machine, servers, dice, listener, control, truth);
    Dice own = dice.split(2);
    boolean second = listener.profile() == ClientProfile.WEB_H2;
    audio =
        channel(
            second
                ? "audio-fa-tls13.spotifycdn.com"
                : own.chance(0.8) ? "audio-ak.spotifycdn.com" : "audio4-ak.spotifycdn.com",
            second ? Channel.Protocol.HTTP_2 : Channel.Protocol.HTTP_1,
            HelloStyle.BROWSER,
            10);
    seekTables = channel("seektables.scdn.co", Channel.Protocol.HTTP_2, HelloStyle.BROWSER, 12);
    bufferSeconds = own.uniform(25, 70);
    prefetchSeconds = own.uniform(5, 25);
    spacingLow = own.uniform(0.05, 3);
    spacingHigh = spacingLow + own.uniform(0.5, 3);
    container = own.uniform(1.005, 1.045);
  }

  @Override
  void trackChanged(Song song, Cause cause) {
    changes++;
    pump();
  }

  @Override
  void qualityChanged(Song song) {
    buffered.clear();
    started.clear();
    buffered.put(song.index, Math.floor(position() / SEGMENT_SECONDS) * SEGMENT_SECONDS);
    changes++;
    pump();
  }

  @Override
  void sought(Song song) {
    double have = buffered.getOrDefault(song.index, 0.0);
    if (position() > have || position() < have - bufferSeconds - 60) {
      buffered.put(song.index, Math.floor(position() / SEGMENT_SECONDS) * SEGMENT_SECONDS);
      started.put(song.index, FIRST.length);
    }
    changes++;
    pump();
  }

  @Override
  void resumed(Song song) {
    changes++;
    pump();
  }

  @Override
  boolean complete(Song song) {
    return cached(song) || buffered.getOrDefault(song.index, 0.0) >= song.seconds;
  }

  private void pump() {
    if (busy || current() < 0) {
      return;
    }
    Song song = song(current());
    double position = position();
    double have = cached(song) ? song.seconds : buffered.getOrDefault(song.index, 0.0);
    double wait;
    if (have >= song.seconds) {
      Song next = song(current() + 1);
      double left = song.seconds - position - prefetchSeconds;
      boolean begun = started.getOrDefault(next.index, 0) >= FIRST.length;
      if (cached(next) || begun) {
        return;
      }
      if (left <= 0) {
        request(next);
        return;
      }
      wait = left;
    } else {
      double excess = have - position - bufferSeconds;
      double spaced = 0;
      if (started.getOrDefault(song.index, 0) >= FIRST.length) {
        double since = (network.now() - lastAskedNanos) / 1e9;
        spaced = dice.uniform(spacingLow, spacingHigh) - since;
        if (have - position < SEGMENT_SECONDS) {
          spaced = 0;
        }
      }
      wait = Math.max(excess, spaced);
      if (wait <= 0.01) {
        request(song);
        return;
      }
    }
    if (!playing() && wait > 10) {
      return;
    }
    int mine = changes;
    network.after(
        (long) (Math.max(0.05, wait) * 1e9),
        () -> {
          if (mine == changes) {
            pump();
          }
        });
  }

  private void request(Song song) {
    busy = true;
    fetching(song);
    lastAskedNanos = network.now();
    int number = started.getOrDefault(song.index, 0);
    double from = buffered.getOrDefault(song.index, 0.0);
    double rate = quality.kbps() * 125.0 * container;
    long bytes;
    double until;
    if (number < FIRST.length) {
      bytes =
          number == 0
              ? FIRST[0] + dice.between(-2500, 2500)
              : Math.round(FIRST[number] * quality.kbps() / 128.0 * dice.uniform(0.97, 1.03));
      until = number == 0 ? from : from + bytes / rate;
      if (number == 0) {
        seekTables.exchange(
            new Exchange(
                List.of(dice.between(60, 180)),
                think(),
                dice.between(150, 320),
                dice.between(700, 4200),
                Exchange.NOTHING,
                Exchange.NOTHING));
      }
    } else {
      double length = Math.min(SEGMENT_SECONDS, song.seconds - from);
      bytes = Math.round(rate * length * dice.uniform(0.985, 1.015)) + 300;
      until = from + length;
    }
    started.put(song.index, number + 1);
    int mine = epoch();
    long[] first = {network.now()};
    int request =
        listener.profile() == ClientProfile.WEB_H2 && number > 0
            ? dice.between(110, 260)
            : dice.between(605, 795);
    audio.exchange(
        new Exchange(
            List.of(request),
            think(),
            dice.between(420, 714),
            bytes,
            () -> first[0] = heard(mine),
            () -> {
              audio(mine, first[0], bytes);
              if (mine == epoch()) {
                double seconds = song.seconds - until < 0.5 ? song.seconds : until;
                buffered.merge(song.index, seconds, Math::max);
              }
              network.after(
                  dice.millis(1, 30),
                  () -> {
                    busy = false;
                    changes++;
                    pump();
                  });
            }));
  }
}
