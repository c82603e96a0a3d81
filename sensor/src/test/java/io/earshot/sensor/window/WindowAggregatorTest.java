package io.earshot.sensor.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.enrichment.Role;
import io.earshot.enrichment.ServiceMatch;
import io.earshot.models.feature.Direction;
import io.earshot.models.feature.PacketSeries;
import io.earshot.sensor.decode.PacketView;
import io.earshot.sensor.flow.FlowKey;
import io.earshot.sensor.identify.Evidence;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.identify.Identification;
import io.earshot.sensor.stream.StreamIdentity;
import io.earshot.sensor.stream.StreamTracker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowAggregatorTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long WINDOW = 10 * SECOND;

  /** Three seconds after the start of a window. */
  private static final long START = 1_700_000_003L * SECOND;

  private final Recorder recorder = new Recorder();
  private final WindowAggregator windows = new WindowAggregator(WINDOW, recorder);
  private final StreamTracker tracker = new StreamTracker("test", windows);

  /** The law of the counter, after every test. */
  @AfterEach
  void windowsClosed_areThoseHandedOn() {
    tracker.endAll();
    assertThat(windows.windowsClosed()).isEqualTo(recorder.windows.size());
    assertThat(recorder.windows)
        .allMatch(w -> w.startNanos() % WINDOW == 0 && w.endNanos() - w.startNanos() == WINDOW);
  }

  private static FlowDescriptor audio(int client) {
    return new FlowDescriptor(
        client,
        new FlowKey(
            0,
            PacketView.V4_MAPPED_LO | client,
            40_000,
            0,
            PacketView.V4_MAPPED_LO | 99,
            443,
            PacketView.TCP),
        START,
        -1,
        0,
        new Identification(
            "audio-fa.scdn.co",
            new ServiceMatch(ServiceMatch.SPOTIFY, Role.AUDIO),
            Evidence.SNI,
            false));
  }

  private void packet(double seconds) {
    long at = at(seconds);
    windows.advance(at);
    sample(at, 1);
  }

  private void sample(long at, int client) {
    tracker.sample(audio(client), at, 1514, 1448, 1448, Direction.DOWN, 0, 0, 0);
  }

  private static long at(double seconds) {
    return START + Math.round(seconds * SECOND);
  }

  private List<Long> starts() {
    return recorder.windows.stream().map(w -> (w.startNanos() - START) / SECOND).toList();
  }

  @Test
  void windows_areAlignedToTheEpoch() {
    packet(0);
    packet(6.9);
    packet(7);
    packet(17);
    tracker.endAll();

    assertThat(starts()).containsExactly(-3L, 7L, 17L);
    assertThat(recorder.windows).extracting(WindowObservation::packets).containsExactly(2L, 1L, 1L);
    assertThat(recorder.windows)
        .extracting(WindowObservation::sequence)
        .containsExactly(0L, 1L, 2L);
    assertThat(recorder.windows.getFirst().bytesDown()).isEqualTo(2 * 1514);
    assertThat(recorder.windows.getFirst().audioBytes()).isEqualTo(2 * 1448);
    assertThat(recorder.seriesSizes).containsExactly(2, 1, 1);
    assertThat(recorder.ended).hasSize(1);
  }

  @Test
  void window_shorterThanASecond_isRefused() {
    assertThatThrownBy(() -> new WindowAggregator(SECOND - 1, recorder))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void window_isHandedOnAfterItsGrace() {
    packet(0);
    windows.advance(at(7));
    windows.advance(at(8.999));
    assertThat(recorder.windows).isEmpty();
    windows.advance(at(9));
    assertThat(starts()).containsExactly(-3L);
  }

  @Test
  void sample_withinTheGrace_joinsItsWindow() {
    packet(0);
    packet(8.9);
    sample(at(6.5), 1);
    windows.advance(at(9));

    assertThat(recorder.windows.getFirst().packets()).isEqualTo(2);
    assertThat(windows.lateSamples()).isZero();
  }

  @Test
  void sample_afterTheGrace_isCountedAndLeftOut() {
    packet(0);
    packet(9);
    sample(at(6.5), 1);
    tracker.endAll();

    assertThat(windows.lateSamples()).isEqualTo(1);
    assertThat(recorder.windows).extracting(WindowObservation::packets).containsExactly(1L, 1L);
  }

  /** The stream begins when its first flow is named, with packets that had waited for the name. */
  @Test
  void samples_thatWaitedForTheirName_standInTheirOwnWindows() {
    windows.advance(at(26));
    for (double seconds : new double[] {0, 6, 8, 15, 18, 26}) {
      sample(at(seconds), 1);
    }
    tracker.endAll();

    assertThat(starts()).containsExactly(-3L, 7L, 17L);
    assertThat(recorder.windows).extracting(WindowObservation::packets).containsExactly(2L, 2L, 2L);
  }

  @Test
  void stream_thatFallsSilent_hasWindowsUpToTheQuietBound() {
    packet(0);
    for (int i = 1; i < 300; i++) {
      windows.advance(at(i));
    }
    assertThat(starts()).containsExactly(-3L, 7L, 17L, 27L, 37L, 47L, 57L);
    assertThat(recorder.windows.getLast().packets()).isZero();

    packet(400);
    tracker.endAll();
    assertThat(starts()).endsWith(57L, 397L);
  }

  @Test
  void stream_thatSpeaksAgainAfterAGap_standsInTheWindowOfThePacket() {
    packet(0);
    packet(500);
    tracker.endAll();

    assertThat(starts()).containsExactly(-3L, 7L, 17L, 27L, 37L, 47L, 57L, 497L);
  }

  @Test
  void advance_byAYear_closesNoMoreThanTheQuietBound() {
    packet(0);
    windows.advance(at(365 * 86_400.0));
    assertThat(recorder.windows).hasSize(7);
    packet(365 * 86_400.0 + 1);
    tracker.endAll();

    assertThat(recorder.windows).hasSize(8);
    assertThat(recorder.windows.getLast().startNanos()).isGreaterThan(at(365 * 86_400.0 - 20));
  }

  @Test
  void resetClock_afterTheStreamsHaveEnded_startsAgainInThePast() {
    packet(0);
    tracker.endAll();
    windows.resetClock();
    packet(-7200);
    packet(-7190);
    tracker.endAll();

    assertThat(starts()).containsExactly(-3L, -7203L, -7193L);
  }

  @Test
  void context_isThatOfTheEndOfTheWindow() {
    packet(0);
    packet(5);
    packet(12);
    tracker.endAll();

    assertThat(recorder.windows.getFirst().context().elapsedSeconds()).isEqualTo(7.0);
    assertThat(recorder.windows.getFirst().context().sinceAudioSeconds()).isEqualTo(2.0);
    assertThat(recorder.windows.get(1).context().elapsedSeconds())
        .as("the input ends before the last window does")
        .isEqualTo(12.0);
  }

  /** Whoever else is on the wire drives the clock; a stream's windows must not depend on it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void windows_areTheSame_howeverTheClockAdvances(int seed) {
    List<String> alone = run(seed, 0);
    assertThat(run(seed, 1)).isEqualTo(alone);
    assertThat(run(seed, 30)).isEqualTo(alone);
  }

  private static List<String> run(int seed, int stepsBetween) {
    Random random = new Random(seed);
    Recorder seen = new Recorder();
    WindowAggregator aggregator = new WindowAggregator(WINDOW, seen);
    StreamTracker streams = new StreamTracker("test", aggregator);
    long clock = START;
    for (int i = 0; i < 400; i++) {
      long gap =
          switch (random.nextInt(20)) {
            case 0 -> random.nextLong(800 * SECOND);
            case 1, 2 -> random.nextLong(90 * SECOND);
            default -> random.nextLong(4 * SECOND);
          };
      long late = random.nextInt(10) == 0 ? random.nextLong(4 * SECOND) : 0;
      int client = 1 + random.nextInt(2);
      for (int step = 1; step <= stepsBetween; step++) {
        aggregator.advance(clock + gap * step / (stepsBetween + 1));
      }
      clock += gap;
      aggregator.advance(clock);
      streams.sample(audio(client), clock - late, 1514, 1448, 1448, Direction.DOWN, 0, 0, 0);
    }
    streams.endAll();
    assertThat(seen.windows).hasSizeGreaterThan(100);
    return seen.windows.stream().map(WindowAggregatorTest::text).toList();
  }

  private static String text(WindowObservation w) {
    return "%d+%d #%d: %d packets, %s"
        .formatted(
            w.stream().sequence(),
            (w.startNanos() - START) / SECOND,
            w.sequence(),
            w.packets(),
            w.context());
  }

  private static final class Recorder implements WindowListener {
    private final List<WindowObservation> windows = new ArrayList<>();
    private final List<Integer> seriesSizes = new ArrayList<>();
    private final List<StreamIdentity> ended = new ArrayList<>();

    @Override
    public void window(WindowObservation observation, PacketSeries packets) {
      windows.add(observation);
      seriesSizes.add(packets.size());
    }

    @Override
    public void ended(StreamIdentity stream, long lastNanos) {
      ended.add(stream);
    }
  }
}
