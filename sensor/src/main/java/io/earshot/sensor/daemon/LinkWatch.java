package io.earshot.sensor.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether an interface is up and has a link; a change is said once in the log. Without this a
 * capture from an interface that is down looks like one without traffic.
 *
 * <p>Owner: the capture thread; {@link #up} from any. Source: Linux,
 * Documentation/networking/operstates.rst.
 */
final class LinkWatch {
  private static final Logger LOG = LoggerFactory.getLogger(LinkWatch.class);

  private final String name;
  private final Path state;
  private volatile boolean up = true;

  /** Watches nothing where the name is none of the kernel's, such as libpcap's {@code any}. */
  LinkWatch(Path interfaces, String name) {
    this.name = name;
    state = interfaces.resolve(name).resolve("operstate");
  }

  /** Takes a look; what cannot be read counts as it did before. */
  void look() {
    boolean now;
    try {
      now =
          switch (Files.readString(state).strip()) {
            case "up", "unknown", "dormant" -> true;
            default -> false;
          };
    } catch (IOException e) {
      return; // gone; the source waits for it, or it never was the kernel's
    }
    if (now != up) {
      up = now;
      if (now) {
        LOG.info("{} has a link again", name);
      } else {
        LOG.warn(
            "{} is down or without a link, nothing comes from it; try 'ip link set {} up' and look at the cable",
            name,
            name);
      }
    }
  }

  /** False where it is down or without a link. */
  boolean up() {
    return up;
  }
}
