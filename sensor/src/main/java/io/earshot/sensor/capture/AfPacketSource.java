package io.earshot.sensor.capture;

import io.earshot.sensor.capture.CaptureException.Kind;
import io.earshot.sensor.capture.PacketSocket.SocketFailure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Frames of a live interface from the Linux kernel's TPACKET_V3 ring, read where the kernel wrote
 * them: no copy and no allocation per frame.
 *
 * <p>The kernel fills blocks of {@value #BLOCK_BYTES} bytes and hands each over when it is full or
 * {@value #RETIRE_MILLIS} ms old. Time stamps are the kernel's, in nanoseconds, or the card's. A
 * VLAN tag that the card or the kernel took off is put back in front of the EtherType. An interface
 * that goes down or away is waited for; {@link CaptureStats#damage} says how often that happened.
 *
 * <p>Owner: the thread that calls {@link #run}; {@link #stop}, {@link #stats} and {@link #close}
 * may be called from any thread. Source: linux/if_packet.h,
 * Documentation/networking/packet_mmap.rst.
 */
public final class AfPacketSource implements PacketSource {
  static final int BLOCK_BYTES = 1 << 20;
  static final int RETIRE_MILLIS = 40;
  private static final int MIN_BLOCKS = 4;
  private static final int FRAME_BYTES = 2048;
  private static final int POLL_MILLIS = 100;
  private static final long NANOS_PER_MILLI = 1_000_000L;
  private static final long TICK_NANOS = TimeUnits.NANOS_PER_SECOND;

  /*
   * struct tpacket_block_desc, TPACKET_V3:
   *
   *    0         4                8        12         16               20
   *   +---------+----------------+--------+----------+----------------+- - -
   *   | version | private offset | status | packets  | first packet   | ...
   *   +---------+----------------+--------+----------+----------------+- - -
   */
  private static final int BLOCK_STATUS = 8;
  private static final int BLOCK_PACKETS = 12;
  private static final int BLOCK_FIRST = 16;
  private static final int STATUS_KERNEL = 0;
  private static final int STATUS_USER = 1;

  /*
   * struct tpacket3_hdr, followed by struct sockaddr_ll at 48:
   *
   *    0             4         8             12            16
   *   +-------------+---------+-------------+-------------+-------------+
   *   | next offset | seconds | nanoseconds | captured    | on the wire |
   *   +-------------+---------+-------------+-------------+-------------+
   *    20       24        26        28     32         36
   *   +--------+---------+---------+------+----------+-----------+- - -
   *   | status | frame at| IP at   | hash | VLAN tag | VLAN type | ...
   *   +--------+---------+---------+------+----------+-----------+- - -
   */
  private static final int NEXT = 0;
  private static final int SECONDS = 4;
  private static final int NANOS = 8;
  private static final int CAPTURED = 12;
  private static final int WIRE = 16;
  private static final int STATUS = 20;
  private static final int FRAME_AT = 24;
  private static final int VLAN_TAG = 32;
  private static final int VLAN_TYPE = 36;
  private static final int PACKET_TYPE = 48 + 10;
  private static final int STATUS_VLAN_VALID = 1 << 4;
  private static final int STATUS_VLAN_TYPE_VALID = 1 << 6;
  private static final byte OUTGOING = 4;

  private static final int VLAN_BYTES = 4;
  private static final int ADDRESSES_BYTES = 12;
  private static final short USUAL_VLAN_TYPE = (short) 0x8100;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
  private static final ValueLayout.OfShort BIG_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);
  private static final VarHandle STATUS_WORD = INT.varHandle();

  // Hardware types, linux/if_arp.h, and the link type of what a packet socket delivers for them.
  private static final int ARPHRD_ETHER = 1;
  private static final int ARPHRD_TUNNEL = 768;
  private static final int ARPHRD_TUNNEL6 = 769;
  private static final int ARPHRD_LOOPBACK = 772;
  private static final int ARPHRD_NONE = 65_534;
  private static final int LINKTYPE_ETHERNET = 1;
  private static final int LINKTYPE_RAW = 101;
  private static final int NO_LINK_TYPE = -1;

  private final String name;
  private final LiveOptions options;
  private final int linkType;
  private final boolean loopback;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment filter;
  private final MemorySegment nothing;
  private final ReentrantLock running = new ReentrantLock();
  private final AtomicLong frames = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  private @Nullable PacketSocket socket;
  private MemorySegment ring = MemorySegment.NULL;
  private int blocks;
  private int block;
  private int interfaceIndex;
  private boolean down;
  private boolean closed;

  private volatile boolean stopped;
  private final AtomicLong kernelDropped = new AtomicLong();
  private volatile long firstNanos;
  private volatile long lastNanos;
  private final AtomicInteger interruptions = new AtomicInteger();

  private AfPacketSource(String name, LiveOptions options, int linkType) throws CaptureException {
    this.name = name;
    this.options = options;
    this.linkType = linkType;
    this.loopback = hardwareType(name) == ARPHRD_LOOPBACK;
    this.nothing = BpfCompiler.everything(0, arena);
    String bpf = options.bpfFilter();
    this.filter =
        bpf == null
            ? BpfCompiler.everything(options.snaplenBytes(), arena)
            : BpfCompiler.compile(name, bpf, options.snaplenBytes(), arena);
  }

  /**
   * Opens an interface; frames are buffered by the kernel from now on.
   *
   * @throws CaptureException UNREADABLE where there is no such interface, its frames are of a kind
   *     that is not read or the kernel has no room for the ring; BAD_FILTER; NO_PERMISSION where
   *     the process may not capture
   */
  public static AfPacketSource open(String interfaceName, LiveOptions options)
      throws CaptureException {
    int hardwareType = hardwareType(interfaceName);
    if (hardwareType < 0) {
      throw LiveFailures.noInterface(interfaceName, List.of(), null);
    }
    int linkType = linkType(hardwareType);
    if (linkType == NO_LINK_TYPE) {
      throw new CaptureException(
          Kind.UNREADABLE,
          "the af_packet engine does not read interface "
              + interfaceName
              + " (hardware type "
              + hardwareType
              + "): use the pcap4j engine");
    }
    permission(interfaceName);
    AfPacketSource source = new AfPacketSource(interfaceName, options, linkType);
    boolean opened = false;
    try {
      source.connect();
      opened = true;
      return source;
    } catch (SocketFailure e) {
      throw source.openFailure(e);
    } finally {
      if (!opened) {
        source.close();
      }
    }
  }

  /** Before a filter is compiled, so that a missing right is not taken for a bad filter. */
  private static void permission(String interfaceName) throws CaptureException {
    try (PacketSocket probe = new PacketSocket()) {
      probe.pendingError();
    } catch (SocketFailure e) {
      throw e.errno() == PacketSocket.EPERM || e.errno() == PacketSocket.EACCES
          ? LiveFailures.noPermission(interfaceName, e)
          : new CaptureException(
              Kind.UNREADABLE, interfaceName + " cannot be opened: " + e.getMessage(), e);
    }
  }

  /** Loads what {@link #open} and {@link #run} need: the first use takes a tenth of a second. */
  static void load() {
    PacketSocket.load();
    try (Arena once = Arena.ofConfined()) {
      STATUS_WORD.setRelease(once.allocate(INT), 0L, STATUS_KERNEL);
    }
  }

  /** Whether this machine and the interface's kind of frames suit the engine. */
  static boolean serves(String interfaceName) {
    return System.getProperty("os.name", "").equals("Linux")
        && linkType(hardwareType(interfaceName)) != NO_LINK_TYPE;
  }

  private static int linkType(int hardwareType) {
    return switch (hardwareType) {
      case ARPHRD_ETHER, ARPHRD_LOOPBACK -> LINKTYPE_ETHERNET;
      case ARPHRD_NONE, ARPHRD_TUNNEL, ARPHRD_TUNNEL6 -> LINKTYPE_RAW;
      default -> NO_LINK_TYPE;
    };
  }

  /** ARPHRD_ number of an interface, -1 where there is no such interface. */
  private static int hardwareType(String interfaceName) {
    if (interfaceName.isEmpty() || interfaceName.contains("/") || interfaceName.startsWith(".")) {
      return -1;
    }
    try {
      String text = Files.readString(Path.of("/sys/class/net", interfaceName, "type"));
      return Integer.parseInt(text.strip());
    } catch (IOException | NumberFormatException e) {
      return -1;
    }
  }

  private CaptureException openFailure(SocketFailure failure) {
    return switch (failure.errno()) {
      case PacketSocket.EPERM, PacketSocket.EACCES -> LiveFailures.noPermission(name, failure);
      case PacketSocket.ENETDOWN ->
          new CaptureException(
              Kind.UNREADABLE,
              "interface " + name + " is down: 'ip link set " + name + " up'",
              failure);
      case PacketSocket.ENOMEM ->
          new CaptureException(
              Kind.UNREADABLE,
              "the kernel has no memory for a ring of "
                  + (options.bufferBytes() >> 20)
                  + " MiB: ask for a smaller buffer",
              failure);
      default ->
          new CaptureException(
              Kind.UNREADABLE,
              "interface "
                  + name
                  + " cannot be opened: "
                  + failure.getMessage()
                  + "; the pcap4j engine may still work",
              failure);
    };
  }

  /** A socket with its ring, bound to whatever interface has the name now. */
  private void connect() throws SocketFailure {
    int index = PacketSocket.indexOf(name);
    if (index == 0) {
      throw new SocketFailure("if_nametoindex", PacketSocket.ENODEV);
    }
    PacketSocket fresh = new PacketSocket();
    boolean connected = false;
    try {
      blocks = Math.max(MIN_BLOCKS, options.bufferBytes() / BLOCK_BYTES);
      ring = fresh.ring(BLOCK_BYTES, blocks, FRAME_BYTES, VLAN_BYTES, RETIRE_MILLIS);
      block = 0;
      fresh.filter(filter);
      if (options.hardwareTime()) {
        fresh.hardwareTime();
      }
      fresh.bind(index);
      if (options.promiscuous()) {
        fresh.promiscuous(index);
      }
      LiveOptions.FanOut fanOut = options.fanOut();
      if (fanOut != null) {
        fresh.fanOut(fanOut.group(), fanOut.mode().number());
      }
      interfaceIndex = index;
      socket = fresh;
      connected = true;
    } finally {
      if (!connected) {
        fresh.close();
      }
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void run(FrameHandler handler) throws CaptureException {
    running.lock();
    try {
      if (closed) {
        throw new CaptureException(Kind.UNREADABLE, name + " was closed before it was read");
      }
      capture(handler);
    } catch (SocketFailure e) {
      throw new CaptureException(
          Kind.UNREADABLE, "capture on " + name + " ended: " + e.getMessage(), e);
    } finally {
      running.unlock();
    }
  }

  private void capture(FrameHandler handler) throws SocketFailure {
    long begin = System.nanoTime();
    long limit = options.maxDuration() == null ? Long.MAX_VALUE : nanos(options.maxDuration());
    long lastTick = begin;
    long lastFrame = begin;
    while (!stopped) {
      // Before the look at the ring: what is not seen then is not older.
      long wallMillis = System.currentTimeMillis();
      boolean read = readBlock(handler);
      long now = System.nanoTime();
      if (now - begin >= limit) {
        break;
      }
      if (now - lastTick >= TICK_NANOS) {
        lastTick = now;
        tick();
      }
      if (read) {
        lastFrame = now;
      } else {
        if (now - lastFrame >= TICK_NANOS) {
          lastFrame = now;
          handler.onIdle(wallMillis * NANOS_PER_MILLI);
        }
        await(Math.clamp((limit - (now - begin)) / NANOS_PER_MILLI + 1, 1, POLL_MILLIS));
      }
    }
    drain(handler);
  }

  /** Lets nothing more in and reads what the kernel already holds. */
  private void drain(FrameHandler handler) throws SocketFailure {
    PacketSocket open = socket;
    if (open == null) {
      return;
    }
    open.filter(nothing);
    long deadline = System.nanoTime() + 3 * RETIRE_MILLIS * NANOS_PER_MILLI;
    while (System.nanoTime() - deadline < 0) {
      if (!readBlock(handler)) {
        open.poll(RETIRE_MILLIS / 4);
      }
    }
    kernelDropped.addAndGet(open.dropped());
  }

  private void await(int millis) throws SocketFailure {
    PacketSocket open = socket;
    if (open == null) {
      LockSupport.parkNanos(millis * NANOS_PER_MILLI);
    } else if (open.poll(millis)) {
      int error = open.pendingError();
      if (error != 0 && !down) {
        down = true;
        interruptions.incrementAndGet();
      }
    }
  }

  /** Once a second: drop counters, and whether the interface is still the same one. */
  private void tick() throws SocketFailure {
    PacketSocket open = socket;
    if (open != null) {
      kernelDropped.addAndGet(open.dropped());
    }
    int index = PacketSocket.indexOf(name);
    if (index == interfaceIndex) {
      return;
    }
    if (open != null) {
      if (!down) {
        interruptions.incrementAndGet();
      }
      down = true;
      socket = null;
      ring = MemorySegment.NULL;
      open.close();
    }
    if (index != 0) {
      try {
        connect();
        down = false;
      } catch (SocketFailure e) {
        // Not up yet, or gone again: the next second tries anew.
        interfaceIndex = 0;
      }
    }
  }

  private static long nanos(java.time.Duration duration) {
    return duration.toDays() > 36_500 ? Long.MAX_VALUE : duration.toNanos();
  }

  /** Hands over the frames of the next block where the kernel has given it up; false where not. */
  private boolean readBlock(FrameHandler handler) {
    if (ring.byteSize() == 0) {
      return false;
    }
    long base = (long) block * BLOCK_BYTES;
    int status = (int) STATUS_WORD.getAcquire(ring, base + BLOCK_STATUS);
    if ((status & STATUS_USER) == 0) {
      return false;
    }
    down = false;
    int packets = ring.get(INT, base + BLOCK_PACKETS);
    long at = base + Integer.toUnsignedLong(ring.get(INT, base + BLOCK_FIRST));
    for (int i = 0; i < packets; i++) {
      frame(handler, at);
      at += Integer.toUnsignedLong(ring.get(INT, at + NEXT));
    }
    STATUS_WORD.setRelease(ring, base + BLOCK_STATUS, STATUS_KERNEL);
    block = block + 1 == blocks ? 0 : block + 1;
    return true;
  }

  private void frame(FrameHandler handler, long header) {
    // On the loopback interface every packet is seen leaving and arriving.
    if (loopback && ring.get(ValueLayout.JAVA_BYTE, header + PACKET_TYPE) == OUTGOING) {
      return;
    }
    long tsNanos =
        Integer.toUnsignedLong(ring.get(INT, header + SECONDS)) * TimeUnits.NANOS_PER_SECOND
            + ring.get(INT, header + NANOS);
    int captured = ring.get(INT, header + CAPTURED);
    int wire = ring.get(INT, header + WIRE);
    int status = ring.get(INT, header + STATUS);
    long at = header + Short.toUnsignedInt(ring.get(SHORT, header + FRAME_AT));
    if ((status & STATUS_VLAN_VALID) != 0
        && linkType == LINKTYPE_ETHERNET
        && captured >= ADDRESSES_BYTES) {
      at = putTagBack(header, at, status);
      captured += VLAN_BYTES;
      wire += VLAN_BYTES;
    }
    long count = frames.get();
    if (count == 0) {
      firstNanos = tsNanos;
    }
    if (tsNanos > lastNanos) {
      lastNanos = tsNanos;
    }
    bytes.lazySet(bytes.get() + wire);
    frames.lazySet(count + 1);
    handler.onFrame(ring, at, captured, wire, tsNanos, linkType, 0);
  }

  /** Moves the addresses into the room before the frame and writes the tag behind them. */
  private long putTagBack(long header, long at, int status) {
    long start = at - VLAN_BYTES;
    MemorySegment.copy(ring, at, ring, start, ADDRESSES_BYTES);
    short type =
        (status & STATUS_VLAN_TYPE_VALID) != 0
            ? ring.get(SHORT, header + VLAN_TYPE)
            : USUAL_VLAN_TYPE;
    ring.set(BIG_SHORT, start + ADDRESSES_BYTES, type);
    ring.set(BIG_SHORT, start + ADDRESSES_BYTES + 2, (short) ring.get(INT, header + VLAN_TAG));
    return start;
  }

  @Override
  public void stop() {
    stopped = true;
  }

  @Override
  public CaptureStats stats() {
    int times = interruptions.get();
    String damage =
        times == 0
            ? null
            : "interface " + name + " went down or away " + times + " times meanwhile";
    return new CaptureStats(
        frames.get(), bytes.get(), kernelDropped.get(), firstNanos, lastNanos, damage);
  }

  /** Stops, waits for a running {@link #run} to return, and releases the interface. */
  @Override
  public void close() {
    stop();
    running.lock();
    try {
      if (!closed) {
        closed = true;
        PacketSocket open = socket;
        socket = null;
        ring = MemorySegment.NULL;
        if (open != null) {
          open.close();
        }
        arena.close();
      }
    } finally {
      running.unlock();
    }
  }
}
