package io.earshot.models.simulate;

import io.earshot.models.simulate.SessionSpec.CaptureQuirks;
import io.earshot.models.simulate.SessionSpec.ForeignKind;
import io.earshot.models.simulate.SessionSpec.HandOver;
import io.earshot.models.simulate.SessionSpec.Listener;
import io.earshot.models.simulate.SessionSpec.QualityChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked of every session of a data set, to look at one difficulty alone.
 *
 * <p>Sessions differ in these anyway; a circumstance makes it so for each.
 */
public enum Circumstance {
  /** Nothing odd: one listener, the whole capture from the start, no other traffic. */
  PLAIN,
  /** No client hello was captured, name look-ups were. */
  DNS_ONLY,
  /** Neither client hellos nor name look-ups were captured. */
  NAMELESS,
  /** The capture starts one to ten minutes after the session. */
  MID_STREAM,
  /** The capture lasts 20 s to two minutes. */
  SHORT,
  /** The tap missed one frame in a hundred. */
  TAP_LOSS,
  /** The capturing host merged segments. */
  OFFLOAD,
  /** Another listener behind the same address. */
  SEVERAL,
  /** A move to another link and address half-way. */
  HAND_OVER,
  /** Another quality is picked half-way, where the client has one. */
  QUALITY_CHANGE,
  /** Every track comes from the client's cache. */
  CACHED,
  /** Many skips, pauses and seeks. */
  RESTLESS,
  /** Episodes instead of tracks. */
  PODCAST,
  /** Every kind of other traffic beside it. */
  FOREIGN,
  /** The link carries the bitrate that plays, and the next better one barely or not at all. */
  TIGHT_LINK;

  private static final int ROOM = 5;

  private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** Lower-case name, for example {@code mid-stream}. */
  public String label() {
    return label;
  }

  /** The session on a link that allows nothing better; the same for the same session. */
  public static SessionSpec tightLink(SessionSpec spec) {
    return TIGHT_LINK.applied(spec, Dice.of(spec.seed(), spec.index()).split(41));
  }

  /** True where the link carries {@value #ROOM} times the next better quality. */
  public static boolean hasRoom(SessionSpec spec) {
    double needed = 1000.0 * ROOM * nextKbps(spec.listener().quality().kbps());
    return Math.min(spec.link().downBitsPerSecond(), spec.link().mathisBitsPerSecond()) >= needed;
  }

  SessionSpec applied(SessionSpec spec, Dice dice) {
    CaptureQuirks quirks = spec.quirks();
    return switch (this) {
      case PLAIN ->
          copy(
              spec,
              List.of(spec.listener()),
              spec.durationNanos(),
              new CaptureQuirks(0, false, true, quirks.snaplen(), 0, false, false),
              List.of(),
              null);
      case DNS_ONLY -> quirks(spec, quirks.preludeNanos(), true, true, quirks.tapLoss());
      case NAMELESS -> quirks(spec, quirks.preludeNanos(), true, false, quirks.tapLoss());
      case MID_STREAM ->
          quirks(
              spec,
              dice.seconds(60, 600),
              quirks.helloCut(),
              quirks.dnsVisible(),
              quirks.tapLoss());
      case SHORT ->
          copy(spec, spec.listeners(), dice.seconds(20, 120), quirks, spec.foreign(), null);
      case TAP_LOSS ->
          quirks(spec, quirks.preludeNanos(), quirks.helloCut(), quirks.dnsVisible(), 0.01);
      case OFFLOAD ->
          copy(
              spec,
              spec.listeners(),
              spec.durationNanos(),
              new CaptureQuirks(
                  quirks.preludeNanos(),
                  quirks.helloCut(),
                  quirks.dnsVisible(),
                  quirks.snaplen(),
                  quirks.tapLoss(),
                  true,
                  quirks.padded()),
              spec.foreign(),
              spec.handOver());
      case SEVERAL -> several(spec, dice);
      case HAND_OVER -> {
        Listener listener = spec.listener();
        yield copy(
            spec,
            spec.listeners(),
            spec.durationNanos(),
            quirks,
            spec.foreign(),
            new HandOver(
                spec.durationNanos() / 2,
                LinkFamily.draw(dice, SessionGenerator.kbps(listener.quality())),
                SessionGenerator.address(dice, spec.clientAddress().indexOf(':') >= 0)));
      }
      case QUALITY_CHANGE -> {
        Listener listener = spec.listener();
        SessionSpec.Quality other =
            SessionGenerator.other(dice, listener.profile(), listener.quality());
        QualityChange change =
            other == null ? null : new QualityChange(spec.durationNanos() / 2, other);
        yield first(spec, with(listener, listener.cachedShare(), listener.podcast(), change));
      }
      case CACHED -> {
        Listener listener = spec.listener();
        yield first(spec, with(listener, 1, listener.podcast(), listener.change()));
      }
      case PODCAST -> {
        Listener listener = spec.listener();
        yield first(spec, with(listener, listener.cachedShare(), true, null));
      }
      case RESTLESS -> {
        Listener was = spec.listener();
        yield first(
            spec,
            new Listener(
                was.profile(),
                was.quality(),
                was.cachedShare(),
                was.albumShare(),
                dice.uniform(0.3, 0.7),
                dice.uniform(3, 8),
                dice.uniform(3, 8),
                was.podcast(),
                was.idle(),
                was.change()));
      }
      case FOREIGN ->
          copy(
              spec,
              spec.listeners(),
              spec.durationNanos(),
              quirks,
              List.of(ForeignKind.values()),
              spec.handOver());
      case TIGHT_LINK -> {
        int kbps = spec.listener().quality().kbps();
        double rate = 1000 * dice.uniform(1.15 * kbps, 1.4 * nextKbps(kbps));
        yield copy(
            spec.withLink(spec.link().withDown(Math.round(rate))),
            List.of(spec.listener()),
            spec.durationNanos(),
            quirks,
            List.of(),
            null);
      }
    };
  }

  /** Bitrate of the next better quality; of lossless its own. */
  static int nextKbps(int kbps) {
    return kbps < 96 ? 96 : kbps < 128 ? 160 : kbps < 160 ? 256 : kbps < 256 ? 320 : 1000;
  }

  private static SessionSpec several(SessionSpec spec, Dice dice) {
    List<Listener> listeners = new ArrayList<>(spec.listeners());
    listeners.add(
        SessionGenerator.draw(spec.seed(), spec.index() + dice.between(1, 1 << 20)).listener());
    return copy(
        spec, listeners, spec.durationNanos(), spec.quirks(), spec.foreign(), spec.handOver());
  }

  private static Listener with(
      Listener was, double cachedShare, boolean podcast, @Nullable QualityChange change) {
    return new Listener(
        was.profile(),
        was.quality(),
        cachedShare,
        was.albumShare(),
        was.skipShare(),
        was.pausesPerHour(),
        was.seeksPerHour(),
        podcast,
        false,
        change);
  }

  private static SessionSpec first(SessionSpec spec, Listener listener) {
    List<Listener> listeners = new ArrayList<>(spec.listeners());
    listeners.set(0, listener);
    return copy(
        spec, listeners, spec.durationNanos(), spec.quirks(), spec.foreign(), spec.handOver());
  }

  private static SessionSpec quirks(
      SessionSpec spec, long prelude, boolean helloCut, boolean dnsVisible, double tapLoss) {
    CaptureQuirks was = spec.quirks();
    return copy(
        spec,
        spec.listeners(),
        spec.durationNanos(),
        new CaptureQuirks(
            prelude, helloCut, dnsVisible, was.snaplen(), tapLoss, was.offload(), was.padded()),
        spec.foreign(),
        spec.handOver());
  }

  private static SessionSpec copy(
      SessionSpec spec,
      List<Listener> listeners,
      long durationNanos,
      CaptureQuirks quirks,
      List<ForeignKind> foreign,
      @Nullable HandOver handOver) {
    return new SessionSpec(
        spec.seed(),
        spec.index(),
        listeners,
        spec.link(),
        spec.clientAddress(),
        spec.startNanos(),
        durationNanos,
        quirks,
        foreign,
        handOver);
  }
}
