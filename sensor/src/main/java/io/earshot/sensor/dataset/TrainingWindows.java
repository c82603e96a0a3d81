package io.earshot.sensor.dataset;

import io.earshot.models.feature.FeatureExtractor;
import io.earshot.models.feature.PacketSeries;
import io.earshot.models.train.LabelledWindow;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.identify.NameListener;
import io.earshot.sensor.pipeline.Pipeline;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.StreamAnalyst;
import io.earshot.sensor.stream.StreamIdentity;
import io.earshot.sensor.window.WindowListener;
import io.earshot.sensor.window.WindowObservation;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows to train on: the windows of labelled captures in which new evidence came, through the
 * same stages as in operation.
 *
 * <p>A window without new evidence is never shown to the model in operation and so is none to learn
 * from. All windows of a session together weigh as much as those of any other.
 */
public final class TrainingWindows {
  private TrainingWindows() {}

  /**
   * The rows of one capture; empty where nothing in it is labelled.
   *
   * @throws CaptureException where the capture cannot be read
   */
  public static List<LabelledWindow> of(LabelledCapture capture, PipelineSettings settings)
      throws CaptureException {
    List<Unlabelled> seen = new ArrayList<>();
    FeatureExtractor extractor = new FeatureExtractor();
    WindowListener listener =
        new WindowListener() {
          @Override
          public void window(WindowObservation observation, PacketSeries packets) {
            if (StreamAnalyst.weight(observation) > 0) {
              seen.add(
                  new Unlabelled(
                      AddressText.of(observation.stream().client()),
                      observation.endNanos() - 1,
                      extractor.extract(packets, observation.context())));
            }
          }

          @Override
          public void ended(StreamIdentity stream, long lastNanos) {}
        };
    try (PacketSource source = capture.open()) {
      Pipeline pipeline = new Pipeline(settings.anew(), listener, NameListener.NONE);
      source.run(pipeline);
      pipeline.finish();
    }
    return label(capture.truth(), seen);
  }

  private static List<LabelledWindow> label(CaptureTruth truth, List<Unlabelled> seen) {
    List<LabelledWindow> rows = new ArrayList<>(seen.size());
    for (Unlabelled window : seen) {
      TruthTimeline.Truth at = truth.timeline().at(window.client(), window.nanos());
      if (at != null && at.evidence() && at.label() != null) {
        rows.add(
            new LabelledWindow(
                truth.session(),
                truth.link(),
                truth.profile(),
                at.label(),
                window.features(),
                1.0));
      }
    }
    double weight = 1.0 / Math.max(1, rows.size());
    return rows.stream()
        .map(
            row ->
                new LabelledWindow(
                    row.session(), row.link(), row.profile(), row.label(), row.features(), weight))
        .toList();
  }

  @SuppressWarnings("ArrayRecordComponent") // lives for one capture
  private record Unlabelled(String client, long nanos, double[] features) {}
}
