package io.earshot.models.simulate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The simulated world between servers and one listener's address: clock, access link, tap.
 *
 * <p>Downwards a packet passes its server's card, the core, the tap or the drop-tail queue of the
 * access link, the jitter and the losses; upwards the access link's serialization. All connections
 * of the session share the link. One thread; time is nanoseconds since the session began.
 */
final class Network {
  private static final int TASK = 0;
  private static final int AT_QUEUE = 1;
  private static final int AT_TAP_DOWN = 2;
  private static final int AT_CLIENT = 3;
  private static final int AT_TAP_UP = 4;
  private static final int AT_SERVER = 5;
  private static final int TIMER_CLIENT = 6;
  private static final int TIMER_SERVER = 7;
  private static final long RATE_PERIOD = 300_000_000L;

  private final EventQueue events = new EventQueue();
  private final Packets packets = new Packets();
  private final List<TcpConnection> connections = new ArrayList<>();
  private Runnable[] tasks = new Runnable[256];
  private int[] freeTasks = new int[256];
  private int freeTaskCount;
  private int taskCount;
  private final Tap tap;
  private final Dice dice;
  private final boolean timestamps;
  private final long clientWindow;
  private LinkSpec link;
  private long now;
  private long downBusyUntil;
  private long lastDownArrival;
  private long upBusyUntil;
  private long lastUpArrival;
  private double rateFactor = 1;
  private long rateUntil;
  private long jitter;
  private long jitterUntil;
  private boolean lossBurst;

  Network(SessionSpec spec, Tap tap, Dice dice) {
    this.tap = tap;
    this.dice = dice;
    this.link = spec.link();
    timestamps = dice.chance(0.6);
    clientWindow = dice.chance(0.8) ? 3 << 20 : 6 << 20;
  }

  long now() {
    return now;
  }

  Packets packets() {
    return packets;
  }

  LinkSpec link() {
    return link;
  }

  boolean timestamps() {
    return timestamps;
  }

  long clientWindow() {
    return clientWindow;
  }

  boolean reorders() {
    return link.reorderShare() > 0;
  }

  Tap tap() {
    return tap;
  }

  /** Puts the listener behind another link; the old connections must have been abandoned. */
  void moveTo(LinkSpec other) {
    link = other;
    downBusyUntil = now;
    upBusyUntil = now;
  }

  void after(long delay, Runnable task) {
    at(now + Math.max(0, delay), task);
  }

  void at(long time, Runnable task) {
    int slot;
    if (freeTaskCount > 0) {
      slot = freeTasks[--freeTaskCount];
    } else {
      if (taskCount == tasks.length) {
        tasks = Arrays.copyOf(tasks, taskCount * 2);
        freeTasks = Arrays.copyOf(freeTasks, taskCount * 2);
      }
      slot = taskCount++;
    }
    tasks[slot] = task;
    events.add(Math.max(now, time), TASK, slot);
  }

  void timer(TcpConnection connection, boolean client, long time) {
    events.add(Math.max(now, time), client ? TIMER_CLIENT : TIMER_SERVER, connection.id);
  }

  TcpConnection connect(
      Host host,
      byte[] clientAddress,
      int clientPort,
      int serverPort,
      boolean quic,
      Runnable connected) {
    TcpConnection connection =
        new TcpConnection(
            this,
            connections.size(),
            host,
            clientAddress,
            clientPort,
            serverPort,
            quic,
            dice.split(connections.size() + 1000L),
            connected);
    connections.add(connection);
    connection.open();
    return connection;
  }

  /** Plays until the given time. */
  void run(long until) {
    while (!events.isEmpty() && events.time() <= until) {
      now = events.time();
      int kind = events.kind();
      int argument = events.argument();
      events.remove();
      switch (kind) {
        case TASK -> {
          Runnable task = tasks[argument];
          freeTasks[freeTaskCount++] = argument;
          task.run();
        }
        case AT_QUEUE -> atQueue(argument);
        case AT_TAP_DOWN -> atTapDown(argument);
        case AT_TAP_UP -> atTapUp(argument);
        case AT_CLIENT, AT_SERVER -> delivered(argument);
        case TIMER_CLIENT -> connections.get(argument).client.timerFired();
        default -> connections.get(argument).server.timerFired();
      }
    }
    now = until;
  }

  void sendControl(TcpConnection connection, int flags) {
    int packet = packets.take();
    packets.connection[packet] = connection.id;
    packets.flags[packet] = flags;
    packets.sequence[packet] = -1;
    packets.length[packet] = 0;
    packets.acknowledged[packet] = -1;
    packets.segment[packet] = -1;
    packets.received[packet] = 0;
    packets.distinct[packet] = 0;
    packets.sentNanos[packet] = now;
    packets.echoNanos[packet] = -1;
    packets.echoSegment[packet] = -1;
    packets.window[packet] = 64_240;
    packets.sackCount[packet] = 0;
    send(connection, packet);
  }

  void sendEnd(TcpConnection connection, boolean client, long sequence, boolean acksFin) {
    int packet = packets.take();
    Endpoint end = connection.endpoint(client);
    packets.connection[packet] = connection.id;
    packets.flags[packet] =
        Packets.FIN
            | Packets.ACK
            | (client ? Packets.FROM_CLIENT : 0)
            | (acksFin ? Packets.ACKS_FIN : 0);
    packets.sequence[packet] = sequence;
    packets.length[packet] = 0;
    packets.acknowledged[packet] = end.receivedBytes();
    packets.segment[packet] = -1;
    packets.received[packet] = 0;
    packets.distinct[packet] = 0;
    packets.sentNanos[packet] = now;
    packets.echoNanos[packet] = -1;
    packets.echoSegment[packet] = -1;
    packets.window[packet] = 65_535;
    packets.sackCount[packet] = 0;
    send(connection, packet);
  }

  void send(TcpConnection connection, int packet) {
    int bytes = packets.length[packet] + 66;
    if (packets.fromClient(packet)) {
      long leaves = Math.max(now, upBusyUntil) + nanosFor(bytes, link.upBitsPerSecond());
      upBusyUntil = leaves;
      long arrives = leaves + link.tapToClientNanos() + connection.coreDelayNanos + jitterNow() / 2;
      arrives = Math.max(arrives, lastUpArrival + 1);
      lastUpArrival = arrives;
      packets.arrivalNanos[packet] = arrives;
      long seen = (link.tapBeforeQueue() ? leaves : now) + link.tapToClientNanos();
      events.add(seen, AT_TAP_UP, packet);
    } else {
      long leaves =
          Math.max(now, connection.serverBusyUntil)
              + nanosFor(bytes, connection.serverBitsPerSecond);
      connection.serverBusyUntil = leaves;
      events.add(leaves + connection.coreDelayNanos, AT_QUEUE, packet);
    }
  }

  private static long nanosFor(int bytes, double bitsPerSecond) {
    return (long) (bytes * 8e9 / bitsPerSecond);
  }

  private double downRate() {
    if (link.rateWander() == 0) {
      return link.downBitsPerSecond();
    }
    if (now >= rateUntil) {
      rateUntil = now + RATE_PERIOD;
      double fresh = StrictMath.exp(link.rateWander() * dice.gaussian());
      rateFactor = Math.clamp(0.7 * rateFactor + 0.3 * fresh, 0.3, 1.0);
    }
    return link.downBitsPerSecond() * rateFactor;
  }

  private long jitterNow() {
    if (link.jitterNanos() == 0) {
      return 0;
    }
    if (now >= jitterUntil) {
      jitterUntil = now + 2_000_000L;
      jitter = (long) dice.exponential(link.jitterNanos());
    }
    return jitter;
  }

  private boolean lostDown() {
    double loss = link.lossDown();
    if (loss == 0) {
      return false;
    }
    lossBurst = dice.chance(lossBurst ? 0.3 + 0.7 * loss : loss * 0.7);
    return lossBurst;
  }

  private void atQueue(int packet) {
    TcpConnection connection = connections.get(packets.connection[packet]);
    if (connection.dead) {
      packets.giveBack(packet);
      return;
    }
    if (link.tapBeforeQueue()) {
      tap.tcp(now, connection, packets, packet);
    }
    int bytes = packets.length[packet] + 66;
    double rate = downRate();
    long wait = Math.max(0, downBusyUntil - now);
    if (wait * rate / 8e9 + bytes > link.queueBytes()) {
      packets.giveBack(packet);
      return;
    }
    downBusyUntil = Math.max(now, downBusyUntil) + nanosFor(bytes, rate);
    boolean lost = lostDown();
    if (lost && (link.tapBeforeQueue() || !dice.chance(link.lossAfterTap()))) {
      packets.giveBack(packet);
      return;
    }
    long arrives = downBusyUntil + jitterNow();
    if (link.reorderShare() > 0 && dice.chance(link.reorderShare())) {
      arrives += (long) dice.uniform(0.3e6, 4e6);
    } else {
      arrives = Math.max(arrives, lastDownArrival + nanosFor(bytes, 1e9));
      lastDownArrival = arrives;
    }
    packets.arrivalNanos[packet] = lost ? -1 : arrives + link.tapToClientNanos();
    if (link.tapBeforeQueue()) {
      events.add(packets.arrivalNanos[packet], AT_CLIENT, packet);
    } else {
      events.add(arrives, AT_TAP_DOWN, packet);
    }
  }

  private void atTapDown(int packet) {
    TcpConnection connection = connections.get(packets.connection[packet]);
    if (connection.dead) {
      packets.giveBack(packet);
      return;
    }
    tap.tcp(now, connection, packets, packet);
    if (packets.arrivalNanos[packet] < 0) {
      packets.giveBack(packet);
    } else {
      events.add(packets.arrivalNanos[packet], AT_CLIENT, packet);
    }
  }

  private void atTapUp(int packet) {
    TcpConnection connection = connections.get(packets.connection[packet]);
    if (connection.dead) {
      packets.giveBack(packet);
      return;
    }
    tap.tcp(now, connection, packets, packet);
    if (link.lossUp() > 0 && dice.chance(link.lossUp())) {
      packets.giveBack(packet);
    } else {
      events.add(Math.max(now, packets.arrivalNanos[packet]), AT_SERVER, packet);
    }
  }

  private void delivered(int packet) {
    TcpConnection connection = connections.get(packets.connection[packet]);
    boolean fromClient = packets.fromClient(packet);
    if (connection.dead) {
      packets.giveBack(packet);
      return;
    }
    if ((packets.flags[packet] & Packets.SYN) != 0) {
      connection.synArrived(fromClient);
    } else {
      connection.endpoint(!fromClient).arrived(packet);
    }
    packets.giveBack(packet);
  }
}
