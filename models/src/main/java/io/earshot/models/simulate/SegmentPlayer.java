package io.earshot.models.simulate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The web player: ten-second segments through a buffer, a few seconds apart until it is full. */
final class SegmentPlayer extends Player {
  private static final double SEGMENT_SECONDS = 10;

  /** First requests of a track at 128 kbit/s, bytes; the first one is the initialization. */
  private final long[] first;

  /** Whether two segments are asked for at once while the buffer is low. */
  private final boolean pairs;

  private final Channel audio;
  private final Channel seekTables;
  private final double bufferSeconds;
  private final double prefetchSeconds;
  private final double spacingLow;
  private final double spacingHigh;
  private final double container;
  private final Map<Integer, Double> buffered = new HashMap<>();
  private final Map<Integer, Double> asked = new HashMap<>();
  private final Map<Integer, Integer> started = new HashMap<>();
  private int underWay;
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
    Channel.Protocol protocol =
        switch (listener.profile()) {
          case WEB_H2 -> Channel.Protocol.HTTP_2;
          case WEB_H3 -> Channel.Protocol.HTTP_3;
          default -> Channel.Protocol.HTTP_1;
        };
    audio = channel(audioHost(protocol, own), protocol, HelloStyle.BROWSER, 10);
    seekTables = channel("seektables.scdn.co", Channel.Protocol.HTTP_2, HelloStyle.BROWSER, 12);
    bufferSeconds = own.uniform(25, 70);
    prefetchSeconds = own.uniform(5, 25);
    spacingLow = own.uniform(0.05, 3);
    spacingHigh = spacingLow + own.uniform(0.5, 3);
    container = own.uniform(1.005, 1.045);
    // a start of an initialization alone and three parts were measured; other starts are assumed
    Dice start = dice.split(6);
    first =
        switch (start.weighted(60, 20, 20)) {
          case 0 -> new long[] {20_000, 143_000, 55_000};
          case 1 -> new long[] {start.between(900, 4_000)};
          default ->
              new long[] {
                start.between(8_000, 30_000),
                start.between(60_000, 150_000),
                start.between(40_000, 120_000)
              };
        };
    pairs = protocol != Channel.Protocol.HTTP_1 && start.chance(0.3);
  }

  private static String audioHost(Channel.Protocol protocol, Dice dice) {
    return switch (protocol) {
      case HTTP_1 ->
          switch (dice.weighted(7, 2, 1)) {
            case 0 -> "audio-ak.spotifycdn.com";
            case 1 -> "audio4-ak.spotifycdn.com";
            default -> "audio-fa.scdn.co";
          };
      case HTTP_2 ->
          dice.chance(0.75) ? "audio-fa-tls13.spotifycdn.com" : "audio-fa-tls130.spotifycdn.com";
      case HTTP_3 ->
          dice.chance(0.6) ? "audio-fa-quic.spotifycdn.com" : "audio-fa-quic0.spotifycdn.com";
    };
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
      started.put(song.index, first.length);
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
    if (underWay > 0 || current() < 0) {
      return;
    }
    Song song = song(current());
    double position = position();
    double have = cached(song) ? song.seconds : buffered.getOrDefault(song.index, 0.0);
    double wait;
    if (have >= song.seconds) {
      Song next = song(current() + 1);
      double left = song.seconds - position - prefetchSeconds;
      boolean begun = started.getOrDefault(next.index, 0) >= first.length;
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
      if (started.getOrDefault(song.index, 0) >= first.length) {
        double since = (network.now() - lastAskedNanos) / 1e9;
        spaced = dice.uniform(spacingLow, spacingHigh) - since;
        if (have - position < SEGMENT_SECONDS) {
          spaced = 0;
        }
      }
      wait = Math.max(excess, spaced);
      if (wait <= 0.01) {
        request(song);
        double ahead = asked.getOrDefault(song.index, 0.0);
        boolean low = ahead - position < bufferSeconds - SEGMENT_SECONDS;
        if (pairs && low && ahead < song.seconds) {
          request(song);
        }
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
    underWay++;
    fetching(song);
    lastAskedNanos = network.now();
    int number = started.getOrDefault(song.index, 0);
    double have = buffered.getOrDefault(song.index, 0.0);
    double from = underWay == 1 ? have : Math.max(have, asked.getOrDefault(song.index, 0.0));
    double rate = quality.kbps() * 125.0 * container;
    long bytes;
    double until;
    if (number < first.length) {
      bytes =
          number == 0
              ? Math.round(first[0] * dice.uniform(0.88, 1.12))
              : Math.round(first[number] * quality.kbps() / 128.0 * dice.uniform(0.97, 1.03));
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
    asked.put(song.index, until);
    int mine = epoch();
    long[] begun = {network.now()};
    int request =
        listener.profile() != ClientProfile.WEB_H1 && number > 0
            ? dice.between(110, 260)
            : dice.between(605, 795);
    audio.exchange(
        new Exchange(
            List.of(request),
            think(),
            dice.between(420, 714),
            bytes,
            () -> begun[0] = heard(mine),
            () -> {
              audio(mine, begun[0], bytes);
              if (mine == epoch()) {
                double seconds = song.seconds - until < 0.5 ? song.seconds : until;
                buffered.merge(song.index, seconds, Math::max);
              }
              network.after(
                  dice.millis(1, 30),
                  () -> {
                    underWay--;
                    changes++;
                    pump();
                  });
            }));
  }
}
