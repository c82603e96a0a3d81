package io.earshot.sensor.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.feature.Direction;
import io.earshot.models.feature.FetchedObject;
import io.earshot.models.feature.StreamContext;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shapes of the wire notes, sections 1 and 2, packet by packet. */
class AudioObjectsTest {
  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000 * MILLI;
  private static final long START = 1_700_000_000L * SECOND;
  private static final int SEGMENT = 1_400;
  private static final long HEADERS = 450;

  private final AudioObjects objects = new AudioObjects();
  private long now = START;

  private void up(long flow, int payload, int fresh, boolean hello) {
    objects.sample(flow, now, payload, fresh, 0, Direction.UP, hello);
  }

  private void down(long flow, int payload, int fresh) {
    objects.sample(flow, now, payload, fresh, 0, Direction.DOWN, false);
  }

  private AudioObjectsTest pause(double seconds) {
    now += Math.round(seconds * SECOND);
    return this;
  }

  private AudioObjectsTest request(long flow, int bytes) {
    up(flow, bytes, bytes, false);
    return this;
  }

  /** An answer of so many bytes in equal steps, acknowledged on the way. */
  private AudioObjectsTest answer(long flow, long bytes, double seconds) {
    long step = Math.max(1, Math.round(seconds * SECOND / Math.max(1, bytes / SEGMENT)));
    for (long left = bytes; left > 0; left -= SEGMENT) {
      now += step;
      down(flow, SEGMENT, (int) Math.min(SEGMENT, left));
      up(flow, 0, 0, false);
    }
    return this;
  }

  private List<FetchedObject> finished() {
    pause(3);
    objects.completeIdle(now);
    return objects.evidence(START);
  }

  @Test
  void wholeTrack_inOneRange_isOneObject() {
    pause(5).request(1, 250).pause(0.03).answer(1, 3_900_000, 0.4);

    assertThat(objects.openBytes()).isEqualTo(3_900_000);
    FetchedObject track = only(finished());
    assertThat(track.bytes()).isEqualTo(3_900_000);
    assertThat(track.ranges()).isEqualTo(1);
    assertThat(track.requestBytes()).isEqualTo(250);
    assertThat(track.startSeconds()).isEqualTo(5.0);
    assertThat(track.durationSeconds()).isBetween(0.42, 0.44);
    assertThat(objects.audioBytes()).isEqualTo(3_900_000);
    assertThat(objects.openBytes()).isZero();
  }

  @Test
  void lossless_inRangesOf9MiB_isOneObject() {
    long range = 9_437_184 + HEADERS;
    request(1, 250).answer(1, range, 1);
    pause(0.05).request(1, 258).answer(1, range, 1);
    pause(0.05).request(1, 260).answer(1, 4_000_000, 0.5);

    FetchedObject track = only(finished());
    assertThat(track.bytes()).isEqualTo(2 * range + 4_000_000);
    assertThat(track.ranges()).isEqualTo(3);
    assertThat(track.firstRangeBytes()).isEqualTo(range);
    assertThat(track.largestRangeBytes()).isEqualTo(range);
  }

  @ParameterizedTest
  @ValueSource(ints = {524_288, 131_072, 65_536})
  void track_inChunks_isOneObject(int chunk) {
    for (int i = 0; i < 7; i++) {
      request(1 + i % 2, 240).answer(1 + i % 2, chunk + HEADERS, 0.2);
      pause(0.3);
    }
    request(1, 240).answer(1, chunk / 3, 0.1);

    FetchedObject track = only(finished());
    assertThat(track.ranges()).isEqualTo(8);
    assertThat(track.bytes()).isEqualTo(7 * (chunk + HEADERS) + chunk / 3);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void tracks_backToBack_areTwoObjects(long secondFlow) {
    request(1, 250).answer(1, 3_900_000, 0.4);
    pause(0.06).request(secondFlow, 250).answer(secondFlow, 4_300_000, 0.4);

    assertThat(finished())
        .extracting(FetchedObject::bytes)
        .containsExactlyInAnyOrder(3_900_000L, 4_300_000L);
    assertThat(objects.completedTotal()).isEqualTo(2);
  }

  @Test
  void track_whoseRangeHeaderGrows_isOneObject() {
    request(1, 250).answer(1, 5_000_000, 0.4);
    pause(0.1).request(1, 256).answer(1, 2_000_000, 0.2);

    FetchedObject track = only(finished());
    assertThat(track.bytes()).isEqualTo(7_000_000);
    assertThat(track.ranges()).isEqualTo(2);
  }

  @Test
  void track_whoseRangesComeOverTwoConnections_isOneObject() {
    request(1, 250).answer(1, 328_000, 0.1);
    pause(0.05).request(2, 256).answer(2, 1_004_000, 0.2);
    pause(0.05).request(1, 256).answer(1, 1_660_000, 0.2);

    FetchedObject track = only(finished());
    assertThat(track.bytes()).isEqualTo(2_992_000);
    assertThat(track.ranges()).isEqualTo(3);
  }

  @Test
  void tracks_inChunksBackToBack_areTwoObjects() {
    for (int track = 0; track < 2; track++) {
      for (int chunk = 0; chunk < 7; chunk++) {
        long bytes = chunk < 6 ? 512 * 1024 + HEADERS : 200_000;
        pause(0.1).request(1, chunk == 0 ? 250 : 256).answer(1, bytes, 0.05);
      }
    }

    assertThat(finished()).extracting(FetchedObject::ranges).containsExactly(7, 7);
  }

  @Test
  void track_inDatagramRangesOf9MiB_isOneObject() {
    request(1, 140).answer(1, 9_645_296, 0.8);
    pause(0.05).request(1, 131).answer(1, 1_032_000, 0.1);

    assertThat(only(finished()).bytes()).isEqualTo(10_677_296);
  }

  @Test
  void firstPiece_andTheRest_areOneObject() {
    request(1, 250).answer(1, 128 * 1024 + HEADERS, 0.1);
    pause(0.1).request(1, 250).answer(1, 3_800_000, 0.4);

    FetchedObject track = only(finished());
    assertThat(track.ranges()).isEqualTo(2);
    assertThat(track.firstRangeBytes()).isEqualTo(128 * 1024 + HEADERS);
  }

  @Test
  void rangesOfGrowingSize_afterAFirstOf64KiB_areOneObject() {
    int[] ranges = {66_900, 430_000, 1_570_000, 1_770_000, 740_000};
    for (int track = 0; track < 2; track++) {
      for (int range : ranges) {
        request(1, 130 + range % 17).pause(0.03).answer(1, range, 0.4);
      }
    }

    List<FetchedObject> tracks = finished();
    assertThat(tracks).hasSize(2);
    assertThat(tracks.getFirst().ranges()).isEqualTo(ranges.length);
    assertThat(tracks.getLast().bytes()).isEqualTo(Arrays.stream(ranges).sum());
  }

  @Test
  void rangesOfASlowLink_overTwoConnections_areOneObject() {
    for (int track = 0; track < 2; track++) {
      request(1, 603).answer(1, 67_053, 0.4);
      for (int range = 1; range < 8; range++) {
        request(1 + range % 2, 609 + range % 2).answer(1 + range % 2, 104_000 + 9_000 * range, 0.7);
      }
    }

    assertThat(finished()).extracting(FetchedObject::ranges).containsExactly(8, 8);
  }

  @Test
  void firstPiece_cutByAnotherRequest_stillOpensItsFile() {
    request(1, 134).answer(1, 4_741, 0.1);
    request(1, 140).answer(1, 65_259, 0.3);
    for (int range = 0; range < 5; range++) {
      request(1 + range % 2, 130 + range).answer(1 + range % 2, 102_000 + 20_000 * range, 0.5);
    }

    assertThat(only(finished()).ranges()).isEqualTo(7);
  }

  @Test
  void rangesThatStayAt64KiB_areOneObject() {
    for (int range = 0; range < 6; range++) {
      request(1, 130 + range).answer(1, 66_400 + range, 0.9);
    }

    assertThat(only(finished()).ranges()).isEqualTo(6);
  }

  /** A client that keeps two requests open on a connection with HTTP/2, and runs out once. */
  @Test
  void rangesAskedForBeforeTheLastIsComplete_areOneObject() {
    request(1, 253).pause(0.04).answer(1, 10_108, 0.02);
    for (int i = 0; i < 5; i++) {
      request(1, 130 + i).answer(1, 150_000 + 20_000 * i, 0.5);
    }
    pause(0.03).request(1, 141).pause(0.04).answer(1, 240_000, 0.7);

    assertThat(only(finished()).bytes()).isEqualTo(1_200_108);
  }

  @Test
  void filesAskedForOneByOne_overOneConnection_areObjectsOfTheirOwn() {
    request(1, 253).pause(0.04).answer(1, 1_010_000, 0.6);
    pause(0.03).request(1, 131).pause(0.04).answer(1, 1_150_000, 0.7);

    assertThat(finished()).hasSize(2);
  }

  @Test
  void segmentsOfAWebPlayer_askedForBackToBack_areObjectsOfTheirOwn() {
    for (long bytes : new long[] {20_000, 143_000, 55_000, 164_000, 165_000}) {
      pause(0.1).request(1, 700 + (int) (bytes / 20_000)).answer(1, bytes, 0.1);
    }

    assertThat(finished())
        .extracting(FetchedObject::bytes)
        .containsExactly(20_000L, 143_000L, 55_000L, 164_000L, 165_000L);
  }

  @Test
  void segmentsOfAWebPlayer_areObjectsOfTheirOwn() {
    for (int i = 0; i < 6; i++) {
      request(1, 600).answer(1, 161_000, 0.2).pause(9.8);
    }

    assertThat(finished()).hasSize(6).allMatch(o -> o.bytes() == 161_000 && o.ranges() == 1);
  }

  @Test
  void handshakeFlight_beforeARequest_isNoAudio() {
    up(1, 517, 517, true);
    pause(0.02).answer(1, 4_700, 0.001);
    up(1, 64, 64, false);
    pause(0.001).request(1, 250).answer(1, 1_000_000, 0.2);

    assertThat(objects.audioBytes()).isEqualTo(1_000_000);
    assertThat(only(finished()).bytes()).isEqualTo(1_000_000);
  }

  @Test
  void handshakeFlight_withNothingAfterIt_isNoAudio() {
    up(1, 517, 517, true);
    answer(1, 4_700, 0.001);

    assertThat(finished()).isEmpty();
    assertThat(objects.audioBytes()).isZero();
    assertThat(objects.openBytes()).isZero();
  }

  @Test
  void track_thatStallsFor20Seconds_isOneObject() {
    request(1, 250).answer(1, 2_000_000, 1);
    pause(20);
    objects.completeIdle(now);
    answer(1, 1_900_000, 1);

    FetchedObject track = only(finished());
    assertThat(track.bytes()).isEqualTo(3_900_000);
    assertThat(track.durationSeconds()).isBetween(21.9, 22.1);
    assertThat(objects.completedTotal()).isEqualTo(1);
  }

  @Test
  void bytes_seenTwice_countOnce() {
    request(1, 250);
    for (int i = 0; i < 100; i++) {
      now += MILLI;
      down(1, SEGMENT, SEGMENT);
      down(1, SEGMENT, 0);
    }
    up(1, 250, 0, false);

    assertThat(objects.audioBytes()).isEqualTo(100 * SEGMENT);
    assertThat(only(finished()).bytes()).isEqualTo(100 * SEGMENT);
  }

  @Test
  void bytes_whoseRequestWasNotCaptured_areAnObject() {
    pause(1).answer(1, 3_000_000, 0.5);

    FetchedObject track = only(finished());
    assertThat(track.bytes()).isEqualTo(3_000_000);
    assertThat(track.requestBytes()).isZero();
    assertThat(track.startSeconds()).isBetween(1.0, 1.01);
  }

  @Test
  void answers_ofAFewBytes_areNoObjects() {
    request(1, 250).answer(1, 600, 0.01);

    assertThat(finished()).isEmpty();
  }

  @Test
  void objects_beyondTheBound_forgetTheOldest() {
    int tracks = StreamContext.MAX_OBJECTS + 3;
    for (int i = 0; i < tracks; i++) {
      request(1, 250).answer(1, 1_000_000 + i, 0.3).pause(30);
    }

    List<FetchedObject> kept = finished();
    assertThat(kept).hasSize(StreamContext.MAX_OBJECTS);
    assertThat(kept.getFirst().bytes()).isEqualTo(1_000_003);
    assertThat(objects.completedTotal()).isEqualTo(tracks);
  }

  @Test
  void recentBytes_coverTheLastMinute() {
    request(1, 250).answer(1, 500_000, 0.5).pause(30);
    request(1, 250).answer(1, 700_000, 0.5);
    assertThat(objects.recentBytes(now)).isEqualTo(1_200_000);

    pause(31);
    assertThat(objects.recentBytes(now)).isEqualTo(700_000);
    pause(365 * 86_400.0);
    assertThat(objects.recentBytes(now)).isZero();
  }

  private static FetchedObject only(List<FetchedObject> list) {
    assertThat(list).hasSize(1);
    return list.getFirst();
  }
}
