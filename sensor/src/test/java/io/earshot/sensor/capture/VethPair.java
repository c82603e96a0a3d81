package io.earshot.sensor.capture;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Two virtual interfaces: the sensor's end here, the sender's in a network namespace of its own, so
 * that nobody else speaks on them.
 */
public final class VethPair {
  private final long pid = ProcessHandle.current().pid() % 1_000_000;
  private final String namespace = "earshot-" + pid;
  private final String sensorEnd = "ear" + pid + "a";
  private final String senderEnd = "ear" + pid + "b";

  private VethPair() {}

  /** Makes the pair, or skips the test that asks where this machine cannot. */
  public static VethPair make() throws IOException, InterruptedException {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "skipped: a network namespace needs root");
    for (String tool : new String[] {"ip", "tcpreplay"}) {
      assumeTrue(installed(tool), "skipped: " + tool + " is not installed");
    }
    VethPair pair = new VethPair();
    assumeTrue(
        pair.run("ip", "netns", "add", pair.namespace) == 0,
        "skipped: no network namespace can be made here");
    pair.connect();
    return pair;
  }

  /** Makes the interfaces, also after {@link #removeInterfaces}. */
  public void connect() throws IOException, InterruptedException {
    must("ip", "link", "add", sensorEnd, "type", "veth", "peer", "name", senderEnd);
    must("ip", "link", "set", senderEnd, "netns", namespace);
    // Without an address of its own neither end says anything.
    must("ip", "link", "set", sensorEnd, "addrgenmode", "none");
    must("ip", "-n", namespace, "link", "set", senderEnd, "addrgenmode", "none");
    up();
    must("ip", "-n", namespace, "link", "set", senderEnd, "up");
  }

  public void removeInterfaces() throws IOException, InterruptedException {
    must("ip", "link", "delete", sensorEnd);
  }

  public void down() throws IOException, InterruptedException {
    must("ip", "link", "set", sensorEnd, "down");
  }

  public void up() throws IOException, InterruptedException {
    must("ip", "link", "set", sensorEnd, "up");
  }

  /** True once a packet socket listens on the sensor's end. */
  public boolean isListenedOn() throws IOException {
    String index = Files.readString(Path.of("/sys/class/net", sensorEnd, "ifindex")).strip();
    return Files.readAllLines(Path.of("/proc/net/packet")).stream()
        .map(line -> line.strip().split("\\s+"))
        .anyMatch(fields -> fields.length > 4 && fields[4].equals(index));
  }

  public String sensorEnd() {
    return sensorEnd;
  }

  /** Sends a capture once, with the speed option of tcpreplay. */
  public void send(Path capture, String speed) throws IOException, InterruptedException {
    must(
        "ip",
        "netns",
        "exec",
        namespace,
        "tcpreplay",
        "-q",
        "-i",
        senderEnd,
        speed,
        capture.toString());
  }

  public static boolean installed(String tool) {
    String path = String.valueOf(System.getenv("PATH")) + ":/usr/sbin:/sbin";
    return Arrays.stream(path.split(":")).anyMatch(dir -> Files.isExecutable(Path.of(dir, tool)));
  }

  private void must(String... command) throws IOException, InterruptedException {
    if (run(command) != 0) {
      throw new AssertionError(String.join(" ", command) + " failed");
    }
  }

  private int run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (a, b) -> a + ":" + b);
    Process process = builder.start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(String.join(" ", command) + " did not come to an end");
    }
    return process.exitValue();
  }

  /** Takes everything away that was made. */
  public void remove() throws IOException, InterruptedException {
    run("ip", "link", "delete", sensorEnd);
    run("ip", "netns", "delete", namespace);
  }
}
