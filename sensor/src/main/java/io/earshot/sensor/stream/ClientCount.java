package io.earshot.sensor.stream;

import io.earshot.enrichment.Role;
import io.earshot.models.feature.Direction;
import io.earshot.sensor.identify.FlowDescriptor;
import java.util.ArrayList;
import java.util.List;

/**
 * How many clients share an address, by the connections that every running client keeps: one to the
 * dealer, on which it sends a record of 38 bytes every 30 s and is answered one of 35, or one to an
 * access point, which is asked every 60 s, or both. An access point that was opened within {@value
 * #TOGETHER_SECONDS} s of a dealer belongs to the same client. The second dealer of some clients
 * has shorter records and does not count.
 *
 * <p>An estimate: a client that opens its two connections far apart counts twice, one that left
 * counts until its connections are silent. Bounded to {@value #MAX_CONNECTIONS} connections. Sizes
 * and times: wire notes, sections 3 and 4. Owner: the analysis thread.
 */
final class ClientCount {
  private static final int MAX_CONNECTIONS = 64;
  private static final int PING_BYTES = 43;
  private static final int PONG_BYTES = 40;
  private static final long SECOND = 1_000_000_000L;
  private static final long PONG_NANOS = 3 * SECOND;
  private static final int TOGETHER_SECONDS = 15;

  /** A dealer's client pings every 30 s. */
  private static final long DEALER_NANOS = 35 * SECOND;

  /** Two pings may be missed where no dealer is newer: then nobody came back in its place. */
  private static final long LAST_DEALER_NANOS = 95 * SECOND;

  /** An access point is asked every 60 s; two may be missed. */
  private static final long ACCESS_POINT_NANOS = 150 * SECOND;

  private final List<Connection> connections = new ArrayList<>(4);

  /** Takes a packet of a control or access point flow. */
  void sample(FlowDescriptor flow, Role role, long tsNanos, int payloadBytes, Direction direction) {
    Connection connection = of(flow, role);
    if (role == Role.ACCESS_POINT) {
      connection.aliveNanos = Math.max(connection.aliveNanos, tsNanos);
    } else if (direction == Direction.UP) {
      connection.pingNanos = payloadBytes == PING_BYTES ? tsNanos : 0;
    } else {
      if (payloadBytes == PONG_BYTES
          && connection.pingNanos > 0
          && tsNanos - connection.pingNanos < PONG_NANOS) {
        connection.aliveNanos = tsNanos;
      }
      connection.pingNanos = payloadBytes > 0 ? 0 : connection.pingNanos;
    }
  }

  private Connection of(FlowDescriptor flow, Role role) {
    for (int i = 0; i < connections.size(); i++) {
      Connection connection = connections.get(i);
      if (connection.flowId == flow.id()) {
        connection.dealer = role == Role.CONTROL;
        return connection;
      }
    }
    if (connections.size() >= MAX_CONNECTIONS) {
      connections.removeFirst();
    }
    Connection connection = new Connection(flow.id(), flow.startNanos(), role == Role.CONTROL);
    connections.add(connection);
    return connection;
  }

  void flowClosed(long flowId) {
    connections.removeIf(connection -> connection.flowId == flowId);
  }

  /** Clients at that time, at least 1. */
  int at(long nowNanos) {
    int dealers = 0;
    int accessPoints = 0;
    for (int i = 0; i < connections.size(); i++) {
      Connection connection = connections.get(i);
      if (connection.aliveNanos == 0) {
        continue;
      }
      long silent = nowNanos - connection.aliveNanos;
      if (connection.dealer) {
        dealers += silent <= (superseded(connection) ? DEALER_NANOS : LAST_DEALER_NANOS) ? 1 : 0;
      } else if (silent <= ACCESS_POINT_NANOS && !withDealer(connection)) {
        accessPoints++;
      }
    }
    return Math.max(1, dealers + accessPoints);
  }

  private boolean superseded(Connection dealer) {
    for (int i = 0; i < connections.size(); i++) {
      Connection other = connections.get(i);
      if (other.dealer && other.aliveNanos > 0 && other.startNanos > dealer.aliveNanos) {
        return true;
      }
    }
    return false;
  }

  private boolean withDealer(Connection accessPoint) {
    for (int i = 0; i < connections.size(); i++) {
      Connection other = connections.get(i);
      if (other.dealer
          && other.aliveNanos > 0
          && Math.abs(other.startNanos - accessPoint.startNanos) <= TOGETHER_SECONDS * SECOND) {
        return true;
      }
    }
    return false;
  }

  /** A connection that may show a client. */
  private static final class Connection {
    private final long flowId;
    private final long startNanos;
    private boolean dealer;
    private long pingNanos;
    private long aliveNanos;

    private Connection(long flowId, long startNanos, boolean dealer) {
      this.flowId = flowId;
      this.startNanos = startNanos;
      this.dealer = dealer;
    }
  }
}
