package io.earshot.sensor.capture;

import io.earshot.sensor.capture.CaptureException.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What both live engines tell the operator. */
final class LiveFailures {
  private LiveFailures() {}

  static CaptureException noInterface(
      String interfaceName, List<String> there, @Nullable Throwable cause) {
    String known = there.isEmpty() ? "none can be seen" : "there are " + String.join(", ", there);
    return new CaptureException(
        Kind.UNREADABLE, "no interface '" + interfaceName + "': " + known, cause);
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
