package io.earshot.sensor.cli;

import io.earshot.models.classify.ActiveModel;
import io.earshot.models.classify.ModelBundle;
import io.earshot.models.feature.PacketSeries;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.dataset.LabelledCapture;
import io.earshot.sensor.dataset.SimulatedCapture;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.pipeline.Pipeline;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.StreamAnalyst;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.stream.StreamIdentity;
import io.earshot.sensor.window.WindowListener;
import io.earshot.sensor.window.WindowObservation;
import java.util.ArrayList;
import java.util.List;

/**
 * How many windows one core turns into verdicts in a second: features, model, accumulation.
 *
 * <p>The windows are those of simulated listeners, in the mix in which they come: most of them hold
 * no new evidence and repeat their stream's verdict. They are kept in memory and shown again to a
 * fresh analyst each round; what comes before (packets to windows) is not in the figure.
 */
final class ClassificationSpeed {
  private static final long SEED = 4_711;
  private static final int SESSIONS = 60;
  private static final int MAX_PACKETS = 4_000_000;
  private static final int EXPLAINED = 3;
  private static final long WARM_NANOS = 4_000_000_000L;
  private static final long MEASURE_NANOS = 5_000_000_000L;

  private record Window(WindowObservation observation, PacketSeries packets) {}

  /**
   * What was measured.
   *
   * @param windowsPerSecond windows in the mix in which they come
   * @param askedMicros cost of a window with new evidence, in which the model is asked, µs
   * @param explainedMicros the same with the three features that weighed most, µs
   */
  record Result(double windowsPerSecond, double askedMicros, double explainedMicros) {}

  private ClassificationSpeed() {}

  static Result measure(ModelBundle bundle, PipelineSettings settings) throws CaptureException {
    List<Window> windows = windows(settings);
    List<Window> asked =
        windows.stream().filter(window -> StreamAnalyst.weight(window.observation()) > 0).toList();
    return new Result(
        perSecond(windows, bundle, 0),
        1e6 / perSecond(asked, bundle, 0),
        1e6 / perSecond(asked, bundle, EXPLAINED));
  }

  private static double perSecond(List<Window> windows, ModelBundle bundle, int explained) {
    rounds(windows, bundle, explained, WARM_NANOS);
    return rounds(windows, bundle, explained, MEASURE_NANOS);
  }

  private static double rounds(
      List<Window> windows, ModelBundle bundle, int explained, long nanos) {
    VerdictListener nobody = VerdictListener.nobody();
    long count = 0;
    long start = System.nanoTime();
    long now = start;
    while (now - start < nanos) {
      StreamAnalyst analyst = new StreamAnalyst(new ActiveModel(bundle, explained), nobody);
      for (Window window : windows) {
        analyst.window(window.observation(), window.packets());
      }
      count += windows.size();
      now = System.nanoTime();
    }
    return count / ((now - start) / 1e9);
  }

  private static List<Window> windows(PipelineSettings settings) throws CaptureException {
    List<Window> windows = new ArrayList<>();
    WindowListener keeper =
        new WindowListener() {
          @Override
          public void window(WindowObservation observation, PacketSeries packets) {
            windows.add(new Window(observation, copy(packets)));
          }

          @Override
          public void ended(StreamIdentity stream, long lastNanos) {}
        };
    for (LabelledCapture capture : SimulatedCapture.draw(SEED, 1, SESSIONS)) {
      try (PacketSource source = capture.open()) {
        Pipeline pipeline = new Pipeline(settings, keeper, NameListener.NONE);
        source.run(pipeline);
        pipeline.finish();
      }
      long packets = windows.stream().mapToLong(window -> window.packets().size()).sum();
      if (packets > MAX_PACKETS) {
        break;
      }
    }
    return windows;
  }

  private static PacketSeries copy(PacketSeries packets) {
    PacketSeries copy = new PacketSeries(Math.max(1, packets.size()));
    for (int i = 0; i < packets.size(); i++) {
      copy.add(
          packets.tsNanos(i),
          packets.frameBytes(i),
          packets.payloadBytes(i),
          packets.direction(i),
          packets.audio(i),
          packets.retransmission(i));
    }
    return copy;
  }
}
