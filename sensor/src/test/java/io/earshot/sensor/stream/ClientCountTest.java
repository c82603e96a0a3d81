package io.earshot.sensor.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.enrichment.Role;
import io.earshot.models.feature.Direction;
import io.earshot.sensor.flow.FlowKey;
import io.earshot.sensor.identify.Evidence;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.identify.Identification;
import org.junit.jupiter.api.Test;

class ClientCountTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long START = 1_700_000_000L * SECOND;

  private final ClientCount count = new ClientCount();

  @Test
  void at_nothingSeen_isOne() {
    assertThat(count.at(START)).isEqualTo(1);
  }

  @Test
  void at_twoDealers_isTwo() {
    ping(1, 0, 0, 43, 40);
    ping(2, 20, 20, 43, 40);

    assertThat(count.at(at(30))).isEqualTo(2);
  }

  @Test
  void at_secondDealerOfOneClient_doesNotCount() {
    ping(1, 0, 0, 43, 40);
    ping(2, 1, 5, 28, 24);

    assertThat(count.at(at(30))).isEqualTo(1);
  }

  @Test
  void at_accessPointOpenedWithItsDealer_isTheSameClient() {
    ping(1, 0, 0, 43, 40);
    count.sample(flow(2, 3), Role.ACCESS_POINT, at(4), 60, Direction.UP);
    assertThat(count.at(at(30))).isEqualTo(1);

    count.sample(flow(3, 25), Role.ACCESS_POINT, at(26), 60, Direction.UP);
    assertThat(count.at(at(30))).isEqualTo(2);
  }

  @Test
  void at_dealerOpenedAnew_isTheSameClient() {
    ping(1, 0, 0, 43, 40);
    ping(2, 40, 40, 43, 40);

    assertThat(count.at(at(45))).isEqualTo(1);
  }

  @Test
  void at_aMissedPing_isForgivenToTheOnlyDealer() {
    ping(1, 0, 0, 43, 40);
    ping(2, 0, 0, 43, 40);

    assertThat(count.at(at(70))).isEqualTo(2);
    assertThat(count.at(at(100))).isEqualTo(1);
  }

  @Test
  void at_flowClosed_countsNoLonger() {
    ping(1, 0, 0, 43, 40);
    ping(2, 0, 0, 43, 40);
    count.flowClosed(2);

    assertThat(count.at(at(10))).isEqualTo(1);
  }

  @Test
  void at_answerWithoutPing_isNoSignOfLife() {
    ping(1, 0, 0, 43, 40);
    count.sample(flow(2, 0), Role.CONTROL, at(1), 40, Direction.DOWN);

    assertThat(count.at(at(10))).isEqualTo(1);
  }

  @Test
  void sample_moreConnectionsThanTheBound_forgetsTheOldest() {
    for (int id = 0; id < 200; id++) {
      ping(id, 0, 0, 43, 40);
    }

    assertThat(count.at(at(10))).isEqualTo(64);
  }

  private void ping(long flow, double opened, double seconds, int up, int down) {
    count.sample(flow(flow, opened), Role.CONTROL, at(seconds), up, Direction.UP);
    count.sample(flow(flow, opened), Role.CONTROL, at(seconds + 0.05), down, Direction.DOWN);
  }

  private static long at(double seconds) {
    return START + Math.round(seconds * SECOND);
  }

  private static FlowDescriptor flow(long id, double opened) {
    return new FlowDescriptor(
        id,
        new FlowKey(0, 1, 0, 2, 3, 443, 6),
        at(opened),
        -1,
        0,
        new Identification("gew1-dealer.spotify.com", null, Evidence.SNI, false));
  }
}
