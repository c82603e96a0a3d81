package io.earshot.sensor.flow;

import static io.earshot.sensor.flow.FlowPackets.ACK;
import static io.earshot.sensor.flow.FlowPackets.FIN;
import static io.earshot.sensor.flow.FlowPackets.SYN;
import static io.earshot.sensor.flow.FlowPackets.reversed;
import static io.earshot.sensor.flow.FlowPackets.tcp;
import static io.earshot.sensor.flow.FlowPackets.udp;
import static io.earshot.sensor.flow.FlowPackets.v4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.earshot.models.feature.Direction;
import io.earshot.sensor.decode.PacketView;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlowTableTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long UNDECIDED_IDLE = 2 * SECOND;
  private static final long FOREIGN_IDLE = 10 * SECOND;
  private static final long TRACKED_IDLE = 60 * SECOND;
  private static final int CAP = 1024;
  private static final long CLIENT = v4(0x0a00_0001);
  private static final long SERVER = v4(0x23ba_e001);

  private final Recorder recorder = new Recorder();
  private final FlowTable<String> table = new FlowTable<>(recorder, limits(CAP), 42);
  private long handedIn;

  /** The law of the counters, after every test. */
  @AfterEach
  void packets_areTheSumOfTheirDispositions() {
    assertThat(table.stats().packets()).isEqualTo(handedIn);
  }

  private void packet(PacketView packet) {
    handedIn++;
    table.packet(packet);
  }

  @Test
  void packet_inBothDirections_isOneFlow() {
    PacketView there = tcp(1, CLIENT, 40_000, SERVER, 443, SYN);
    packet(there);
    packet(reversed(tcp(2, CLIENT, 40_000, SERVER, 443, SYN | ACK)));

    assertThat(recorder.flows).hasSize(1);
    assertThat(recorder.directions).containsExactly(Direction.UP, Direction.DOWN);
    assertThat(recorder.flows.getFirst().key())
        .isEqualTo(new FlowKey(0, CLIENT, 40_000, 0, SERVER, 443, PacketView.TCP));
    assertThat(recorder.flows.getFirst().startSeen()).isTrue();
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void packet_ofAnswerFirst_findsTheClientByTheFlags() {
    packet(tcp(1, CLIENT, 443, SERVER, 40_000, SYN | ACK));

    assertThat(recorder.flows.getFirst().key().clientPort()).isEqualTo(40_000);
    assertThat(recorder.directions).containsExactly(Direction.DOWN);
  }

  @Test
  void packet_inMidStream_takesTheLowerPortForTheServer() {
    packet(tcp(1, SERVER, 443, CLIENT, 40_000, ACK));

    assertThat(recorder.flows.getFirst().key().serverPort()).isEqualTo(443);
    assertThat(recorder.flows.getFirst().startSeen()).isFalse();
    assertThat(recorder.directions).containsExactly(Direction.DOWN);
  }

  @Test
  void packet_ofIpv6_isTheSameFlowBothWays() {
    PacketView there = udp(1, 0xbb, 50_000, 0xaa, 443);
    there.srcHi = 0x2001_0db8_0000_0001L;
    there.dstHi = 0x2600_1901_0001_0000L;
    there.ipVersion = 6;
    packet(there);
    packet(reversed(there));
    PacketView other = udp(1, 0xbb, 50_000, 0xaa, 443);
    other.srcHi = 0x2001_0db8_0000_0002L;
    other.dstHi = there.dstHi;
    packet(other);

    assertThat(table.size()).isEqualTo(2);
    assertThat(recorder.flows).hasSize(2);
    assertThat(recorder.flows.getFirst().key().networkType()).isEqualTo("ipv6");
    assertThat(recorder.flows.getFirst().key().clientAddress().getHostAddress())
        .isEqualTo("2001:db8:0:1:0:0:0:bb");
  }

  @Test
  void packet_ofSameAddressesWithOtherPortsOrTransport_isAnotherFlow() {
    packet(tcp(1, CLIENT, 40_000, SERVER, 443, ACK));
    packet(tcp(1, CLIENT, 40_001, SERVER, 443, ACK));
    packet(udp(1, CLIENT, 40_000, SERVER, 443));
    packet(tcp(1, CLIENT, 443, SERVER, 40_000, ACK));

    assertThat(table.size()).isEqualTo(4);
  }

  @Test
  void packet_betweenTwoPortsOfOneHost_isOneFlow() {
    packet(tcp(1, CLIENT, 40_000, CLIENT, 443, ACK));
    packet(tcp(2, CLIENT, 443, CLIENT, 40_000, ACK));

    assertThat(table.size()).isEqualTo(1);
    assertThat(recorder.directions).containsExactly(Direction.UP, Direction.DOWN);
  }

  /** As with VLANs, neither the server's side nor the order of a double mirror's copies counts. */
  @Test
  void packet_inVirtualNetworks_isInTheLowestOfTheClientsSide() {
    PacketView up = tcp(SECOND, CLIENT, 40_000, SERVER, 443, ACK);
    PacketView down = reversed(up);
    down.vni = 3;
    packet(down);
    Flow<String> flow = recorder.flows.getFirst();
    assertThat(flow.vni()).as("nothing better is known").isEqualTo(3);
    up.vni = 9;
    packet(up);
    assertThat(flow.vni()).isEqualTo(9);
    up.vni = -1;
    packet(up);
    assertThat(flow.vni()).isEqualTo(9);
    up.vni = 0;
    packet(up);
    packet(down);
    assertThat(flow.vni()).isZero();
    assertThat(flow.vlanId()).isEqualTo(-1);
  }

  @Test
  void packet_ofForeignFlow_isNotHandedOnAgain() {
    recorder.answer = Disposition.FOREIGN;
    for (int i = 0; i < 5; i++) {
      packet(udp(i, CLIENT, 40_000, SERVER, 9999));
    }

    assertThat(recorder.packets).isEqualTo(1);
    assertThat(table.stats().foreignPackets()).isEqualTo(5);
    assertThat(recorder.closed).isEmpty();
  }

  @Test
  void packet_ofEveryDisposition_isCountedOnce() {
    recorder.answer = Disposition.UNDECIDED;
    packet(udp(1, CLIENT, 1, SERVER, 2));
    recorder.answer = Disposition.TRACKED;
    packet(udp(1, CLIENT, 1, SERVER, 2));
    recorder.answer = Disposition.INSPECTED;
    packet(udp(1, CLIENT, 3, SERVER, 53));

    assertThat(table.stats().undecidedPackets()).isEqualTo(1);
    assertThat(table.stats().trackedPackets()).isEqualTo(1);
    assertThat(table.stats().inspectedPackets()).isEqualTo(1);
    assertThat(table.stats().opened()).isEqualTo(2);
  }

  @Test
  void packet_afterForeignIdleTime_opensTheFlowAgain() {
    recorder.answer = Disposition.FOREIGN;
    packet(udp(0, CLIENT, 40_000, SERVER, 9999));
    packet(udp(FOREIGN_IDLE, CLIENT, 40_000, SERVER, 9999));
    assertThat(recorder.packets).isEqualTo(1);

    packet(udp(2 * FOREIGN_IDLE + 1, CLIENT, 40_000, SERVER, 9999));
    assertThat(recorder.packets).isEqualTo(2);
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void packet_afterTrackedIdleTime_closesTheOldFlowFirst() {
    packet(udp(0, CLIENT, 40_000, SERVER, 443));
    packet(udp(TRACKED_IDLE, CLIENT, 40_000, SERVER, 443));
    assertThat(recorder.closed).isEmpty();

    packet(udp(2 * TRACKED_IDLE + 1, CLIENT, 40_000, SERVER, 443));
    assertThat(recorder.closed).containsExactly(1L);
    assertThat(recorder.flows).extracting(Flow::id).containsExactly(1L, 2L);
  }

  @Test
  void packet_behindItsTime_doesNotMakeTheFlowOlder() {
    packet(udp(100 * SECOND, CLIENT, 40_000, SERVER, 443));
    packet(udp(10 * SECOND, CLIENT, 40_000, SERVER, 443));
    packet(udp(100 * SECOND + TRACKED_IDLE, CLIENT, 40_000, SERVER, 443));

    assertThat(recorder.flows).hasSize(1);
  }

  @Test
  void sweep_overARoundOfPackets_forgetsWhatIsIdle() {
    for (int i = 0; i < 500; i++) {
      packet(udp(0, CLIENT, 10_000 + i, SERVER, 443));
    }
    for (int i = 0; i < 2 * 2 * CAP; i++) {
      packet(udp(TRACKED_IDLE + 1 + i, CLIENT, 9_000, SERVER, 443));
    }

    assertThat(table.size()).isEqualTo(1);
    assertThat(recorder.closed).hasSize(500).doesNotHaveDuplicates();
    assertThat(table.stats().expired()).isEqualTo(500);
  }

  @Test
  void packet_synOnAFinishedConnection_opensAnother() {
    connection(0);
    packet(tcp(10, CLIENT, 40_000, SERVER, 443, FIN | ACK));
    packet(tcp(11, SERVER, 443, CLIENT, 40_000, FIN | ACK));
    packet(tcp(12, CLIENT, 40_000, SERVER, 443, ACK));
    assertThat(recorder.flows).hasSize(1);

    connection(20);
    assertThat(recorder.closed).containsExactly(1L);
    assertThat(recorder.flows).extracting(Flow::id).containsExactly(1L, 2L);
    assertThat(table.size()).isEqualTo(1);
  }

  @Test
  void packet_synOnALivingConnection_isARetransmission() {
    connection(0);
    packet(tcp(10, CLIENT, 40_000, SERVER, 443, FIN | ACK));
    connection(20);

    assertThat(recorder.flows).hasSize(1);
  }

  @Test
  void packet_synOnAForeignFlow_asksAgain() {
    recorder.answer = Disposition.FOREIGN;
    connection(0);
    assertThat(recorder.packets).isEqualTo(1);

    recorder.answer = Disposition.TRACKED;
    connection(10);
    assertThat(recorder.packets).isEqualTo(3);
    assertThat(table.size()).isEqualTo(1);
  }

  private void connection(long at) {
    packet(tcp(at, CLIENT, 40_000, SERVER, 443, SYN));
    packet(tcp(at + 1, SERVER, 443, CLIENT, 40_000, SYN | ACK));
  }

  @Test
  void packet_ofManyFlows_growsTheTable() {
    int flows = 120_000;
    FlowTable<String> large = new FlowTable<>(recorder, limits(1_000_000), 7);
    for (int i = 0; i < flows; i++) {
      large.packet(udp(i, v4(i / 50_000), 1024 + i % 50_000, SERVER, 443));
    }
    assertThat(large.size()).isEqualTo(flows);
    assertThat(recorder.flows).hasSize(flows);

    for (int i = 0; i < flows; i++) {
      large.packet(udp(flows + i, SERVER, 443, v4(i / 50_000), 1024 + i % 50_000));
    }
    assertThat(recorder.flows).hasSize(flows);
    assertThat(large.size()).isEqualTo(flows);
    assertThat(large.stats().evicted()).isZero();
    large.closeAll();
    assertThat(recorder.closed).hasSize(flows).doesNotHaveDuplicates();
    assertThat(large.size()).isZero();
  }

  /**
   * The service runs with a bound for buffers that is smaller than the table of a million flows.
   */
  @Test
  void packet_ofManyFlows_takesNothingFromTheBoundOfBuffers() {
    FlowTable<String> large = new FlowTable<>(recorder, limits(400_000), 42);
    BufferPoolMXBean buffers =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .findFirst()
            .orElseThrow();
    long before = buffers.getMemoryUsed();
    for (int i = 0; i < 300_000; i++) {
      large.packet(udp(i, CLIENT + i, 40_000, SERVER, 9_999));
    }

    assertThat(large.size()).isEqualTo(300_000);
    assertThat(buffers.getMemoryUsed() - before).isLessThan(large.tableBytes() / 2);
    large.closeAll();
    assertThat(large.tableBytes()).isLessThan(1 << 20);
  }

  @Test
  void packet_ofANewFlowAtTheCap_evictsSilentForeignOnes() {
    recorder.answer = Disposition.FOREIGN;
    for (int i = 0; i < CAP; i++) {
      packet(udp(i % 2 == 0 ? 1 : SECOND, CLIENT, i, SERVER, 9999));
    }
    assertThat(table.size()).isEqualTo(CAP);
    for (int i = 0; i < 100; i++) {
      packet(udp(SECOND + 1, CLIENT, 20_000 + i, SERVER, 9999));
    }
    assertThat(table.size()).isEqualTo(CAP);
    assertThat(table.stats().evicted()).isEqualTo(100);
    assertThat(table.stats().refused()).isZero();

    long asked = recorder.packets;
    for (int i = 1; i < CAP; i += 2) {
      packet(udp(SECOND + 2, CLIENT, i, SERVER, 9999));
    }
    assertThat(recorder.packets).as("no flow that had just spoken was evicted").isEqualTo(asked);
  }

  @Test
  void packet_ofANewFlowAtTheCap_neverEvictsATrackedOne() {
    for (int i = 0; i < CAP - 1; i++) {
      packet(udp(1, CLIENT, i, SERVER, 443));
    }
    recorder.answer = Disposition.FOREIGN;
    packet(udp(1, CLIENT, 60_000, SERVER, 9999));
    recorder.answer = Disposition.TRACKED;
    for (int i = 0; i < 200; i++) {
      packet(udp(2, CLIENT, 20_000 + i, SERVER, 443));
    }

    assertThat(table.stats().evicted()).isEqualTo(1);
    assertThat(table.stats().refused()).isPositive();
    assertThat(table.size()).isEqualTo(CAP);
    assertThat(recorder.closed).isEmpty();
    int flows = recorder.flows.size();
    for (int i = 0; i < CAP - 1; i++) {
      packet(udp(3, SERVER, 443, CLIENT, i));
    }
    assertThat(recorder.flows).hasSize(flows);
  }

  @Test
  void packet_ofAFloodOfConnections_leavesRoomForNewOnes() {
    recorder.answer = Disposition.UNDECIDED;
    for (int i = 0; i < 5 * CAP; i++) {
      packet(tcp(1 + i, CLIENT + i, 40_000, SERVER, 443, SYN));
    }
    recorder.answer = Disposition.TRACKED;
    packet(tcp(SECOND, CLIENT - 1, 40_000, SERVER, 443, SYN));

    assertThat(table.size()).isEqualTo(CAP);
    assertThat(table.stats().refused()).isZero();
    assertThat(table.stats().trackedPackets()).isEqualTo(1);
    assertThat(recorder.closed).hasSize(4 * CAP + 1);
  }

  @Test
  void packet_beyondTheBoundOfObjects_takesTheOldestUndecidedForForeign() {
    FlowTable<String> small =
        new FlowTable<>(
            recorder, new FlowLimits(CAP, 16, UNDECIDED_IDLE, FOREIGN_IDLE, TRACKED_IDLE), 42);
    recorder.answer = Disposition.TRACKED;
    for (int i = 0; i < 16; i++) {
      small.packet(tcp(1, CLIENT, i, SERVER, 443, SYN));
    }
    recorder.answer = Disposition.UNDECIDED;
    small.packet(tcp(2, CLIENT, 99, SERVER, 443, SYN));

    assertThat(recorder.closed).as("no tracked flow made room").isEmpty();
    assertThat(small.stats().undecidedDropped()).isEqualTo(1);
    assertThat(small.stats().foreignPackets()).isEqualTo(1);
    assertThat(small.stats().packets()).isEqualTo(17);
  }

  /** A slot that a shifted flow has left must not point to that flow's object. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void packet_beyondTheBoundOfObjects_neverReleasesAnotherFlow(int seed) {
    FlowTable<String> small =
        new FlowTable<>(
            recorder, new FlowLimits(CAP, 16, UNDECIDED_IDLE, FOREIGN_IDLE, TRACKED_IDLE), seed);
    Random random = new Random(seed);
    Disposition[] answers = {Disposition.UNDECIDED, Disposition.TRACKED, Disposition.FOREIGN};
    for (int i = 0; i < 50_000; i++) {
      recorder.answer = answers[random.nextInt(answers.length)];
      small.packet(tcp(i * (SECOND / 200), CLIENT, random.nextInt(4000), SERVER, 443, SYN));
    }

    assertThat(small.stats().packets()).isEqualTo(50_000);
  }

  @Test
  void packet_afterUndecidedIdleTime_opensTheFlowAgain() {
    recorder.answer = Disposition.UNDECIDED;
    packet(tcp(1, CLIENT, 40_000, SERVER, 443, SYN));
    packet(tcp(1 + UNDECIDED_IDLE, CLIENT, 40_000, SERVER, 443, ACK));
    packet(tcp(2 + 2 * UNDECIDED_IDLE, CLIENT, 40_000, SERVER, 443, ACK));

    assertThat(recorder.flows).hasSize(2);
    assertThat(recorder.closed).containsExactly(1L);
  }

  @Test
  void packet_afterReset_beginsAnotherFlow() {
    recorder.answer = Disposition.TRACKED;
    packet(tcp(1, CLIENT, 40_000, SERVER, 443, SYN));
    packet(reversed(tcp(2, CLIENT, 40_000, SERVER, 443, 4)));
    packet(tcp(3, CLIENT, 40_000, SERVER, 443, SYN));

    assertThat(recorder.flows).hasSize(2);
  }

  @Test
  void closeAll_closesEveryFlowThatIsNotForeign() {
    packet(udp(1, CLIENT, 1, SERVER, 443));
    recorder.answer = Disposition.UNDECIDED;
    packet(udp(1, CLIENT, 2, SERVER, 443));
    recorder.answer = Disposition.FOREIGN;
    packet(udp(1, CLIENT, 3, SERVER, 443));
    table.closeAll();
    table.closeAll();

    assertThat(recorder.closed).containsExactlyInAnyOrder(1L, 2L);
    assertThat(table.size()).isZero();
  }

  @Test
  void limits_outOfRange_areRefused() {
    assertThatThrownBy(() -> new FlowLimits(1023, 1024, 1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new FlowLimits(1024, 1024, 1, 2, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Insertions, expiry and deletion against a map that knows nothing of slots. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void packet_inAnyOrder_agreesWithAMap(int seed) {
    Random random = new Random(seed);
    Map<Integer, Entry> model = new HashMap<>();
    long now = 0;
    for (int i = 0; i < 60_000; i++) {
      now += random.nextInt(100) == 0 ? random.nextLong(20 * SECOND) : random.nextLong(SECOND / 50);
      int key = random.nextInt(900);
      boolean foreign = key % 3 != 0;
      recorder.answer = foreign ? Disposition.FOREIGN : Disposition.TRACKED;
      long before = recorder.packets;
      int flowsBefore = recorder.flows.size();
      PacketView packet = udp(now, v4(key / 30), 1000 + key % 30, SERVER, 443);
      packet(random.nextBoolean() ? packet : reversed(packet));

      Entry entry = model.get(key);
      long idle = foreign ? FOREIGN_IDLE : TRACKED_IDLE;
      boolean opens = entry == null || now - entry.seen > idle;
      assertThat(recorder.flows.size() - flowsBefore).isEqualTo(opens ? 1 : 0);
      assertThat(recorder.packets - before).isEqualTo(opens || !foreign ? 1 : 0);
      if (entry == null || opens) {
        entry = new Entry(recorder.flows.getLast().id());
        model.put(key, entry);
      }
      if (!foreign) {
        assertThat(recorder.lastId).isEqualTo(entry.id);
      }
      entry.seen = now;
    }
    assertThat(table.stats().evicted() + table.stats().refused()).isZero();
    assertThat(table.stats().expired()).isGreaterThan(1000);
    assertThat(table.stats().opened()).isEqualTo(recorder.flows.size());
  }

  private static final class Entry {
    private final long id;
    private long seen;

    Entry(long id) {
      this.id = id;
    }
  }

  @Test
  void packet_ofForeignFlowsInSteadyState_allocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    recorder.answer = Disposition.FOREIGN;
    FlowTable<String> large = new FlowTable<>(recorder, limits(20_000), 7);
    PacketView packet = tcp(0, CLIENT, 0, SERVER, 9999, ACK);
    for (int i = 0; i < 5000; i++) {
      packet.srcPort = i;
      large.packet(packet);
    }
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 12; round++) {
      long thread = Thread.currentThread().threadId();
      long before = threads.getThreadAllocatedBytes(thread);
      for (int i = 0; i < 100_000; i++) {
        packet.tsNanos += 10_000;
        packet.srcPort = i % 5000;
        large.packet(packet);
      }
      least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
    }
    assertThat(least).isLessThan(1024);
    assertThat(recorder.flows).hasSize(5000);
    assertThat(large.stats().packets()).isEqualTo(5000 + 12 * 100_000);
  }

  /** Answers what the test says and remembers who asked. */
  private static final class Recorder implements FlowHandler<String> {
    private final List<Flow<String>> flows = new ArrayList<>();
    private final List<Direction> directions = new ArrayList<>();
    private final List<Long> closed = new ArrayList<>();
    private Disposition answer = Disposition.TRACKED;
    private long packets;
    private long lastId;

    @Override
    public String attach(Flow<String> flow) {
      flows.add(flow);
      return "flow " + flow.id();
    }

    @Override
    public Disposition packet(Flow<String> flow, PacketView packet) {
      packets++;
      lastId = flow.id();
      assertThat(flow.attachment()).isEqualTo("flow " + flow.id());
      if (directions.size() < 10) {
        directions.add(flow.direction(packet));
      }
      return answer;
    }

    @Override
    public void closed(Flow<String> flow) {
      closed.add(flow.id());
    }
  }

  private static FlowLimits limits(int maxFlows) {
    return new FlowLimits(maxFlows, maxFlows, UNDECIDED_IDLE, FOREIGN_IDLE, TRACKED_IDLE);
  }
}
