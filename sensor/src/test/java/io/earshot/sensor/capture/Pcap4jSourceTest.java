package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class Pcap4jSourceTest {
  private static final LiveOptions OPTIONS =
      new LiveOptions(256, 1 << 20, null, null, false, true, false, null);

  @Test
  void open_unknownInterface_listsThoseThereAre() {
    try (Pcap4jSource source = Pcap4jSource.open("nosuchif0", OPTIONS)) {
      throw new AssertionError(source.name() + " was opened");
    } catch (CaptureException e) {
      String message = String.valueOf(e.getMessage());
      assumeFalse(message.startsWith("libpcap is missing"), message);
      assertThat(e.kind()).isEqualTo(CaptureException.Kind.UNREADABLE);
      assertThat(message).startsWith("no interface 'nosuchif0': ").doesNotContain("\n");
    }
  }

  @Test
  void options_outsideTheirRange_areRefused() {
    assertThatThrownBy(() -> new LiveOptions(0, 1, null, null, true, true, false, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("snaplenBytes");
    assertThatThrownBy(() -> new LiveOptions(262_145, 1, null, null, true, true, false, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("snaplenBytes");
    assertThatThrownBy(() -> new LiveOptions(96, 0, null, null, true, true, false, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bufferBytes");
    assertThatThrownBy(() -> new LiveOptions(96, 1, Duration.ZERO, null, true, true, false, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxDuration");
  }
}
