package io.earshot.sensor.cli;

import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Looks at what an interface delivers, for hints on what is wrong with the mirror port.
 *
 * <p>Remembers at most {@value #MOST_PAIRS} pairs of hosts. Owner: the thread that runs the source.
 */
final class CaptureProbe implements FrameHandler {
  private static final int MOST_PAIRS = 4096;

  /** Fewer packets say nothing about a pair's other direction. */
  private static final int ENOUGH_PACKETS = 8;

  /** An Ethernet frame with two VLAN tags (IEEE 802.3 section 3.2.7). */
  private static final int LARGEST_FRAME = 1522;

  private static final int JUMBO_FRAME = 9_216;

  private final PacketDecoder decoder = new PacketDecoder();
  private final PacketView view = new PacketView();
  private final Map<Pair, long[]> pairs = new HashMap<>();
  private long frames;
  private long decoded;
  private long large;
  private long merged;

  private record Pair(long loHi, long loLo, long hiHi, long hiLo) {}

  @Override
  public void onFrame(
      MemorySegment data,
      long offset,
      int capturedBytes,
      int wireBytes,
      long tsNanos,
      int linkType,
      int interfaceId) {
    frames++;
    large += wireBytes > LARGEST_FRAME ? 1 : 0;
    merged += wireBytes > JUMBO_FRAME ? 1 : 0;
    DecodeResult result =
        decoder.decode(
            data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId, view);
    if (result != DecodeResult.DECODED) {
      return;
    }
    decoded++;
    if (view.protocol == PacketView.TCP) {
      boolean up = view.srcHi != view.dstHi ? view.srcHi < view.dstHi : view.srcLo < view.dstLo;
      Pair pair =
          up
              ? new Pair(view.srcHi, view.srcLo, view.dstHi, view.dstLo)
              : new Pair(view.dstHi, view.dstLo, view.srcHi, view.srcLo);
      long[] seen = pairs.get(pair);
      if (seen == null && pairs.size() < MOST_PAIRS) {
        seen = new long[2];
        pairs.put(pair, seen);
      }
      if (seen != null) {
        seen[up ? 0 : 1]++;
      }
    }
  }

  long frames() {
    return frames;
  }

  /** Frames with a TCP segment or a UDP datagram. */
  long decoded() {
    return decoded;
  }

  /** Frames larger than the usual MTU allows. */
  long large() {
    return large;
  }

  /** Frames larger than any frame on a wire: merged by the capturing host. */
  long merged() {
    return merged;
  }

  /** Pairs of hosts that were seen often enough. */
  long pairs() {
    return pairs.values().stream().filter(seen -> seen[0] + seen[1] >= ENOUGH_PACKETS).count();
  }

  /** Those of them of which one direction is missing. */
  long oneSidedPairs() {
    return pairs.values().stream()
        .filter(seen -> seen[0] + seen[1] >= ENOUGH_PACKETS && (seen[0] == 0 || seen[1] == 0))
        .count();
  }
}
