package io.earshot.models.simulate;

import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A TLS (or QUIC) connection that is opened when needed and carries exchanges: one after another in
 * HTTP/1.1, many at once in HTTP/2 and HTTP/3.
 *
 * <p>Record sizes follow the measured captures: answers in records of 16,384 bytes of plain text,
 * about ten small ones first on a fresh connection. Answers that are ready together are written in
 * turns or one behind the other, as the server's scheduler has it. After {@link #cut} the
 * unfinished exchanges are asked for again on a new connection.
 */
final class Channel {
  private static final int PLAIN_RECORD = 16_384;
  private static final int FRESH_RECORD = 1_395;
  private static final int FRESH_COUNT = 10;
  private static final int H2_FRAME = 9;
  private static final int CLOSE_ALERT = 19;

  /** RFC 9113, 6.5.2 advises servers to allow at least as many. */
  private static final int MOST_STREAMS = 100;

  /** What a channel speaks. */
  enum Protocol {
    HTTP_1,
    HTTP_2,
    HTTP_3
  }

  private final Machine machine;
  private final Network network;
  private final Dice dice;
  private final Host host;
  private final Protocol protocol;
  private final HelloStyle hello;
  private final long windowUpdateBytes;
  private final boolean inTurns;
  private final ArrayDeque<Exchange> waiting = new ArrayDeque<>();
  private @Nullable TcpConnection connection;
  private final ArrayDeque<Exchange> open = new ArrayDeque<>();
  private final ArrayDeque<Answer> answers = new ArrayDeque<>();
  private boolean opening;
  private boolean ready;
  private boolean knownServer;
  private int freshRecords;
  private long lastUseNanos;
  private int generation;

  Channel(Machine machine, Dice dice, Host host, Protocol protocol, HelloStyle hello) {
    this.machine = machine;
    this.network = machine.network();
    this.dice = dice;
    this.host = host;
    this.protocol = protocol;
    this.hello = hello;
    windowUpdateBytes = 32_768L << dice.between(0, 6);
    inTurns = dice.split(1).chance(0.6);
  }

  /** An answer that is being written. */
  private static final class Answer {
    final Exchange exchange;
    long left;
    long nextUpdate;

    Answer(Exchange exchange, long nextUpdate) {
      this.exchange = exchange;
      this.nextUpdate = nextUpdate;
      left = exchange.bodyBytes();
    }
  }

  boolean isOpen() {
    return connection != null;
  }

  long lastUseNanos() {
    return lastUseNanos;
  }

  /** Queues an exchange; opens the connection when there is none. */
  void exchange(Exchange exchange) {
    waiting.add(exchange);
    pump();
  }

  /** Sends records without an answer being waited for, then the server's after a while. */
  void chatter(int[] up, long serverNanos, int[] down) {
    if (!ready || connection == null) {
      return;
    }
    TcpConnection now = connection;
    lastUseNanos = network.now();
    for (int length : up) {
      write(now.client.content, length);
    }
    now.client.flush();
    if (down.length > 0) {
      now.server.whenReceived(
          now.client.written(),
          () ->
              network.after(
                  serverNanos,
                  () -> {
                    for (int length : down) {
                      write(now.server.content, length);
                    }
                    now.server.flush();
                  }));
    }
  }

  private void write(Content content, int recordLength) {
    if (protocol == Protocol.HTTP_3) {
      content.opaque(recordLength);
    } else {
      content.record(Content.APPLICATION_DATA, recordLength);
    }
  }

  /** Opens without a request. */
  void connect() {
    if (connection == null) {
      int mine = ++generation;
      machine.opened(this);
      machine.resolve(host, () -> start(mine));
      opening = true;
    }
  }

  private void start(int mine) {
    if (mine != generation) {
      return;
    }
    ready = false;
    freshRecords = FRESH_COUNT;
    connection =
        network.connect(
            host,
            machine.address(),
            machine.takePort(),
            443,
            protocol == Protocol.HTTP_3,
            () -> hello(mine));
    opening = false;
  }

  private void hello(int mine) {
    TcpConnection now = connection;
    if (mine != generation || now == null) {
      return;
    }
    boolean resumed = knownServer && dice.chance(0.6);
    knownServer = true;
    long think = dice.millis(0.4, 3);
    if (protocol == Protocol.HTTP_3) {
      for (byte[] datagram : QuicHello.clientInitials(dice, host.name)) {
        now.client.content.raw(datagram);
        now.helloBytes = now.client.written();
        now.client.flush();
      }
      now.server.whenReceived(
          now.client.written(), () -> network.after(think, () -> quicFlight(now, mine)));
      return;
    }
    List<String> alpn =
        protocol == Protocol.HTTP_2 || hello == HelloStyle.BROWSER
            ? List.of("h2", "http/1.1")
            : List.of("http/1.1");
    now.client.content.raw(Handshake.clientHelloRecord(dice, host.name, alpn, hello));
    now.helloBytes = now.client.written();
    now.client.flush();
    now.server.whenReceived(
        now.client.written(), () -> network.after(think, () -> serverFlight(now, mine, resumed)));
  }

  private void quicFlight(TcpConnection now, int mine) {
    int datagrams = dice.between(3, 4);
    for (int i = 0; i < datagrams; i++) {
      now.server.content.raw(QuicHello.serverLong(dice, i == 0, i == datagrams - 1));
      now.server.flush();
    }
    now.whenClientHas(
        now.server.written(),
        () -> {
          now.client.content.raw(QuicHello.clientFinished(dice));
          now.client.flush();
          secured(mine);
        });
  }

  private void serverFlight(TcpConnection now, int mine, boolean resumed) {
    now.server.content.raw(Handshake.serverHelloRecord(dice, hello.postQuantum));
    now.server.content.record(Content.CHANGE_CIPHER_SPEC, 1);
    if (resumed) {
      write(now.server.content, dice.between(90, 130));
    } else {
      write(now.server.content, dice.between(40, 120));
      write(now.server.content, dice.between(2_300, 4_300));
      write(now.server.content, dice.between(100, 290));
      write(now.server.content, dice.between(53, 69));
    }
    now.server.flush();
    now.whenClientHas(
        now.server.written(),
        () -> {
          now.client.content.record(Content.CHANGE_CIPHER_SPEC, 1);
          write(now.client.content, 53);
          now.client.flush();
          if (!resumed || dice.chance(0.5)) {
            now.server.whenReceived(
                now.client.written(),
                () -> {
                  write(now.server.content, dice.between(220, 270));
                  write(now.server.content, dice.between(220, 270));
                  now.server.flush();
                });
          }
          if (protocol == Protocol.HTTP_2) {
            write(now.client.content, dice.between(60, 110));
            now.client.flush();
          }
          secured(mine);
        });
  }

  private void secured(int mine) {
    if (mine == generation) {
      ready = true;
      lastUseNanos = network.now();
      pump();
    }
  }

  private void pump() {
    if (waiting.isEmpty() && !ready) {
      return;
    }
    TcpConnection now = connection;
    if (now == null) {
      if (!opening) {
        connect();
      }
      return;
    }
    int most = protocol == Protocol.HTTP_1 ? 1 : MOST_STREAMS;
    while (ready && !waiting.isEmpty() && open.size() < most) {
      Exchange exchange = waiting.remove();
      open.add(exchange);
      request(exchange, now);
    }
  }

  private void request(Exchange exchange, TcpConnection now) {
    lastUseNanos = network.now();
    for (int length : exchange.requestRecords()) {
      write(now.client.content, length);
    }
    now.client.flush();
    now.server.whenReceived(
        now.client.written(),
        () -> network.after(exchange.serverNanos(), () -> answer(exchange, now)));
  }

  private void answer(Exchange exchange, TcpConnection now) {
    if (now != connection) {
      return;
    }
    answers.add(new Answer(exchange, windowUpdateBytes));
    if (protocol == Protocol.HTTP_1) {
      writeAnswers(now);
    } else if (answers.size() == 1) {
      network.after(dice.millis(0.05, 0.6), () -> writeAnswers(now));
    }
  }

  private void writeAnswers(TcpConnection now) {
    if (now != connection) {
      return;
    }
    for (Answer answer : answers) {
      write(now.server.content, answer.exchange.headerRecord());
      if (answer.left > 0) {
        now.whenClientHas(now.server.content.written() + 1, answer.exchange.started());
      }
    }
    while (!answers.isEmpty()) {
      Answer answer = answers.remove();
      if (answer.left > 0) {
        writeRecord(answer, now);
      }
      if (answer.left == 0) {
        now.whenClientHas(now.server.content.written(), () -> finished(answer.exchange, now));
      } else if (inTurns) {
        answers.addLast(answer);
      } else {
        answers.addFirst(answer);
      }
    }
    now.server.flush();
  }

  private void writeRecord(Answer answer, TcpConnection now) {
    Content content = now.server.content;
    long whole = answer.exchange.bodyBytes();
    boolean framed = protocol == Protocol.HTTP_2;
    int overhead = host.recordOverhead + (framed ? H2_FRAME : 0);
    int room =
        freshRecords > 0 && whole > 4 * FRESH_RECORD
            ? FRESH_RECORD - overhead
            : PLAIN_RECORD - (framed ? H2_FRAME : 0);
    if (freshRecords > 0) {
      freshRecords--;
    }
    int body = (int) Math.min(answer.left, room);
    if (protocol == Protocol.HTTP_3) {
      content.opaque(body);
    } else {
      content.record(Content.APPLICATION_DATA, body + overhead);
    }
    answer.left -= body;
    if (framed && whole - answer.left >= answer.nextUpdate) {
      answer.nextUpdate += windowUpdateBytes;
      now.whenClientHas(content.written(), () -> windowUpdate(now));
    }
  }

  private void windowUpdate(TcpConnection now) {
    if (now == connection) {
      write(now.client.content, dice.chance(0.7) ? 30 : 34);
      now.client.flush();
    }
  }

  private void finished(Exchange exchange, TcpConnection now) {
    if (now != connection || !open.remove(exchange)) {
      return;
    }
    lastUseNanos = network.now();
    exchange.done().run();
    pump();
  }

  /** Says goodbye with an alert and a FIN; a later exchange opens a new connection. */
  void close() {
    TcpConnection now = connection;
    generation++;
    opening = false;
    connection = null;
    ready = false;
    open.clear();
    answers.clear();
    machine.closed(this);
    if (now != null && now.established() && !now.quic) {
      now.client.content.record(Content.APPLICATION_DATA, CLOSE_ALERT);
      now.client.flush();
      now.client.close();
    }
  }

  /** The link went away: nothing more is seen of the connection. */
  void cut() {
    TcpConnection now = connection;
    if (now != null) {
      now.abandon();
    }
    generation++;
    opening = false;
    connection = null;
    ready = false;
    machine.closed(this);
    answers.clear();
    while (!open.isEmpty()) {
      waiting.addFirst(open.removeLast());
    }
    if (!waiting.isEmpty()) {
      network.after(dice.seconds(0.5, 3), this::pump);
    }
  }
}
