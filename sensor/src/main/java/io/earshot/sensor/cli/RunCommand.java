package io.earshot.sensor.cli;

import io.earshot.models.classify.ModelBundleException;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.config.ConfigurationException;
import io.earshot.sensor.daemon.Daemon;
import io.earshot.sensor.daemon.Rehearsal;
import io.earshot.sensor.output.DeliveryException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code earshot run}: the sensor as a service. */
@Command(
    name = "run",
    description = {
      "Listens on the interfaces of a configuration file until SIGTERM or Ctrl-C.",
      "SIGHUP reads the file again, SIGUSR1 logs how it goes."
    },
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Mixin ConfigurationOption file = new ConfigurationOption();

  @Override
  public Integer call()
      throws ConfigurationException, CaptureException, ModelBundleException, DeliveryException {
    Rehearsal rehearsal = Rehearsal.begin();
    Daemon daemon;
    try {
      daemon = new Daemon(file.path, file.read(), Version.text(), System::getenv, rehearsal);
    } catch (CaptureException e) {
      if (e.kind() == CaptureException.Kind.BAD_FILTER) {
        throw ConfigurationException.of("capture.filter: " + e.getMessage());
      }
      throw e;
    } catch (DeliveryException e) {
      throw new CommandFailure(ExitCode.CANNOT_CREATE, String.valueOf(e.getMessage()));
    }
    try {
      return daemon.run() ? ExitCode.DONE : ExitCode.SOFTWARE;
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CONFIGURATION,
          "metrics.listen: "
              + e.getMessage()
              + "; another program has the address, or this machine has not: name another one, or off");
    }
  }
}
