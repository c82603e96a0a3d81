package io.earshot.sensor.document;

import com.fasterxml.jackson.annotation.JsonValue;
import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The field sets under the documents' own root {@code spotify.*}. */
public final class Spotify {
  /** The value of {@code spotify.quality.label} where no class can be named honestly. */
  public static final String UNKNOWN = "unknown";

  private Spotify() {}

  /**
   * {@code spotify.stream.*}: what plays at one listener.
   *
   * @param id identifies the stream among all of this sensor's; deterministic
   * @param key what the stream's flows have in common, for example the listener's address
   * @param clients Spotify clients that seem to share the address, at least 1
   * @param started time of the stream's first packet
   * @param sequence number of this window within the stream, from 0; absent in stream documents
   */
  public record Stream(
      String id, String key, int clients, Instant started, @Nullable Long sequence) {
    public Stream {
      Require.text("spotify.stream.id", id);
      Require.count("spotify.stream.sequence", sequence);
    }
  }

  /**
   * {@code spotify.cdn.*}: who delivers what the server sends, from its name or its address.
   *
   * @param name the delivery network, for example {@code Fastly}
   * @param pop point of presence, an IATA code as a rule; absent where nothing tells it
   */
  public record Cdn(String name, @Nullable String pop) {}

  /**
   * {@code spotify.quality.*}: the verdict.
   *
   * @param label {@code low}, {@code normal}, {@code high}, {@code very_high}, {@code lossless} or
   *     {@code unknown}
   * @param confidence calibrated probability of the label, 0 to 1; for {@code unknown} that of the
   *     best class where there is one
   * @param probabilities probability of each class that the model knows, absent without evidence
   * @param unknownReason why the label is {@code unknown}, present exactly then
   * @param score expected class, 0 (certainly low) to 4 (certainly lossless); see {@link
   *     Probabilities#score}
   * @param bitrateKbps nominal bitrate that the sizes of the objects make likeliest, kbit/s; absent
   *     for {@code unknown}, and where none is likely enough
   * @param cause why a low or normal verdict is so, or why the last object of any arrived slower
   *     than it plays ({@code spotify.network.download_rate_kbps} below {@code bitrate_kbps});
   *     absent for others
   */
  public record Quality(
      String label,
      @Nullable Double confidence,
      @Nullable Probabilities probabilities,
      @Nullable String unknownReason,
      @Nullable Double score,
      @Nullable Double bitrateKbps,
      @Nullable Cause cause) {
    public Quality {
      if (label.equals(UNKNOWN) != (unknownReason != null)) {
        throw new IllegalArgumentException(
            "label " + label + " and unknown_reason " + unknownReason + " contradict each other");
      }
      Require.fraction("spotify.quality.confidence", confidence);
      Require.amount("spotify.quality.score", score);
      Require.amount("spotify.quality.bitrate_kbps", bitrateKbps);
    }

    /** A verdict. */
    public static Quality of(
        QualityClass quality,
        double confidence,
        Map<QualityClass, Double> probabilities,
        @Nullable Double bitrateKbps,
        @Nullable Cause cause) {
      Probabilities each = Probabilities.of(probabilities);
      return new Quality(quality.label(), confidence, each, null, each.score(), bitrateKbps, cause);
    }

    /**
     * An honest {@code unknown}.
     *
     * @param probabilities what the model said all the same, empty when it was not asked
     */
    public static Quality unknown(UnknownReason reason, Map<QualityClass, Double> probabilities) {
      if (probabilities.isEmpty()) {
        return new Quality(UNKNOWN, null, null, reason.label(), null, null, null);
      }
      Probabilities each = Probabilities.of(probabilities);
      Double best = probabilities.values().stream().max(Double::compare).orElse(null);
      return new Quality(UNKNOWN, best, each, reason.label(), each.score(), null, null);
    }
  }

  /**
   * {@code spotify.quality.probabilities.*}: calibrated probability of each class, 0 to 1, together
   * 1; absent for a class that the model does not know.
   *
   * @param low probability of {@code low}
   * @param normal probability of {@code normal}
   * @param high probability of {@code high}
   * @param veryHigh probability of {@code very_high}
   * @param lossless probability of {@code lossless}
   */
  public record Probabilities(
      @Nullable Double low,
      @Nullable Double normal,
      @Nullable Double high,
      @Nullable Double veryHigh,
      @Nullable Double lossless) {
    public Probabilities {
      Require.fraction("probability of low", low);
      Require.fraction("probability of normal", normal);
      Require.fraction("probability of high", high);
      Require.fraction("probability of very_high", veryHigh);
      Require.fraction("probability of lossless", lossless);
    }

    /** The probabilities by class. */
    public static Probabilities of(Map<QualityClass, Double> byClass) {
      return new Probabilities(
          byClass.get(QualityClass.LOW),
          byClass.get(QualityClass.NORMAL),
          byClass.get(QualityClass.HIGH),
          byClass.get(QualityClass.VERY_HIGH),
          byClass.get(QualityClass.LOSSLESS));
    }

    /** Mean of the classes' ranks (low 0 … lossless 4), weighted with their probabilities. */
    double score() {
      @Nullable Double[] byRank = {low, normal, high, veryHigh, lossless};
      double weighted = 0;
      double sum = 0;
      for (int rank = 0; rank < byRank.length; rank++) {
        Double probability = byRank[rank];
        if (probability != null) {
          weighted += rank * probability;
          sum += probability;
        }
      }
      return sum == 0 ? 0 : weighted / sum;
    }
  }

  /** {@code spotify.quality.cause}: why a stream sounds no better, or stops. */
  public enum Cause {
    /** Objects arrive far faster than the audio needs: the network had room. */
    CLIENT_SETTING,
    /** The download rate is near or below the next higher bitrate, or below that of what plays. */
    NETWORK,
    /** Neither can be shown. */
    UNDETERMINED;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Lower-case name as in documents. */
    @JsonValue
    public String label() {
      return label;
    }
  }

  /**
   * {@code spotify.window.*}: what was seen between {@code event.start} and {@code event.end}.
   *
   * @param durationS length of the window, seconds
   * @param packets the stream's packets, both directions
   * @param bytes bytes of those packets on the wire
   * @param packetsDown packets towards the listener
   * @param packetsUp packets from the listener
   * @param bytesDown bytes towards the listener
   * @param bytesUp bytes from the listener
   * @param flows flows that had a packet in the window
   * @param bursts runs of packets that no longer pause interrupts
   * @param objects audio objects (tracks or segments) that ended in the window
   * @param audioBytes payload bytes of audio objects in the window
   */
  public record Window(
      double durationS,
      long packets,
      long bytes,
      @Nullable Long packetsDown,
      @Nullable Long packetsUp,
      @Nullable Long bytesDown,
      @Nullable Long bytesUp,
      @Nullable Long flows,
      @Nullable Long bursts,
      @Nullable Long objects,
      @Nullable Long audioBytes) {
    public Window {
      Require.amount("spotify.window.duration_s", durationS);
      Require.count("spotify.window.packets", packets);
      Require.count("spotify.window.bytes", bytes);
    }
  }

  /**
   * {@code spotify.identification.*}: why the traffic is held to be Spotify's.
   *
   * @param evidence what named the flows, for example {@code sni}, {@code quic_sni}, {@code dns}
   * @param confidence how much the evidence of the flow is worth that the verdict rests on, 0 to 1
   * @param named when that flow was given its name, in packet time
   * @param echOffered whether a hello offered Encrypted Client Hello, so that the inner name may
   *     differ
   */
  public record Identification(
      List<String> evidence,
      @Nullable Double confidence,
      @Nullable Instant named,
      boolean echOffered) {
    public Identification {
      evidence = List.copyOf(evidence);
      Require.fraction("spotify.identification.confidence", confidence);
    }
  }

  /**
   * {@code spotify.network.*}: which virtual network it was, and how the network did; each figure
   * is absent where it cannot be measured (for example on QUIC or with one direction only).
   *
   * @param vni identifier of the outermost VXLAN or Geneve network that the flow was seen in, 0 to
   *     16777215; a keyword like that of a VLAN
   * @param rttMs smoothed round-trip time, milliseconds: of TCP between sensor and server, of QUIC
   *     the whole path where its ends let the spin bit spin
   * @param initialRttMs from the SYN to the third packet of the handshake of the flow that brings
   *     the audio: the whole path, milliseconds
   * @param retransmissionRatio segments that the sensor saw again over all data segments towards
   *     the listener, 0 to 1
   * @param outOfOrderRatio segments that were overtaken on their way over all data segments, 0 to 1
   * @param lossRatio segments sent again because they were lost before the sensor over all data
   *     segments, 0 to 1
   * @param downloadRateKbps rate while an object was being fetched, kbit/s
   * @param zeroWindows times that the listener's device had no room for a byte more
   * @param receiverLimited spells in which the window of the listener's device had no room for
   *     another segment
   * @param senderLimited pauses that a server made in mid-answer, with everything acknowledged and
   *     longer than two round trips
   */
  public record NetworkHealth(
      @Nullable String vni,
      @Nullable Double rttMs,
      @Nullable Double initialRttMs,
      @Nullable Double retransmissionRatio,
      @Nullable Double outOfOrderRatio,
      @Nullable Double lossRatio,
      @Nullable Double downloadRateKbps,
      @Nullable Long zeroWindows,
      @Nullable Long receiverLimited,
      @Nullable Long senderLimited) {
    public NetworkHealth {
      Require.amount("spotify.network.rtt_ms", rttMs);
      Require.amount("spotify.network.initial_rtt_ms", initialRttMs);
      Require.fraction("spotify.network.retransmission_ratio", retransmissionRatio);
      Require.fraction("spotify.network.out_of_order_ratio", outOfOrderRatio);
      Require.fraction("spotify.network.loss_ratio", lossRatio);
      Require.amount("spotify.network.download_rate_kbps", downloadRateKbps);
      Require.count("spotify.network.zero_windows", zeroWindows);
      Require.count("spotify.network.receiver_limited", receiverLimited);
      Require.count("spotify.network.sender_limited", senderLimited);
    }
  }

  /**
   * {@code spotify.capture.*}: how far the capture itself can be trusted.
   *
   * @param lossRatio acknowledged bytes that the sensor never saw over all, 0 to 1; absent with one
   *     direction only
   * @param oneSided whether only one direction was captured: then there is no answer and no cause
   * @param offload whether frames larger than the MTU were seen
   */
  public record Capture(@Nullable Double lossRatio, boolean oneSided, boolean offload) {
    public Capture {
      Require.fraction("spotify.capture.loss_ratio", lossRatio);
    }
  }

  /**
   * {@code spotify.model.*}: the model bundle that gave the verdict.
   *
   * @param name the bundle's name
   * @param version the bundle's version
   */
  public record Model(String name, String version) {}

  /**
   * {@code spotify.explanation}: a feature that weighed in the verdict.
   *
   * @param feature name of the feature
   * @param value its value
   * @param weight how much it moved the logarithm of the label's probability against the mean of
   *     the classes (SHAP value), nats; positive for and negative against the label
   */
  public record Explanation(String feature, double value, double weight) {
    public Explanation {
      Require.finite("spotify.explanation.value", value);
      Require.finite("spotify.explanation.weight", weight);
    }
  }

  /**
   * {@code spotify.windows.*}: how many windows of an ended stream had which label.
   *
   * @param total all windows of the stream
   * @param low windows labelled {@code low}
   * @param normal windows labelled {@code normal}
   * @param high windows labelled {@code high}
   * @param veryHigh windows labelled {@code very_high}
   * @param lossless windows labelled {@code lossless}
   * @param unknown windows labelled {@code unknown}
   */
  public record WindowTally(
      long total, long low, long normal, long high, long veryHigh, long lossless, long unknown) {
    public WindowTally {
      if (total != low + normal + high + veryHigh + lossless + unknown) {
        throw new IllegalArgumentException("the labels' windows do not sum up to " + total);
      }
    }

    /** The tally of these counts; an absent class has none. */
    public static WindowTally of(Map<QualityClass, Long> byClass, long unknown) {
      long low = byClass.getOrDefault(QualityClass.LOW, 0L);
      long normal = byClass.getOrDefault(QualityClass.NORMAL, 0L);
      long high = byClass.getOrDefault(QualityClass.HIGH, 0L);
      long veryHigh = byClass.getOrDefault(QualityClass.VERY_HIGH, 0L);
      long lossless = byClass.getOrDefault(QualityClass.LOSSLESS, 0L);
      long total = low + normal + high + veryHigh + lossless + unknown;
      return new WindowTally(total, low, normal, high, veryHigh, lossless, unknown);
    }
  }

  /**
   * {@code spotify.evolution}: a run of windows with the same label.
   *
   * @param start begin of the first window of the run
   * @param end end of the last
   * @param label the label they share
   * @param confidence mean confidence of the run, 0 to 1, absent for {@code unknown} without one
   * @param windows windows in the run
   */
  public record Phase(
      Instant start, Instant end, String label, @Nullable Double confidence, long windows) {
    public Phase {
      Require.fraction("spotify.evolution.confidence", confidence);
    }
  }

  /** {@code spotify.alert.scope}: whom an episode is about. */
  public enum AlertScope {
    /** One stream. */
    STREAM,
    /** All streams of a site, or of a sensor without sites. */
    SITE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Lower-case name as in documents. */
    @JsonValue
    public String label() {
      return label;
    }
  }

  /** {@code spotify.alert.state}. */
  public enum AlertState {
    /** The episode begins. */
    OPENED,
    /** It is over. */
    CLOSED;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Lower-case name as in documents. */
    @JsonValue
    public String label() {
      return label;
    }
  }

  /** {@code spotify.alert.end}: why an episode was closed. */
  public enum AlertEnd {
    /** The quality became better. */
    RECOVERED,
    /** The stream, or the last of the site's, has ended. */
    STREAM_ENDED,
    /** For long nothing could be said any more. */
    NO_EVIDENCE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Lower-case name as in documents. */
    @JsonValue
    public String label() {
      return label;
    }
  }

  /**
   * {@code spotify.alert.*}: an episode of low quality.
   *
   * @param id the same in the document that opens and the one that closes it
   * @param scope whom it is about
   * @param state whether it opens or closes here
   * @param end why it closed, present exactly then
   * @param started begin of the first low window
   * @param durationS from there to the opening or the closing, seconds
   * @param lowShare share that was low, 0 to 1: of the windows since it opened, or of the site's
   *     streams (the highest, where it closes)
   * @param windows windows of the stream since it opened, absent for a site
   * @param lowWindows of those, how many were low
   * @param streams streams of the site that gave an answer lately, absent for a stream
   * @param lowStreams of those, how many were low
   */
  public record Alert(
      String id,
      AlertScope scope,
      AlertState state,
      @Nullable AlertEnd end,
      Instant started,
      double durationS,
      double lowShare,
      @Nullable Long windows,
      @Nullable Long lowWindows,
      @Nullable Long streams,
      @Nullable Long lowStreams) {
    public Alert {
      Require.text("spotify.alert.id", id);
      Require.amount("spotify.alert.duration_s", durationS);
      Require.fraction("spotify.alert.low_share", lowShare);
      if ((state == AlertState.CLOSED) != (end != null)) {
        throw new IllegalArgumentException("an episode has an end exactly where it is closed");
      }
    }
  }
}
