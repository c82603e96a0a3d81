package io.earshot.models.simulate;

import static io.earshot.models.simulate.SimulatedFrames.clean;
import static io.earshot.models.simulate.SimulatedFrames.lossy;
import static io.earshot.models.simulate.SimulatedFrames.quirks;
import static io.earshot.models.simulate.SimulatedFrames.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.QualityClass;
import io.earshot.models.simulate.SessionSpec.CaptureQuirks;
import io.earshot.models.simulate.SessionSpec.ForeignKind;
import io.earshot.models.simulate.SessionSpec.HandOver;
import io.earshot.models.simulate.SessionSpec.Listener;
import io.earshot.models.simulate.SessionSpec.QualityChange;
import io.earshot.models.simulate.SimulatedFrames.Segment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SessionGeneratorTest {
  private static final SessionSpec DESKTOP =
      spec(ClientProfile.DESKTOP_2025, 160, clean(200_000_000, 20), 600);

  private static int usual(ClientProfile profile) {
    return switch (profile) {
      case DESKTOP_LOSSLESS -> 1000;
      case WEB_H1, WEB_H2, WEB_H3 -> 128;
      case MOBILE -> 24;
      default -> 160;
    };
  }

  @Test
  void draw_sameSeedAndIndex_givesSameSpec() {
    for (int i = 0; i < 50; i++) {
      assertThat(SessionGenerator.draw(42, i)).isEqualTo(SessionGenerator.draw(42, i));
    }
    assertThat(SessionGenerator.draw(42, 1)).isNotEqualTo(SessionGenerator.draw(43, 1));
  }

  @Test
  void draw_manySessions_coversClassesClientsLinksAndQuirks() {
    Map<QualityClass, Integer> classes = new HashMap<>();
    Set<ClientProfile> profiles = new HashSet<>();
    Set<String> links = new HashSet<>();
    int cached = 0;
    int ipv6 = 0;
    int foreign = 0;
    int sessions = 4000;
    for (int i = 0; i < sessions; i++) {
      SessionSpec spec = SessionGenerator.draw(7, i);
      classes.merge(spec.listener().quality().label(), 1, Integer::sum);
      profiles.add(spec.listener().profile());
      links.add(spec.link().id());
      cached += spec.listener().cachedShare() == 1 ? 1 : 0;
      ipv6 += spec.clientAddress().contains(":") ? 1 : 0;
      foreign += spec.foreign().isEmpty() ? 0 : 1;
      assertThat(spec.link().downBitsPerSecond())
          .isGreaterThan(2000L * spec.listener().quality().kbps());
      assertThat(spec.link().rttNanos()).isBetween(5_000_000L, 250_000_000L);
      assertThat(spec.link().lossDown()).isBetween(0.0, 0.05);
    }
    assertThat(classes.values()).hasSize(5).allMatch(n -> n > sessions * 0.1);
    assertThat(profiles).containsExactlyInAnyOrder(ClientProfile.values());
    assertThat(links).hasSize(LinkFamily.ALL.size());
    assertThat(cached).isBetween(300, 500);
    assertThat(ipv6).isBetween(480, 720);
    assertThat(foreign).isBetween(1400, 1800);
  }

  @Test
  void play_sameSpecTwice_givesSameBytes() {
    for (int i = 1; i <= 6; i++) {
      SessionSpec spec = SessionGenerator.draw(5, i).withSnaplen(i % 2 == 0 ? 0 : 2000);
      SimulatedFrames first = new SimulatedFrames();
      SimulatedFrames second = new SimulatedFrames();
      SessionTruth truth = SimulatedFrames.play(spec, first);
      assertThat(SimulatedFrames.play(spec, second)).isEqualTo(truth);
      assertThat(second.digest).isEqualTo(first.digest);
      assertThat(first.frames).isPositive().isEqualTo(truth.frames());
      assertThat(first.ordered).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(ClientProfile.class)
  void play_everyProfile_fetchesItsAudioFromAnAudioHost(ClientProfile profile) {
    SimulatedFrames frames = new SimulatedFrames();
    SessionTruth truth =
        SimulatedFrames.play(spec(profile, usual(profile), clean(60_000_000, 25), 500), frames);
    assertThat(truth.audioBytes()).isGreaterThan(1_000_000);
    assertThat(truth.tracks()).hasSizeGreaterThan(1);
    assertThat(truth.majority()).isEqualTo(truth.spec().listener().quality());
    assertThat(frames.ordered).isTrue();
    assertThat(frames.lastNanos - SimulatedFrames.START).isBetween(0L, 500_000_000_000L);
    assertThat(frames.askedNames).anyMatch(name -> name.startsWith("audio"));
    if (profile == ClientProfile.MOBILE) {
      assertThat(frames.flows("heads-fa")).isNotEmpty();
    }
    // playing needs at least the nominal rate for what was heard without the tail of the buffer
    double nominal = usual(profile) == 1000 ? 700 : usual(profile);
    assertThat((double) truth.audioBytes()).isGreaterThan(nominal * 125 * 400);
  }

  @Test
  void play_cleanLink_everySegmentFollowsAndNothingUnseenIsAcknowledged() {
    SimulatedFrames frames = new SimulatedFrames();
    SimulatedFrames.play(DESKTOP, frames);
    Map<Integer, long[]> next = new HashMap<>();
    for (Segment segment : frames.segments) {
      long[] state = next.computeIfAbsent(segment.flow(), _ -> new long[] {-1, -1});
      int own = segment.down() ? 1 : 0;
      if (segment.syn()) {
        state[own] = (segment.sequence() + 1) & 0xffff_ffffL;
      } else {
        assertThat(segment.sequence()).isEqualTo(state[own]);
        state[own] =
            (segment.sequence() + segment.length() + (segment.fin() ? 1 : 0)) & 0xffff_ffffL;
      }
      if ((segment.flags() & 16) != 0) {
        long unseen = (segment.acknowledged() - state[1 - own]) & 0xffff_ffffL;
        assertThat(unseen == 0 || unseen > 0x8000_0000L).isTrue();
      }
    }
    assertThat(frames.segments).hasSizeGreaterThan(5000);
  }

  @Test
  void play_cleanLink_neverExceedsAccessRate() {
    long rate = 30_000_000;
    SimulatedFrames frames = new SimulatedFrames();
    SimulatedFrames.play(spec(ClientProfile.DESKTOP_2025, 320, clean(rate, 30), 60), frames);
    long[] perInterval = new long[601];
    for (Segment segment : frames.segments) {
      if (segment.down()) {
        perInterval[(int) ((segment.tsNanos() - SimulatedFrames.START) / 100_000_000L)] +=
            segment.length() + 54;
      }
    }
    long limit = rate / 8 / 10;
    long most = Arrays.stream(perInterval).max().orElseThrow();
    assertThat((double) most).isBetween(limit * 0.8, limit * 1.02 + 3000);
  }

  @Test
  void play_desktop_audioFlowCarriesItsObjectsPlusRecordOverhead() {
    SimulatedFrames frames = new SimulatedFrames();
    SessionTruth truth = SimulatedFrames.play(DESKTOP, frames);
    long down =
        frames.flows("audio").stream()
            .mapToLong(flow -> SimulatedFrames.distinctDown(frames.of(flow)))
            .sum();
    // 22 B per record of 16 KiB, small records first, headers, handshake
    assertThat((double) down)
        .isBetween(truth.audioBytes() * 1.001, truth.audioBytes() * 1.002 + 30_000);
  }

  @Test
  void play_desktop_secondNextTrackIsAskedForFiveSecondsAfterAChange() {
    SimulatedFrames frames = new SimulatedFrames();
    SessionTruth truth =
        SimulatedFrames.play(
            spec(ClientProfile.DESKTOP_2025, 96, clean(300_000_000, 15), 1500), frames);
    List<SessionTruth.Track> tracks = truth.tracks();
    assertThat(tracks).hasSizeGreaterThan(4);
    assertThat(tracks.getFirst().fetchedAtNanos())
        .isBetween(tracks.getFirst().startNanos(), tracks.getFirst().startNanos() + 1_000_000_000L);
    for (int i = 2; i < tracks.size(); i++) {
      long after = tracks.get(i).fetchedAtNanos() - tracks.get(i - 2).startNanos();
      assertThat(after).isBetween(4_300_000_000L, 6_500_000_000L);
    }
  }

  @Test
  void play_lossBehindTheTap_showsBytesTwice() {
    SimulatedFrames behind = new SimulatedFrames();
    SimulatedFrames.play(
        spec(ClientProfile.DESKTOP_2025, 160, lossy(40_000_000, 30, 0.01, 1), 120), behind);
    SimulatedFrames before = new SimulatedFrames();
    SimulatedFrames.play(
        spec(ClientProfile.DESKTOP_2025, 160, lossy(40_000_000, 30, 0.01, 0), 120), before);
    assertThat(repeatedShare(behind)).isBetween(0.005, 0.03);
    assertThat(repeatedShare(before)).isLessThan(0.003);
    assertThat(holes(before)).isGreaterThan(20);
  }

  private static double repeatedShare(SimulatedFrames frames) {
    Set<String> seen = new HashSet<>();
    int repeated = 0;
    int all = 0;
    for (Segment segment : frames.segments) {
      if (segment.down() && segment.length() > 0) {
        all++;
        repeated += seen.add(segment.flow() + ":" + segment.sequence()) ? 0 : 1;
      }
    }
    return (double) repeated / all;
  }

  private static int holes(SimulatedFrames frames) {
    Map<Integer, Long> next = new HashMap<>();
    int holes = 0;
    for (Segment segment : frames.segments) {
      if (segment.down() && segment.length() > 0) {
        Long expected = next.get(segment.flow());
        if (expected != null && segment.sequence() > expected) {
          holes++;
        }
        next.merge(segment.flow(), segment.sequence() + segment.length(), Math::max);
      }
    }
    return holes;
  }

  @Test
  void play_everythingCached_hasNoAudioAndNoLabel() {
    SimulatedFrames frames = new SimulatedFrames();
    SessionSpec spec =
        spec(
            ClientProfile.DESKTOP_2025,
            320,
            clean(50_000_000, 20),
            900,
            l -> new Listener(l.profile(), l.quality(), 1, 0.2, 0.2, 2, 2, false, false, null));
    SessionTruth truth = SimulatedFrames.play(spec, frames);
    assertThat(truth.audioBytes()).isZero();
    assertThat(truth.majority()).isNull();
    assertThat(truth.intervals()).allMatch(i -> i.quality() == null && !i.audioSoFar());
    assertThat(truth.cachedShare()).isGreaterThan(0.9);
    assertThat(frames.flows("audio")).isEmpty();
    assertThat(frames.frames).isPositive();
  }

  @Test
  void play_qualityChange_isKnownOnlyAfterItsFirstBytes() {
    SessionSpec spec =
        spec(
            ClientProfile.DESKTOP_2025,
            96,
            clean(100_000_000, 20),
            600,
            l ->
                new Listener(
                    l.profile(),
                    l.quality(),
                    0,
                    0,
                    0,
                    0,
                    0,
                    false,
                    false,
                    new QualityChange(
                        300_000_000_000L, SimulatedFrames.quality(320, QualityClass.VERY_HIGH))));
    SessionTruth truth = SimulatedFrames.play(spec, new SimulatedFrames());
    long change = SimulatedFrames.START + 300_000_000_000L;
    for (SessionTruth.Interval interval : truth.intervals()) {
      assertThat(interval.kbps()).isEqualTo(interval.startNanos() < change ? 96 : 320);
    }
    SessionTruth.Interval last = truth.intervals().getLast();
    assertThat(last.quality()).isEqualTo(QualityClass.VERY_HIGH);
    assertThat(last.startNanos()).isGreaterThan(change);
  }

  @Test
  void play_intervals_coverTheCaptureWithoutGaps() {
    for (int i = 20; i < 30; i++) {
      SessionSpec spec = SessionGenerator.draw(9, i);
      SessionTruth truth = SessionGenerator.play(spec, (ts, b, c, w) -> {});
      long at = spec.startNanos();
      for (SessionTruth.Interval interval : truth.intervals()) {
        assertThat(interval.startNanos()).isEqualTo(at);
        assertThat(interval.endNanos()).isGreaterThan(at);
        assertThat(interval.quality() != null).isEqualTo(interval.audioSoFar());
        at = interval.endNanos();
      }
      assertThat(at).isEqualTo(spec.startNanos() + spec.durationNanos());
    }
  }

  @Test
  void play_midStream_showsNoHelloOfOlderConnections() {
    SimulatedFrames frames = new SimulatedFrames();
    SessionTruth truth =
        SimulatedFrames.play(
            quirks(DESKTOP, new CaptureQuirks(60_000_000_000L, false, true, 0, 0, false, false)),
            frames);
    assertThat(frames.flows("gew")).hasSizeLessThan(2);
    assertThat(truth.intervals().getFirst().startNanos()).isEqualTo(SimulatedFrames.START);
    assertThat(frames.segments.getFirst().tsNanos()).isGreaterThanOrEqualTo(SimulatedFrames.START);
  }

  @Test
  void play_helloCut_hasNoServerNameButKeepsTheNamesAsked() {
    SimulatedFrames frames = new SimulatedFrames();
    SimulatedFrames.play(
        quirks(DESKTOP, new CaptureQuirks(0, true, true, 0, 0, false, false)), frames);
    assertThat(frames.serverNames).isEmpty();
    assertThat(frames.askedNames).contains("audio-fa.scdn.co");
  }

  @Test
  void play_offload_mergesSegmentsAndKeepsEveryByte() {
    SimulatedFrames plain = new SimulatedFrames();
    SimulatedFrames.play(DESKTOP, plain);
    SimulatedFrames merged = new SimulatedFrames();
    SimulatedFrames.play(
        quirks(DESKTOP, new CaptureQuirks(0, false, true, 0, 0, true, false)), merged);
    assertThat(plain.largestFrame).isLessThanOrEqualTo(1514);
    assertThat(merged.largestFrame).isBetween(2000, 65_535);
    assertThat(merged.frames).isLessThan(plain.frames);
    assertThat(downBytes(merged)).isEqualTo(downBytes(plain));
  }

  private static long downBytes(SimulatedFrames frames) {
    return frames.segments.stream().filter(Segment::down).mapToLong(Segment::length).sum();
  }

  @Test
  void play_tapLoss_misses_someFrames() {
    SimulatedFrames all = new SimulatedFrames();
    SimulatedFrames.play(DESKTOP, all);
    SimulatedFrames some = new SimulatedFrames();
    SimulatedFrames.play(
        quirks(DESKTOP, new CaptureQuirks(0, false, true, 0, 0.02, false, false)), some);
    assertThat((double) some.frames / all.frames).isBetween(0.95, 0.99);
  }

  @Test
  void play_handOver_goesOnFromTheOtherAddress() {
    SessionSpec moved =
        new SessionSpec(
            1,
            1,
            DESKTOP.listeners(),
            DESKTOP.link(),
            DESKTOP.clientAddress(),
            SimulatedFrames.START,
            DESKTOP.durationNanos(),
            DESKTOP.quirks(),
            List.of(),
            new HandOver(200_000_000_000L, clean(20_000_000, 60), "10.44.3.2"));
    long[] counts = new long[4];
    SessionTruth truth =
        SessionGenerator.play(
            moved,
            (ts, buffer, captured, wire) -> {
              boolean late = ts >= SimulatedFrames.START + 200_000_000_000L;
              boolean fresh = (buffer[26] == 10 && buffer[27] == 44) || buffer[30] == 10;
              counts[(late ? 2 : 0) + (fresh ? 1 : 0)] += wire;
            });
    assertThat(counts[0]).isPositive();
    assertThat(counts[1]).isZero();
    assertThat(counts[3]).isGreaterThan(1_000_000);
    assertThat(counts[2]).isLessThan(3_000);
    assertThat(truth.tracks()).hasSizeGreaterThan(2);
    List<SessionTruth.Interval> after =
        truth.intervals().stream()
            .filter(interval -> interval.startNanos() >= SimulatedFrames.START + 200_000_000_000L)
            .toList();
    assertThat(after.getFirst().audioSoFar()).as("nothing fetched from there").isFalse();
    assertThat(after.getLast().audioSoFar()).isTrue();
  }

  @Test
  void play_foreignTraffic_staysWithinItsBudget() {
    for (ForeignKind kind : ForeignKind.values()) {
      SessionSpec beside =
          new SessionSpec(
              1,
              1,
              DESKTOP.listeners(),
              DESKTOP.link(),
              DESKTOP.clientAddress(),
              SimulatedFrames.START,
              DESKTOP.durationNanos(),
              DESKTOP.quirks(),
              List.of(kind),
              null);
      SimulatedFrames with = new SimulatedFrames();
      SimulatedFrames.play(beside, with);
      SimulatedFrames without = new SimulatedFrames();
      SimulatedFrames.play(
          new SessionSpec(
              1,
              1,
              DESKTOP.listeners(),
              DESKTOP.link(),
              DESKTOP.clientAddress(),
              SimulatedFrames.START,
              DESKTOP.durationNanos(),
              DESKTOP.quirks(),
              List.of(),
              null),
          without);
      assertThat(with.wireBytes - without.wireBytes)
          .as(kind.label())
          .isBetween(20_000L, 45_000_000L);
    }
  }
}
