package io.earshot.sensor.cli;

import io.earshot.sensor.pipeline.CauseRule;
import java.util.ArrayList;
import java.util.List;

/** Why a stream sounds no better or stops, in a few words with the figures that decided. */
final class CauseText {
  private CauseText() {}

  /**
   * @param rttNanos round-trip time of the audio flow, 0 while not known
   */
  static String of(CauseRule.Finding cause, long rttNanos) {
    List<String> parts = new ArrayList<>();
    parts.add(
        switch (cause.cause()) {
          case CLIENT_SETTING -> "client_setting, the network had room";
          case NETWORK -> "network";
          case UNDETERMINED -> "undetermined";
        });
    CauseRule.Stall stall = cause.stall();
    if (stall != null) {
      parts.add(
          "the last object came at %,.0f kbit/s and plays at %.0f: it stalls"
              .formatted(stall.kbps(), stall.playsKbps()));
    } else {
      parts.add(
          Double.isNaN(cause.bestKbps())
              ? "no object had a rate"
              : "fastest object %,.0f kbit/s where the next better class needs %.0f"
                  .formatted(cause.bestKbps(), cause.nextKbps()));
    }
    if (rttNanos > 0) {
      parts.add("RTT %.0f ms".formatted(rttNanos / 1e6));
    }
    return String.join("; ", parts);
  }
}
