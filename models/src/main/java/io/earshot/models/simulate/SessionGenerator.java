package io.earshot.models.simulate;

import io.earshot.models.QualityClass;
import io.earshot.models.simulate.SessionSpec.CaptureQuirks;
import io.earshot.models.simulate.SessionSpec.ForeignKind;
import io.earshot.models.simulate.SessionSpec.HandOver;
import io.earshot.models.simulate.SessionSpec.Listener;
import io.earshot.models.simulate.SessionSpec.Quality;
import io.earshot.models.simulate.SessionSpec.QualityChange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Draws sessions of simulated listeners and plays them as packets with known truth.
 *
 * <p>Same seed and index, same bytes, on every machine. The distributions are stated beside each
 * draw; where nothing was measured they are assumptions and say so. Stateless: safe to use from
 * several threads, one session per thread.
 */
public final class SessionGenerator {
  /** Start of the drawn dates, 2025-01-01T00:00:00Z. */
  private static final long FIRST_START_SECONDS = 1_735_689_600L;

  private static final long YEAR_SECONDS = 31_536_000L;

  /**
   * Assumed priors: a desktop client on the 96 kbit/s file is set to low one time in four; the web
   * player at 128 kbit/s counts as high one time in four.
   */
  private static final double LOW_SHARE_OF_96 = 0.25;

  private static final double HIGH_SHARE_OF_WEB_128 = 0.25;

  private static final List<ClientProfile> OPEN_CLIENTS =
      List.of(
          ClientProfile.LIBRESPOT,
          ClientProfile.LIBRESPOT_JAVA,
          ClientProfile.GO_LIBRESPOT,
          ClientProfile.PSST);

  private static final List<ForeignKind> FOREIGN =
      List.of(
          ForeignKind.WEB,
          ForeignKind.VIDEO,
          ForeignKind.CALL,
          ForeignKind.DOWNLOAD,
          ForeignKind.MUSIC);

  private SessionGenerator() {}

  /** Draws a session of any client. */
  public static SessionSpec draw(long seed, int index) {
    return draw(seed, index, null);
  }

  /** Draws a session of this client, or of any where null. */
  public static SessionSpec draw(long seed, int index, @Nullable ClientProfile wanted) {
    Dice dice = Dice.of(seed, index);
    Dice who = dice.split(1);
    ClientProfile profile = wanted == null ? profile(who) : wanted;
    Quality quality = quality(who, profile);
    Dice time = dice.split(2);
    double seconds = durationSeconds(time, quality);
    boolean midStream = time.chance(0.18);
    long prelude = midStream ? time.seconds(20, 600) : 0;
    Dice habits = dice.split(3);
    List<Listener> listeners = new ArrayList<>();
    listeners.add(listener(habits, profile, quality, seconds));
    if (habits.chance(0.06)) {
      ClientProfile other = profile(habits);
      listeners.add(listener(habits, other, quality(habits, other), seconds));
    }
    double kbps = 0;
    for (Listener one : listeners) {
      kbps += kbps(one.quality());
      QualityChange change = one.change();
      if (change != null) {
        kbps += change.quality().kbps();
      }
    }
    Dice where = dice.split(4);
    LinkSpec link = LinkFamily.draw(where, kbps);
    boolean ipv6 = where.chance(0.15);
    long duration = Math.round(seconds * 1e9);
    HandOver handOver =
        where.chance(profile == ClientProfile.MOBILE ? 0.08 : 0.03) && seconds > 120
            ? new HandOver(
                Math.round(duration * where.uniform(0.2, 0.8)),
                LinkFamily.draw(where, kbps),
                address(where, ipv6))
            : null;
    Dice capture = dice.split(5);
    boolean helloCut = capture.chance(0.1);
    CaptureQuirks quirks =
        new CaptureQuirks(
            prelude,
            helloCut,
            capture.chance(helloCut ? 0.85 : 0.6),
            SessionSpec.HEADERS_ONLY,
            capture.chance(0.08) ? capture.uniform(0.0005, 0.02) : 0,
            capture.chance(0.03),
            capture.chance(0.4));
    Dice beside = dice.split(6);
    List<ForeignKind> foreign = new ArrayList<>();
    if (beside.chance(0.4)) {
      foreign.add(FOREIGN.get(beside.weighted(5, 3, 1, 1, 1)));
      if (beside.chance(0.25)) {
        foreign.add(ForeignKind.WEB);
      }
    }
    long start =
        (FIRST_START_SECONDS + (long) (time.unit() * YEAR_SECONDS)) * 1_000_000_000L
            + time.seconds(0, 1);
    return new SessionSpec(
        seed,
        index,
        listeners,
        link,
        address(where, ipv6),
        start,
        duration,
        quirks,
        foreign,
        handOver);
  }

  /** Rate that a link must be able to carry, kbit/s. */
  static double kbps(Quality quality) {
    return quality.kbps() == Quality.LOSSLESS_KBPS ? 1400 : quality.kbps();
  }

  /** Shares of the clients; chosen so that every class is well represented, not as in the field. */
  private static ClientProfile profile(Dice dice) {
    return switch (dice.weighted(28, 11, 3, 7, 12, 9, 9, 3, 20)) {
      case 0 -> ClientProfile.DESKTOP_2025;
      case 1 -> ClientProfile.DESKTOP_LOSSLESS;
      case 2 -> ClientProfile.DESKTOP_QUIC;
      case 3 -> ClientProfile.DESKTOP_2018;
      case 4 -> OPEN_CLIENTS.get(dice.between(0, OPEN_CLIENTS.size() - 1));
      case 5 -> ClientProfile.WEB_H1;
      case 6 -> ClientProfile.WEB_H2;
      case 7 -> ClientProfile.WEB_H3;
      default -> ClientProfile.MOBILE;
    };
  }

  private static Quality quality(Dice dice, ClientProfile profile) {
    return switch (profile) {
      case DESKTOP_LOSSLESS -> lossless();
      case WEB_H1, WEB_H2, WEB_H3 -> dice.chance(0.6) ? web128(dice) : web256();
      case MOBILE ->
          switch (dice.weighted(57, 13, 14, 11, 5)) {
            case 0 -> new Quality(24, QualityClass.LOW, List.of(QualityClass.LOW));
            case 1 -> new Quality(96, QualityClass.NORMAL, List.of(QualityClass.NORMAL));
            case 2 -> high();
            case 3 -> veryHigh();
            default -> lossless();
          };
      default ->
          switch (dice.weighted(40, 32, 28)) {
            case 0 -> normal96(dice);
            case 1 -> high();
            default -> veryHigh();
          };
    };
  }

  private static Quality normal96(Dice dice) {
    return new Quality(
        96,
        dice.chance(LOW_SHARE_OF_96) ? QualityClass.LOW : QualityClass.NORMAL,
        List.of(QualityClass.LOW, QualityClass.NORMAL));
  }

  private static Quality high() {
    return new Quality(160, QualityClass.HIGH, List.of(QualityClass.HIGH));
  }

  private static Quality veryHigh() {
    return new Quality(320, QualityClass.VERY_HIGH, List.of(QualityClass.VERY_HIGH));
  }

  private static Quality lossless() {
    return new Quality(
        Quality.LOSSLESS_KBPS, QualityClass.LOSSLESS, List.of(QualityClass.LOSSLESS));
  }

  private static Quality web128(Dice dice) {
    return new Quality(
        128,
        dice.chance(HIGH_SHARE_OF_WEB_128) ? QualityClass.HIGH : QualityClass.NORMAL,
        List.of(QualityClass.NORMAL, QualityClass.HIGH));
  }

  private static Quality web256() {
    return new Quality(256, QualityClass.VERY_HIGH, List.of(QualityClass.VERY_HIGH));
  }

  /** 20 s to two hours; lossless sessions end after 25 minutes for the sake of run time. */
  private static double durationSeconds(Dice dice, Quality quality) {
    double seconds =
        switch (dice.weighted(16, 42, 32, 10)) {
          case 0 -> dice.uniform(20, 120);
          case 1 -> dice.uniform(90, 900);
          case 2 -> dice.uniform(900, 2400);
          default -> dice.uniform(2400, 7200);
        };
    return quality.kbps() == Quality.LOSSLESS_KBPS ? Math.min(seconds, 1500) : seconds;
  }

  private static Listener listener(
      Dice dice, ClientProfile profile, Quality drawn, double seconds) {
    boolean podcast = dice.chance(0.03) && drawn.kbps() != 24;
    // episodes are offered at 96 kbit/s to every native client (assumed)
    Quality quality = podcast && !profile.web() ? normal96(dice) : drawn;
    double cachedShare =
        switch (dice.weighted(10, 45, 45)) {
          case 0 -> 1;
          case 1 -> 0;
          default -> profile.web() ? dice.uniform(0, 0.15) : dice.uniform(0.2, 0.5);
        };
    QualityChange change = null;
    if (!podcast && cachedShare < 1 && seconds > 150 && dice.chance(0.1)) {
      Quality other = other(dice, profile, quality);
      if (other != null) {
        change = new QualityChange(Math.round(seconds * dice.uniform(0.2, 0.7) * 1e9), other);
      }
    }
    boolean restless = dice.chance(0.25);
    return new Listener(
        profile,
        quality,
        cachedShare,
        dice.chance(0.35) ? dice.uniform(0.7, 0.97) : dice.uniform(0, 0.3),
        restless ? dice.uniform(0.2, 0.7) : dice.uniform(0, 0.12),
        dice.chance(0.4) ? dice.uniform(0.5, 6) : 0,
        dice.chance(0.3) ? dice.uniform(0.5, 8) : 0,
        podcast,
        dice.chance(0.02),
        change);
  }

  /** Another quality of this client, or null where there is none. */
  static @Nullable Quality other(Dice dice, ClientProfile profile, Quality now) {
    if (now.kbps() == Quality.LOSSLESS_KBPS) {
      return null;
    }
    for (int attempt = 0; attempt < 20; attempt++) {
      Quality other = quality(dice, profile);
      if (other.kbps() != now.kbps() && other.kbps() != Quality.LOSSLESS_KBPS) {
        return other;
      }
    }
    return null;
  }

  static String address(Dice dice, boolean ipv6) {
    if (ipv6) {
      return String.format(
          "2001:db8:%x:%x::%x",
          dice.between(1, 0xffff), dice.between(1, 0xffff), dice.between(2, 0xfffe));
    }
    return switch (dice.weighted(5, 3, 2)) {
      case 0 -> "192.168." + dice.between(0, 254) + "." + dice.between(2, 250);
      case 1 ->
          "10." + dice.between(0, 254) + "." + dice.between(0, 254) + "." + dice.between(2, 250);
      default ->
          "100." + dice.between(64, 127) + "." + dice.between(0, 254) + "." + dice.between(2, 250);
    };
  }

  /** Plays the session into the sink. */
  public static SessionTruth play(SessionSpec spec, FrameSink sink) {
    Dice dice = Dice.of(spec.seed() ^ 0x5eed_cafeL, spec.index());
    Tap tap = new Tap(spec, sink, dice.split(1));
    Network network = new Network(spec, tap, dice.split(2));
    boolean ipv6 = spec.clientAddress().indexOf(':') >= 0;
    Machine machine = new Machine(network, dice.split(3), spec.clientAddress());
    Servers servers = new Servers(dice.split(4), ipv6);
    TruthRecorder truth = new TruthRecorder(spec);
    long prelude = spec.quirks().preludeNanos();
    for (int i = 0; i < spec.listeners().size(); i++) {
      Listener listener = spec.listeners().get(i);
      Dice own = dice.split(100L + i);
      Control control = new Control(machine, servers, own.split(1), listener.profile());
      Player player =
          player(machine, servers, own.split(2), listener, control, i == 0 ? truth : null);
      network.at(i == 0 ? 0 : own.seconds(0, 30), player::start);
      QualityChange change = listener.change();
      if (change != null) {
        network.at(prelude + change.afterNanos(), () -> player.change(change.quality()));
      }
    }
    double budget = Math.min(30e6, spec.durationNanos() / 1e9 * 40_000);
    for (int i = 0; i < spec.foreign().size(); i++) {
      ForeignKind kind = spec.foreign().get(i);
      Foreign foreign = new Foreign(machine, servers, dice.split(200L + i), budget);
      network.at(Math.max(0, prelude - 30_000_000_000L), () -> foreign.start(kind));
    }
    HandOver handOver = spec.handOver();
    if (handOver != null) {
      network.at(
          prelude + handOver.afterNanos(),
          () -> {
            network.moveTo(handOver.link());
            machine.moveTo(handOver.clientAddress());
          });
    }
    network.run(prelude + spec.durationNanos());
    tap.flush();
    return truth.finish(tap.frames());
  }

  private static Player player(
      Machine machine,
      Servers servers,
      Dice dice,
      Listener listener,
      Control control,
      @Nullable TruthRecorder truth) {
    return switch (listener.profile()) {
      case WEB_H1, WEB_H2, WEB_H3 ->
          new SegmentPlayer(machine, servers, dice, listener, control, truth);
      case LIBRESPOT_JAVA, GO_LIBRESPOT, PSST ->
          new ChunkPlayer(machine, servers, dice, listener, control, truth);
      default -> new WholeTrackPlayer(machine, servers, dice, listener, control, truth);
    };
  }
}
