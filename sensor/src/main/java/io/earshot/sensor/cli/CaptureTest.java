package io.earshot.sensor.cli;

import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.CaptureStats;
import io.earshot.sensor.capture.LiveOptions;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.config.Configuration;
import io.earshot.sensor.config.ConfigurationException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code earshot test capture}: opens each interface and looks at what it delivers. */
@Command(
    name = "capture",
    description =
        "Opens each interface of a configuration file, looks for a few seconds at what it delivers"
            + " and says what is wrong with that; one line per check.",
    mixinStandardHelpOptions = true)
final class CaptureTest implements Callable<Integer> {
  @Mixin ConfigurationOption file = new ConfigurationOption();

  @Option(
      names = {"-d", "--duration"},
      paramLabel = "TIME",
      converter = WindowLength.class,
      description = "How long to look at each interface; default 5s.")
  Duration duration = Duration.ofSeconds(5);

  private int exitCode = ExitCode.DONE;

  @Override
  public Integer call() throws ConfigurationException {
    Configuration.Capture capture = file.read().configuration().capture();
    for (String name : capture.interfaces()) {
      probe(capture, name);
    }
    return exitCode;
  }

  private void probe(Configuration.Capture capture, String name) {
    LiveOptions settings = capture.options();
    LiveOptions options =
        new LiveOptions(
            settings.snaplenBytes(),
            settings.bufferBytes(),
            duration,
            settings.bpfFilter(),
            settings.promiscuous(),
            settings.immediate(),
            settings.hardwareTime(),
            null);
    CaptureProbe probe = new CaptureProbe();
    try (PacketSource source = capture.engine().open(name, options)) {
      line("done", "open", name);
      source.run(probe);
      report(name, probe, source.stats());
    } catch (CaptureException e) {
      line("failed", "open", String.valueOf(e.getMessage()));
      exitCode = Math.max(exitCode, Earshot.exitCode(e));
    }
  }

  private void report(String name, CaptureProbe probe, CaptureStats stats) {
    line(
        probe.frames() == 0 ? "warning" : "done",
        "frames",
        probe.frames() == 0
            ? name
                + ": nothing came in %d s; is it the mirror's port, and is the mirror on?"
                    .formatted(duration.toSeconds())
            : "%s: %,d in %d s, %,d of them TCP or UDP"
                .formatted(name, probe.frames(), duration.toSeconds(), probe.decoded()));
    line(
        stats.kernelDropped() > 0 ? "warning" : "done",
        "drops",
        stats.kernelDropped() > 0
            ? "%s: the kernel dropped %,d frames; raise capture.buffer or capture.members"
                .formatted(name, stats.kernelDropped())
            : name + ": none");
    line(
        probe.large() > 0 ? "warning" : "done",
        "offload",
        probe.large() == 0
            ? name + ": no frame is larger than the MTU"
            : "%s: %,d frames are larger than a usual MTU%s; \"ethtool -K %s gro off lro off\""
                .formatted(
                    name,
                    probe.large(),
                    probe.merged() > 0
                        ? " and were merged by this host"
                        : " (jumbo frames, or merged)",
                    name));
    boolean oneSided = probe.pairs() > 0 && probe.oneSidedPairs() * 2 > probe.pairs();
    line(
        oneSided ? "warning" : "done",
        "directions",
        probe.pairs() == 0
            ? name + ": too little TCP to tell"
            : "%s: %,d of %,d pairs of hosts were seen in one direction only%s"
                .formatted(
                    name,
                    probe.oneSidedPairs(),
                    probe.pairs(),
                    oneSided ? "; mirror both directions to this port" : ""));
    if (stats.damage() != null) {
      line("warning", "interface", String.valueOf(stats.damage()));
    }
  }

  private static void line(String outcome, String what, String detail) {
    System.out.println("%-8s %-11s %s".formatted(outcome, what, detail));
  }
}
