package io.earshot.sensor.cli;

import io.earshot.enrichment.LearnedEndpointFile;
import io.earshot.enrichment.LearnedEndpoints;
import io.earshot.enrichment.ServiceCatalogue;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Options of every command that names flows: addresses learned before, services of the operator.
 */
final class KeptEndpoints {
  @Option(
      names = "--endpoints",
      paramLabel = "FILE",
      description =
          "Server addresses learned before: read at the start, replaced at the end. Without it"
              + " nothing outlives the run.")
  @Nullable Path file;

  @Option(
      names = "--services",
      paramLabel = "FILE",
      description = "Catalogue of further services (YAML); its entries come before the shipped.")
  @Nullable Path services;

  private @Nullable LearnedEndpoints endpoints;
  private @Nullable ServiceCatalogue catalogue;

  /** The settings with what is kept; all captures of a run share one memory of addresses. */
  PipelineSettings known(PipelineSettings settings) {
    if (file == null && services == null) {
      return settings;
    }
    if (endpoints == null) {
      endpoints = file == null ? new LearnedEndpoints() : read(file);
    }
    if (catalogue == null) {
      catalogue = services == null ? settings.catalogue() : catalogue(services, settings);
    }
    return settings.knowing(catalogue, file == null ? settings.endpoints() : endpoints);
  }

  /** Keeps what was learned; call at the end of the run. */
  void keep() {
    if (file != null && endpoints != null) {
      write(file, endpoints);
    }
  }

  private static ServiceCatalogue catalogue(Path services, PipelineSettings settings) {
    try (InputStream in = Files.newInputStream(services)) {
      return settings.catalogue().with(ServiceCatalogue.read(in));
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.CONFIGURATION, services + ": " + e.getMessage());
    }
  }

  static LearnedEndpoints read(Path file) {
    try {
      return new LearnedEndpointFile(file).read(Earshot::say);
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.CONFIGURATION, file + " cannot be read: " + e.getMessage());
    }
  }

  static void write(Path file, LearnedEndpoints endpoints) {
    try {
      new LearnedEndpointFile(file).write(endpoints);
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.CANNOT_CREATE, file + " cannot be written: " + e);
    }
  }
}
