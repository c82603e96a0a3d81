package io.earshot.sensor.flow;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.DuplicateFilter;
import io.earshot.sensor.decode.PacketView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Five-tuple to flow: a bounded open-addressing table with packet-time expiry and early discard.
 *
 * <p>A foreign flow costs one slot of {@value #SLOT_BYTES} bytes outside the heap, and per packet a
 * header read and one probe; only a flow that may be ours has an object. A slot holds 64 bits of a
 * hash that is keyed by the run's secret instead of the five-tuple: among ten million flows two
 * share one with a chance of one in 300,000. Where a flow has an object its addresses are compared
 * as well, so such a chance can only make a flow foreign, never ours. Full: the longest silent
 * foreign flow near the hand is evicted; where only tracked flows are left, the new flow is refused
 * and counted. Nothing allocates per packet.
 *
 * <p>Owner: the capture thread.
 *
 * @param <A> what the next stage keeps with a flow
 */
public final class FlowTable<A> {
  /*
   * One slot:
   *
   *    0             8                    16                24
   *   +-------------+--------------------+-----------------+
   *   | hash, 0 = - | last packet, nanos | object and marks|
   *   +-------------+--------------------+-----------------+
   */
  static final int SLOT_BYTES = 24;
  private static final int SEEN = 8;
  private static final int REF = 16;

  /** Hash of an empty slot. */
  private static final long EMPTY = 0;

  private static final int FIRST_SLOTS = 1 << 14;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final long FOREIGN_REF = 0;

  /** Marks in {@link #REF}, above the index of the object: the flow has no name yet. */
  private static final long UNDECIDED_MARK = 1L << 32;

  private static final long WAITING_MARK = 1L << 33;
  private static final int EVICTION_SPAN = 64;
  private static final int SYN = 2;
  private static final int ACK = 16;

  private final FlowHandler<A> handler;
  private final FlowLimits limits;
  private final FlowStats stats = new FlowStats();
  private final DuplicateFilter duplicates = new DuplicateFilter();
  private final long secret;
  private final long secondSecret;
  private final List<@Nullable Flow<A>> flows = new ArrayList<>();
  private int[] freeRefs = new int[64];
  private int freeCount;
  private int objects;
  private final int firstSlots;
  private final long undecidedIdleNanos;

  /**
   * Frees the table, at once and by nobody else: large ones must not wait for the collector, which
   * also counts what it frees against the JVM's bound for buffers. Null while the table is the
   * first, small one.
   */
  private @Nullable Arena arena;

  private MemorySegment table;
  private int mask;
  private int used;
  private int hand;
  private long nextId = 1;

  /**
   * @param secret keys the hash, so that nobody can aim at one slot; from a random source live,
   *     constant in tests
   */
  public FlowTable(FlowHandler<A> handler, FlowLimits limits, long secret) {
    this.handler = handler;
    this.limits = limits;
    this.undecidedIdleNanos = limits.undecidedIdleNanos();
    this.secret = mix(secret ^ 0x2d358dccaa6c78a5L);
    this.secondSecret = mix(secret ^ 0x8bb84b93962eacc9L);
    firstSlots = Math.min(FIRST_SLOTS, Integer.highestOneBit(limits.maxFlows()) << 1);
    table = allocate(Arena.ofAuto(), firstSlots);
    mask = firstSlots - 1;
    flows.add(null);
  }

  /** Zeroed. */
  private static MemorySegment allocate(Arena arena, int slots) {
    return arena.allocate((long) slots * SLOT_BYTES, Long.BYTES);
  }

  /** Takes one decoded packet. */
  public void packet(PacketView packet) {
    long hash = hash(packet);
    int slot = (int) (hash >>> 32) & mask;
    sweep(packet.tsNanos);
    MemorySegment slots = table;
    for (long base = base(slot); ; base = base(slot)) {
      long there = slots.get(LONG, base);
      if (there == EMPTY) {
        break;
      }
      if (there == hash && isOf(base, packet)) {
        existing(base, packet);
        return;
      }
      slot = (slot + 1) & mask;
    }
    if (used >= limits.maxFlows() && !evict()) {
      stats.refused++;
      return;
    }
    if (used * 10L >= (mask + 1) * 6L && mask + 1 < maxSlots()) {
      grow();
    }
    insert(hash, packet);
  }

  private static long base(int slot) {
    return (long) slot * SLOT_BYTES;
  }

  private boolean isOf(long base, PacketView packet) {
    long ref = table.get(LONG, base + REF);
    return ref == FOREIGN_REF || flow(ref).isOf(packet);
  }

  private void existing(long base, PacketView packet) {
    long idle = packet.tsNanos - table.get(LONG, base + SEEN);
    long ref = table.get(LONG, base + REF);
    if (idle > timeout(ref) || reopens(ref, packet)) {
      close(base);
      table.set(LONG, base + SEEN, packet.tsNanos);
      open(base, packet);
      return;
    }
    if (idle > 0) {
      table.set(LONG, base + SEEN, packet.tsNanos);
    }
    if (ref == FOREIGN_REF) {
      stats.foreignPackets++;
      return;
    }
    hand(base, flow(ref), packet);
  }

  /** A SYN on a connection that had ended begins another one with the same ports. */
  private boolean reopens(long ref, PacketView packet) {
    if (packet.protocol != PacketView.TCP || (packet.tcpFlags & (SYN | ACK)) != SYN) {
      return false;
    }
    return ref == FOREIGN_REF || flow(ref).health().finished();
  }

  private void insert(long hash, PacketView packet) {
    int slot = (int) (hash >>> 32) & mask;
    while (table.get(LONG, base(slot)) != EMPTY) {
      slot = (slot + 1) & mask;
    }
    long base = base(slot);
    table.set(LONG, base, hash);
    table.set(LONG, base + SEEN, packet.tsNanos);
    table.set(LONG, base + REF, FOREIGN_REF);
    used++;
    open(base, packet);
  }

  private void open(long base, PacketView packet) {
    stats.opened++;
    boolean tcp = packet.protocol == PacketView.TCP;
    boolean syn = tcp && (packet.tcpFlags & SYN) != 0;
    boolean fromServer = syn ? (packet.tcpFlags & ACK) != 0 : packet.srcPort < packet.dstPort;
    FlowKey key =
        fromServer
            ? new FlowKey(
                packet.dstHi,
                packet.dstLo,
                packet.dstPort,
                packet.srcHi,
                packet.srcLo,
                packet.srcPort,
                packet.protocol)
            : new FlowKey(
                packet.srcHi,
                packet.srcLo,
                packet.srcPort,
                packet.dstHi,
                packet.dstLo,
                packet.dstPort,
                packet.protocol);
    if (objects >= limits.maxObjects() && !dropUndecided()) {
      stats.undecidedDropped++;
      stats.foreignPackets++;
      table.set(LONG, base + REF, FOREIGN_REF);
      return;
    }
    Flow<A> flow = new Flow<>(nextId++, key, packet, syn || !tcp, handler::attach);
    table.set(LONG, base + REF, store(flow));
    hand(base, flow, packet);
  }

  private void hand(long base, Flow<A> flow, PacketView packet) {
    Direction direction = flow.direction(packet);
    flow.seenOn(packet, direction);
    if (duplicates.isCopy(packet)) {
      stats.duplicatePackets++;
      return;
    }
    if (packet.protocol == PacketView.TCP) {
      flow.health().segment(direction, packet);
    } else {
      flow.datagram(direction, packet);
    }
    switch (handler.packet(flow, packet)) {
      case UNDECIDED -> {
        stats.undecidedPackets++;
        mark(base, UNDECIDED_MARK);
      }
      case WAITING -> {
        stats.undecidedPackets++;
        mark(base, WAITING_MARK);
      }
      case TRACKED -> {
        stats.trackedPackets++;
        mark(base, 0);
      }
      case INSPECTED -> {
        stats.inspectedPackets++;
        mark(base, UNDECIDED_MARK);
      }
      case FOREIGN -> {
        stats.foreignPackets++;
        release(base);
      }
    }
  }

  private void mark(long base, long mark) {
    long ref = table.get(LONG, base + REF);
    long marked = (ref & 0xffffffffL) | mark;
    if (marked != ref) {
      table.set(LONG, base + REF, marked);
    }
  }

  /** Takes the longest silent undecided flow near the hand for foreign. */
  private boolean dropUndecided() {
    long oldest = -1;
    for (int i = 0; i < EVICTION_SPAN; i++) {
      long base = base((hand + i) & mask);
      if (table.get(LONG, base) != EMPTY
          && (table.get(LONG, base + REF) & UNDECIDED_MARK) != 0
          && (oldest < 0 || seen(base) < seen(oldest))) {
        oldest = base;
      }
    }
    if (oldest < 0) {
      return false;
    }
    stats.undecidedDropped++;
    close(oldest);
    return true;
  }

  private long seen(long base) {
    return table.get(LONG, base + SEEN);
  }

  private void close(long base) {
    long ref = table.get(LONG, base + REF);
    if (ref != FOREIGN_REF) {
      Flow<A> flow = flow(ref);
      release(base);
      handler.closed(flow);
    }
  }

  private void release(long base) {
    int ref = (int) table.get(LONG, base + REF);
    table.set(LONG, base + REF, FOREIGN_REF);
    objects--;
    flows.set(ref, null);
    if (freeCount == freeRefs.length) {
      freeRefs = Arrays.copyOf(freeRefs, freeCount * 2);
    }
    freeRefs[freeCount++] = ref;
  }

  private int store(Flow<A> flow) {
    objects++;
    if (freeCount > 0) {
      int ref = freeRefs[--freeCount];
      flows.set(ref, flow);
      return ref;
    }
    flows.add(flow);
    return flows.size() - 1;
  }

  private Flow<A> flow(long ref) {
    Flow<A> flow = flows.get((int) ref);
    if (flow == null) {
      throw new IllegalStateException("slot points to a flow that was released");
    }
    return flow;
  }

  /** Looks at one slot per packet, so that a whole round takes as many packets as slots. */
  private void sweep(long nowNanos) {
    long base = base(hand);
    // A choice and no branch: which slots are empty cannot be guessed.
    long idle = table.get(LONG, base) == EMPTY ? -1 : nowNanos - table.get(LONG, base + SEEN);
    if (idle > undecidedIdleNanos && idle > timeout(table.get(LONG, base + REF))) {
      stats.expired++;
      close(base);
      remove(hand);
    } else {
      hand = (hand + 1) & mask;
    }
  }

  private long timeout(long ref) {
    if (ref == FOREIGN_REF) {
      return limits.foreignIdleNanos();
    }
    return (ref & UNDECIDED_MARK) != 0 ? limits.undecidedIdleNanos() : limits.trackedIdleNanos();
  }

  private boolean evict() {
    int oldest = -1;
    for (int i = 0; i < EVICTION_SPAN; i++) {
      int slot = (hand + i) & mask;
      long base = base(slot);
      long ref = table.get(LONG, base + REF);
      if (table.get(LONG, base) != EMPTY
          && (ref == FOREIGN_REF || (ref & UNDECIDED_MARK) != 0)
          && (oldest < 0 || seen(base) < seen(base(oldest)))) {
        oldest = slot;
      }
    }
    hand = (hand + EVICTION_SPAN) & mask;
    if (oldest < 0) {
      return false;
    }
    stats.evicted++;
    close(base(oldest));
    remove(oldest);
    return true;
  }

  /** Backward-shift deletion: no tombstones, so probes stay short. */
  private void remove(int slot) {
    used--;
    int free = slot;
    int at = slot;
    while (true) {
      at = (at + 1) & mask;
      long hash = table.get(LONG, base(at));
      if (hash == EMPTY) {
        break;
      }
      int home = (int) (hash >>> 32) & mask;
      if (((at - home) & mask) >= ((at - free) & mask)) {
        MemorySegment.copy(table, base(at), table, base(free), SLOT_BYTES);
        free = at;
      }
    }
    table.set(LONG, base(free), EMPTY);
  }

  private void grow() {
    MemorySegment old = table;
    Arena oldArena = arena;
    int oldSlots = mask + 1;
    arena = Arena.ofShared();
    table = allocate(arena, oldSlots * 2);
    mask = oldSlots * 2 - 1;
    hand = 0;
    for (int i = 0; i < oldSlots; i++) {
      long hash = old.get(LONG, base(i));
      if (hash != EMPTY) {
        int slot = (int) (hash >>> 32) & mask;
        while (table.get(LONG, base(slot)) != EMPTY) {
          slot = (slot + 1) & mask;
        }
        MemorySegment.copy(old, base(i), table, base(slot), SLOT_BYTES);
      }
    }
    if (oldArena != null) {
      oldArena.close();
    }
  }

  private int maxSlots() {
    return Integer.highestOneBit(Math.max(1, limits.maxFlows() - 1)) << 2;
  }

  /** Ends every flow and gives a large table back: the input is over. */
  public void closeAll() {
    for (int slot = 0; slot <= mask; slot++) {
      long base = base(slot);
      if (table.get(LONG, base) != EMPTY) {
        close(base);
        table.set(LONG, base, EMPTY);
      }
    }
    used = 0;
    if (arena != null) {
      arena.close();
      arena = null;
      table = allocate(Arena.ofAuto(), firstSlots);
      mask = firstSlots - 1;
      hand = 0;
    }
  }

  /** Flows in the table. */
  public int size() {
    return used;
  }

  public FlowStats stats() {
    return stats;
  }

  /** Bytes that the table itself takes, outside the heap. */
  public long tableBytes() {
    return table.byteSize();
  }

  /**
   * 64 bits that both directions of a flow share. Multiplication to 128 bits with secret factors,
   * as in wyhash (public domain).
   */
  private long hash(PacketView p) {
    boolean sourceFirst = sourceFirst(p);
    long a = sourceFirst ? p.srcLo : p.dstLo;
    long b = sourceFirst ? p.dstLo : p.srcLo;
    long ports =
        sourceFirst ? (long) p.srcPort << 16 | p.dstPort : (long) p.dstPort << 16 | p.srcPort;
    long hash = fold(a ^ secret, b ^ secondSecret);
    hash = fold(hash ^ ports, (long) p.protocol << 32 ^ secret);
    if ((p.srcHi | p.dstHi) != 0) {
      long aHi = sourceFirst ? p.srcHi : p.dstHi;
      long bHi = sourceFirst ? p.dstHi : p.srcHi;
      hash ^= fold(aHi ^ secondSecret ^ hash, bHi ^ secret);
    }
    return hash == EMPTY ? 1 : hash;
  }

  private static boolean sourceFirst(PacketView p) {
    if (p.srcLo != p.dstLo) {
      return p.srcLo < p.dstLo;
    }
    if (p.srcHi != p.dstHi) {
      return p.srcHi < p.dstHi;
    }
    return p.srcPort <= p.dstPort;
  }

  private static long fold(long a, long b) {
    return a * b ^ Math.unsignedMultiplyHigh(a, b);
  }

  /** Finaliser of MurmurHash3 (64 bit), public domain. */
  private static long mix(long h) {
    h ^= h >>> 33;
    h *= 0xff51afd7ed558ccdL;
    h ^= h >>> 33;
    h *= 0xc4ceb9fe1a85ec53L;
    return h ^ (h >>> 33);
  }
}
