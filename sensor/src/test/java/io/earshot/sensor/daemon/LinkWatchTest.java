package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On a folder like the kernel's. */
class LinkWatchTest {
  @TempDir Path interfaces;

  private void state(String state) throws IOException {
    Path folder = Files.createDirectories(interfaces.resolve("eth1"));
    Files.writeString(folder.resolve("operstate"), state + "\n");
  }

  @ParameterizedTest
  @CsvSource({
    "up,true",
    "unknown,true",
    "dormant,true",
    "down,false",
    "lowerlayerdown,false",
    "notpresent,false"
  })
  void look_atEachStateOfTheKernel_tellsWhetherFramesCanCome(String state, boolean up)
      throws IOException {
    LinkWatch watch = new LinkWatch(interfaces, "eth1");
    state(state);

    watch.look();

    assertThat(watch.up()).isEqualTo(up);
  }

  @Test
  void look_whenTheLinkComesBack_saysSo() throws IOException {
    LinkWatch watch = new LinkWatch(interfaces, "eth1");
    state("down");
    watch.look();
    state("up");

    watch.look();

    assertThat(watch.up()).isTrue();
  }

  @Test
  void look_atWhatTheKernelDoesNotList_countsAsUp() {
    LinkWatch watch = new LinkWatch(interfaces, "any");

    watch.look();

    assertThat(watch.up()).isTrue();
  }
}
