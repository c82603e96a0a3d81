package io.earshot.sensor.stream;

import io.earshot.enrichment.Role;
import io.earshot.models.feature.Direction;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.identify.FlowSampleSink;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts the flows of one client address together to a stream.
 *
 * <p>A stream begins with the first packet of any followed flow of its client and ends after
 * {@value #IDLE_MINUTES} minutes of packet time without one: longer than any silence between two
 * tracks. Bounded: beyond {@value #MAX_STREAMS} streams new listeners are counted and not followed.
 *
 * <p>Owner: the analysis thread.
 */
public final class StreamTracker implements FlowSampleSink {
  static final int MAX_STREAMS = 100_000;
  static final int IDLE_MINUTES = 15;
  private static final long IDLE_NANOS = IDLE_MINUTES * 60L * 1_000_000_000L;

  private final String sensorName;
  private final StreamListener listener;
  private final Map<ClientKey, Stream> streams = new LinkedHashMap<>();
  private int sequence;
  private long refusedSamples;
  private @Nullable Stream cached;
  private long cachedHi;
  private long cachedLo;
  private int cachedVlan;
  private int cachedVni;

  public StreamTracker(String sensorName, StreamListener listener) {
    this.sensorName = sensorName;
    this.listener = listener;
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
    Stream stream = streamOf(flow, tsNanos);
    if (stream == null) {
      refusedSamples++;
      return;
    }
    stream.sample(flow, tsNanos, payloadBytes, newBytes, missedBytes, direction, flags);
    listener.sample(
        stream,
        flow,
        tsNanos,
        frameBytes,
        payloadBytes,
        newBytes,
        direction,
        flags,
        rttNanos,
        missedBytes);
  }

  @Override
  public void closed(FlowDescriptor flow) {
    Stream stream =
        streams.get(
            new ClientKey(flow.key().clientHi(), flow.key().clientLo(), flow.vlanId(), flow.vni()));
    if (stream != null) {
      stream.flowClosed(flow);
    }
  }

  private @Nullable Stream streamOf(FlowDescriptor flow, long tsNanos) {
    long hi = flow.key().clientHi();
    long lo = flow.key().clientLo();
    int vlan = flow.vlanId();
    int vni = flow.vni();
    if (cached != null
        && cachedHi == hi
        && cachedLo == lo
        && cachedVlan == vlan
        && cachedVni == vni) {
      return cached;
    }
    ClientKey key = new ClientKey(hi, lo, vlan, vni);
    Stream stream = streams.get(key);
    if (stream == null) {
      if (Stream.roleOf(flow) == Role.LAN_DISCOVERY || streams.size() >= MAX_STREAMS) {
        return null;
      }
      stream = start(flow, tsNanos);
      streams.put(key, stream);
    }
    cached = stream;
    cachedHi = hi;
    cachedLo = lo;
    cachedVlan = vlan;
    cachedVni = vni;
    return stream;
  }

  private Stream start(FlowDescriptor flow, long tsNanos) {
    StreamIdentity identity =
        new StreamIdentity(
            streamId(flow, tsNanos),
            flow.key().clientAddress(),
            flow.vlanId(),
            tsNanos,
            ++sequence);
    Stream stream = new Stream(identity, flow);
    listener.started(stream);
    return stream;
  }

  /** 128 bits of a SHA-256: the same capture gives the same id on every run and machine. */
  private String streamId(FlowDescriptor flow, long tsNanos) {
    ByteBuffer buffer = ByteBuffer.allocate(8 + 8 + 4 + 8);
    buffer.putLong(flow.key().clientHi()).putLong(flow.key().clientLo());
    buffer.putInt(flow.vlanId()).putLong(tsNanos);
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(sensorName.getBytes(StandardCharsets.UTF_8));
      digest.update(buffer.flip());
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Ends the streams that are silent for too long at that packet time. */
  public void expire(long nowNanos) {
    List<ClientKey> idle = new ArrayList<>();
    streams.forEach(
        (key, stream) -> {
          if (nowNanos - stream.lastNanos() > IDLE_NANOS) {
            idle.add(key);
          }
        });
    for (ClientKey key : idle) {
      end(streams.remove(key));
    }
  }

  /** Ends all streams: the input is over. */
  public void endAll() {
    List<Stream> all = List.copyOf(streams.values());
    streams.clear();
    all.forEach(this::end);
  }

  private void end(@Nullable Stream stream) {
    cached = null;
    if (stream != null) {
      listener.ended(stream);
    }
  }

  /** Streams that are followed now. */
  public int size() {
    return streams.size();
  }

  /** Samples of listeners beyond the bound. */
  public long refusedSamples() {
    return refusedSamples;
  }

  private record ClientKey(long hi, long lo, int vlan, int vni) {}
}
