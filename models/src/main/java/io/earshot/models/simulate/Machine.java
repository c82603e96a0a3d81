package io.earshot.models.simulate;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The listener's computer: address, ports, name look-ups, open channels. */
final class Machine {
  private final Network network;
  private final Dice dice;
  private final Map<String, Long> resolvedUntil = new HashMap<>();
  private final List<Channel> channels = new ArrayList<>();
  private final byte[] resolver;
  private final long resolverNanos;
  private byte[] address;
  private int nextPort;

  Machine(Network network, Dice dice, String address) {
    this.network = network;
    this.dice = dice;
    this.address = parse(address);
    nextPort = dice.between(33_000, 55_000);
    resolver = resolverFor(this.address);
    resolverNanos = dice.millis(0.5, 20);
  }

  static byte[] parse(String address) {
    return InetAddress.ofLiteral(address).getAddress();
  }

  private static byte[] resolverFor(byte[] client) {
    byte[] other = client.clone();
    other[other.length - 1] = 1;
    return other;
  }

  Network network() {
    return network;
  }

  byte[] address() {
    return address;
  }

  int takePort() {
    nextPort = nextPort >= 60_990 ? 33_000 : nextPort + dice.between(1, 9) * 2;
    return nextPort;
  }

  void opened(Channel channel) {
    channels.add(channel);
  }

  void closed(Channel channel) {
    channels.remove(channel);
  }

  /** Looks the host up, through the cache, then goes on. */
  void resolve(Host host, Runnable then) {
    long now = network.now();
    Long until = resolvedUntil.get(host.name);
    if (until != null && until > now) {
      network.after(dice.millis(0.05, 0.5), then);
      return;
    }
    int ttl = dice.between(60, 300);
    resolvedUntil.put(host.name, now + ttl * 1_000_000_000L);
    int id = (int) dice.nextLong() & 0xffff;
    int port = 32_768 + ((int) dice.nextLong() & 0x3fff);
    String alias = dice.chance(0.5) ? Servers.alias(host.name) : "";
    byte[] query = NameLookup.query(id, host.name, host.address.length);
    byte[] answer = NameLookup.answer(id, host.name, alias, host.address, ttl);
    byte[] client = address;
    byte[] server = client.length == resolver.length ? resolver : resolverFor(client);
    if (network.tap().seesNames()) {
      network.tap().udp(now, client, port, server, 53, true, query, query.length);
    }
    long wait = resolverNanos + dice.millis(0.1, dice.chance(0.3) ? 40 : 3);
    network.after(
        wait,
        () -> {
          if (network.tap().seesNames()) {
            network
                .tap()
                .udp(network.now(), server, 53, client, port, false, answer, answer.length);
          }
          network.after(dice.millis(0.2, 1), then);
        });
  }

  /** Moves to another address: every connection is cut and asked for anew when needed. */
  void moveTo(String other) {
    address = parse(other);
    resolvedUntil.clear();
    for (Channel channel : List.copyOf(channels)) {
      channel.cut();
    }
  }
}
