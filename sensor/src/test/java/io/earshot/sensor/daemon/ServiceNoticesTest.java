package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real socket, as systemd has it. */
class ServiceNoticesTest {
  private static final long PID = 4711;
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path folder;

  private static ServiceNotices notices(String socket, Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("NOTIFY_SOCKET", socket);
    return new ServiceNotices(environment::get, PID);
  }

  @Test
  void messages_toASocketWithAPath_arriveInTheirOrder() throws Throwable {
    String path = folder.resolve("notify").toString();
    try (NotifyPeer peer = new NotifyPeer(path);
        ServiceNotices notices = notices(path, Map.of())) {
      notices.ready("3 streams");
      notices.status("3 streams");
      notices.status("4 streams");
      notices.reloading(5_000_000);
      notices.stopping();

      assertThat(peer.receive()).isEqualTo("READY=1\nSTATUS=3 streams");
      assertThat(peer.receive()).as("said already").isEqualTo("STATUS=4 streams");
      assertThat(peer.receive()).isEqualTo("RELOADING=1\nMONOTONIC_USEC=5000");
      assertThat(peer.receive()).isEqualTo("STOPPING=1");
      assertThat(peer.receive()).isEmpty();
    }
  }

  @Test
  void messages_toAnAbstractName_arrive() throws Throwable {
    String name = "@earshot-test-" + ProcessHandle.current().pid();
    try (NotifyPeer peer = new NotifyPeer(name);
        ServiceNotices notices = notices(name, Map.of())) {
      notices.ready("");
      assertThat(peer.receive()).startsWith("READY=1");
    }
  }

  @Test
  void messages_whereNobodyListens_areNothing() {
    try (ServiceNotices gone = notices(folder.resolve("nobody").toString(), Map.of());
        ServiceNotices none = new ServiceNotices(_ -> null, PID);
        ServiceNotices strange = notices("vsock:2:1", Map.of("WATCHDOG_USEC", "1000000"))) {
      gone.ready("");
      none.ready("");
      strange.ready("");
      assertThat(strange.watchdog()).isNull();
    }
  }

  @Test
  void watchdog_ofAnotherProcess_isNotOurs() throws Throwable {
    String path = folder.resolve("notify").toString();
    try (NotifyPeer _ = new NotifyPeer(path);
        ServiceNotices ours =
            notices(path, Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "4711"));
        ServiceNotices others =
            notices(path, Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "1"))) {
      assertThat(ours.watchdog()).isEqualTo(Duration.ofSeconds(30));
      assertThat(others.watchdog()).isNull();
    }
  }

  /** Twenty seconds of a stage that beats for ten: the pings end half the watchdog's time later. */
  @Test
  void watchdog_whenAStageIsStuck_isNotPingedAnyMore() throws Throwable {
    String path = folder.resolve("notify").toString();
    try (NotifyPeer peer = new NotifyPeer(path);
        ServiceNotices notices = notices(path, Map.of("WATCHDOG_USEC", "8000000"))) {
      StageWatch watch = new StageWatch(4 * SECOND);
      long[] beats = new long[1];
      watch.add("capture-eth1", () -> beats[0], 0);
      watch.add("analysis", System::nanoTime, 0);
      StringBuilder pinged = new StringBuilder();
      for (int second = 0; second < 20; second++) {
        if (second < 10) {
          beats[0]++;
        }
        notices.watch(watch.look(second * SECOND), second * SECOND);
        pinged.append(peer.receive().equals("WATCHDOG=1") ? '!' : '.');
      }

      assertThat(pinged.toString()).isEqualTo("!.!.!.!.!.!.!.......");
      assertThat(watch.stuck()).isEqualTo("the thread capture-eth1 has been stuck for 10 s");
      beats[0]++;
      assertThat(watch.look(20 * SECOND)).as("it beats again").isTrue();
      notices.watch(true, 20 * SECOND);
      assertThat(peer.receive()).isEqualTo("WATCHDOG=1");
    }
  }
}
