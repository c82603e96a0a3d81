package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import io.earshot.models.feature.FeatureExtractor;
import io.earshot.models.feature.PacketSeries;
import io.earshot.models.train.LabelledWindow;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PcapFileSource;
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
import org.jspecify.annotations.Nullable;

/**
 * The rows to train on: the windows of labelled captures in which new evidence came, through the same
 * stages as in operation.
 *
 * <p>A window without new evidence is never shown to the model in operation and so is none to learn
 * from. All windows of a session together weigh as much as those of any other.
 */
public final class TrainingWindows {
  private TrainingWindows() {}

  /**
   * The rows of one session; empty where nothing in it is labelled.
   *
   * @throws CaptureException where the capture cannot be read
   */
  public static List<LabelledWindow> of(DatasetSession session, PipelineSettings settings)
      throws CaptureException {
    List<double[]> vectors = new ArrayList<>();
    List<QualityClass> labels = new ArrayList<>();
    FeatureExtractor extractor = new FeatureExtractor();
    WindowListener listener =
        new WindowListener() {
          @Override
          public void window(WindowObservation observation, PacketSeries packets) {
            QualityClass label = truth(session, observation);
            if (label != null && StreamAnalyst.newEvidence(observation) > 0) {
              vectors.add(extractor.extract(packets, observation.context()));
              labels.add(label);
            }
          }

          @Override
          public void ended(StreamIdentity stream, long lastNanos) {}
        };
    try (PcapFileSource source = PcapFileSource.open(session.file())) {
      Pipeline pipeline = new Pipeline(settings, listener, NameListener.NONE);
      source.run(pipeline);
      pipeline.finish();
    }
    List<LabelledWindow> rows = new ArrayList<>(vectors.size());
    for (int i = 0; i < vectors.size(); i++) {
      rows.add(
          new LabelledWindow(
              session.session(),
              session.link(),
              session.profile(),
              labels.get(i),
              vectors.get(i),
              1.0 / vectors.size()));
    }
    return rows;
  }

  private static @Nullable QualityClass truth(
      DatasetSession session, WindowObservation observation) {
    if (session.timeline() == null) {
      return session.label();
    }
    Timeline.Truth truth =
        session
            .timeline()
            .at(AddressText.of(observation.stream().client()), observation.endNanos() - 1);
    return truth == null || !truth.evidence() ? null : truth.label();
  }
}
