package io.earshot.models.simulate;

import java.util.List;

/**
 * A kind of access link; each session draws its own values within it.
 *
 * <p>Rates in Mbit/s, times in milliseconds, losses in percent, queue in milliseconds at the access
 * rate. The ranges together cover 1–450 Mbit/s, 5–250 ms, 0–5 % loss, shallow and bloated queues.
 */
record LinkFamily(
    String id,
    double down,
    double up,
    double rttLow,
    double rttHigh,
    double lossLow,
    double lossHigh,
    double jitter,
    double queueLow,
    double queueHigh,
    double wander,
    int mssLow,
    int mssHigh,
    double tapDelay) {
  static final List<LinkFamily> ALL =
      List.of(
          new LinkFamily("campus-450", 450, 450, 5, 12, 0, 0, 0.02, 5, 30, 0, 1460, 1460, 0.05),
          new LinkFamily("fibre-450", 450, 200, 6, 18, 0, 0.01, 0.05, 5, 40, 0, 1440, 1460, 0.1),
          new LinkFamily("fibre-250", 250, 50, 6, 25, 0, 0.02, 0.05, 10, 60, 0, 1440, 1460, 0.1),
          new LinkFamily(
              "fibre-150-far", 150, 50, 40, 110, 0, 0.05, 0.2, 20, 80, 0, 1452, 1460, 0.1),
          new LinkFamily("cable-100", 100, 10, 12, 30, 0, 0.05, 1, 60, 300, 0.05, 1460, 1460, 0.3),
          new LinkFamily("cable-200", 200, 20, 10, 30, 0, 0.05, 1, 40, 200, 0.05, 1460, 1460, 0.3),
          new LinkFamily(
              "cable-50-bloat", 50, 5, 15, 40, 0, 0.05, 2, 400, 1200, 0.05, 1460, 1460, 0.3),
          new LinkFamily("vdsl-50", 50, 10, 12, 28, 0, 0.02, 0.2, 30, 150, 0, 1452, 1452, 0.2),
          new LinkFamily("vdsl-100", 100, 40, 10, 25, 0, 0.02, 0.2, 30, 120, 0, 1452, 1452, 0.2),
          new LinkFamily("dsl-16", 16, 1, 22, 50, 0, 0.1, 0.5, 60, 300, 0, 1452, 1452, 0.2),
          new LinkFamily("dsl-6", 6, 0.7, 28, 60, 0, 0.2, 0.5, 80, 500, 0, 1440, 1452, 0.2),
          new LinkFamily("dsl-3-bloat", 3, 0.5, 30, 70, 0, 0.2, 1, 500, 1500, 0, 1452, 1452, 0.2),
          new LinkFamily("dsl-1", 1.3, 0.4, 35, 80, 0, 0.2, 1, 150, 600, 0, 1452, 1452, 0.2),
          new LinkFamily("wifi-80", 80, 60, 8, 30, 0.05, 0.6, 2, 30, 150, 0.25, 1460, 1460, 2),
          new LinkFamily("wifi-25-lossy", 25, 20, 10, 40, 0.5, 2.5, 4, 30, 200, 0.4, 1448, 1460, 4),
          new LinkFamily("hotel-10", 10, 5, 20, 70, 0.2, 1.5, 4, 40, 400, 0.2, 1380, 1460, 3),
          new LinkFamily("cafe-4-lossy", 4, 2, 25, 80, 0.5, 3, 5, 60, 400, 0.3, 1400, 1460, 4),
          new LinkFamily("lte-60", 60, 20, 28, 60, 0, 0.2, 3, 60, 400, 0.3, 1360, 1428, 14),
          new LinkFamily("lte-20-lossy", 20, 8, 35, 90, 0.2, 1.5, 5, 80, 600, 0.4, 1340, 1420, 18),
          new LinkFamily("lte-5-edge", 5, 2, 45, 120, 0.1, 1, 8, 150, 1200, 0.5, 1340, 1420, 22),
          new LinkFamily("nr-300", 300, 60, 14, 35, 0, 0.1, 1.5, 20, 120, 0.25, 1360, 1460, 6),
          new LinkFamily("hspa-3", 3, 1, 60, 150, 0.1, 1, 10, 200, 1500, 0.4, 1360, 1410, 30),
          new LinkFamily("vpn-40", 40, 20, 30, 120, 0, 0.3, 1, 30, 200, 0.05, 1228, 1380, 0.2),
          new LinkFamily("leo-120", 120, 15, 28, 65, 0.1, 1, 5, 30, 150, 0.25, 1400, 1460, 0.3),
          new LinkFamily("sat-25-far", 25, 4, 190, 250, 0, 0.4, 4, 100, 600, 0.05, 1360, 1460, 0.3),
          new LinkFamily("train-8-lossy", 8, 3, 50, 160, 1, 5, 10, 80, 500, 0.5, 1340, 1420, 3),
          new LinkFamily("wan-30-shallow", 30, 30, 15, 60, 0, 0.1, 0.2, 3, 12, 0, 1400, 1460, 0.1),
          new LinkFamily(
              "rural-2-lossy", 2, 0.6, 50, 120, 0.3, 2, 3, 100, 600, 0.1, 1412, 1452, 0.3));

  /** Draws a link for an audio stream of this rate; keeps links that could not carry it away. */
  static LinkSpec draw(Dice dice, double kbps) {
    while (true) {
      LinkFamily family = ALL.get(dice.between(0, ALL.size() - 1));
      LinkSpec link = family.session(dice);
      if (link.downBitsPerSecond() < 2500 * kbps) {
        continue;
      }
      double wanted = 2500 * kbps;
      if (link.mathisBitsPerSecond() < wanted) {
        double share = link.mathisBitsPerSecond() / wanted;
        link = link.withLossDown(link.lossDown() * share * share);
      }
      return link;
    }
  }

  LinkSpec session(Dice dice) {
    double rate = down * dice.uniform(0.8, 1.0);
    double rtt = dice.uniform(rttLow, rttHigh);
    double loss = dice.uniform(lossLow, lossHigh) / 100;
    double queue = dice.uniform(queueLow, queueHigh);
    boolean stretched = dice.chance(0.35);
    int every = stretched ? dice.between(3, 16) : dice.chance(0.05) ? 1 : 2;
    boolean before = dice.chance(0.2);
    double tap = tapDelay * dice.logNormal(1, 0.4);
    return new LinkSpec(
        id,
        Math.round(rate * 1e6),
        Math.round(up * dice.uniform(0.8, 1.0) * 1e6),
        Math.round(rtt * 1e6),
        loss,
        loss * dice.uniform(0, 0.4),
        before ? 1 : dice.uniform(0, 1),
        Math.round(jitter * dice.uniform(0.3, 1.2) * 1e6),
        dice.chance(0.08) ? dice.uniform(0.0005, 0.005) : 0,
        (int) Math.max(24_000, Math.min(30e6, queue * rate * 125)),
        wander,
        dice.between(mssLow, mssHigh),
        every,
        stretched ? dice.millis(0.2, 1.5) : dice.millis(38, 44),
        Math.min(Math.round(tap * 1e6), Math.round(rtt * 0.3 * 1e6)),
        before);
  }
}
