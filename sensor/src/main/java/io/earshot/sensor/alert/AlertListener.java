package io.earshot.sensor.alert;

import io.earshot.sensor.document.AlertDocument;

/** Told of every episode when it is opened and when it is closed. Called on the engine's thread. */
@FunctionalInterface
public interface AlertListener {
  /** An episode was opened or closed. */
  void alert(AlertDocument alert);
}
