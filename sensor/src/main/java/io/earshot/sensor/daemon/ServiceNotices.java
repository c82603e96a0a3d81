package io.earshot.sensor.daemon;

import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the service manager is told and when: ready, how it goes, reloading, stopping, and that no
 * thread is stuck. Owner: the supervising thread. Source: sd_notify(3), sd_watchdog_enabled(3).
 */
final class ServiceNotices implements AutoCloseable {
  private final @Nullable NotifySocket socket;
  private final @Nullable Duration watchdog;
  private String status = "";
  private long lastPingNanos;
  private boolean pinged;

  /**
   * @param environment variables by name
   * @param pid number of this process
   */
  ServiceNotices(Function<String, @Nullable String> environment, long pid) {
    socket = NotifySocket.of(environment.apply("NOTIFY_SOCKET"));
    watchdog = socket == null ? null : watchdog(environment, pid);
  }

  private static @Nullable Duration watchdog(
      Function<String, @Nullable String> environment, long pid) {
    String micros = environment.apply("WATCHDOG_USEC");
    String whose = environment.apply("WATCHDOG_PID");
    if (micros == null
        || !micros.matches("[1-9]\\d{0,14}")
        || (whose != null && !whose.equals(Long.toString(pid)))) {
      return null;
    }
    return Duration.ofNanos(Long.parseLong(micros) * 1000);
  }

  /** Time after which a process without a ping is killed, null where nobody watches. */
  @Nullable Duration watchdog() {
    return watchdog;
  }

  void ready(String text) {
    status = text;
    send("READY=1\nSTATUS=" + text);
  }

  /** How it goes, in a line; sent where it differs from the last. */
  void status(String text) {
    if (!text.equals(status)) {
      status = text;
      send("STATUS=" + text);
    }
  }

  /**
   * @param monotonicNanos the monotonic clock, which {@code Type=notify-reload} wants
   */
  void reloading(long monotonicNanos) {
    send("RELOADING=1\nMONOTONIC_USEC=" + monotonicNanos / 1000);
  }

  void stopping() {
    send("STOPPING=1");
  }

  /** Pings the watchdog four times in its time, but only while no thread is stuck. */
  void watch(boolean alive, long nowNanos) {
    Duration within = watchdog;
    if (within != null && alive && (!pinged || nowNanos - lastPingNanos >= within.toNanos() / 4)) {
      pinged = true;
      lastPingNanos = nowNanos;
      send("WATCHDOG=1");
    }
  }

  private void send(String state) {
    if (socket != null) {
      boolean _ = socket.send(state);
    }
  }

  @Override
  public void close() {
    if (socket != null) {
      socket.close();
    }
  }
}
