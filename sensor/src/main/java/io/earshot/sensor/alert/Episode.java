package io.earshot.sensor.alert;

import java.time.Instant;

/** An open episode: what was seen since it began. Owner: the engine's thread. */
final class Episode {
  final Instant started;
  final Instant opened;
  double worstShare;
  long windows;
  long lowWindows;
  int streams;
  int lowStreams;

  Episode(Instant started, Instant opened) {
    this.started = started;
    this.opened = opened;
  }
}
