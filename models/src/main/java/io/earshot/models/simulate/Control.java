package io.earshot.models.simulate;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client says beside its audio: dealer pings, state reports, cover art, discovery.
 *
 * <p>Periods and record sizes as measured on a desktop client; the access point's ping period is
 * read in open clients.
 */
final class Control {
  private static final long SECOND = 1_000_000_000L;
  private static final long IMAGE_CLOSE = 120 * SECOND;
  private static final byte[] DISCOVERY = discovery();

  private final Machine machine;
  private final Network network;
  private final Servers servers;
  private final Dice dice;
  private final ClientProfile profile;
  private final HelloStyle hello;
  private final HelloStyle imageHello;
  private final double imageShare;
  private final int imageMedian;
  private @Nullable Channel state;

  Control(Machine machine, Servers servers, Dice dice, ClientProfile profile) {
    this.machine = machine;
    this.network = machine.network();
    this.servers = servers;
    this.dice = dice;
    this.profile = profile;
    hello =
        profile.web()
            ? HelloStyle.BROWSER
            : profile.openClient()
                ? HelloStyle.PLAIN
                : profile.nativeDesktop() && profile != ClientProfile.DESKTOP_2018
                    ? HelloStyle.DESKTOP
                    : HelloStyle.PADDED;
    imageHello = hello;
    imageShare = profile.openClient() ? 0.25 : dice.uniform(0.75, 1);
    imageMedian = dice.between(22_000, 90_000);
  }

  private Channel channel(String name, Channel.Protocol protocol, long tag) {
    return new Channel(machine, dice.split(tag), servers.host(name), protocol, hello);
  }

  void start() {
    String region = dice.chance(0.6) ? "gew4-" : dice.chance(0.5) ? "gew1-" : "guc3-";
    Channel.Protocol control =
        profile.nativeDesktop() && profile != ClientProfile.DESKTOP_2018 && dice.chance(0.06)
            ? Channel.Protocol.HTTP_3
            : Channel.Protocol.HTTP_2;
    Channel reports = channel(region + "spclient.spotify.com", control, 20);
    state = reports;
    once("apresolve.spotify.com", 40, dice.between(300, 900));
    network.after(dice.millis(100, 500), () -> login(reports));
    if (!profile.openClient() || dice.chance(0.6)) {
      Channel dealer = channel(region + "dealer.spotify.com", Channel.Protocol.HTTP_1, 21);
      network.after(dice.millis(300, 1200), () -> dealer(dealer, 38, 35, 30.03));
      if (profile.nativeDesktop() || profile == ClientProfile.MOBILE) {
        Channel second = channel(region + "dealer.spotify.com", Channel.Protocol.HTTP_1, 22);
        network.after(dice.millis(500, 8000), () -> dealer(second, 23, 19, 30.00));
      }
    }
    if (profile.openClient() || profile == ClientProfile.DESKTOP_2018) {
      accessPoint();
    }
    if (profile.nativeDesktop()) {
      network.after(dice.seconds(0, 30), this::discover);
    }
    periodic(reports, dice.chance(0.5) ? 30 : 120);
  }

  private void login(Channel reports) {
    once("login5.spotify.com", 300, dice.between(400, 1600));
    for (int i = dice.between(2, 6); i > 0; i--) {
      reports.exchange(
          new Exchange(
              List.of(dice.between(84, 1277)),
              dice.millis(10, 60),
              dice.between(110, 400),
              dice.chance(0.3) ? dice.between(2_000, 60_000) : dice.between(60, 1_200),
              Exchange.NOTHING,
              Exchange.NOTHING));
    }
  }

  private void dealer(Channel channel, int up, int down, double seconds) {
    channel.exchange(
        new Exchange(
            List.of(dice.between(500, 900)),
            dice.millis(10, 40),
            dice.between(150, 260),
            0,
            Exchange.NOTHING,
            () -> ping(channel, up, down, seconds)));
  }

  private void ping(Channel channel, int up, int down, double seconds) {
    network.after(
        (long) (seconds * SECOND) + dice.millis(-8, 8),
        () -> {
          if (!channel.isOpen()) {
            dealer(channel, up, down, seconds);
            return;
          }
          channel.chatter(new int[] {up}, dice.millis(1, 20), new int[] {down});
          ping(channel, up, down, seconds);
        });
  }

  private void periodic(Channel reports, double seconds) {
    network.after(
        (long) (seconds * SECOND) + dice.millis(-20, 300),
        () -> {
          burst(reports);
          periodic(reports, seconds);
        });
  }

  private void burst(Channel reports) {
    reports.exchange(
        new Exchange(
            List.of(dice.between(79, 84), dice.between(100, 1200)),
            dice.millis(10, 80),
            dice.between(34, 211),
            dice.chance(0.1) ? dice.between(300, 3_000) : 0,
            Exchange.NOTHING,
            Exchange.NOTHING));
  }

  /** A short connection of some hundred bytes. */
  private void once(String name, int up, int down) {
    Channel channel =
        new Channel(
            machine,
            dice.split(network.now() + up),
            servers.host(name),
            Channel.Protocol.HTTP_2,
            hello);
    channel.exchange(
        new Exchange(
            List.of(up + dice.between(0, 300)),
            dice.millis(5, 60),
            dice.between(150, 400),
            down,
            Exchange.NOTHING,
            () -> network.after(dice.seconds(0.05, 20), channel::close)));
  }

  private void accessPoint() {
    int port = dice.weighted(6, 3, 1);
    TcpConnection[] made = new TcpConnection[1];
    Host host = servers.host("ap-gew4.spotify.com");
    machine.resolve(
        host,
        () ->
            made[0] =
                network.connect(
                    host,
                    machine.address(),
                    machine.takePort(),
                    port == 0 ? 4070 : port == 1 ? 443 : 80,
                    false,
                    () -> shannon(made)));
  }

  /** First message 00 04, length, protobuf hello; then a stream cipher without structure. */
  private void shannon(TcpConnection[] made) {
    TcpConnection connection = made[0];
    byte[] first = new byte[dice.between(130, 220)];
    dice.fill(first, 0, first.length);
    first[0] = 0;
    first[1] = 4;
    first[2] = 0;
    first[3] = 0;
    first[4] = 0;
    first[5] = (byte) first.length;
    first[6] = 0x52;
    first[7] = 0x0e;
    first[8] = 0x50;
    connection.client.content.raw(first);
    connection.client.flush();
    reply(
        connection,
        dice.between(300, 420),
        () ->
            say(
                connection,
                82,
                0,
                () -> {
                  say(
                      connection,
                      dice.between(250, 330),
                      dice.between(500, 2600),
                      Exchange.NOTHING);
                  accessPing(connection);
                }));
  }

  private void accessPing(TcpConnection connection) {
    network.after(
        60 * SECOND + dice.millis(-200, 200),
        () -> {
          if (!connection.dead) {
            // the server asks, the client answers
            connection.server.content.opaque(11);
            connection.server.flush();
            connection.whenClientHas(
                connection.server.written(), () -> say(connection, 11, 7, Exchange.NOTHING));
            accessPing(connection);
          }
        });
  }

  private void say(TcpConnection connection, int up, int down, Runnable then) {
    connection.client.content.opaque(up);
    connection.client.flush();
    if (down > 0) {
      reply(connection, down, then);
    } else {
      network.after(dice.millis(1, 20), then);
    }
  }

  private void reply(TcpConnection connection, int down, Runnable then) {
    connection.server.whenReceived(
        connection.client.written(),
        () ->
            network.after(
                dice.millis(1, 15),
                () -> {
                  connection.server.content.opaque(down);
                  connection.server.flush();
                  connection.whenClientHas(connection.server.written(), then);
                }));
  }

  private void discover() {
    byte[] from = machine.address();
    if (from.length == 4) {
      byte[] everybody = from.clone();
      everybody[3] = -1;
      network
          .tap()
          .udp(network.now(), from, 57_621, everybody, 57_621, true, DISCOVERY, DISCOVERY.length);
    }
    network.after(30 * SECOND + dice.millis(-2, 2), this::discover);
  }

  private static byte[] discovery() {
    byte[] bytes = Arrays.copyOf("SpotUdp0".getBytes(StandardCharsets.US_ASCII), 44);
    Dice.of(57_621, 0).fill(bytes, 8, 44);
    return bytes;
  }

  /** Playback state changed: a short exchange with the control servers. */
  void stateChange() {
    Channel reports = state;
    if (reports != null) {
      burst(reports);
      if (dice.chance(0.4)) {
        network.after(dice.millis(50, 800), () -> burst(reports));
      }
    }
  }

  /** Another track plays: state report, and cover art unless the album's is at hand. */
  void trackChange(boolean sameAlbum) {
    stateChange();
    if (dice.chance(0.15)) {
      once("gew4-spclient.spotify.com", 60, 830);
    }
    if (sameAlbum ? dice.chance(0.03) : dice.chance(imageShare)) {
      network.after(dice.millis(0, 150), this::images);
    }
  }

  private void images() {
    if (dice.chance(0.04)) {
      gallery();
      return;
    }
    int connections = dice.weighted(3, 5, 1) + 1;
    double bytes = Math.clamp(dice.logNormal(imageMedian, 0.7), 20_000, 440_000);
    for (int i = 0; i < connections; i++) {
      Channel channel = imageChannel(i);
      int part = (int) (bytes / connections);
      channel.exchange(image(part, () -> network.after(closeDelay(), channel::close)));
    }
  }

  /** Many small pictures that together weigh as much as a track. */
  private void gallery() {
    Channel channel = imageChannel(9);
    int left = dice.between(1_700_000, 2_100_000);
    while (left > 0) {
      int bytes = Math.min(left, dice.between(12_000, 70_000));
      left -= bytes;
      boolean last = left <= 0;
      channel.exchange(
          image(
              bytes, last ? () -> network.after(closeDelay(), channel::close) : Exchange.NOTHING));
    }
  }

  private long closeDelay() {
    return IMAGE_CLOSE + dice.millis(0, 90);
  }

  private Channel imageChannel(long tag) {
    String name =
        switch (dice.weighted(6, 3, 2, 0.5)) {
          case 0 -> "image-cdn-ak.spotifycdn.com";
          case 1 -> "image-cdn-fa.spotifycdn.com";
          case 2 -> "i.scdn.co";
          default -> "mosaic.scdn.co";
        };
    return new Channel(
        machine,
        dice.split(network.now() + tag),
        servers.host(name),
        profile.web() ? Channel.Protocol.HTTP_2 : Channel.Protocol.HTTP_1,
        imageHello);
  }

  private Exchange image(int bytes, Runnable done) {
    return new Exchange(
        List.of(dice.between(260, 480)),
        dice.millis(2, 25),
        dice.between(380, 700),
        bytes,
        Exchange.NOTHING,
        done);
  }
}
