package io.earshot.models.classify;

import io.earshot.models.QualityClass;
import java.util.List;

/**
 * When a distribution over classes becomes a label; part of the manifest, chosen with the model.
 *
 * @param minConfidence the best class, or the classes of one file together, decide from this
 *     probability on
 * @param sameFile pairs that are judged as one class, because nearly all that both of them explain
 *     is one file: low and normal, on a desktop
 * @param pairConfidence an adjacent pair that contains the best class decides from this joint
 *     probability on
 * @param adjacentPairs pairs that share a file in one client and none in the others: the web
 *     player's 128 kbit/s, sold as normal or high
 * @param minAudioBytes audio payload below which no answer is given, bytes
 * @param maxCaptureLossRatio share of packets the capture may have missed
 */
public record OperatingThresholds(
    double minConfidence,
    List<Pair> sameFile,
    double pairConfidence,
    List<Pair> adjacentPairs,
    long minAudioBytes,
    double maxCaptureLossRatio) {

  /** Two neighbouring classes, the worse one first. */
  public record Pair(QualityClass worse, QualityClass better) {
    @SuppressWarnings("EnumOrdinal") // the classes are declared worst first
    public Pair {
      if (better.ordinal() != worse.ordinal() + 1) {
        throw new IllegalArgumentException(
            worse.label() + " and " + better.label() + " are not neighbours, worse first");
      }
    }

    boolean contains(QualityClass quality) {
      return quality == worse || quality == better;
    }
  }

  public OperatingThresholds {
    sameFile = List.copyOf(sameFile);
    adjacentPairs = List.copyOf(adjacentPairs);
    requireShare("min_confidence", minConfidence);
    requireShare("pair_confidence", pairConfidence);
    requireShare("max_capture_loss_ratio", maxCaptureLossRatio);
    if (minAudioBytes < 0) {
      throw new IllegalArgumentException("min_audio_bytes is negative: " + minAudioBytes);
    }
  }

  /**
   * The thresholds a model gets unless it is trained with others: 0.50, so that the class is
   * likelier than all others together, low and normal as one, 0.80 for normal with high, 300 kB
   * (two segments of a web player, half a track at 24 kbit/s), 5 % loss.
   */
  public static OperatingThresholds standard() {
    return new OperatingThresholds(
        0.50,
        List.of(new Pair(QualityClass.LOW, QualityClass.NORMAL)),
        0.80,
        List.of(new Pair(QualityClass.NORMAL, QualityClass.HIGH)),
        300_000,
        0.05);
  }

  private static void requireShare(String key, double value) {
    if (!(value >= 0.0 && value <= 1.0)) {
      throw new IllegalArgumentException(key + " must be from 0 to 1, is " + value);
    }
  }
}
