package io.earshot.sensor.dataset;

import io.earshot.models.classify.ModelBundle;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.pipeline.CaptureAnalysis;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.VerdictListener;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.util.ArrayList;
import java.util.List;

/** A capture whose truth is known: from a file or made on the spot. Used by one thread. */
public sealed interface LabelledCapture permits RecordedCapture, SimulatedCapture {
  /**
   * Opens the frames, once.
   *
   * @throws CaptureException where they cannot be read
   */
  PacketSource open() throws CaptureException;

  /**
   * Opens the capture, analyses it as {@code analyze} does and collects the verdicts of its
   * windows.
   *
   * @throws CaptureException where it cannot be read
   */
  default List<WindowVerdict> windows(PipelineSettings settings, ModelBundle model)
      throws CaptureException {
    List<WindowVerdict> verdicts = new ArrayList<>();
    VerdictListener listener = VerdictListener.windowsInto(verdicts);
    try (PacketSource source = open()) {
      CaptureAnalysis.run(source, settings.anew(), model, listener, handler -> handler);
    }
    return verdicts;
  }

  /** The access link it was taken on, as {@link CaptureTruth#link}; known before it is run. */
  String link();

  /** The truth; complete once the source has been run. */
  CaptureTruth truth();
}
