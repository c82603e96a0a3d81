package io.earshot.sensor.dataset;

import io.earshot.models.classify.ModelBundle;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.pipeline.PipelineSettings;
import io.earshot.sensor.pipeline.WindowVerdict;
import java.util.List;
import java.util.Optional;

/**
 * Which bitrates the windows of one session name, whose bitrate is known.
 *
 * @param kbps nominal bitrate that the session fetches, kbit/s
 * @param named what the windows with an answer name, in order; empty where they name none
 */
public record BitrateTrial(int kbps, List<Optional<Integer>> named) {
  public BitrateTrial {
    named = List.copyOf(named);
  }

  /** The sessions of one listener who stays with one bitrate that has a nominal value. */
  public static List<SimulatedCapture> of(List<SimulatedCapture> captures) {
    return captures.stream().filter(SimulatedCapture::oneNominalBitrate).toList();
  }

  /**
   * Analyses the session as {@code analyze} does.
   *
   * @throws CaptureException where it cannot be read
   */
  public static BitrateTrial of(
      SimulatedCapture capture, PipelineSettings settings, ModelBundle model)
      throws CaptureException {
    List<WindowVerdict> verdicts = capture.windows(settings, model);
    return new BitrateTrial(
        capture.kbps(),
        verdicts.stream()
            .filter(window -> !window.verdict().isUnknown())
            .map(window -> Optional.ofNullable(window.bitrateKbps()))
            .toList());
  }

  /** Windows that name a bitrate. */
  public int given() {
    return (int) named.stream().filter(Optional::isPresent).count();
  }

  /** Windows that name the right one. */
  public int right() {
    return (int) named.stream().filter(name -> name.equals(Optional.of(kbps))).count();
  }
}
