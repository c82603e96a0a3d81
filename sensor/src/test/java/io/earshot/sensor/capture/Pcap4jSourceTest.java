package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.earshot.sensor.capture.Pcap4jSource.Options;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class Pcap4jSourceTest {
  private static final Options OPTIONS = new Options(256, 1 << 20, null, null, false, true);

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
    assertThatThrownBy(() -> new Options(0, 1, null, null, true, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("snaplenBytes");
    assertThatThrownBy(() -> new Options(262_145, 1, null, null, true, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("snaplenBytes");
    assertThatThrownBy(() -> new Options(96, 0, null, null, true, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bufferBytes");
    assertThatThrownBy(() -> new Options(96, 1, Duration.ZERO, null, true, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxDuration");
  }
}
