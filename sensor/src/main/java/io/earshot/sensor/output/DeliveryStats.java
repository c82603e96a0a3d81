package io.earshot.sensor.output;

import java.util.EnumMap;
import java.util.Map;

/**
 * What became of the documents; {@code made + recovered = delivered + spooled + deadLettered +
 * dropped} holds for every instance.
 *
 * @param made documents that the sink took over
 * @param recovered documents that an earlier run had left in the spool
 * @param delivered documents that are where they belong
 * @param duplicates of the delivered ones, how many were there already (resent after a lost answer)
 * @param spooled documents that wait for delivery
 * @param deadLettered documents that the other side refused for good
 * @param droppedBy documents that were given up undelivered, by reason
 */
public record DeliveryStats(
    long made,
    long recovered,
    long delivered,
    long duplicates,
    long spooled,
    long deadLettered,
    Map<DropReason, Long> droppedBy) {
  /** Nothing happened yet. */
  static final DeliveryStats NONE = new DeliveryStats(0, 0, 0, 0, 0, 0, Map.of());

  public DeliveryStats {
    droppedBy = Map.copyOf(droppedBy);
    long dropped = sum(droppedBy);
    if (made + recovered != delivered + spooled + deadLettered + dropped
        || duplicates > delivered) {
      throw new IllegalArgumentException(
          "made %d + recovered %d is not delivered %d (duplicates %d) + spooled %d + dead-lettered %d + dropped %d"
              .formatted(made, recovered, delivered, duplicates, spooled, deadLettered, dropped));
    }
  }

  /** Documents that were given up, whatever the reason. */
  public long dropped() {
    return sum(droppedBy);
  }

  /**
   * The figures of this sink and of the one that took its place, on the same spool or none: what
   * the former left there the latter found.
   */
  public DeliveryStats then(DeliveryStats next) {
    Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
    drops.putAll(droppedBy);
    next.droppedBy.forEach((reason, count) -> drops.merge(reason, count, Long::sum));
    return new DeliveryStats(
        made + next.made,
        recovered + next.recovered - Math.min(spooled, next.recovered),
        delivered + next.delivered,
        duplicates + next.duplicates,
        next.spooled + spooled - Math.min(spooled, next.recovered),
        deadLettered + next.deadLettered,
        drops);
  }

  private static long sum(Map<DropReason, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** One line: made, delivered and so on. */
  public String text() {
    return "%,d made, %,d recovered, %,d delivered (%,d were there already), %,d wait, %,d refused, %,d dropped"
        .formatted(made, recovered, delivered, duplicates, spooled, deadLettered, dropped());
  }

  /**
   * The figures while they change. Several threads; each change is seen whole or not at all.
   *
   * <p>What waits is the difference of the others, so it can be held against the spool's own count.
   */
  static final class Ledger {
    private long made;
    private long recovered;
    private long delivered;
    private long duplicates;
    private long deadLettered;
    private final Map<DropReason, Long> droppedBy = new EnumMap<>(DropReason.class);

    synchronized void made() {
      made++;
    }

    synchronized void recovered(long documents) {
      recovered += documents;
    }

    synchronized void delivered(long documents, long ofThemDuplicates) {
      delivered += documents;
      duplicates += ofThemDuplicates;
    }

    synchronized void deadLettered() {
      deadLettered++;
    }

    synchronized void dropped(DropReason reason, long documents) {
      droppedBy.merge(reason, documents, Long::sum);
    }

    synchronized DeliveryStats snapshot() {
      long spooled = made + recovered - delivered - deadLettered - sum(droppedBy);
      return new DeliveryStats(
          made, recovered, delivered, duplicates, spooled, deadLettered, droppedBy);
    }
  }
}
