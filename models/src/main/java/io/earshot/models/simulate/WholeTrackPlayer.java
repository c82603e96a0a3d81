package io.earshot.models.simulate;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A client that fetches every track whole, in one burst, before it is needed. */
final class WholeTrackPlayer extends Player {
  private static final int HEAD_FILE = 128 * 1024;

  /**
   * How a client fetches.
   *
   * @param audioHost name of the audio host
   * @param firstRange bytes of the first range
   * @param maxRange bytes of the largest range
   * @param gapLow shortest pause between ranges, ms
   * @param gapHigh longest pause between ranges, ms
   * @param ahead tracks fetched ahead some seconds after a change; 0 = before the end
   * @param idleCloseSeconds how long the audio connection may be idle before it is closed
   * @param atOnce ranges under way at once
   * @param beforeEndSeconds when the next track is fetched where {@code ahead} is 0
   * @param grows true where a range is as long as the throughput of the last one per second
   * @param headFile true where the head of the file comes from another host first
   */
  record Style(
      String audioHost,
      Channel.Protocol protocol,
      HelloStyle hello,
      long firstRange,
      long maxRange,
      double gapLow,
      double gapHigh,
      int ahead,
      double beforeEndSeconds,
      boolean grows,
      boolean headFile,
      double idleCloseSeconds,
      int atOnce) {
    static Style of(ClientProfile profile, Dice dice) {
      return switch (profile) {
        case DESKTOP_LOSSLESS ->
            new Style(
                dice.chance(0.8)
                    ? "audio-fa-tls13.spotifycdn.com"
                    : "audio-fa-tls130.spotifycdn.com",
                Channel.Protocol.HTTP_2,
                HelloStyle.DESKTOP,
                9_437_184,
                9_437_184,
                28,
                145,
                2,
                0,
                false,
                false,
                dice.chance(0.7) ? 900 : dice.uniform(60, 300),
                1);
        case DESKTOP_QUIC ->
            new Style(
                dice.chance(0.6) ? "audio-fa-quic.spotifycdn.com" : "audio-fa-quic0.spotifycdn.com",
                Channel.Protocol.HTTP_3,
                HelloStyle.DESKTOP,
                9_437_184,
                9_437_184,
                28,
                145,
                2,
                0,
                false,
                false,
                dice.chance(0.7) ? 900 : dice.uniform(60, 300),
                1);
        case DESKTOP_2018 ->
            new Style(
                dice.chance(0.7) ? "audio-fa.scdn.co" : "audio-ak.spotifycdn.com",
                Channel.Protocol.HTTP_1,
                HelloStyle.PADDED,
                524_288,
                524_288,
                80,
                125,
                dice.chance(0.5) ? 1 : 0,
                dice.uniform(10, 40),
                false,
                false,
                dice.uniform(30, 600),
                1);
        case LIBRESPOT ->
            new Style(
                dice.chance(0.6) ? "audio-fa.scdn.co" : "audio-ak.spotifycdn.com",
                dice.chance(0.75) ? Channel.Protocol.HTTP_1 : Channel.Protocol.HTTP_2,
                HelloStyle.PLAIN,
                65_536,
                Long.MAX_VALUE,
                0.5,
                12,
                0,
                30,
                true,
                false,
                dice.uniform(20, 300),
                dice.chance(0.6) ? 2 : 1);
        case MOBILE ->
            new Style(
                dice.chance(0.6) ? "audio-fa.scdn.co" : "audio4-fa.scdn.co",
                dice.chance(0.6) ? Channel.Protocol.HTTP_1 : Channel.Protocol.HTTP_2,
                dice.chance(0.5) ? HelloStyle.PADDED : HelloStyle.BROWSER,
                9_437_184,
                9_437_184,
                40,
                60,
                dice.chance(0.7) ? 2 : 1,
                0,
                false,
                true,
                dice.uniform(20, 300),
                1);
        default ->
            new Style(
                dice.chance(0.85) ? "audio-fa.scdn.co" : "audio4-fa.scdn.co",
                Channel.Protocol.HTTP_1,
                HelloStyle.DESKTOP,
                9_437_184,
                9_437_184,
                45,
                55,
                2,
                0,
                false,
                false,
                dice.chance(0.7) ? 900 : dice.uniform(60, 300),
                1);
      };
    }
  }

  private record Wanted(Song song, int kbps, int epoch) {}

  private final Style style;
  private final int requestBytes;
  private final double delayOfMobile;
  private final ArrayDeque<Wanted> queue = new ArrayDeque<>();
  private final Map<Integer, Boolean> complete = new HashMap<>();
  private final List<Channel> audio;
  private int turn;
  private @Nullable Channel heads;
  private boolean busy;
  private int changes;
  private boolean firstRequest = true;
  private double throughput = 65_536;

  WholeTrackPlayer(
      Machine machine,
      Servers servers,
      Dice dice,
      SessionSpec.Listener listener,
      Control control,
      @Nullable TruthRecorder truth) {
    super(machine, servers, dice, listener, control, truth);
    style = Style.of(listener.profile(), dice.split(2));
    int connections = style.protocol() == Channel.Protocol.HTTP_1 ? style.atOnce() : 1;
    audio =
        IntStream.range(0, connections)
            .mapToObj(
                i -> channel(style.audioHost(), style.protocol(), style.hello(), i == 0 ? 10 : 13))
            .toList();
    delayOfMobile = dice.split(4).uniform(0.3, 10);
    requestBytes = listener.profile().nativeDesktop() ? 480 : dice.split(3).between(300, 640);
  }

  @Override
  void trackChanged(Song song, Cause cause) {
    int mine = ++changes;
    queue.clear();
    want(song);
    if (style.ahead() > 0) {
      if (cause == Cause.START) {
        want(song(song.index + 1));
      }
      network.after(
          (long) (afterChangeSeconds() * 1e9),
          () -> {
            if (mine == changes) {
              for (int i = 0; i <= style.ahead(); i++) {
                want(song(song.index + i));
              }
            }
          });
    } else {
      awaitEnd(mine, song);
    }
  }

  /** Mostly 5 s on the desktop (measured); nothing is known of mobile clients. */
  private double afterChangeSeconds() {
    if (listener.profile() == ClientProfile.MOBILE) {
      return delayOfMobile * dice.uniform(0.9, 1.1);
    }
    double seconds = dice.chance(0.85) ? 5 + 0.02 * dice.gaussian() : dice.uniform(4.4, 5.05);
    return Math.clamp(seconds, 4.4, 5.06);
  }

  private void awaitEnd(int mine, Song song) {
    if (mine != changes) {
      return;
    }
    double left = song.seconds - position() - style.beforeEndSeconds();
    if (left <= 0 && playing()) {
      want(song(song.index + 1));
    } else {
      network.after((long) (Math.max(0.5, left) * 1e9), () -> awaitEnd(mine, song));
    }
  }

  @Override
  void qualityChanged(Song song) {
    complete.clear();
    queue.clear();
    want(song);
    if (style.ahead() > 0) {
      want(song(song.index + 1));
    }
  }

  @Override
  boolean complete(Song song) {
    return cached(song) || complete.getOrDefault(song.index, false);
  }

  private void want(Song song) {
    if (cached(song) || complete.containsKey(song.index)) {
      return;
    }
    Wanted wanted = new Wanted(song, quality.kbps(), epoch());
    for (Wanted other : queue) {
      if (other.equals(wanted)) {
        return;
      }
    }
    queue.add(wanted);
    if (!busy) {
      busy = true;
      network.after(dice.millis(5, 120), this::next);
    }
  }

  private void next() {
    Wanted wanted = queue.poll();
    if (wanted == null) {
      busy = false;
      return;
    }
    if (wanted.epoch() != epoch() || complete.containsKey(wanted.song().index)) {
      next();
      return;
    }
    complete.put(wanted.song().index, false);
    fetching(wanted.song());
    if (style.headFile()) {
      head(wanted);
    } else {
      range(new Fetch(wanted));
    }
  }

  private void head(Wanted wanted) {
    if (heads == null) {
      heads = channel("heads-fa.spotifycdn.com", Channel.Protocol.HTTP_1, style.hello(), 11);
    }
    long size = Math.min(HEAD_FILE, wanted.song().bytes(wanted.kbps()));
    long[] first = {network.now()};
    heads.exchange(
        new Exchange(
            List.of(requestBytes),
            think(),
            header(),
            size,
            () -> first[0] = heard(wanted.epoch()),
            () -> {
              audio(wanted.epoch(), first[0], size);
              network.after(dice.millis(5, 60), () -> range(new Fetch(wanted)));
            }));
  }

  private Channel audio() {
    Channel channel = audio.get(turn);
    turn = (turn + 1) % audio.size();
    long idle = (long) (style.idleCloseSeconds() * 1e9);
    if (channel.isOpen() && network.now() - channel.lastUseNanos() > idle) {
      channel.close();
      firstRequest = true;
    }
    return channel;
  }

  /** A file on its way: what was asked for, what came, how many requests are under way. */
  private static final class Fetch {
    final Wanted wanted;
    final long size;
    long asked;
    long received;
    int open;
    boolean over;

    Fetch(Wanted wanted) {
      this.wanted = wanted;
      size = wanted.song().bytes(wanted.kbps());
    }
  }

  private void range(Fetch fetch) {
    Wanted wanted = fetch.wanted;
    long from = fetch.asked;
    long most =
        from == 0
            ? style.firstRange()
            : style.grows() ? Math.max(65_536, (long) throughput) : style.maxRange();
    long bytes = Math.min(most, fetch.size - from);
    fetch.asked += bytes;
    fetch.open++;
    long[] first = {network.now()};
    long asked = network.now();
    audio()
        .exchange(
            new Exchange(
                List.of(requestRecord(from)),
                think(),
                header(),
                bytes,
                () -> {
                  first[0] = heard(wanted.epoch());
                  more(fetch);
                },
                () -> {
                  audio(wanted.epoch(), first[0], bytes);
                  throughput = bytes * 1e9 / Math.max(1_000_000, network.now() - asked);
                  fetch.received += bytes;
                  fetch.open--;
                  ranged(fetch);
                }));
    firstRequest = false;
  }

  /** Asks for the next range before this one is complete, where the client does. */
  private void more(Fetch fetch) {
    if (fetch.open < style.atOnce()
        && fetch.asked < fetch.size
        && fetch.wanted.epoch() == epoch()) {
      range(fetch);
    }
  }

  private int requestRecord(long from) {
    if (style.protocol() != Channel.Protocol.HTTP_1) {
      return firstRequest ? 158 : dice.between(125, 142);
    }
    return from == 0 ? requestBytes : requestBytes + dice.between(6, 7);
  }

  private void ranged(Fetch fetch) {
    Wanted wanted = fetch.wanted;
    boolean wantedStill = wanted.epoch() == epoch();
    if (fetch.asked < fetch.size && wantedStill) {
      network.after(dice.millis(style.gapLow(), style.gapHigh()), () -> goOn(fetch));
      return;
    }
    if (fetch.open == 0 && !fetch.over) {
      fetch.over = true;
      if (wantedStill) {
        complete.put(wanted.song().index, true);
      }
      network.after(dice.millis(50, 110), this::next);
    }
  }

  private void goOn(Fetch fetch) {
    if (fetch.asked < fetch.size && fetch.wanted.epoch() == epoch()) {
      more(fetch);
    } else {
      ranged(fetch);
    }
  }
}
