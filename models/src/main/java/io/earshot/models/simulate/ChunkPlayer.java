package io.earshot.models.simulate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A client that fetches fixed chunks some way ahead of the playing position. */
final class ChunkPlayer extends Player {
  private final long chunk;
  private final int ahead;
  private final double beforeEndSeconds;
  private final long[] firstRequests;
  private final int requestBytes;
  private final int atOnce;
  private final Map<Integer, Long> reached = new HashMap<>();
  private final Map<Integer, Long> asked = new HashMap<>();
  private final List<Channel> audio;
  private int turn;
  private int underWay;
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
    atOnce =
        listener.profile() == ClientProfile.PSST ? 1 : dice.split(6).between(1, Math.max(1, ahead));
    String host = dice.split(4).chance(0.6) ? "audio-fa.scdn.co" : "audio-ak.spotifycdn.com";
    Channel.Protocol protocol =
        dice.split(5).chance(0.6) ? Channel.Protocol.HTTP_1 : Channel.Protocol.HTTP_2;
    audio =
        IntStream.range(0, protocol == Channel.Protocol.HTTP_1 ? atOnce : 1)
            .mapToObj(i -> channel(host, protocol, HelloStyle.PLAIN, 10L + 100L * i))
            .toList();
  }

  @Override
  void trackChanged(Song song, Cause cause) {
    changes++;
    pump();
  }

  @Override
  void qualityChanged(Song song) {
    reached.clear();
    asked.clear();
    changes++;
    pump();
  }

  @Override
  void sought(Song song) {
    long size = song.bytes(quality.kbps());
    long there = (long) (position() / song.seconds * size) / chunk * chunk;
    long have = asked.getOrDefault(song.index, 0L);
    if (there > have) {
      // what is jumped over is not missed
      reached.merge(song.index, there - have, Long::sum);
      asked.put(song.index, there);
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
    if (current() < 0) {
      return;
    }
    Song song = song(current());
    double wait = fill(song, position());
    if (underWay > 0 || !playing()) {
      return;
    }
    double left = song.seconds - position() - beforeEndSeconds;
    if (left <= 0) {
      fill(song(current() + 1), 0);
      if (underWay > 0) {
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

  /** Asks for the chunks that are due; seconds until the next one will be. */
  private double fill(Song song, double position) {
    if (cached(song)) {
      return Double.MAX_VALUE;
    }
    long size = song.bytes(quality.kbps());
    while (true) {
      long have = asked.getOrDefault(song.index, 0L);
      if (have >= size) {
        return Double.MAX_VALUE;
      }
      long wanted = (long) (position / song.seconds * size) / chunk * chunk + (ahead + 1) * chunk;
      if (have >= wanted) {
        double due = (double) (have - ahead * chunk) / size * song.seconds;
        return Math.max(0.05, due - position);
      }
      if (underWay >= atOnce) {
        return 0;
      }
      request(song, have, size);
    }
  }

  private void request(Song song, long have, long size) {
    underWay++;
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
    asked.put(song.index, have + bytes);
    int mine = epoch();
    long[] first = {network.now()};
    turn = (turn + 1) % audio.size();
    audio
        .get(turn)
        .exchange(
            new Exchange(
                List.of(requestBytes + (have == 0 ? 0 : dice.between(2, 8))),
                think(),
                header(),
                bytes,
                () -> first[0] = heard(mine),
                () -> {
                  audio(mine, first[0], bytes);
                  if (mine == epoch()) {
                    reached.merge(song.index, bytes, Long::sum);
                  }
                  network.after(
                      dice.millis(0.5, 8),
                      () -> {
                        underWay--;
                        changes++;
                        pump();
                      });
                }));
  }
}
