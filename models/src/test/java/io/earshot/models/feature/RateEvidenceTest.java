package io.earshot.models.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateEvidenceTest {
  private static final double[] LENGTHS = {187, 243, 160, 291, 214, 178, 255, 203, 232};

  private static final int HIGHEST = RateEvidence.RATES.length - 1;

  private final RateEvidence evidence = new RateEvidence();

  @Test
  void compute_nothing_saysNothing() {
    evidence.compute(new double[0], new double[0], 0, 0, List.of());

    assertThat(evidence.largest()).isZero();
    assertThat(evidence.log2Probability(0)).isEqualTo(RateEvidence.LEAST_LOG2);
  }

  @Test
  void compute_oneTrackOfMedianLength_leansByThePrior() {
    evidence.compute(new double[] {3}, new double[] {bytes(320, 200)}, 1, 0, List.of());

    assertThat(likeliest()).isEqualTo(320);
    assertThat(evidence.largest()).isBetween(0.4, 0.9);
  }

  @Test
  void compute_aTrackStillComing_isAtLeastSoLarge() {
    evidence.compute(new double[0], new double[0], 0, 400_000, List.of());
    double early = evidence.largest();
    evidence.compute(new double[0], new double[0], 0, 25_000_000, List.of());

    assertThat(early).isLessThan(0.4);
    assertThat(likeliest()).isEqualTo(1000);
    assertThat(evidence.largest()).isGreaterThan(0.6);
  }

  @Test
  void compute_whatIsStillComing_movesTheTracksBeforeIt() {
    double[] one = {bytes(160, 200)};
    evidence.compute(new double[] {3}, one, 1, 0, List.of());
    double before = evidence.log2Probability(HIGHEST);
    evidence.compute(new double[] {3}, one, 1, 30_000_000, List.of());

    assertThat(evidence.log2Probability(HIGHEST)).isGreaterThan(before);
  }

  @Test
  void compute_tracksFetchedTwoAhead_areTimedByLaterGaps() {
    evidence.compute(startsTwoAhead(), sizes(160, 0, 9), 7, 0, List.of());

    assertThat(likeliest()).isEqualTo(160);
    assertThat(evidence.largest()).isGreaterThan(0.95);
  }

  /** A client that plays tracks of 512 KiB pieces, and skips so often that gaps tell little. */
  @Test
  void compute_sizesOfAChunk_areNotTracks() {
    double[] starts = {0, 22.5, 45, 67.5, 80, 102.5, 125, 131, 153.5, 176};
    double[] bytes = new double[starts.length];
    Arrays.fill(bytes, 525_500);

    evidence.compute(starts, bytes, bytes.length, 0, List.of());

    assertThat(likeliest()).isEqualTo(160);
    assertThat(evidence.paced()).isGreaterThan(0.9);
  }

  @Test
  void compute_gapsHiddenByTheCache_trackChangesTimeThem() {
    // Every second track is cached: the times between objects are those of two tracks.
    double[] starts = new double[3];
    double[] bytes = new double[3];
    Double[] changes = new Double[LENGTHS.length];
    double at = 0;
    for (int track = 0; track < LENGTHS.length; track++) {
      changes[track] = at;
      if (track < 6 && track % 2 == 0) {
        starts[track / 2] = at + 5;
        bytes[track / 2] = bytes(96, LENGTHS[track + 2]);
      }
      at += LENGTHS[track];
    }

    evidence.compute(starts, bytes, 3, 0, Arrays.asList(changes));

    assertThat(likeliest()).isEqualTo(96);
    assertThat(evidence.byChanges()).isGreaterThan(0.9);
  }

  @Test
  void compute_segmentsOfTenSeconds_tellTheWebPlayersBitrates() {
    double[] starts = new double[6];
    double[] bytes = new double[6];
    for (int i = 0; i < 6; i++) {
      starts[i] = 4.0 * i;
      bytes[i] = 128 * 125 * 10 * 1.02 + 900 * i;
    }

    evidence.compute(starts, bytes, 6, 0, List.of());

    assertThat(likeliest()).isEqualTo(128);
    assertThat(evidence.largest()).isGreaterThan(0.99);
    assertThat(evidence.segments()).isGreaterThan(0.9);
  }

  @Test
  void compute_chunksAtThePaceOfPlayback_tellTheirRate() {
    double[] starts = new double[8];
    double[] bytes = new double[8];
    for (int i = 0; i < 8; i++) {
      starts[i] = i * 131_072 / (160 * 125 * 1.05);
      bytes[i] = 131_500;
    }

    evidence.compute(starts, bytes, 8, 0, List.of());

    assertThat(likeliest()).isEqualTo(160);
  }

  @Test
  void compute_burstsAtTheStartOfATrack_lastAsManyPieces() {
    // Four pieces of 512 KiB at once, then one whenever one has been played: 96 kbit/s.
    double piece = 524_288;
    double each = piece / (96 * 125 * 1.05);
    double[] starts = {5, 5 + each, 5 + 2 * each, 5 + 3 * each, 263, 263 + each, 263 + 2 * each};
    double[] bytes = {4 * piece, piece, piece, piece, 4 * piece, piece, piece};

    evidence.compute(starts, bytes, 7, 0, List.of());

    assertThat(likeliest()).isEqualTo(96);
    assertThat(evidence.largest()).isGreaterThan(0.9);
    assertThat(evidence.paced()).isGreaterThan(0.9);
  }

  @Test
  void compute_afterAChangeOfQuality_twoTracksAreEnough() {
    double[] bytes = sizes(96, 0, 5);
    bytes = Arrays.copyOf(bytes, 7);
    bytes[5] = bytes(320, LENGTHS[5]);
    bytes[6] = bytes(320, LENGTHS[6]);

    evidence.compute(startsTwoAhead(), bytes, 7, 0, List.of());

    assertThat(likeliest()).isEqualTo(320);
    assertThat(evidence.largest()).isGreaterThan(0.6);
  }

  /** A simulated session that was taken for 160 kbit/s as long as its tracks were independent. */
  @Test
  void compute_listOfLongTracks_isNotAHigherBitrate() {
    double[] starts = {6, 9, 12, 277, 649};
    double[] bytes = new double[starts.length];
    double[] lengths = {269, 375, 360, 292, 391};
    Arrays.setAll(bytes, i -> bytes(96, lengths[i]));

    evidence.compute(starts, bytes, bytes.length, 0, List.of(6.0, 273.0, 645.0, 996.0));

    assertThat(likeliest()).isEqualTo(96);
    assertThat(evidence.largest()).isGreaterThan(0.9);
  }

  @Test
  void compute_trackIsOverBeforeTheNextFetch_coversTellItsEnd() {
    double[] starts = {0, 0.3, 5};
    double[] bytes = {bytes(96, 290), bytes(96, 180), bytes(96, 320)};
    evidence.compute(starts, bytes, 3, 0, List.of(0.0));
    double during = evidence.log2Probability(1);
    evidence.compute(starts, bytes, 3, 0, List.of(0.0, 290.0));

    assertThat(evidence.log2Probability(1)).isGreaterThan(during + 0.5);
  }

  @Test
  void compute_twoFilesBackToBack_mayBeAnotherQuality() {
    double[] bytes = {
      bytes(96, 187), bytes(96, 243), bytes(96, 160), bytes(320, 291), bytes(320, 214)
    };
    evidence.compute(new double[] {0, 190, 430, 595, 610}, bytes, 5, 0, List.of());
    double apart = evidence.log2Probability(5);
    evidence.compute(new double[] {0, 190, 430, 595, 600}, bytes, 5, 0, List.of());

    assertThat(evidence.log2Probability(5)).isGreaterThan(apart);
  }

  /** Two tracks at once, the third five seconds later, then one per track that begins. */
  private static double[] startsTwoAhead() {
    double[] starts = new double[7];
    starts[1] = 0.3;
    starts[2] = 5;
    double at = 5;
    for (int i = 3; i < 7; i++) {
      at += LENGTHS[i - 3];
      starts[i] = at;
    }
    return starts;
  }

  private static double[] sizes(int kbps, int from, int to) {
    double[] sizes = new double[to - from];
    for (int i = from; i < to; i++) {
      sizes[i - from] = bytes(kbps, LENGTHS[i]);
    }
    return sizes;
  }

  private static double bytes(int kbps, double seconds) {
    return kbps * 125 * seconds * 1.08 + 90_000;
  }

  private int likeliest() {
    int best = 0;
    for (int r = 1; r < RateEvidence.RATES.length; r++) {
      if (evidence.log2Probability(r) > evidence.log2Probability(best)) {
        best = r;
      }
    }
    return RateEvidence.RATES[best];
  }
}
