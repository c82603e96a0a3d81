package io.earshot.sensor.pipeline;

import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.Defragmenter;
import io.earshot.sensor.flow.FlowStats;
import io.earshot.sensor.identify.Evidence;
import io.earshot.sensor.identify.IdentifyStats;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What became of everything that came in: a snapshot of all counters, with the laws they obey.
 *
 * @param framesReceived frames handed in by the source
 * @param decoded frames with a TCP segment or a UDP datagram
 * @param skipped frames that carry none, by reason
 * @param weird frames that are broken, by name
 * @param datagramsReassembled datagrams that were put together from fragments
 * @param datagramsIncomplete datagrams of which fragments are missing or contradict each other
 * @param flowsOpened flows seen
 * @param flowsEvicted foreign flows that had to make room
 * @param foreignPackets packets of flows that are not ours
 * @param undecidedPackets packets that waited for their flow's name
 * @param trackedPackets packets of followed flows
 * @param inspectedPackets packets read for what they tell about others (DNS)
 * @param refusedPackets packets of flows that found no room
 * @param duplicatePackets copies that a double mirror made of packets of flows that are not foreign
 * @param spotifyFlows flows that were followed
 * @param flowsNamed flows that were named, by evidence
 * @param hellosGivenUp client hellos that never became whole
 * @param hellosMalformed client hellos whose lengths lie
 * @param hellosUnsupported first messages of kinds that are known and not read
 * @param helloConflicts bytes of hellos that came twice with different values
 * @param namesOverruled flows whose own name came late and contradicted a guess
 * @param dnsMalformed DNS messages that could not be read
 * @param dnsGivenUp DNS conversations over TCP that were given up
 * @param lanDiscoveryPackets announcements of players on the local network
 * @param lateSamples packets that came after their window was closed
 * @param refusedSamples packets of listeners beyond the bound
 * @param windowsClosed windows handed to the classifier
 * @param clockSteps times that packet time went back by more than an hour
 * @param wrongTimes frames whose time no other frame agreed with, taken at the time of the one
 *     before
 */
@SuppressWarnings("EnumOrdinal") // the columns of the results that the pipeline counted
public record PipelineCounters(
    long framesReceived,
    long decoded,
    Map<DecodeResult, Long> skipped,
    Map<DecodeResult, Long> weird,
    long datagramsReassembled,
    long datagramsIncomplete,
    long flowsOpened,
    long flowsEvicted,
    long foreignPackets,
    long undecidedPackets,
    long trackedPackets,
    long inspectedPackets,
    long refusedPackets,
    long duplicatePackets,
    long spotifyFlows,
    Map<Evidence, Long> flowsNamed,
    long hellosGivenUp,
    long hellosMalformed,
    long hellosUnsupported,
    long helloConflicts,
    long namesOverruled,
    long dnsMalformed,
    long dnsGivenUp,
    long lanDiscoveryPackets,
    long lateSamples,
    long refusedSamples,
    long windowsClosed,
    long clockSteps,
    long wrongTimes) {

  public PipelineCounters {
    skipped = Map.copyOf(skipped);
    weird = Map.copyOf(weird);
    flowsNamed = Map.copyOf(flowsNamed);
  }

  static PipelineCounters of(FrameStage frames, FlowStats flows, IdentifyStats identify) {
    long[] results = frames.results();
    Defragmenter fragments = frames.defragmenter();
    Map<DecodeResult, Long> skipped = new EnumMap<>(DecodeResult.class);
    Map<DecodeResult, Long> weird = new EnumMap<>(DecodeResult.class);
    for (DecodeResult result : DecodeResult.values()) {
      long count = results[result.ordinal()];
      if (count > 0 && result.kind() == DecodeResult.Kind.SKIPPED) {
        skipped.put(result, count);
      } else if (count > 0 && result.kind() == DecodeResult.Kind.WEIRD) {
        weird.put(result, count);
      }
    }
    return new PipelineCounters(
        frames.frames(),
        results[DecodeResult.DECODED.ordinal()],
        skipped,
        weird,
        fragments.reassembled(),
        fragments.givenUp() + fragments.waiting(),
        flows.opened(),
        flows.evicted(),
        flows.foreignPackets(),
        flows.undecidedPackets(),
        flows.trackedPackets(),
        flows.inspectedPackets(),
        flows.refused(),
        flows.duplicatePackets(),
        identify.spotifyFlows(),
        identify.named(),
        identify.hellosGivenUp(),
        identify.hellosMalformed(),
        identify.hellosUnsupported(),
        identify.conflictingBytes(),
        identify.overruled(),
        identify.dnsMalformed(),
        identify.dnsGivenUp(),
        identify.lanDiscoveryPackets(),
        0,
        0,
        0,
        frames.clockSteps(),
        frames.wrongTimes());
  }

  /** The same with the counters of the stages after. */
  public PipelineCounters with(StreamStages streams) {
    return new PipelineCounters(
        framesReceived,
        decoded,
        skipped,
        weird,
        datagramsReassembled,
        datagramsIncomplete,
        flowsOpened,
        flowsEvicted,
        foreignPackets,
        undecidedPackets,
        trackedPackets,
        inspectedPackets,
        refusedPackets,
        duplicatePackets,
        spotifyFlows,
        flowsNamed,
        hellosGivenUp,
        hellosMalformed,
        hellosUnsupported,
        helloConflicts,
        namesOverruled,
        dnsMalformed,
        dnsGivenUp,
        lanDiscoveryPackets,
        streams.lateSamples(),
        streams.refusedSamples(),
        streams.windowsClosed(),
        clockSteps,
        wrongTimes);
  }

  /** What several capture threads counted together. */
  public PipelineCounters plus(PipelineCounters other) {
    return new PipelineCounters(
        framesReceived + other.framesReceived,
        decoded + other.decoded,
        sum(skipped, other.skipped),
        sum(weird, other.weird),
        datagramsReassembled + other.datagramsReassembled,
        datagramsIncomplete + other.datagramsIncomplete,
        flowsOpened + other.flowsOpened,
        flowsEvicted + other.flowsEvicted,
        foreignPackets + other.foreignPackets,
        undecidedPackets + other.undecidedPackets,
        trackedPackets + other.trackedPackets,
        inspectedPackets + other.inspectedPackets,
        refusedPackets + other.refusedPackets,
        duplicatePackets + other.duplicatePackets,
        spotifyFlows + other.spotifyFlows,
        sum(flowsNamed, other.flowsNamed),
        hellosGivenUp + other.hellosGivenUp,
        hellosMalformed + other.hellosMalformed,
        hellosUnsupported + other.hellosUnsupported,
        helloConflicts + other.helloConflicts,
        namesOverruled + other.namesOverruled,
        dnsMalformed + other.dnsMalformed,
        dnsGivenUp + other.dnsGivenUp,
        lanDiscoveryPackets + other.lanDiscoveryPackets,
        lateSamples + other.lateSamples,
        refusedSamples + other.refusedSamples,
        windowsClosed + other.windowsClosed,
        clockSteps + other.clockSteps,
        wrongTimes + other.wrongTimes);
  }

  private static <K> Map<K, Long> sum(Map<K, Long> a, Map<K, Long> b) {
    Map<K, Long> sum = new HashMap<>(a);
    b.forEach((key, count) -> sum.merge(key, count, Long::sum));
    return sum;
  }

  /** True where frames came but none of them has a link type that can be read. */
  public boolean nothingReadable() {
    long unreadable =
        skipped.getOrDefault(DecodeResult.UNSUPPORTED_LINK_TYPE, 0L)
            + skipped.getOrDefault(DecodeResult.IEEE80211, 0L);
    return framesReceived > 0 && unreadable == framesReceived;
  }

  /** The conservation laws that do not hold, in words; empty where all do. */
  public List<String> brokenLaws() {
    List<String> broken = new ArrayList<>();
    long skippedSum = skipped.values().stream().mapToLong(Long::longValue).sum();
    long weirdSum = weird.values().stream().mapToLong(Long::longValue).sum();
    if (framesReceived != decoded + skippedSum + weirdSum) {
      broken.add(
          "frames received %d != decoded %d + skipped %d + weird %d"
              .formatted(framesReceived, decoded, skippedSum, weirdSum));
    }
    long packets =
        foreignPackets
            + undecidedPackets
            + trackedPackets
            + inspectedPackets
            + refusedPackets
            + duplicatePackets;
    if (decoded != packets) {
      broken.add(
          ("decoded %d != foreign %d + undecided %d + tracked %d + inspected %d + refused %d"
                  + " + duplicate %d")
              .formatted(
                  decoded,
                  foreignPackets,
                  undecidedPackets,
                  trackedPackets,
                  inspectedPackets,
                  refusedPackets,
                  duplicatePackets));
    }
    return broken;
  }
}
