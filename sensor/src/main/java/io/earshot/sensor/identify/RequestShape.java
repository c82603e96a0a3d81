package io.earshot.sensor.identify;

import io.earshot.models.feature.Direction;

/**
 * How a flow without a name asks and is answered: a second sign beside its server's address.
 *
 * <p>Two shapes were measured on clients of the service. Audio: one request of some hundred bytes
 * brings tens of kilobytes and more; the requests of one native connection differ in length by a
 * few digits only, the web player's are longer and bring no more than a segment. Dealer: every 30 s
 * a TLS record of 38 bytes up and one of 35 down, or 23 and 19. Neither is proof: other services
 * ask in the same way. Source: the wire notes, sections 1, 2, 4.
 *
 * <p>Owner: the capture thread. Holds a few numbers, allocates nothing per packet.
 */
final class RequestShape {
  /** Shorter requests are pings or control, longer ones carry a body. */
  private static final int MIN_REQUEST_BYTES = 280;

  private static final int MAX_REQUEST_BYTES = 840;

  /** Client segments below this acknowledge, ping or update a window: no request. */
  private static final int MIN_ASKING_BYTES = 90;

  /** The least that an exchange of audio brings: a chunk of 64 KiB, ten seconds at 48 kbit/s. */
  private static final long MIN_ANSWER_BYTES = 60_000;

  /** Requests of one native connection differ by the digits of a range and the name of a file. */
  private static final int REQUEST_SPREAD_BYTES = 16;

  /** Those of the web player are 610–800 bytes long and bring ten seconds at 256 kbit/s at most. */
  private static final int MIN_WEB_REQUEST_BYTES = 600;

  private static final long MAX_WEB_ANSWER_BYTES = 600_000;

  /** Payloads of the dealer's keep-alive: records of 38 and 35 bytes, or 23 and 19, plus 5. */
  private static final int[] PING_BYTES = {43, 28};

  private static final int[] PONG_BYTES = {40, 24};
  private static final long PONG_NANOS = 2_000_000_000L;

  private int requestBytes;
  private int usualBytes;
  private long answerBytes;
  private boolean webExchange;
  private int audioExchanges;
  private int largeAnswers;
  private int otherExchanges;
  private int pinged = -1;
  private long pingNanos;
  private boolean heartbeat;

  /** Takes a packet with payload that had not been seen before. */
  void offer(long tsNanos, int newBytes, Direction direction) {
    if (direction == Direction.UP) {
      up(tsNanos, newBytes);
    } else {
      down(tsNanos, newBytes);
    }
  }

  private void up(long tsNanos, int newBytes) {
    pinged = newBytes == PING_BYTES[0] ? 0 : newBytes == PING_BYTES[1] ? 1 : -1;
    pingNanos = tsNanos;
    if (newBytes < MIN_ASKING_BYTES) {
      return;
    }
    if (answerBytes > 0) {
      if (requestBytes > 0 && answerBytes < MIN_ANSWER_BYTES) {
        otherExchanges++;
      }
      requestBytes = 0;
      answerBytes = 0;
    }
    requestBytes += newBytes;
  }

  private void down(long tsNanos, int newBytes) {
    if (pinged >= 0 && newBytes == PONG_BYTES[pinged] && tsNanos - pingNanos < PONG_NANOS) {
      heartbeat = true;
    }
    pinged = -1;
    long before = answerBytes;
    answerBytes += newBytes;
    if (before < MIN_ANSWER_BYTES && answerBytes >= MIN_ANSWER_BYTES) {
      answered();
    }
    if (before <= MAX_WEB_ANSWER_BYTES && answerBytes > MAX_WEB_ANSWER_BYTES && webExchange) {
      webExchange = false;
      audioExchanges--;
      otherExchanges++;
    }
  }

  private void answered() {
    webExchange = false;
    largeAnswers += requestBytes > 0 && requestBytes <= MAX_REQUEST_BYTES ? 1 : 0;
    if (requestBytes < MIN_REQUEST_BYTES || requestBytes > MAX_REQUEST_BYTES) {
      otherExchanges++;
      return;
    }
    boolean usual = Math.abs(requestBytes - usualBytes) <= REQUEST_SPREAD_BYTES;
    usualBytes = requestBytes;
    webExchange = !usual && requestBytes >= MIN_WEB_REQUEST_BYTES;
    if (usual || webExchange || audioExchanges == 0) {
      audioExchanges++;
    } else {
      otherExchanges++;
    }
  }

  /** Exchanges that look like audio; 0 while as many others were seen. */
  int audioExchanges() {
    return audioExchanges > otherExchanges ? audioExchanges : 0;
  }

  /** Requests of any length that brought as much as audio does; HTTP/2 makes them short. */
  int largeAnswers() {
    return largeAnswers;
  }

  /** A keep-alive of the dealer was seen. */
  boolean heartbeat() {
    return heartbeat;
  }

  /** Grows with every sign: as long as it stays, nothing new can be concluded. */
  int signs() {
    return audioExchanges + otherExchanges + (heartbeat ? 1 : 0);
  }
}
