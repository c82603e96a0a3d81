package io.earshot.sensor.cli;

import io.earshot.models.feature.FeatureExtractor;
import io.earshot.models.feature.FeatureSchema;
import io.earshot.models.feature.PacketSeries;
import io.earshot.models.feature.ReferenceStatistics;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.pipeline.Pipeline;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.WholeCaptureWindows;
import io.earshot.sensor.stream.StreamIdentity;
import io.earshot.sensor.window.WindowListener;
import io.earshot.sensor.window.WindowObservation;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code earshot features}: the numbers that the classifier sees, as CSV. */
@Command(
    name = "features",
    description = "Prints the features of every window as CSV.",
    mixinStandardHelpOptions = true)
final class FeaturesCommand implements Callable<Integer> {
  @Option(
      names = "--pcap",
      required = true,
      paramLabel = "FILE",
      description = "Capture file, pcap or pcapng.")
  @SuppressWarnings("NullAway.Init")
  Path pcap;

  @Option(
      names = "--window",
      paramLabel = "LENGTH",
      converter = WindowLength.class,
      description = "Length of a window; default 10s.")
  Duration window = PipelineSettings.DEFAULT_WINDOW;

  @Option(
      names = "--whole-capture",
      description =
          "One series of all IPv4 packets longer than 60 B: windows from the first packet, at least"
              + " 15 packets, last partial window left out; the 37 reference statistics only.")
  boolean wholeCapture;

  @Override
  public Integer call() throws CaptureException {
    WindowLength.requireUsable(window);
    PrintStream out = Terminals.bufferedStdout();
    try (PcapFileSource source = PcapFileSource.open(pcap)) {
      if (wholeCapture) {
        wholeCapture(source, out);
      } else {
        streams(source, out);
      }
    } finally {
      Terminals.flush(out);
    }
    return ExitCode.DONE;
  }

  private void wholeCapture(PcapFileSource source, PrintStream out) throws CaptureException {
    List<String> names =
        ReferenceStatistics.DEFINITIONS.stream().map(definition -> definition.name()).toList();
    out.println("window_start," + String.join(",", names));
    ReferenceStatistics statistics = new ReferenceStatistics();
    double[] values = new double[names.size()];
    WholeCaptureWindows windows =
        new WholeCaptureWindows(
            window.toNanos(),
            (startNanos, series) -> {
              statistics.compute(series, values, 0);
              out.println(AnalysisJson.instant(startNanos) + "," + csv(values));
            });
    source.run(windows);
  }

  private void streams(PcapFileSource source, PrintStream out) throws CaptureException {
    FeatureExtractor extractor = new FeatureExtractor();
    out.println("window_start,client," + String.join(",", FeatureSchema.standard().names()));
    Pipeline pipeline =
        new Pipeline(
            PipelineSettings.offline("earshot", window),
            new WindowListener() {
              @Override
              public void window(WindowObservation observation, PacketSeries packets) {
                out.println(
                    AnalysisJson.instant(observation.startNanos())
                        + ","
                        + AddressText.of(observation.stream().client())
                        + ","
                        + csv(extractor.extract(packets, observation.context())));
              }

              @Override
              public void ended(StreamIdentity stream, long lastNanos) {}
            },
            NameListener.NONE);
    source.run(pipeline);
    pipeline.finish();
  }

  private static String csv(double[] values) {
    return Arrays.stream(values).mapToObj(FeaturesCommand::number).collect(Collectors.joining(","));
  }

  /** Whole numbers without a fraction, others with every digit they have. */
  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
