package io.earshot.sensor.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.QualityClass;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.models.simulate.SessionSpec;
import io.earshot.models.simulate.SessionTruth;
import io.earshot.models.train.Stage;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MilestonesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long START = 1_700_000_000L * SECOND;
  private static final SessionSpec.Quality HIGH =
      new SessionSpec.Quality(160, QualityClass.HIGH, List.of(QualityClass.HIGH));
  private static final SessionSpec.Quality NORMAL =
      new SessionSpec.Quality(
          96, QualityClass.NORMAL, List.of(QualityClass.LOW, QualityClass.NORMAL));

  @Test
  void of_fourTracks_firstThirdAndEnd() {
    SessionTruth truth =
        truth(
            ClientProfile.DESKTOP_2025,
            null,
            track(0, 100, false),
            track(100, 200, false),
            track(200, 300, false),
            track(300, 400, false));

    assertThat(Milestones.of(truth, "192.0.2.1"))
        .containsExactly(
            milestone(Stage.FIRST_TRACK, 100 * SECOND, HIGH),
            milestone(Stage.THREE_TRACKS, 300 * SECOND, HIGH),
            milestone(Stage.END, 400 * SECOND - 1, HIGH));
  }

  @Test
  void of_cachedSkippedAndEarlierTracks_doNotCount() {
    SessionTruth truth =
        truth(
            ClientProfile.DESKTOP_2025,
            null,
            track(0, 100, true),
            track(100, 120, false),
            new SessionTruth.Track(
                START + 120 * SECOND, START + 200 * SECOND, 200, false, 4_000_000, START - SECOND),
            track(200, 300, false),
            track(300, 400, false));

    assertThat(Milestones.of(truth, "192.0.2.1"))
        .containsExactly(milestone(Stage.FIRST_TRACK, 300 * SECOND, HIGH));
  }

  @Test
  void of_changeOfQuality_twoTracksAfterIt() {
    SessionTruth truth =
        truth(
            ClientProfile.DESKTOP_2025,
            new SessionSpec.QualityChange(100 * SECOND, NORMAL),
            track(0, 90, false),
            track(90, 200, false),
            track(200, 260, false),
            track(260, 350, false),
            track(350, 400, false));

    assertThat(Milestones.of(truth, "192.0.2.1"))
        .containsExactly(
            milestone(Stage.FIRST_TRACK, 90 * SECOND, HIGH),
            milestone(Stage.TWO_TRACKS_AFTER_CHANGE, 350 * SECOND, NORMAL));
  }

  @Test
  void of_webPlayer_minuteOfPlaybackWithoutPauses() {
    SessionTruth truth =
        new SessionTruth(
            spec(ClientProfile.WEB_H1, null),
            List.of(
                interval(0, 10, false, false),
                interval(10, 50, false, true),
                interval(50, 90, true, true),
                interval(90, 400, false, true)),
            List.of(track(0, 200, false), track(200, 400, false)),
            0,
            0);

    assertThat(Milestones.of(truth, "192.0.2.1"))
        .containsExactly(
            milestone(Stage.THREE_TRACKS, 110 * SECOND, HIGH),
            milestone(Stage.END, 400 * SECOND - 1, HIGH));
  }

  @Test
  void of_webPlayerWhoseTrackWasFetchedBefore_countsFromTheNextTrack() {
    SessionTruth truth =
        new SessionTruth(
            spec(ClientProfile.WEB_H3, null),
            List.of(interval(0, 400, false, true)),
            List.of(
                new SessionTruth.Track(
                    START, START + 200 * SECOND, 300, false, 4_000_000, START - 100 * SECOND),
                track(200, 230, false),
                track(230, 400, false)),
            0,
            0);

    assertThat(Milestones.of(truth, "192.0.2.1"))
        .containsExactly(
            milestone(Stage.THREE_TRACKS, 260 * SECOND, HIGH),
            milestone(Stage.END, 400 * SECOND - 1, HIGH));
  }

  private static TruthMilestone milestone(Stage stage, long after, SessionSpec.Quality quality) {
    return new TruthMilestone(
        stage, "192.0.2.1", START + after, quality.label(), Set.copyOf(quality.acceptable()));
  }

  private static SessionTruth truth(
      ClientProfile profile,
      SessionSpec.@Nullable QualityChange change,
      SessionTruth.Track... tracks) {
    return new SessionTruth(
        spec(profile, change), List.of(interval(0, 400, false, true)), List.of(tracks), 0, 0);
  }

  private static SessionTruth.Interval interval(
      long from, long to, boolean paused, boolean audioSoFar) {
    return new SessionTruth.Interval(
        START + from * SECOND,
        START + to * SECOND,
        audioSoFar ? HIGH.label() : null,
        HIGH,
        false,
        paused,
        audioSoFar);
  }

  private static SessionTruth.Track track(long from, long to, boolean cached) {
    return new SessionTruth.Track(
        START + from * SECOND,
        START + to * SECOND,
        to - from,
        cached,
        cached ? 0 : 4_000_000,
        cached ? -1 : START + from * SECOND);
  }

  private static SessionSpec spec(
      ClientProfile profile, SessionSpec.@Nullable QualityChange change) {
    SessionSpec drawn = SessionGenerator.draw(1, 1, profile);
    return new SessionSpec(
        1,
        1,
        List.of(new SessionSpec.Listener(profile, HIGH, 0, 0, 0, 0, 0, false, false, change)),
        drawn.link(),
        "192.0.2.1",
        START,
        400 * SECOND,
        drawn.quirks(),
        List.of(),
        null);
  }
}
