package io.earshot.sensor.pipeline;

import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.decode.PacketView;
import io.earshot.sensor.flow.FlowTable;
import io.earshot.sensor.identify.FlowIdentifier;
import io.earshot.sensor.identify.FlowTrack;
import io.earshot.sensor.identify.NameListener;
import java.lang.foreign.MemorySegment;

/**
 * The stages of a capture thread: frames to the packets of the service's flows, and the clock that
 * goes with them.
 *
 * <p>Time is packet time; only {@link #idle} brings in the wall clock, where nothing arrives on a
 * live interface. Owner: the capture thread; {@link ReadAhead} has the frames read and decoded by
 * another one.
 */
public final class FlowStages implements FrameHandler {
  private final FlowTable<FlowTrack> flows;
  private final FlowIdentifier identifier;
  private final StreamSink streams;
  private FrameStage frames = new FrameStage(new AtOnce());

  /**
   * @param streams takes the packets and the clock
   * @param names told of every named flow that is not the service's
   */
  public FlowStages(PipelineSettings settings, StreamSink streams, NameListener names) {
    this.streams = streams;
    identifier = new FlowIdentifier(settings.catalogue(), settings.endpoints(), streams, names);
    flows = new FlowTable<>(identifier, settings.flowLimits(), settings.hashSecret());
  }

  /**
   * Before the first frame: frames are decoded into the sink, by whichever thread, and come to
   * {@link #take} as packets.
   */
  FrameStage decodeInto(PacketSink sink) {
    frames = new FrameStage(sink);
    return frames;
  }

  @Override
  public void onFrame(
      MemorySegment data,
      long offset,
      int capturedBytes,
      int wireBytes,
      long tsNanos,
      int linkType,
      int interfaceId) {
    frames.onFrame(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
  }

  /**
   * One frame that has been decoded.
   *
   * @param marks those of {@link PacketSink}
   */
  void take(PacketView packet, int marks) {
    if ((marks & PacketSink.ADVANCED) != 0) {
      streams.advance(packet.tsNanos);
    } else if ((marks & PacketSink.STEPPED_BACK) != 0) {
      streams.stepBack(packet.tsNanos);
    }
    if ((marks & PacketSink.PACKET) != 0) {
      flows.packet(packet);
    }
  }

  /**
   * Nothing came for a while on a live interface, and everything up to this time has been handed
   * over: packet time goes on without packets, so that windows close.
   */
  public void idle(long nowNanos) {
    frames.idle(nowNanos);
  }

  /** The input is over: closes the flows. */
  public void finish() {
    frames.finish();
    flows.closeAll();
  }

  /** Largest packet time so far; far in the past before the first packet. */
  public long clockNanos() {
    return frames.clockNanos();
  }

  /** Flows in the table. */
  public int activeFlows() {
    return flows.size();
  }

  /** The counters so far, those of streams and windows at zero. */
  public PipelineCounters counters() {
    return PipelineCounters.of(frames, flows.stats(), identifier.stats());
  }

  /** One packet after the other, in one view. */
  private final class AtOnce implements PacketSink {
    private final PacketView view = new PacketView();

    @Override
    public PacketView next() {
      return view;
    }

    @Override
    public void written(int marks) {
      take(view, marks);
    }
  }
}
