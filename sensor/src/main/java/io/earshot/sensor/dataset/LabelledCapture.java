package io.earshot.sensor.dataset;

import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PacketSource;

/** A capture whose truth is known: from a file or made on the spot. Used by one thread. */
public sealed interface LabelledCapture permits RecordedCapture, SimulatedCapture {
  /**
   * Opens the frames, once.
   *
   * @throws CaptureException where they cannot be read
   */
  PacketSource open() throws CaptureException;

  /** The access link it was taken on, as {@link CaptureTruth#link}; known before it is run. */
  String link();

  /** The truth; complete once the source has been run. */
  CaptureTruth truth();
}
