package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RepeatLimitTest {
  private long now;
  private final LoggerContext context = new LoggerContext();
  private final ListAppender<ILoggingEvent> seen = new ListAppender<>();
  private final Logger log = context.getLogger("test");

  RepeatLimitTest() {
    context.addTurboFilter(new RepeatLimit(() -> now));
    seen.start();
    log.addAppender(seen);
    log.setLevel(Level.INFO);
  }

  private List<String> messages() {
    return seen.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void decide_ofTheSameMessageInAMinute_letsAFewThroughAndThenSaysHowManyWereLeftOut() {
    for (int i = 0; i < 12; i++) {
      log.warn("lost {}", i);
    }
    log.warn("something else");
    now = Duration.ofSeconds(61).toNanos();
    log.warn("lost {}", 12);

    assertThat(messages())
        .containsExactly(
            "lost 0",
            "lost 1",
            "lost 2",
            "lost 3",
            "lost 4",
            "something else",
            "7 more messages like the next one were left out",
            "lost 12");
  }

  @Test
  void decide_ofAMessageBelowTheLevel_neitherShowsNorCountsIt() {
    for (int i = 0; i < 12; i++) {
      log.debug("detail");
    }
    log.setLevel(Level.DEBUG);
    log.debug("detail");
    assertThat(messages()).containsExactly("detail");
  }
}
