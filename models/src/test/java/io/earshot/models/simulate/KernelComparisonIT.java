package io.earshot.models.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.earshot.models.simulate.SimulatedFrames.Segment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Packet trains of the simulator against those of the kernel's own TCP on the same link.
 *
 * <p>A real client fetches an object twice over one connection, the second time with a warm window;
 * the simulator does the same on the same rate, delay, queue and loss. Every figure is the median
 * of several runs. Skipped where this is not root on Linux with {@code /dev/net/tun}.
 */
class KernelComparisonIT {
  private static final int KERNEL_RUNS = 3;
  private static final int SIMULATED_RUNS = 15;
  private static final int REQUEST = 500;
  private static final int PORT = 443;

  /**
   * What one transfer looked like at the tap.
   *
   * @param seconds from the request to the last byte
   * @param toQuarter from the first byte until a quarter of the object is there: slow start
   * @param warmSeconds the same object again on the same connection
   * @param medianGap between packets with data, seconds
   * @param longGap 95th percentile of the gaps, seconds
   * @param acksPerSegment acknowledgements without data per packet with data
   * @param retransmitted share of the packets sent that had been sent before
   */
  private record Train(
      double seconds,
      double toQuarter,
      double warmSeconds,
      double medianGap,
      double longGap,
      double acksPerSegment,
      double retransmitted) {}

  @ParameterizedTest(name = "{0} Mbit/s {1} ms loss {2} queue {3}")
  @CsvSource({
    "10, 30, 0, 120000, 2000000",
    "40, 20, 0, 400000, 6000000",
    "90, 50, 0, 1200000, 9000000",
    "8, 25, 0, 30000, 2000000",
    "20, 40, 0.01, 300000, 2000000",
    "5, 80, 0.02, 200000, 700000",
  })
  void trains_sameLink_lookLikeTheKernels(
      double mbits, double rttMillis, double loss, int queueBytes, int object) throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")) && Files.isWritable(Path.of("/dev/net/tun")),
        "the comparison with the kernel needs root and /dev/net/tun");
    List<Train> kernel = new ArrayList<>();
    for (int i = 0; i < KERNEL_RUNS; i++) {
      kernel.add(kernel(mbits, rttMillis, loss, queueBytes, object, i));
    }
    List<Train> simulated = new ArrayList<>();
    for (int i = 0; i < SIMULATED_RUNS; i++) {
      simulated.add(simulated(mbits, rttMillis, loss, queueBytes, object, i));
    }
    Train real = median(kernel);
    Train ours = median(simulated);
    String both = System.lineSeparator() + real + System.lineSeparator() + ours;
    boolean lossy = loss > 0;
    assertThat(ours.seconds / real.seconds)
        .as("time from request to last byte, simulated / kernel%s", both)
        .isBetween(lossy ? 0.4 : 0.7, lossy ? 2.5 : 1.4);
    assertThat(ours.toQuarter / real.toQuarter)
        .as("time to a quarter of the object: slow start%s", both)
        .isBetween(lossy ? 0.3 : 0.5, lossy ? 3 : 1.7);
    assertThat(ours.warmSeconds / real.warmSeconds)
        .as("the same over a warm connection%s", both)
        .isBetween(lossy ? 0.4 : 0.65, lossy ? 2.5 : 1.4);
    assertThat(ours.medianGap / real.medianGap)
        .as("median gap between packets%s", both)
        .isBetween(lossy ? 0.3 : 0.85, lossy ? 5 : 1.15);
    assertThat(ours.longGap / real.longGap)
        .as("95th percentile of the gaps%s", both)
        .isBetween(lossy ? 0.1 : 0.4, lossy ? 12 : 1.2);
    assertThat(ours.acksPerSegment - real.acksPerSegment)
        .as("acknowledgements per segment%s", both)
        .isBetween(-0.15, 0.15);
    assertThat(ours.retransmitted - real.retransmitted)
        .as("share sent again%s", both)
        .isBetween(-0.02, 0.05);
  }

  private static Train median(List<Train> trains) {
    return new Train(
        median(trains, Train::seconds),
        median(trains, Train::toQuarter),
        median(trains, Train::warmSeconds),
        median(trains, Train::medianGap),
        median(trains, Train::longGap),
        median(trains, Train::acksPerSegment),
        median(trains, Train::retransmitted));
  }

  private static double median(List<Train> trains, ToDoubleFunction<Train> figure) {
    double[] sorted = trains.stream().mapToDouble(figure).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  // ---------------------------------------------------------------- the kernel

  private static Train kernel(
      double mbits, double rttMillis, double loss, int queueBytes, int object, int run)
      throws Exception {
    KernelNetwork network = lab(mbits, rttMillis, loss, queueBytes, object, run);
    return train(network.tapped, network.sent, object);
  }

  /** A closed network that has carried the two transfers. */
  private static KernelNetwork lab(
      double mbits, double rttMillis, double loss, int queueBytes, int object, int run)
      throws Exception {
    Dice dice = Dice.of(77, run);
    boolean[] burst = new boolean[1];
    KernelNetwork network =
        new KernelNetwork(
            Math.round(mbits * 1e6),
            queueBytes,
            Math.round(rttMillis * 1e6),
            () -> {
              // the same process as the simulator's
              burst[0] = loss > 0 && dice.chance(burst[0] ? 0.3 + 0.7 * loss : loss * 0.7);
              return burst[0];
            });
    try (network) {
      ServerSocketChannel[] listening = new ServerSocketChannel[1];
      network
          .inBackground(
              "s",
              () -> {
                listening[0] =
                    ServerSocketChannel.open()
                        .bind(new InetSocketAddress(KernelNetwork.SERVER, PORT));
                return 0;
              })
          .get();
      FutureTask<Integer> server = network.inBackground("s", () -> serve(listening[0], object));
      network
          .inBackground(
              "c",
              () -> {
                try (SocketChannel channel =
                    SocketChannel.open(new InetSocketAddress(KernelNetwork.SERVER, PORT))) {
                  fetch(channel, object);
                  fetch(channel, object);
                }
                return 0;
              })
          .get();
      server.get();
      listening[0].close();
    }
    return network;
  }

  private static int serve(ServerSocketChannel listening, int object) throws Exception {
    try (SocketChannel channel = listening.accept()) {
      for (int i = 0; i < 2; i++) {
        ByteBuffer request = ByteBuffer.allocate(REQUEST);
        while (request.hasRemaining() && channel.read(request) >= 0) {}
        ByteBuffer answer = ByteBuffer.allocate(object);
        while (answer.hasRemaining()) {
          channel.write(answer);
        }
      }
    }
    return 0;
  }

  private static void fetch(SocketChannel channel, int object) throws Exception {
    channel.write(ByteBuffer.allocate(REQUEST));
    ByteBuffer part = ByteBuffer.allocateDirect(1 << 16);
    int left = object;
    while (left > 0) {
      part.clear();
      left -= channel.read(part);
    }
  }

  // ---------------------------------------------------------------- the simulator

  private static Train simulated(
      double mbits, double rttMillis, double loss, int queueBytes, int object, int run) {
    SimulatedFrames tapped = play(mbits, rttMillis, loss, queueBytes, object, run, false);
    SimulatedFrames sent = play(mbits, rttMillis, loss, queueBytes, object, run, true);
    return train(tapped, sent, object);
  }

  private static SimulatedFrames play(
      double mbits,
      double rttMillis,
      double loss,
      int queueBytes,
      int object,
      int run,
      boolean tapBeforeQueue) {
    LinkSpec link =
        new LinkSpec(
            "same",
            Math.round(mbits * 1e6),
            1_000_000_000L,
            Math.round(rttMillis * 1e6),
            loss,
            0,
            tapBeforeQueue ? 1 : 0,
            0,
            0,
            queueBytes,
            0,
            1460,
            2,
            40_000_000L,
            20_000L,
            tapBeforeQueue);
    SessionSpec spec = SimulatedFrames.spec(ClientProfile.DESKTOP_2025, 160, link, 120);
    SimulatedFrames frames = new SimulatedFrames();
    Dice dice = Dice.of(5, run);
    Tap tap = new Tap(spec, frames, dice.split(1));
    Network network = new Network(spec, tap, dice.split(2));
    Host host = new Host("server", new byte[] {10, 77, 1, 1}, 0, 17);
    TcpConnection[] made = new TcpConnection[1];
    made[0] =
        network.connect(
            host, new byte[] {10, 77, 2, 2}, 40_000, PORT, false, () -> ask(made[0], 1, object));
    network.run(100_000_000_000L);
    tap.flush();
    return frames;
  }

  private static void ask(TcpConnection connection, int number, int object) {
    connection.client.content.opaque(REQUEST);
    connection.client.flush();
    connection.server.whenReceived(
        (long) number * REQUEST,
        () -> {
          connection.server.content.opaque(object);
          connection.server.flush();
        });
    connection.whenClientHas(
        (long) number * object,
        () -> {
          if (number == 1) {
            ask(connection, 2, object);
          }
        });
  }

  // ---------------------------------------------------------------- figures

  private static Train train(SimulatedFrames tapped, SimulatedFrames sent, int object) {
    List<Segment> requests =
        tapped.segments.stream().filter(s -> !s.down() && s.length() > 0).toList();
    assertThat(requests).hasSizeGreaterThanOrEqualTo(2);
    long first = requests.getFirst().tsNanos();
    long second = requests.getLast().tsNanos();
    List<Segment> data = tapped.segments.stream().filter(s -> s.down() && s.length() > 0).toList();
    List<Segment> cold = data.stream().filter(s -> s.tsNanos() < second).toList();
    List<Segment> warm = data.stream().filter(s -> s.tsNanos() > second).toList();
    long came = 0;
    long quarter = 0;
    for (Segment segment : cold) {
      came += segment.length();
      if (came >= object / 4 && quarter == 0) {
        quarter = segment.tsNanos();
      }
    }
    double[] gaps = new double[cold.size() - 1];
    for (int i = 0; i < gaps.length; i++) {
      gaps[i] = (cold.get(i + 1).tsNanos() - cold.get(i).tsNanos()) / 1e9;
    }
    Arrays.sort(gaps);
    long acks =
        tapped.segments.stream()
            .filter(s -> !s.down() && s.length() == 0 && !s.syn() && !s.fin())
            .count();
    return new Train(
        (cold.getLast().tsNanos() - first) / 1e9,
        (quarter - cold.getFirst().tsNanos()) / 1e9,
        (warm.getLast().tsNanos() - second) / 1e9,
        gaps[gaps.length / 2],
        gaps[(int) (gaps.length * 0.95)],
        (double) acks / data.size(),
        again(sent));
  }

  private static double again(SimulatedFrames sent) {
    Set<Long> seen = new HashSet<>();
    int all = 0;
    int again = 0;
    for (Segment segment : sent.segments) {
      if (segment.down() && segment.length() > 0) {
        all++;
        again += seen.add(segment.sequence()) ? 0 : 1;
      }
    }
    return all == 0 ? 0 : (double) again / all;
  }
}
