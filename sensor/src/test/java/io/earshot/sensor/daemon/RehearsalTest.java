package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.sensor.identify.Evidence;
import io.earshot.sensor.pipeline.PipelineCounters;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RehearsalTest {
  private static final Duration NO_HURRY = Duration.ofMinutes(5);

  @Test
  void end_ofTwoRounds_hasReadEveryHelloTwiceAndFoundNothingOdd() {
    PipelineCounters once = Rehearsal.begin(1, NO_HURRY).end();
    PipelineCounters twice = Rehearsal.begin(once.framesReceived() + 1, NO_HURRY).end();

    assertThat(once.brokenLaws()).isEmpty();
    assertThat(once.weird()).isEmpty();
    assertThat(once.skipped()).isEmpty();
    assertThat(once.hellosGivenUp() + once.hellosMalformed() + once.dnsMalformed()).isZero();
    assertThat(once.flowsNamed().get(Evidence.SNI)).isPositive();
    assertThat(once.spotifyFlows()).isPositive();
    assertThat(once.foreignPackets()).isGreaterThan(once.framesReceived() / 3);
    assertThat(twice.framesReceived()).isEqualTo(2 * once.framesReceived());
    assertThat(twice.flowsOpened()).isEqualTo(2 * once.flowsOpened());
    assertThat(twice.spotifyFlows()).isEqualTo(2 * once.spotifyFlows());
    assertThat(twice.wrongTimes()).isZero();
  }

  @Test
  void end_whenItsTimeIsUp_isNotWaitedForLonger() {
    PipelineCounters counters = Rehearsal.begin(Long.MAX_VALUE, Duration.ZERO).end();

    assertThat(counters.brokenLaws()).isEmpty();
  }
}
