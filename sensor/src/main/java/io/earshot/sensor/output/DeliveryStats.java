package io.earshot.sensor.output;

/**
 * What became of the documents; {@code made = delivered + spooled + deadLettered + dropped} holds
 * for every instance.
 *
 * @param made documents that the sink took over
 * @param delivered documents that are where they belong
 * @param duplicates of the delivered ones, how many were there already (resent after a lost answer)
 * @param spooled documents that wait for delivery
 * @param deadLettered documents that the other side refused for good
 * @param dropped documents that were given up undelivered
 */
public record DeliveryStats(
    long made, long delivered, long duplicates, long spooled, long deadLettered, long dropped) {
  public DeliveryStats {
    if (made != delivered + spooled + deadLettered + dropped || duplicates > delivered) {
      throw new IllegalArgumentException(
          "made %d is not delivered %d (duplicates %d) + spooled %d + dead-lettered %d + dropped %d"
              .formatted(made, delivered, duplicates, spooled, deadLettered, dropped));
    }
  }
}
