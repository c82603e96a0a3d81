package io.earshot.sensor.cli;

import io.earshot.sensor.config.ConfigurationException;
import io.earshot.sensor.config.ConfigurationFile;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The configuration file, as commands take it. */
final class ConfigurationOption {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Configuration file; default ${DEFAULT-VALUE}.")
  Path path = Path.of("/etc/earshot/earshot.yml");

  ConfigurationFile read() throws ConfigurationException {
    return read(path);
  }

  static ConfigurationFile read(Path path) throws ConfigurationException {
    return ConfigurationFile.read(path, System::getenv);
  }
}
