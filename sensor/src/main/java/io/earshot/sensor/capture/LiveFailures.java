package io.earshot.sensor.capture;

import io.earshot.sensor.capture.CaptureException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What both live engines tell the operator. */
final class LiveFailures {
  private LiveFailures() {}

  /**
   * There is no such interface.
   *
   * @param seen names that the engine knows, for a system that does not list its interfaces
   */
  static CaptureException noInterface(
      String interfaceName, List<String> seen, @Nullable Throwable cause) {
    List<String> kernel = interfaces();
    List<String> there = kernel.isEmpty() ? seen : kernel;
    String known = there.isEmpty() ? "none can be seen" : "there are " + String.join(", ", there);
    return new CaptureException(
        Kind.UNREADABLE, "no interface '" + interfaceName + "': " + known, cause);
  }

  /** The kernel's interfaces; libpcap's list also has devices that nobody mirrors to. */
  private static List<String> interfaces() {
    try (Stream<Path> all = Files.list(Path.of("/sys/class/net"))) {
      return all.map(path -> String.valueOf(path.getFileName())).sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  static CaptureException noPermission(String interfaceName, Throwable cause) {
    return new CaptureException(
        Kind.NO_PERMISSION,
        "no permission to capture on "
            + interfaceName
            + ": run as root, or hand over the capability CAP_NET_RAW (setpriv --ambient-caps, or"
            + " AmbientCapabilities=CAP_NET_RAW in a systemd unit)",
        cause);
  }
}
