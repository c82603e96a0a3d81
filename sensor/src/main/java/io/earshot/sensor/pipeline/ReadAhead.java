package io.earshot.sensor.pipeline;

import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.PacketSource;
import io.earshot.sensor.decode.PacketView;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A thread that reads and decodes while the caller's looks at the packets: two processors for one
 * capture.
 *
 * <p>Every stage has one owner and sees everything in the same order as with one thread, so the
 * results are the same, byte for byte. A few batches go round between the two; whoever is ahead
 * waits. Nothing is allocated per packet.
 */
final class ReadAhead implements FrameHandler, PacketSink {
  /** Batches that go round. One is being written, so no frame is older than so many windows. */
  static final int BATCHES = 8;

  private final FlowStages flows;
  private final FrameStage frames;
  private final PacketBatch[] batches = new PacketBatch[BATCHES];
  private final Semaphore free = new Semaphore(BATCHES - 1);
  private final Semaphore written = new Semaphore(0);

  // The reading thread's.
  private int writing;
  private PacketBatch batch;
  private MemorySegment window = MemorySegment.NULL;

  /** Why reading ended, where it failed; visible with the last batch. */
  private @Nullable Throwable failure;

  ReadAhead(FlowStages flows) {
    this.flows = flows;
    frames = flows.decodeInto(this);
    Arrays.setAll(batches, _ -> new PacketBatch());
    batch = batches[0];
  }

  /**
   * Runs the source on a thread of its own and takes the packets on this one, until the end.
   *
   * @param source keeps frames for {@link #BATCHES} changes
   * @param tap wraps the handler of frames; called on the reading thread
   * @throws CaptureException where the input cannot be read at all
   */
  void run(PacketSource source, UnaryOperator<FrameHandler> tap) throws CaptureException {
    FrameHandler handler = tap.apply(this);
    Thread reader =
        Thread.ofPlatform().daemon().name("reader").unstarted(() -> read(source, handler));
    reader.start();
    int at = 0;
    boolean ended = false;
    try {
      while (!ended) {
        written.acquireUninterruptibly();
        PacketBatch next = batches[at];
        at = (at + 1) % BATCHES;
        ended = next.isLast();
        next.replay(flows);
        free.release();
      }
    } finally {
      if (!ended) {
        source.stop();
      }
      while (!ended) {
        free.release();
        written.acquireUninterruptibly();
        ended = batches[at].isLast();
        at = (at + 1) % BATCHES;
      }
    }
    switch (failure) {
      case null -> {}
      case CaptureException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException("reading failed", failure);
    }
  }

  private void read(PacketSource source, FrameHandler handler) {
    try {
      source.run(handler);
      frames.finish();
    } catch (CaptureException | RuntimeException | Error e) {
      failure = e;
    }
    batch.end();
    written.release();
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
    if (data != window) {
      window = data;
      handOver();
    }
    frames.onFrame(data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId);
  }

  @Override
  public PacketView next() {
    return batch.next();
  }

  @Override
  public void written(int marks) {
    boolean stays = (marks & PACKET) == 0 || batch.next().data == window;
    if (!batch.add(marks, stays)) {
      handOver();
    }
  }

  private void handOver() {
    written.release();
    free.acquireUninterruptibly();
    writing = (writing + 1) % BATCHES;
    batch = batches[writing];
    batch.clear();
  }
}
