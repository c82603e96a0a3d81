package io.earshot.sensor.capture;

import io.earshot.sensor.capture.CaptureException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.TimestampPrecision;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface;
import org.pcap4j.core.PcapNetworkInterface.PromiscuousMode;
import org.pcap4j.core.PcapStat;
import org.pcap4j.core.Pcaps;
import org.pcap4j.core.RawPacketListener;

/**
 * Frames of a live interface through libpcap: the portable engine.
 *
 * <p>Only {@code loop} with a raw listener is used, which hands over bytes without dissecting them;
 * pcap4j itself allocates an array and a time stamp per frame, nothing else does. A daemon thread
 * breaks the loop once a second, so that the time limit, {@link #stop} and {@link
 * FrameHandler#onIdle} hold on a silent link too and the kernel's drop counters stay fresh; libpcap
 * keeps the frames it holds over such a break.
 *
 * <p>Where the interface disappears while it is read, {@link #run} returns normally and {@link
 * CaptureStats#damage} says so. Owner: the thread that calls {@link #run}; {@link #stop} may be
 * called from any thread.
 */
public final class Pcap4jSource implements PacketSource {
  private static final int READ_TIMEOUT_MILLIS = 100;
  private static final long TICK_MILLIS = 1000;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  // pcap_activate's errors, pcap/pcap.h.
  private static final int PCAP_ERROR_NO_SUCH_DEVICE = -5;
  private static final int PCAP_ERROR_PERM_DENIED = -8;
  private static final int PCAP_ERROR_IFACE_NOT_UP = -9;
  private static final int PCAP_ERROR_PROMISC_PERM_DENIED = -11;

  private final String name;
  private final PcapHandle handle;
  private final int linkType;
  private final @Nullable Duration maxDuration;
  private final Arena arena;
  private final MemorySegment frame;

  /** Written by the capture thread only; others read for {@link #stats} of a running capture. */
  private final AtomicLong frames = new AtomicLong();

  private final AtomicLong bytes = new AtomicLong();

  private volatile boolean stopped;
  private volatile boolean finished;
  private volatile boolean closed;
  private volatile long kernelDropped;
  private volatile long firstNanos;
  private volatile long lastNanos;
  private volatile @Nullable String damage;
  private @Nullable Throwable handlerFailure;

  private Pcap4jSource(String name, PcapHandle handle, LiveOptions options) {
    this.name = name;
    this.handle = handle;
    this.linkType = handle.getDlt().value();
    this.maxDuration = options.maxDuration();
    this.arena = Arena.ofShared();
    this.frame = arena.allocate(LiveOptions.MAX_SNAPLEN_BYTES, Long.BYTES);
  }

  /**
   * Opens an interface; frames are buffered by the kernel from now on.
   *
   * @throws CaptureException UNREADABLE where libpcap is missing, there is no such interface or it
   *     is down; BAD_FILTER; NO_PERMISSION where the process may not capture
   */
  public static Pcap4jSource open(String interfaceName, LiveOptions options)
      throws CaptureException {
    try {
      return openWithLibrary(interfaceName, options);
    } catch (LinkageError e) {
      throw new CaptureException(
          Kind.UNREADABLE,
          "libpcap is missing: install libpcap (Debian: apt-get install libpcap0.8)",
          e);
    }
  }

  private static Pcap4jSource openWithLibrary(String interfaceName, LiveOptions options)
      throws CaptureException {
    PcapHandle handle;
    try {
      handle = build(interfaceName, options, true);
    } catch (PcapNativeException e) {
      throw openFailure(interfaceName, e);
    }
    boolean opened = false;
    try {
      if (options.bpfFilter() != null) {
        setFilter(handle, options.bpfFilter());
      }
      Pcap4jSource source = new Pcap4jSource(interfaceName, handle, options);
      opened = true;
      return source;
    } finally {
      if (!opened) {
        handle.close();
      }
    }
  }

  private static PcapHandle build(String interfaceName, LiveOptions options, boolean nanos)
      throws PcapNativeException {
    PcapHandle.Builder builder =
        new PcapHandle.Builder(interfaceName)
            .snaplen(options.snaplenBytes())
            .bufferSize(options.bufferBytes())
            .timeoutMillis(READ_TIMEOUT_MILLIS)
            .promiscuousMode(
                options.promiscuous()
                    ? PromiscuousMode.PROMISCUOUS
                    : PromiscuousMode.NONPROMISCUOUS);
    if (options.immediate()) {
      builder.immediateMode(true);
    }
    if (!nanos) {
      return builder.build();
    }
    try {
      return builder.timestampPrecision(TimestampPrecision.NANO).build();
    } catch (PcapNativeException e) {
      if (e.getReturnCode() != null) {
        throw e;
      }
      // An error without code comes from setting up, for example a libpcap without nanoseconds.
      return build(interfaceName, options, false);
    }
  }

  private static void setFilter(PcapHandle handle, String filter) throws CaptureException {
    try {
      handle.setFilter(filter, BpfCompileMode.OPTIMIZE);
    } catch (PcapNativeException | NotOpenException e) {
      throw new CaptureException(
          Kind.BAD_FILTER, "filter '" + filter + "' is not valid: " + e.getMessage(), e);
    }
  }

  private static CaptureException openFailure(String interfaceName, PcapNativeException failure) {
    Integer code = failure.getReturnCode();
    List<String> interfaces = interfaces();
    boolean unknown =
        code != null
            ? code == PCAP_ERROR_NO_SUCH_DEVICE
            : !interfaces.isEmpty() && !interfaces.contains(interfaceName);
    if (unknown) {
      return LiveFailures.noInterface(interfaceName, interfaces, failure);
    }
    if (code != null
        && (code == PCAP_ERROR_PERM_DENIED || code == PCAP_ERROR_PROMISC_PERM_DENIED)) {
      return LiveFailures.noPermission(interfaceName, failure);
    }
    if (code != null && code == PCAP_ERROR_IFACE_NOT_UP) {
      return new CaptureException(
          Kind.UNREADABLE,
          "interface " + interfaceName + " is down: 'ip link set " + interfaceName + " up'",
          failure);
    }
    return new CaptureException(
        Kind.UNREADABLE,
        "interface " + interfaceName + " cannot be opened: " + failure.getMessage(),
        failure);
  }

  /** Names of the interfaces that libpcap sees, empty where it cannot say. */
  private static List<String> interfaces() {
    try {
      return Pcaps.findAllDevs().stream()
          .map(PcapNetworkInterface::getName)
          .sorted()
          .collect(Collectors.toUnmodifiableList());
    } catch (PcapNativeException e) {
      return List.of();
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void run(FrameHandler handler) throws CaptureException {
    long deadline =
        maxDuration == null ? Long.MAX_VALUE : System.nanoTime() + saturatedNanos(maxDuration);
    Thread watchdog =
        Thread.ofPlatform()
            .daemon()
            .name("capture-watchdog-" + name)
            .unstarted(() -> watch(deadline));
    watchdog.start();
    try {
      capture(handler, deadline);
    } finally {
      finished = true;
      watchdog.interrupt();
    }
  }

  private void capture(FrameHandler handler, long deadline) {
    RawPacketListener listener = array -> onFrame(handler, array, deadline);
    long seen = 0;
    while (!stopped && !reached(deadline)) {
      try {
        handle.loop(-1, listener);
      } catch (InterruptedException e) {
        // pcap4j's word for a loop that breakLoop ended; the thread was not interrupted.
      } catch (PcapNativeException | NotOpenException e) {
        if (!stopped) {
          damage = "capture on " + name + " ended: " + e.getMessage();
          stopped = true;
        }
      }
      if (handlerFailure != null) {
        rethrow(handlerFailure);
      }
      readDropCounters();
      long now = frames.get();
      if (now == seen && !stopped) {
        handler.onIdle(System.currentTimeMillis() * NANOS_PER_MILLI);
      }
      seen = now;
    }
  }

  /** pcap4j would log and swallow what the handler throws, so it is kept and thrown later. */
  private void onFrame(FrameHandler handler, byte[] array, long deadline) {
    if (stopped) {
      return;
    }
    try {
      Timestamp time = handle.getTimestamp();
      long tsNanos =
          Math.floorDiv(time.getTime(), 1000L) * TimeUnits.NANOS_PER_SECOND + time.getNanos();
      int captured = Math.min(array.length, LiveOptions.MAX_SNAPLEN_BYTES);
      int wire = Math.max(handle.getOriginalLength(), captured);
      MemorySegment.copy(array, 0, frame, ValueLayout.JAVA_BYTE, 0, captured);
      long count = frames.get();
      if (count == 0) {
        firstNanos = tsNanos;
      }
      if (tsNanos > lastNanos) {
        lastNanos = tsNanos;
      }
      bytes.lazySet(bytes.get() + wire);
      frames.lazySet(count + 1);
      handler.onFrame(frame, 0, captured, wire, tsNanos, linkType, 0);
      if ((count & 0xff) == 0 && reached(deadline)) {
        stopped = true;
        breakLoop();
      }
    } catch (RuntimeException | Error e) {
      handlerFailure = e;
      stopped = true;
      breakLoop();
    }
  }

  private static void rethrow(Throwable failure) {
    switch (failure) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }

  private void watch(long deadline) {
    while (!finished && !stopped) {
      long millis = TICK_MILLIS;
      if (deadline != Long.MAX_VALUE) {
        long left = (deadline - System.nanoTime()) / NANOS_PER_MILLI + 1;
        millis = Math.clamp(left, 1, TICK_MILLIS);
      }
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        return;
      }
      breakLoop();
    }
  }

  private static boolean reached(long deadline) {
    return deadline != Long.MAX_VALUE && System.nanoTime() - deadline >= 0;
  }

  private static long saturatedNanos(Duration duration) {
    return duration.toDays() > 36_500 ? Long.MAX_VALUE / 4 : duration.toNanos();
  }

  private void breakLoop() {
    try {
      handle.breakLoop();
    } catch (NotOpenException e) {
      stopped = true;
    }
  }

  private void readDropCounters() {
    try {
      PcapStat stat = handle.getStats();
      kernelDropped =
          Integer.toUnsignedLong((int) stat.getNumPacketsDropped())
              + Integer.toUnsignedLong((int) stat.getNumPacketsDroppedByIf());
    } catch (PcapNativeException | NotOpenException e) {
      // The interface is gone; the last figures stand.
    }
  }

  @Override
  public void stop() {
    stopped = true;
    if (!closed) {
      breakLoop();
    }
  }

  @Override
  public CaptureStats stats() {
    return new CaptureStats(
        frames.get(), bytes.get(), kernelDropped, firstNanos, lastNanos, damage);
  }

  /** Stops, waits for a running {@link #run} to leave libpcap, and releases the interface. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    stop();
    closed = true;
    handle.close();
    arena.close();
  }
}
