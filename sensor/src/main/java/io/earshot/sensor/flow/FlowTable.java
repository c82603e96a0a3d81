package io.earshot.sensor.flow;

import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.DuplicateFilter;
import io.earshot.sensor.decode.PacketView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Five-tuple to flow: a bounded open-addressing table with packet-time expiry and early discard.
 *
 * <p>A foreign flow costs one slot of {@value #STRIDE} longs, a header read and one probe per
 * packet; only a flow that may be ours has an object. Full: the longest silent foreign flow near
 * the hand is evicted; where only tracked flows are left, the new flow is refused and counted.
 * Nothing allocates per packet.
 *
 * <p>Owner: the capture thread.
 *
 * @param <A> what the next stage keeps with a flow
 */
public final class FlowTable<A> {
  private static final int STRIDE = 7;
  private static final int META = 4;
  private static final int SEEN = 5;
  private static final int REF = 6;

  /** {@link #META} of an empty slot; a used one has its protocol number there. */
  private static final long EMPTY = 0;

  private static final int PROTOCOL_SHIFT = 32;
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
  private final List<@Nullable Flow<A>> flows = new ArrayList<>();
  private int[] freeRefs = new int[64];
  private int freeCount;
  private int objects;
  private long[] table;
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
    this.secret = secret;
    int slots = Math.min(1 << 14, Integer.highestOneBit(limits.maxFlows()) << 1);
    table = new long[slots * STRIDE];
    mask = slots - 1;
    flows.add(null);
  }

  /** Takes one decoded packet. */
  public void packet(PacketView packet) {
    boolean sourceFirst = sourceFirst(packet);
    long aHi = sourceFirst ? packet.srcHi : packet.dstHi;
    long aLo = sourceFirst ? packet.srcLo : packet.dstLo;
    long bHi = sourceFirst ? packet.dstHi : packet.srcHi;
    long bLo = sourceFirst ? packet.dstLo : packet.srcLo;
    int aPort = sourceFirst ? packet.srcPort : packet.dstPort;
    int bPort = sourceFirst ? packet.dstPort : packet.srcPort;
    long meta = ((long) packet.protocol << PROTOCOL_SHIFT) | ((long) aPort << 16) | bPort;
    int slot = hash(aHi, aLo, bHi, bLo, meta) & mask;
    int base = slot * STRIDE;
    sweep(packet.tsNanos);
    while (table[base + META] != EMPTY) {
      if (table[base + META] == meta
          && table[base + 3] == bLo
          && table[base + 1] == aLo
          && table[base] == aHi
          && table[base + 2] == bHi) {
        existing(base, packet);
        return;
      }
      slot = (slot + 1) & mask;
      base = slot * STRIDE;
    }
    if (used >= limits.maxFlows() && !evict()) {
      stats.refused++;
      return;
    }
    if (used * 10L >= (mask + 1) * 6L && mask + 1 < maxSlots()) {
      grow();
    }
    insert(aHi, aLo, bHi, bLo, meta, packet);
  }

  private void existing(int base, PacketView packet) {
    long idle = packet.tsNanos - table[base + SEEN];
    if (idle > timeout(base) || reopens(base, packet)) {
      close(base);
      table[base + SEEN] = packet.tsNanos;
      open(base, packet);
      return;
    }
    if (idle > 0) {
      table[base + SEEN] = packet.tsNanos;
    }
    long ref = table[base + REF];
    if (ref == FOREIGN_REF) {
      stats.foreignPackets++;
      return;
    }
    hand(base, flow(ref), packet);
  }

  /** A SYN on a connection that had ended begins another one with the same ports. */
  private boolean reopens(int base, PacketView packet) {
    if (packet.protocol != PacketView.TCP || (packet.tcpFlags & (SYN | ACK)) != SYN) {
      return false;
    }
    long ref = table[base + REF];
    return ref == FOREIGN_REF || flow(ref).health().finished();
  }

  private void insert(long aHi, long aLo, long bHi, long bLo, long meta, PacketView packet) {
    int slot = hash(aHi, aLo, bHi, bLo, meta) & mask;
    while (table[slot * STRIDE + META] != EMPTY) {
      slot = (slot + 1) & mask;
    }
    int base = slot * STRIDE;
    table[base] = aHi;
    table[base + 1] = aLo;
    table[base + 2] = bHi;
    table[base + 3] = bLo;
    table[base + META] = meta;
    table[base + SEEN] = packet.tsNanos;
    table[base + REF] = FOREIGN_REF;
    used++;
    open(base, packet);
  }

  private void open(int base, PacketView packet) {
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
      table[base + REF] = FOREIGN_REF;
      return;
    }
    Flow<A> flow = new Flow<>(nextId++, key, packet, syn || !tcp, handler::attach);
    table[base + REF] = store(flow);
    hand(base, flow, packet);
  }

  private void hand(int base, Flow<A> flow, PacketView packet) {
    Direction direction = flow.direction(packet);
    flow.seenOn(packet.vlanId, direction);
    if (duplicates.isCopy(packet)) {
      stats.duplicatePackets++;
      return;
    }
    if (packet.protocol == PacketView.TCP) {
      flow.health().segment(direction, packet);
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

  private void mark(int base, long mark) {
    table[base + REF] = (table[base + REF] & 0xffffffffL) | mark;
  }

  /** Takes the longest silent undecided flow near the hand for foreign. */
  private boolean dropUndecided() {
    int oldest = -1;
    for (int i = 0; i < EVICTION_SPAN; i++) {
      int base = ((hand + i) & mask) * STRIDE;
      if (table[base + META] != EMPTY
          && (table[base + REF] & UNDECIDED_MARK) != 0
          && (oldest < 0 || table[base + SEEN] < table[oldest + SEEN])) {
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

  private void close(int base) {
    long ref = table[base + REF];
    if (ref != FOREIGN_REF) {
      Flow<A> flow = flow(ref);
      release(base);
      handler.closed(flow);
    }
  }

  private void release(int base) {
    int ref = (int) table[base + REF];
    table[base + REF] = FOREIGN_REF;
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
    int base = hand * STRIDE;
    long idle = nowNanos - table[base + SEEN];
    if (idle > limits.undecidedIdleNanos() && table[base + META] != EMPTY && idle > timeout(base)) {
      stats.expired++;
      close(base);
      remove(hand);
    } else {
      hand = (hand + 1) & mask;
    }
  }

  private long timeout(int base) {
    long ref = table[base + REF];
    if (ref == FOREIGN_REF) {
      return limits.foreignIdleNanos();
    }
    return (ref & UNDECIDED_MARK) != 0 ? limits.undecidedIdleNanos() : limits.trackedIdleNanos();
  }

  private boolean evict() {
    int oldest = -1;
    for (int i = 0; i < EVICTION_SPAN; i++) {
      int slot = (hand + i) & mask;
      int base = slot * STRIDE;
      if (table[base + META] != EMPTY
          && (table[base + REF] == FOREIGN_REF || (table[base + REF] & UNDECIDED_MARK) != 0)
          && (oldest < 0 || table[base + SEEN] < table[oldest * STRIDE + SEEN])) {
        oldest = slot;
      }
    }
    hand = (hand + EVICTION_SPAN) & mask;
    if (oldest < 0) {
      return false;
    }
    stats.evicted++;
    close(oldest * STRIDE);
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
      int base = at * STRIDE;
      if (table[base + META] == EMPTY) {
        break;
      }
      int home =
          hash(table[base], table[base + 1], table[base + 2], table[base + 3], table[base + META])
              & mask;
      if (((at - home) & mask) >= ((at - free) & mask)) {
        System.arraycopy(table, base, table, free * STRIDE, STRIDE);
        free = at;
      }
    }
    table[free * STRIDE + META] = EMPTY;
  }

  private void grow() {
    long[] old = table;
    int slots = (mask + 1) * 2;
    table = new long[slots * STRIDE];
    mask = slots - 1;
    hand = 0;
    for (int base = 0; base < old.length; base += STRIDE) {
      if (old[base + META] != EMPTY) {
        int slot =
            hash(old[base], old[base + 1], old[base + 2], old[base + 3], old[base + META]) & mask;
        while (table[slot * STRIDE + META] != EMPTY) {
          slot = (slot + 1) & mask;
        }
        System.arraycopy(old, base, table, slot * STRIDE, STRIDE);
      }
    }
  }

  private int maxSlots() {
    return Integer.highestOneBit(Math.max(1, limits.maxFlows() - 1)) << 2;
  }

  /** Ends every flow: the input is over. */
  public void closeAll() {
    for (int base = 0; base < table.length; base += STRIDE) {
      if (table[base + META] != EMPTY) {
        close(base);
        table[base + META] = EMPTY;
      }
    }
    used = 0;
  }

  /** Flows in the table. */
  public int size() {
    return used;
  }

  public FlowStats stats() {
    return stats;
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

  private int hash(long aHi, long aLo, long bHi, long bLo, long meta) {
    long h = secret ^ meta * 0x9e3779b97f4a7c15L;
    h = mix(h ^ aLo);
    h = mix(h ^ bLo);
    if ((aHi | bHi) != 0) {
      h = mix(h ^ aHi);
      h = mix(h ^ bHi);
    }
    return (int) (h ^ (h >>> 32));
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
