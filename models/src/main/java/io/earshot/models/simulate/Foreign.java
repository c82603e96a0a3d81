package io.earshot.models.simulate;

import java.util.List;

/**
 * Traffic of other services through the same link, from the same address.
 *
 * <p>Bounded by a budget so that it neither hides the listener nor dominates the run time.
 */
final class Foreign {
  private static final long SECOND = 1_000_000_000L;
  private static final byte[] VOICE = {(byte) 0x80, 111};

  private final Machine machine;
  private final Network network;
  private final Servers servers;
  private final Dice dice;
  private double budgetBytes;

  Foreign(Machine machine, Servers servers, Dice dice, double budgetBytes) {
    this.machine = machine;
    this.network = machine.network();
    this.servers = servers;
    this.dice = dice;
    this.budgetBytes = budgetBytes;
  }

  void start(SessionSpec.ForeignKind kind) {
    switch (kind) {
      case WEB -> network.after(dice.seconds(0, 60), this::page);
      case VIDEO -> network.after(dice.seconds(0, 120), this::film);
      case CALL -> network.after(dice.seconds(5, 200), this::call);
      case DOWNLOAD -> network.after(dice.seconds(5, 200), this::download);
      case MUSIC -> network.after(dice.seconds(0, 60), this::music);
    }
  }

  private boolean spend(double bytes) {
    budgetBytes -= bytes;
    return budgetBytes > 0;
  }

  private Channel channel(String name, Channel.Protocol protocol) {
    return new Channel(
        machine,
        dice.split(network.now() ^ name.hashCode()),
        servers.host(name),
        protocol,
        HelloStyle.BROWSER);
  }

  private Exchange get(long bytes, Runnable done) {
    return get(dice.between(90, 900), bytes, done);
  }

  private Exchange get(int request, long bytes, Runnable done) {
    return new Exchange(
        List.of(request),
        dice.millis(4, 120),
        dice.between(120, 700),
        bytes,
        Exchange.NOTHING,
        done);
  }

  private void page() {
    int hosts = dice.between(1, 5);
    for (int h = 0; h < hosts; h++) {
      Channel channel =
          channel("cdn" + dice.between(1, 40) + ".example.net", Channel.Protocol.HTTP_2);
      int objects = dice.between(1, 10);
      for (int i = 0; i < objects; i++) {
        long bytes = (long) Math.clamp(dice.logNormal(18_000, 1.4), 200, 3_000_000);
        if (!spend(bytes)) {
          return;
        }
        boolean last = i == objects - 1;
        channel.exchange(
            get(
                bytes,
                last
                    ? () -> network.after(dice.seconds(5, 60), channel::close)
                    : Exchange.NOTHING));
      }
    }
    network.after((long) (Math.max(2, dice.exponential(45)) * SECOND), this::page);
  }

  private void film() {
    Channel video =
        channel(
            "rr" + dice.between(1, 9) + "---sn-4g5e6nzl.googlevideo.com",
            dice.chance(0.5) ? Channel.Protocol.HTTP_3 : Channel.Protocol.HTTP_2);
    double mbits = Math.min(network.link().downBitsPerSecond() / 3e6, dice.uniform(0.4, 3.5));
    chunk(video, mbits, dice.uniform(4, 6), dice.between(90, 900), 6);
  }

  /** Segments of ten seconds or files of one track, at rates that such services name. */
  private void music() {
    Channel audio =
        channel(
            "audio" + dice.between(1, 4) + ".music.example.com",
            dice.chance(0.5) ? Channel.Protocol.HTTP_1 : Channel.Protocol.HTTP_2);
    double mbits = new double[] {0.064, 0.128, 0.256, 0.32}[dice.between(0, 3)];
    double seconds = dice.chance(0.5) ? 10 : dice.uniform(150, 260);
    chunk(audio, mbits, seconds, dice.between(90, 900), 2);
  }

  /** Requests of one connection differ by a few digits, as those of the service do. */
  private void chunk(Channel video, double mbits, double seconds, int request, int ahead) {
    long bytes = (long) (mbits * 125_000 * seconds * dice.logNormal(1, 0.25));
    if (!spend(bytes)) {
      video.close();
      return;
    }
    video.exchange(
        get(
            request + dice.between(0, 6),
            bytes,
            () ->
                network.after(
                    ahead > 0 ? dice.millis(5, 80) : (long) (seconds * SECOND * 0.9),
                    () -> chunk(video, mbits, seconds, request, ahead - 1))));
  }

  private void download() {
    Channel channel = channel("files.example.org", Channel.Protocol.HTTP_1);
    double bytes = Math.min(budgetBytes * 0.8, dice.logNormal(4e6, 1));
    if (bytes > 100_000 && spend(bytes)) {
      channel.exchange(get((long) bytes, () -> network.after(dice.seconds(1, 30), channel::close)));
      network.after(dice.seconds(60, 600), this::download);
    }
  }

  private void call() {
    Host host = servers.host("turn.example.com");
    int port = machine.takePort();
    long end = network.now() + dice.seconds(30, 240);
    voice(host, port, end, dice.between(90, 180));
  }

  private void voice(Host host, int port, long end, int bytes) {
    if (network.now() >= end || !spend(2.0 * bytes)) {
      return;
    }
    byte[] client = machine.address();
    if (client.length != host.address.length) {
      return;
    }
    long now = network.now();
    network.tap().udp(now, client, port, host.address, 3478, true, VOICE, bytes);
    network.after(
        dice.millis(2, 14),
        () ->
            network
                .tap()
                .udp(network.now(), host.address, 3478, client, port, false, VOICE, bytes));
    network.after(20_000_000L + dice.millis(-1, 1), () -> voice(host, port, end, bytes));
  }
}
