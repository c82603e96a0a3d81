package io.earshot.sensor.cli;

import io.earshot.models.simulate.Circumstance;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionSpec;
import io.earshot.models.simulate.SessionWishes;
import io.earshot.models.simulate.SimulatedDataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code earshot simulate}: listeners that never were, as captures with their truth. */
@Command(
    name = "simulate",
    description = "Writes captures of simulated listeners with labels.csv and timeline.csv.",
    mixinStandardHelpOptions = true)
final class SimulateCommand implements Callable<Integer> {
  @Option(names = "--out", required = true, paramLabel = "DIR", description = "An empty folder.")
  @SuppressWarnings("NullAway.Init")
  Path out;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      description = "How many; default ${DEFAULT-VALUE}.")
  int sessions = 20;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Same seed, same bytes; default ${DEFAULT-VALUE}.")
  long seed = 1;

  @Option(
      names = "--profile",
      paramLabel = "CLIENT",
      converter = ProfileName.class,
      split = ",",
      description =
          "Only these clients, in turn, for example desktop-2025,web-h1; 'help' names them all.")
  List<ClientProfile> profiles = List.of();

  @Option(
      names = "--link",
      paramLabel = "LINK",
      split = ",",
      description =
          "Only these access links, for example cable-100,dsl-3-bloat; 'help' names them all.")
  List<String> links = List.of();

  @Option(
      names = "--with",
      paramLabel = "WHAT",
      converter = CircumstanceName.class,
      split = ",",
      description =
          "What is true of every session, for example plain,dns-only; 'help' names them all.")
  List<Circumstance> circumstances = List.of();

  @Option(
      names = "--snaplen",
      paramLabel = "BYTES",
      description = "Bytes kept of every frame; default: headers and handshakes only.")
  int snaplen = SessionSpec.HEADERS_ONLY;

  @Option(names = "--overwrite", description = "DIR may hold files already.")
  boolean overwrite;

  @Override
  public Integer call() {
    if (sessions < 1) {
      throw new CommandFailure(ExitCode.USAGE, "--sessions must be 1 or more, is " + sessions);
    }
    SessionWishes wishes;
    try {
      wishes = new SessionWishes(profiles, links, circumstances);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "--link: " + e.getMessage());
    }
    StepProgress progress = new StepProgress("simulated", sessions);
    try {
      SimulatedDataset.write(
          out,
          sessions,
          seed,
          new SimulatedDataset.Options(snaplen, overwrite, wishes, progress::done));
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "cannot write the dataset: " + e.getMessage());
    }
    progress.end();
    System.out.println(out);
    return ExitCode.DONE;
  }

  /** Circumstances by their names. */
  static final class CircumstanceName implements ITypeConverter<Circumstance> {
    @Override
    public Circumstance convert(String value) {
      return named(value, Circumstance.values(), Circumstance::label);
    }
  }

  /** Profiles by the names that labels.csv has. */
  static final class ProfileName implements ITypeConverter<ClientProfile> {
    @Override
    public ClientProfile convert(String value) {
      return named(value, ClientProfile.values(), ClientProfile::label);
    }
  }

  private static <T> T named(String value, T[] all, Function<T, String> label) {
    return Arrays.stream(all)
        .filter(one -> label.apply(one).equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'"
                        + value
                        + "' is none of "
                        + Arrays.stream(all).map(label).collect(Collectors.joining(", "))));
  }
}
