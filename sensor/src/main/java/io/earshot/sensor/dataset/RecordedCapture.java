package io.earshot.sensor.dataset;

import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.capture.PcapFileSource;
import java.nio.file.Path;

/**
 * A capture file with its label.
 *
 * @param file the capture
 * @param truth from the dataset's tables
 */
public record RecordedCapture(Path file, CaptureTruth truth) implements LabelledCapture {
  @Override
  public String link() {
    return truth.link();
  }

  @Override
  public PacketSource open() throws CaptureException {
    return PcapFileSource.open(file);
  }
}
