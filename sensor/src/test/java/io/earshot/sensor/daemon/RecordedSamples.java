package io.earshot.sensor.daemon;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.pipeline.StreamSink;
import java.util.ArrayList;
import java.util.List;

/** Keeps what comes out of rings, as words. */
final class RecordedSamples implements StreamSink {
  final List<String> events = new ArrayList<>();

  @Override
  public void advance(long tsNanos) {
    events.add("clock " + tsNanos);
  }

  @Override
  public void stepBack(long tsNanos) {
    events.add("step to " + tsNanos);
  }

  @Override
  public void sample(
      FlowDescriptor flow,
      long tsNanos,
      int frameBytes,
      int payloadBytes,
      int newBytes,
      Direction direction,
      int flags,
      long rttNanos,
      long missedBytes) {
    events.add(
        "%d@%d %d/%d/%d %s %d rtt %d missed %d"
            .formatted(
                flow.id(),
                tsNanos,
                frameBytes,
                payloadBytes,
                newBytes,
                direction,
                flags,
                rttNanos,
                missedBytes));
  }

  @Override
  public void closed(FlowDescriptor flow) {
    events.add("closed " + flow.id());
  }

  /** The flows of the packets, in their order. */
  List<String> order() {
    return events.stream()
        .filter(event -> event.contains("@"))
        .map(event -> event.substring(0, event.indexOf(' ')))
        .toList();
  }
}
