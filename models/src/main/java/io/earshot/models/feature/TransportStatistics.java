package io.earshot.models.feature;

import java.util.Arrays;
import java.util.List;

/**
 * Group B: direction-aware and transport statistics of one window.
 *
 * <p>"Audio" means flows with the audio role. Bursts, gaps and rates look at downstream packets
 * with payload on audio flows and skip retransmissions, so that lost packets do not count twice.
 * What is not defined (a ratio without a denominator, a gap with fewer than two packets) is 0. No
 * result is ever NaN or infinite.
 *
 * <p>Scratch arrays grow to the largest window seen and are reused. Owner: one thread.
 */
public final class TransportStatistics {
  /** The smallest payload of a full segment: MSS 1228 less options; QUIC pads to 1200. */
  private static final int FULL_SEGMENT_BYTES = 1200;

  /**
   * The smallest upstream payload taken for a request: above alerts and HTTP/2 WINDOW_UPDATE (30 to
   * 38 B), below the smallest request seen (125 B, HTTP/2 with compressed headers).
   */
  private static final int REQUEST_BYTES = 90;

  private static final long SHORT_GAP_NANOS = 30_000_000L;
  private static final long LONG_GAP_NANOS = 200_000_000L;
  private static final long BIN_NANOS = 100_000_000L;
  private static final double NANOS = 1e9;

  /** The statistics in the order in which {@link #compute} writes them. */
  public static final List<FeatureDefinition> DEFINITIONS =
      List.of(
          of("bytes_up", "B", "frame bytes from the listener"),
          of("bytes_down", "B", "frame bytes to the listener"),
          of("packets_up", "1", "packets from the listener"),
          of("packets_down", "1", "packets to the listener"),
          of("bytes_down_up_ratio", "1", "frame bytes down over frame bytes up"),
          of("packets_down_up_ratio", "1", "packets down over packets up"),
          of("audio_payload_up", "B", "payload from the listener on audio flows"),
          of("audio_payload_down", "B", "payload to the listener on audio flows"),
          of("audio_payload_share_down", "1", "audio payload down over all frame bytes down"),
          of("full_segment_share_down", "1", "share of 1200 B and more among payloads down"),
          of("ack_count_up", "1", "packets without payload from the listener"),
          of("acks_per_audio_segment", "1", "upstream audio packets without payload per segment"),
          of("retransmission_ratio", "1", "retransmissions over packets with payload"),
          of("request_count", "1", "upstream payloads of 90 B and more on audio flows"),
          of("request_bytes_min", "B", "smallest request"),
          of("request_bytes_median", "B", "median request"),
          of("request_bytes_max", "B", "largest request"),
          of("audio_bytes_per_request", "B", "audio payload down over requests"),
          of("audio_gap_max", "s", "longest gap between audio segments down"),
          of("audio_burst_30ms_count", "1", "audio bursts down, parted by gaps of 30 ms"),
          of("audio_burst_30ms_bytes_mean", "B", "mean payload of these bursts"),
          of("audio_burst_30ms_bytes_max", "B", "payload of the largest of these bursts"),
          of("audio_burst_200ms_count", "1", "audio bursts down, parted by gaps of 200 ms"),
          of("audio_burst_200ms_bytes_mean", "B", "mean payload of these bursts"),
          of("audio_burst_200ms_bytes_max", "B", "payload of the largest of these bursts"),
          of("audio_peak_rate", "B/s", "highest audio payload rate down over 100 ms"),
          of("audio_active_bin_share", "1", "share of 100 ms bins that hold audio payload down"));

  private int[] requests = new int[64];

  private static FeatureDefinition of(String name, String unit, String meaning) {
    return new FeatureDefinition(name, unit, meaning, FeatureGroup.TRANSPORT);
  }

  /**
   * Writes the statistics of a window to {@code out[offset]} and the places after it.
   *
   * @param window packets in order of time; the 100 ms bins start at its first packet
   */
  public void compute(PacketSeries window, double[] out, int offset) {
    Arrays.fill(out, offset, offset + DEFINITIONS.size(), 0.0);
    int n = window.size();
    if (n == 0) {
      return;
    }
    long bytesUp = 0;
    long bytesDown = 0;
    int packetsUp = 0;
    long audioUp = 0;
    long audioDown = 0;
    int acksUp = 0;
    int audioAcksUp = 0;
    int withPayload = 0;
    int withPayloadDown = 0;
    int fullDown = 0;
    int retransmissions = 0;
    int requestCount = 0;
    for (int i = 0; i < n; i++) {
      int payload = window.payloadBytes(i);
      boolean audio = window.audio(i);
      boolean retransmission = window.retransmission(i);
      if (payload > 0) {
        withPayload++;
        if (retransmission) {
          retransmissions++;
        }
      }
      if (window.direction(i) == Direction.DOWN) {
        bytesDown += window.frameBytes(i);
        if (payload > 0) {
          withPayloadDown++;
          if (payload >= FULL_SEGMENT_BYTES) {
            fullDown++;
          }
        }
        if (audio && !retransmission) {
          audioDown += payload;
        }
      } else {
        bytesUp += window.frameBytes(i);
        packetsUp++;
        if (payload == 0) {
          acksUp++;
          if (audio) {
            audioAcksUp++;
          }
        }
        if (audio && !retransmission) {
          audioUp += payload;
          if (payload >= REQUEST_BYTES) {
            if (requestCount == requests.length) {
              requests = Arrays.copyOf(requests, requestCount * 2);
            }
            requests[requestCount++] = payload;
          }
        }
      }
    }
    int packetsDown = n - packetsUp;
    int o = offset;
    out[o++] = bytesUp;
    out[o++] = bytesDown;
    out[o++] = packetsUp;
    out[o++] = packetsDown;
    out[o++] = ratio(bytesDown, bytesUp);
    out[o++] = ratio(packetsDown, packetsUp);
    out[o++] = audioUp;
    out[o++] = audioDown;
    out[o++] = ratio(audioDown, bytesDown);
    out[o++] = ratio(fullDown, withPayloadDown);
    out[o++] = acksUp;
    int acksPerSegment = o++;
    out[o++] = ratio(retransmissions, withPayload);
    o = writeRequests(requestCount, audioDown, out, o);
    int segments = writeAudioDown(window, out, o);
    out[acksPerSegment] = ratio(audioAcksUp, segments);
  }

  private int writeRequests(int count, long audioDown, double[] out, int offset) {
    int o = offset;
    out[o++] = count;
    if (count == 0) {
      return o + 4;
    }
    Arrays.sort(requests, 0, count);
    int middle = count / 2;
    out[o++] = requests[0];
    out[o++] =
        count % 2 == 1 ? requests[middle] : (requests[middle - 1] + (double) requests[middle]) / 2;
    out[o++] = requests[count - 1];
    out[o++] = audioDown / (double) count;
    return o;
  }

  /** Gaps, bursts and bins of audio segments down in one pass; returns the segments. */
  private static int writeAudioDown(PacketSeries window, double[] out, int offset) {
    int n = window.size();
    long start = window.tsNanos(0);
    int segments = 0;
    long bytes = 0;
    long previous = 0;
    long longestGap = 0;
    int shortBursts = 0;
    long shortBytes = 0;
    long shortMax = 0;
    int longBursts = 0;
    long longBytes = 0;
    long longMax = 0;
    long bin = -1;
    long binBytes = 0;
    long binMax = 0;
    long activeBins = 0;
    for (int i = 0; i < n; i++) {
      int payload = window.payloadBytes(i);
      if (payload == 0
          || !window.audio(i)
          || window.retransmission(i)
          || window.direction(i) != Direction.DOWN) {
        continue;
      }
      long ts = window.tsNanos(i);
      long gap = segments == 0 ? Long.MAX_VALUE : ts - previous;
      if (segments > 0) {
        longestGap = Math.max(longestGap, gap);
      }
      if (gap >= SHORT_GAP_NANOS) {
        shortBursts++;
        shortBytes = 0;
      }
      if (gap >= LONG_GAP_NANOS) {
        longBursts++;
        longBytes = 0;
      }
      shortBytes += payload;
      longBytes += payload;
      shortMax = Math.max(shortMax, shortBytes);
      longMax = Math.max(longMax, longBytes);
      long newBin = (ts - start) / BIN_NANOS;
      if (newBin > bin) {
        bin = newBin;
        binBytes = 0;
        activeBins++;
      }
      binBytes += payload;
      binMax = Math.max(binMax, binBytes);
      bytes += payload;
      segments++;
      previous = ts;
    }
    long bins = (window.tsNanos(n - 1) - start) / BIN_NANOS + 1;
    int o = offset;
    out[o++] = longestGap / NANOS;
    out[o++] = shortBursts;
    out[o++] = ratio(bytes, shortBursts);
    out[o++] = shortMax;
    out[o++] = longBursts;
    out[o++] = ratio(bytes, longBursts);
    out[o++] = longMax;
    out[o++] = binMax * (NANOS / BIN_NANOS);
    out[o] = ratio(activeBins, bins);
    return segments;
  }

  private static double ratio(long part, long whole) {
    return whole > 0 ? part / (double) whole : 0.0;
  }
}
