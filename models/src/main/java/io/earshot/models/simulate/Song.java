package io.earshot.models.simulate;

/** A track or episode of the playlist: its length and the size of its file per quality. */
final class Song {
  final int index;
  final double seconds;
  final int album;
  private final double share;
  private final double extraBytes;
  private final double losslessKbps;
  private final double cacheDraw;
  private final double cachedShare;
  private final Dice dice;

  Song(int index, double seconds, int album, double losslessKbps, double cachedShare, Dice dice) {
    this.index = index;
    this.seconds = seconds;
    this.album = album;
    this.losslessKbps = losslessKbps;
    this.cachedShare = cachedShare;
    this.dice = dice;
    share = dice.uniform(1.03, 1.15);
    extraBytes = dice.uniform(64_000, 128_000);
    cacheDraw = dice.unit();
  }

  /**
   * Size of the file.
   *
   * <p>Nominal bitrate × length × 1.03–1.15 plus 64–128 kB; the same song at 96, 160 and 320 kbit/s
   * was measured as 1 : 1.70 : 3.39.
   */
  long bytes(int kbps) {
    double factor =
        switch (kbps) {
          case 160 -> share * 1.02;
          case 320 -> share * 1.017;
          case SessionSpec.Quality.LOSSLESS_KBPS -> losslessKbps / kbps;
          default -> share;
        };
    return Math.round(kbps * 125.0 * seconds * factor + extraBytes);
  }

  /** Whether the client has the file of this quality; the first quality asked for decides most. */
  boolean cached(int kbps, int firstKbps) {
    double draw = kbps == firstKbps ? cacheDraw : dice.split(kbps).unit();
    double chance = kbps == firstKbps || cachedShare == 1 ? cachedShare : cachedShare * 0.3;
    return draw < chance;
  }
}
