package io.earshot.sensor.window;

import io.earshot.enrichment.Role;
import io.earshot.models.feature.Direction;
import io.earshot.models.feature.FetchedObject;
import io.earshot.models.feature.StreamContext;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.stream.Stream;
import io.earshot.sensor.stream.StreamListener;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts streams into epoch-aligned tumbling windows of packet time.
 *
 * <p>What a stream has shown is taken at the very end of a window; packets of the window may still
 * arrive for {@value #GRACE_MILLIS} ms of packet time, because packets that waited for their flow's
 * name come late. Later ones are counted as late and left out of the window. A stream that is
 * silent for {@value #QUIET_SECONDS} s gets no further windows until it speaks again.
 *
 * <p>The clock is the largest packet time seen; {@link #advance} must be called with it before the
 * packet itself is handed in. Owner: the analysis thread.
 */
public final class WindowAggregator implements StreamListener {
  static final int GRACE_MILLIS = 2000;
  static final int QUIET_SECONDS = 60;
  private static final long GRACE_NANOS = GRACE_MILLIS * 1_000_000L;
  private static final long QUIET_NANOS = QUIET_SECONDS * 1_000_000_000L;

  private final long windowNanos;
  private final WindowListener listener;
  private final IdentityHashMap<Stream, StreamWindows> streams = new IdentityHashMap<>();
  private final List<StreamWindows> order = new ArrayList<>();
  private long clock = Long.MIN_VALUE;
  private long nextEvent = Long.MIN_VALUE;
  private long lateSamples;
  private long windowsClosed;
  private @Nullable StreamWindows cached;

  /**
   * @param windowNanos length of a window, nanoseconds, at least one second
   */
  public WindowAggregator(long windowNanos, WindowListener listener) {
    if (windowNanos < 1_000_000_000L) {
      throw new IllegalArgumentException("a window is at least one second long");
    }
    this.windowNanos = windowNanos;
    this.listener = listener;
  }

  /** Packet time has come to {@code tsNanos}: closes the windows that are over. */
  public void advance(long tsNanos) {
    if (tsNanos > clock) {
      clock = tsNanos;
      if (tsNanos >= nextEvent) {
        closeWindows(tsNanos);
      }
    }
  }

  /** Forgets the clock after a jump back in time; streams must have been ended. */
  public void resetClock() {
    clock = Long.MIN_VALUE;
    nextEvent = Long.MIN_VALUE;
  }

  private void closeWindows(long now) {
    while (!order.isEmpty() && nextEvent <= now) {
      long at = nextEvent;
      for (int i = 0; i < order.size(); i++) {
        order.get(i).tick(at);
      }
      nextEvent = eventAfter(at);
      if (quietUntil(at)) {
        for (int i = 0; i < order.size(); i++) {
          order.get(i).skipTo(now);
        }
        break;
      }
    }
    if (nextEvent <= now) {
      nextEvent = eventAfter(now);
    }
  }

  private boolean quietUntil(long at) {
    for (int i = 0; i < order.size(); i++) {
      if (!order.get(i).quiet(at)) {
        return false;
      }
    }
    return true;
  }

  /** Windows end at multiples of their length and close a grace later. */
  private long eventAfter(long at) {
    long end = (Math.floorDiv(at, windowNanos) + 1) * windowNanos;
    long close = (Math.floorDiv(at - GRACE_NANOS, windowNanos) + 1) * windowNanos + GRACE_NANOS;
    return Math.min(end, close);
  }

  @Override
  public void started(Stream stream) {
    StreamWindows windows = new StreamWindows(stream);
    streams.put(stream, windows);
    order.add(windows);
    if (nextEvent == Long.MIN_VALUE) {
      nextEvent = eventAfter(stream.identity().startNanos());
    }
  }

  @Override
  public void sample(
      Stream stream,
      FlowDescriptor flow,
      long tsNanos,
      int frameBytes,
      int payloadBytes,
      int newBytes,
      Direction direction,
      int flags,
      long rttNanos,
      long missedBytes) {
    StreamWindows windows = cached;
    if (windows == null || windows.stream != stream) {
      windows = streams.get(stream);
      if (windows == null) {
        throw new IllegalStateException("sample of a stream that was not started");
      }
      cached = windows;
    }
    windows.sample(
        flow, tsNanos, frameBytes, payloadBytes, newBytes, direction, flags, rttNanos, missedBytes);
  }

  @Override
  public void ended(Stream stream) {
    StreamWindows windows = streams.remove(stream);
    order.remove(windows);
    cached = null;
    if (windows != null) {
      windows.finish(clock);
      listener.ended(stream.identity(), stream.lastNanos());
    }
  }

  /** Samples that came after their window had been closed. */
  public long lateSamples() {
    return lateSamples;
  }

  /** Windows handed on. */
  public long windowsClosed() {
    return windowsClosed;
  }

  /** The windows of one stream: the one that is filling and the one in its grace. */
  private final class StreamWindows {
    private final Stream stream;
    private OpenWindow current;
    private @Nullable OpenWindow grace;
    private long sequence;
    private int objectsBefore;
    private final StreamTotals totals = new StreamTotals();
    private long lastSampleNanos;

    StreamWindows(Stream stream) {
      this.stream = stream;
      lastSampleNanos = stream.identity().startNanos();
      long start = Math.floorDiv(stream.identity().startNanos(), windowNanos) * windowNanos;
      current = new OpenWindow(start);
    }

    void sample(
        FlowDescriptor flow,
        long tsNanos,
        int frameBytes,
        int payloadBytes,
        int newBytes,
        Direction direction,
        int flags,
        long rttNanos,
        long missedBytes) {
      boolean audio = Stream.roleOf(flow) == Role.AUDIO;
      totals.sample(flow, audio, frameBytes, payloadBytes, newBytes, flags, rttNanos, missedBytes);
      catchUp(tsNanos);
      lastSampleNanos = Math.max(lastSampleNanos, tsNanos);
      OpenWindow window = windowAt(tsNanos);
      if (window == null) {
        lateSamples++;
        return;
      }
      window.sample(
          flow.id(), audio, tsNanos, frameBytes, payloadBytes, newBytes, direction, flags);
    }

    /** Packets that had waited for their flow's name begin a stream in the past. */
    private void catchUp(long tsNanos) {
      while (tsNanos >= current.startNanos + windowNanos) {
        boolean over = current.packets() == 0 && quietWindow(current);
        turn(over ? tsNanos : current.startNanos + windowNanos);
      }
    }

    /** Leaves out windows in which the stream is silent. */
    void skipTo(long now) {
      long start = Math.floorDiv(now, windowNanos) * windowNanos;
      if (start > current.startNanos) {
        current = new OpenWindow(start);
      }
    }

    private @Nullable OpenWindow windowAt(long tsNanos) {
      if (tsNanos >= current.startNanos) {
        return current;
      }
      return grace != null && tsNanos >= grace.startNanos ? grace : null;
    }

    void tick(long at) {
      if (grace != null && at >= grace.startNanos + windowNanos + GRACE_NANOS) {
        emit(grace);
        grace = null;
      }
      if (at >= current.startNanos + windowNanos) {
        turn(at);
      }
    }

    /** The current window is over: takes what the stream has shown and begins the next. */
    private void turn(long at) {
      OpenWindow over = current;
      over.context = stream.contextAt(over.startNanos + windowNanos);
      over.objectsTotal = stream.objectsTotal();
      over.clients = stream.clientsAt(over.startNanos + windowNanos);
      boolean spoken = over.packets() > 0 || !quietWindow(over);
      long next = Math.floorDiv(at, windowNanos) * windowNanos;
      current = new OpenWindow(next);
      if (spoken) {
        if (grace != null) {
          emit(grace);
        }
        grace = over;
      }
    }

    private boolean quietWindow(OpenWindow window) {
      return window.startNanos > lastSampleNanos + QUIET_NANOS;
    }

    boolean quiet(long at) {
      return grace == null && current.packets() == 0 && at > lastSampleNanos + 2 * QUIET_NANOS;
    }

    void finish(long now) {
      if (grace != null) {
        emit(grace);
        grace = null;
      }
      if (current.startNanos <= now && (current.packets() > 0 || !quietWindow(current))) {
        // Nothing is known of the time after the last packet: what still arrives is not complete.
        long known = Math.min(current.startNanos + windowNanos, now);
        current.context = stream.contextAt(known);
        current.objectsTotal = stream.objectsTotal();
        current.clients = stream.clientsAt(known);
        emit(current);
      }
    }

    private void emit(OpenWindow window) {
      StreamContext context = window.context;
      if (context == null) {
        throw new IllegalStateException("a window closes after its context was taken");
      }
      int objects = window.objectsTotal - objectsBefore;
      objectsBefore = window.objectsTotal;
      windowsClosed++;
      listener.window(
          new WindowObservation(
              stream.identity(),
              window.startNanos,
              window.startNanos + windowNanos,
              sequence++,
              stream.representativeFlow(),
              totals.evidence(),
              totals.echOffered(),
              window.packetsUp,
              window.packetsDown,
              window.bytesUp,
              window.bytesDown,
              window.audioBytes,
              window.clients,
              window.flows(),
              objects,
              totals.rttNanos(),
              window.retransmissionRatio(),
              window.hindrances.toRecord(),
              downloadRate(context),
              totals.captureLossRatio(),
              stream.oneSided(),
              totals.offload(),
              context),
          window.series);
    }

    private static @Nullable Double downloadRate(StreamContext context) {
      List<FetchedObject> objects = context.objects();
      if (objects.isEmpty()) {
        return null;
      }
      FetchedObject last = objects.getLast();
      return last.durationSeconds() > 0 ? last.bytes() * 8 / 1000.0 / last.durationSeconds() : null;
    }
  }
}
