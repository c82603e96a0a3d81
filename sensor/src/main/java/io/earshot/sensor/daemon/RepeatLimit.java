package io.earshot.sensor.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Lets each message through a few times a minute and counts the rest: a sensor in trouble must not
 * fill the disk with it. When a minute is over, the first message that comes says how many were
 * left out. Remembers the last {@value #MOST_MESSAGES} messages. Safe for all threads.
 */
public final class RepeatLimit extends TurboFilter {
  static final int TIMES_A_MINUTE = 5;
  private static final int MOST_MESSAGES = 256;
  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final String LEFT_OUT = "{} more messages like the next one were left out";

  private final LongSupplier nanoClock;
  private final Map<String, Seen> messages =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Seen> eldest) {
          return size() > MOST_MESSAGES;
        }
      };

  private static final class Seen {
    private long sinceNanos;
    private long times;
  }

  /** Made by the log's configuration. */
  public RepeatLimit() {
    this(System::nanoTime);
  }

  RepeatLimit(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] params,
      @Nullable Throwable t) {
    if (format == null
        || format.equals(LEFT_OUT)
        || !level.isGreaterOrEqual(logger.getEffectiveLevel())) {
      return FilterReply.NEUTRAL;
    }
    long leftOut = 0;
    synchronized (messages) {
      long now = nanoClock.getAsLong();
      Seen seen = messages.computeIfAbsent(logger.getName() + '\n' + format, _ -> new Seen());
      if (seen.times == 0 || now - seen.sinceNanos >= MINUTE_NANOS) {
        leftOut = Math.max(0, seen.times - TIMES_A_MINUTE);
        seen.sinceNanos = now;
        seen.times = 0;
      }
      if (++seen.times > TIMES_A_MINUTE) {
        return FilterReply.DENY;
      }
    }
    if (leftOut > 0) {
      logger.warn(LEFT_OUT, leftOut);
    }
    return FilterReply.NEUTRAL;
  }
}
