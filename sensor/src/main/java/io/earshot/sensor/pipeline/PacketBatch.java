package io.earshot.sensor.pipeline;

import io.earshot.sensor.decode.PacketCopy;
import io.earshot.sensor.decode.PacketView;
import org.jspecify.annotations.Nullable;

/**
 * Packets on their way from the thread that reads to the one that analyses; used again and again.
 *
 * <p>The bytes of a packet stay in the segment that they were read into. Those that lie elsewhere,
 * with the fragments or with a frame that waited, are copied, because they do not stay there.
 * Owner: the reading thread until the batch is handed over, the analysing one until it is given
 * back.
 */
final class PacketBatch {
  private static final int PACKETS = 512;

  private final @Nullable PacketView[] views = new PacketView[PACKETS];
  private final byte[] marks = new byte[PACKETS];
  private final PacketCopy copy = new PacketCopy();
  private int size;
  private boolean last;

  /** Takes everything out. */
  void clear() {
    size = 0;
  }

  /** The view to write the next packet to; there is always room for one. */
  PacketView next() {
    PacketView view = views[size];
    if (view == null) {
      view = new PacketView();
      views[size] = view;
    }
    return view;
  }

  /**
   * Adds what was written to {@link #next}.
   *
   * @param stays whether the bytes of the packet stay where they are until the batch is cleared
   * @return whether there is room for another one
   */
  boolean add(int mark, boolean stays) {
    if (mark == 0) {
      return true;
    }
    PacketView view = next();
    marks[size++] = (byte) mark;
    if (!stays) {
      copy.take(view);
    }
    return stays && size < PACKETS;
  }

  /** Nothing comes after this batch. */
  void end() {
    last = true;
  }

  boolean isLast() {
    return last;
  }

  /** Hands everything on, in order. */
  void replay(FlowStages flows) {
    for (int i = 0; i < size; i++) {
      PacketView view = views[i];
      if (view != null) {
        flows.take(view, marks[i]);
      }
    }
  }
}
