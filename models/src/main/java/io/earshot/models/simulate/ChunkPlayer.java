package io.earshot.models.simulate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client that fetches fixed chunks some way ahead of the playing position. */
final class ChunkPlayer extends Player {
  private final long chunk;
  private final int ahead;
  private final double beforeEndSeconds;
  private final long[] firstRequests;
  private final int requestBytes;
  private final Map<Integer, Long> reached = new HashMap<>();
  private final Channel audio;
  private boolean busy;
  private int changes;

  ChunkPlayer(
      Machine machine,
      Servers servers,
      Dice dice,
      SessionSpec.Listener listener,
      Control control,
      @Nullable TruthRecorder truth) {
    super(machine, servers, dice, listener, control, truth);
    switch (listener.profile()) {
      case LIBRESPOT_JAVA -> {
        chunk = 128 * 1024;
        ahead = 3;
        beforeEndSeconds = 20;
        firstRequests = new long[] {128 * 1024};
      }
      case GO_LIBRESPOT -> {
        chunk = 512 * 1024;
        ahead = 3;
        beforeEndSeconds = 30;
        firstRequests = new long[] {512 * 1024};
      }
      default -> {
        chunk = 256 * 1024;
        ahead = 1;
        beforeEndSeconds = 30;
        firstRequests = new long[] {6 * 1024, 64 * 1024};
      }
    }
    requestBytes = dice.split(3).between(280, 620);
    audio =
        channel(
            dice.split(4).chance(0.6) ? "audio-fa.scdn.co" : "audio-ak.spotifycdn.com",
            dice.split(5).chance(0.6) ? Channel.Protocol.HTTP_1 : Channel.Protocol.HTTP_2,
            HelloStyle.PLAIN,
            10);
  }

  @Override
  void trackChanged(Song song, Cause cause) {
    changes++;
    pump();
  }

  @Override
  void qualityChanged(Song song) {
    reached.clear();
    changes++;
    pump();
  }

  @Override
  void sought(Song song) {
    long size = song.bytes(quality.kbps());
    long there = (long) (position() / song.seconds * size) / chunk * chunk;
    if (there > reached.getOrDefault(song.index, 0L)) {
      reached.put(song.index, there);
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
    return cached(song) || reached.getOrDefault(song.index, 0L) >= song.bytes(quality.kbps());
  }

  private void pump() {
    if (busy || current() < 0) {
      return;
    }
    Song song = song(current());
    double wait = step(song, position());
    if (busy || !playing()) {
      return;
    }
    double left = song.seconds - position() - beforeEndSeconds;
    if (left <= 0) {
      step(song(current() + 1), 0);
      if (busy) {
        return;
      }
      left = Double.MAX_VALUE;
    }
    int mine = changes;
    double next = Math.min(wait, left);
    if (next < 3600) {
      network.after(
          (long) (Math.max(0.02, next) * 1e9),
          () -> {
            if (mine == changes) {
              pump();
            }
          });
    }
  }

  /** Asks for the next chunk if it is due; else seconds until it will be. */
  private double step(Song song, double position) {
    if (cached(song)) {
      return Double.MAX_VALUE;
    }
    long size = song.bytes(quality.kbps());
    long have = reached.getOrDefault(song.index, 0L);
    if (have >= size) {
      return Double.MAX_VALUE;
    }
    long wanted = (long) (position / song.seconds * size) / chunk * chunk + (ahead + 1) * chunk;
    if (have < wanted) {
      request(song, have, size);
      return 0;
    }
    double due = (double) (have - ahead * chunk) / size * song.seconds;
    return Math.max(0.05, due - position);
  }

  private void request(Song song, long have, long size) {
    busy = true;
    fetching(song);
    long plan = chunk;
    long sum = 0;
    for (long one : firstRequests) {
      if (have == sum) {
        plan = one;
      }
      sum += one;
    }
    long bytes = Math.min(plan, size - have);
    int mine = epoch();
    long[] first = {network.now()};
    audio.exchange(
        new Exchange(
            List.of(requestBytes + (have == 0 ? 0 : dice.between(2, 8))),
            think(),
            header(),
            bytes,
            () -> first[0] = heard(mine),
            () -> {
              audio(mine, first[0], bytes);
              if (mine == epoch()) {
                reached.merge(song.index, have + bytes, Math::max);
              }
              network.after(
                  dice.millis(0.5, 8),
                  () -> {
                    busy = false;
                    changes++;
                    pump();
                  });
            }));
  }
}
