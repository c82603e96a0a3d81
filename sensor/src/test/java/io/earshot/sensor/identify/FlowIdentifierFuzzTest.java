package io.earshot.sensor.identify;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.earshot.enrichment.ServiceCatalogue;
import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.Frames;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import io.earshot.sensor.flow.FlowLimits;
import io.earshot.sensor.flow.FlowTable;
import io.earshot.sensor.identify.tls.HostNames;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Whatever packets come in whatever order, the identifier answers, and names what is a name.
 *
 * <p>The data are packets, each: a byte that chooses the flow (bits 0–3), the direction (bit 4) and
 * the TCP flags (bits 5–7), a byte that moves the sequence number by -128 to 127, a byte with the
 * length of the payload in units of eight bytes, and the payload.
 */
class FlowIdentifierFuzzTest {
  static final int[] TCP_PORTS = {443, 80, 4070, 53, 443, 80, 8080, 57621};
  static final int[] UDP_PORTS = {443, 53, 5353, 57621, 443, 53, 1900, 4500};
  static final int UNIT = 8;
  private static final int[] FLAGS = {16, 2, 18, 17, 4, 24, 16, 20};
  private static final int MOST_PACKETS = 64;
  private static final ServiceCatalogue CATALOGUE = ServiceCatalogue.shipped();

  @FuzzTest(maxDuration = "10m")
  void packets_ofAnyBytes_areAnswered(byte[] data) {
    Sink sink = new Sink();
    List<FlowDescriptor> named = new ArrayList<>();
    FlowIdentifier identifier = new FlowIdentifier(CATALOGUE, sink, named::add);
    FlowTable<FlowTrack> table = new FlowTable<>(identifier, FlowLimits.DEFAULT, 0);
    PacketDecoder decoder = new PacketDecoder();
    PacketView view = new PacketView();
    long[] next = new long[2 * TCP_PORTS.length];
    int packets = 0;
    int at = 0;
    while (at + 3 <= data.length && packets < MOST_PACKETS) {
      int what = data[at] & 0xff;
      int shift = data[at + 1];
      int length = Math.min(UNIT * (data[at + 2] & 0xff), data.length - at - 3);
      byte[] payload = Arrays.copyOfRange(data, at + 3, at + 3 + length);
      at += 3 + length;
      packets++;
      byte[] frame =
          Frames.ethernet(
              Frames.IPV4_TYPE,
              packet(what & 15, (what & 16) == 0, what >> 5, shift, payload, next));
      long nanos = 1_700_000_000_000_000_000L + packets * 1_000_000L;
      DecodeResult result =
          decoder.decode(
              MemorySegment.ofArray(frame),
              0,
              frame.length,
              frame.length,
              nanos,
              LinkType.ETHERNET,
              0,
              view);
      assertThat(result).isEqualTo(DecodeResult.DECODED);
      table.packet(view);
    }
    table.closeAll();

    assertThat(table.stats().packets()).isEqualTo(packets);
    assertThat(sink.samples).isLessThanOrEqualTo(packets);
    assertThat(identifier.stats().spotifyFlows()).isLessThanOrEqualTo(2L * TCP_PORTS.length);
    for (FlowDescriptor flow : named) {
      assertThat(flow.identification().confidence()).isBetween(0.0, 1.0);
      String name = flow.identification().serverName();
      assertThat(name == null || name.length() <= HostNames.MAX_BYTES).isTrue();
    }
  }

  private static byte[] packet(
      int flow, boolean up, int flags, int shift, byte[] payload, long[] next) {
    boolean tcp = flow < TCP_PORTS.length;
    int port = tcp ? TCP_PORTS[flow] : UDP_PORTS[flow - TCP_PORTS.length];
    int client = 40_000 + flow;
    int from = up ? client : port;
    int to = up ? port : client;
    byte[] transport;
    if (tcp) {
      int way = up ? 0 : 1;
      long sequence = (next[2 * flow + way] + shift) & 0xffff_ffffL;
      transport =
          Frames.tcp(
              from,
              to,
              sequence,
              next[2 * flow + 1 - way] & 0xffff_ffffL,
              FLAGS[flags],
              0xffff,
              new byte[0],
              payload);
      next[2 * flow + way] = sequence + payload.length + (FLAGS[flags] & 2) / 2;
    } else {
      transport = Frames.udp(from, to, payload);
    }
    return Frames.ipv4(
        tcp ? 6 : 17,
        up ? Frames.SRC4 : Frames.DST4,
        up ? Frames.DST4 : Frames.SRC4,
        new byte[0],
        0,
        transport);
  }

  private static final class Sink implements FlowSampleSink {
    private int samples;

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
      assertThat(frameBytes).isGreaterThan(payloadBytes);
      assertThat(newBytes).isBetween(0, payloadBytes);
      assertThat(missedBytes).isNotNegative();
      assertThat(rttNanos).isNotNegative();
      samples++;
    }

    @Override
    public void closed(FlowDescriptor flow) {}
  }
}
