package io.earshot.sensor.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.classify.ModelBundle;
import io.earshot.sensor.capture.GeneratedSource;
import io.earshot.sensor.decode.Frames;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.identify.dns.DnsMessages;
import io.earshot.sensor.identify.quic.QuicInitials;
import io.earshot.sensor.identify.tls.TlsHellos;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How the work grows with inputs that are made to be expensive: frames through the whole pipeline,
 * {@value #TIMES} times as many, in CPU time of the one thread.
 *
 * <p>Linear work takes {@value #TIMES} times as long, quadratic {@value #TIMES} squared; the limit
 * lies between them, so that a busy machine does not decide.
 */
class AdversarialGrowthIT {
  private static final int TIMES = 16;
  private static final double LIMIT = 4.0 * TIMES;
  private static final int ROUNDS = 5;
  private static final int CLIENT = 0x0a000001;
  private static final int SERVER = 0x5db8d822;
  private static final int SYN = 2;
  private static final int ACK = 16;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Inputs by what they attack; each makes some frames for every unit asked for. */
  private static List<Input> inputs() {
    return List.of(
        new Input(
            "hello byte by byte backwards",
            200,
            units ->
                connections(
                    units / 100,
                    port -> {
                      List<byte[]> frames = opening(port);
                      byte[] hello = new TlsHellos().padding(100).serverName("a.example").record();
                      for (int at = hello.length - 1; at >= 0; at--) {
                        frames.add(up(port, 1 + at, Arrays.copyOfRange(hello, at, at + 1)));
                      }
                      return frames;
                    })),
        new Input(
            "one long hello backwards",
            900,
            units -> {
              List<byte[]> frames = opening(40_000);
              byte[] hello = new TlsHellos().padding(units).serverName("a.example").record();
              for (int at = hello.length - 1; at > 0; at--) {
                frames.add(up(40_000, 1 + at, Arrays.copyOfRange(hello, at, at + 1)));
              }
              return frames;
            }),
        new Input(
            "hello of empty extensions",
            1_000,
            units ->
                connections(
                    units / 250,
                    port -> {
                      TlsHellos hello = new TlsHellos();
                      for (int i = 0; i < 250; i++) {
                        hello.extension(0x7000 + i, new byte[0]);
                      }
                      List<byte[]> frames = opening(port);
                      frames.add(up(port, 1, hello.record()));
                      return frames;
                    })),
        new Input(
            "hellos never finished",
            2_000,
            units ->
                connections(
                    units,
                    port -> {
                      byte[] hello = new TlsHellos().padding(900).serverName("a.example").record();
                      List<byte[]> frames = opening(port);
                      frames.add(up(port, 1, Arrays.copyOf(hello, 700)));
                      return frames;
                    })),
        new Input(
            "http header byte by byte",
            450,
            units -> {
              List<byte[]> frames = opening(80);
              byte[] header = new byte[units];
              Arrays.fill(header, (byte) 'a');
              byte[] start = "GET /".getBytes(StandardCharsets.US_ASCII);
              System.arraycopy(start, 0, header, 0, start.length);
              frames.add(http(1, start));
              for (int at = start.length; at < units; at++) {
                frames.add(http(1 + at, Arrays.copyOfRange(header, at, at + 1)));
              }
              return frames;
            }),
        new Input(
            "quic crypto byte by byte",
            8,
            units -> {
              List<byte[]> frames = new ArrayList<>();
              byte[] hello = new TlsHellos().padding(4_000).serverName("a.example").record();
              byte[] message = Arrays.copyOfRange(hello, 5, hello.length);
              QuicInitials quic =
                  new QuicInitials(QuicInitials.V1, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
              for (int unit = 0; unit < units; unit++) {
                byte[][] pieces = new byte[60][];
                for (int i = 0; i < pieces.length; i++) {
                  int at =
                      message.length - 2 - (unit * pieces.length + i) * 2 % (message.length - 2);
                  pieces[i] = QuicInitials.crypto(message, at, at + 1);
                }
                frames.add(udp(40_000, 443, quic.number(unit, 4).initial(1_100, pieces)));
              }
              return frames;
            }),
        new Input(
            "dns answers through chains of pointers",
            20,
            units -> {
              List<byte[]> frames = new ArrayList<>();
              for (int unit = 0; unit < units; unit++) {
                DnsMessages message = new DnsMessages().flags(0x8180).question("a.example");
                for (int i = 0; i < 90; i++) {
                  byte[] owner = i == 0 ? DnsMessages.firstName() : pointer(12 + 15 + 16 * (i - 1));
                  message.answer(owner, 1, 60, Frames.u32(SERVER + unit));
                }
                frames.add(udp(53, 50_000 + unit, message.build()));
              }
              return frames;
            }),
        new Input(
            "dns names without end",
            1_000,
            units -> {
              List<byte[]> frames = new ArrayList<>();
              for (int unit = 0; unit < units; unit++) {
                byte[] answer = Frames.u32(SERVER + unit);
                frames.add(
                    udp(
                        53,
                        50_000,
                        new DnsMessages()
                            .flags(0x8180)
                            .question("audio-fa-%d.scdn.co".formatted(unit))
                            .answer(DnsMessages.firstName(), 1, 86_400, answer)
                            .build()));
              }
              return frames;
            }),
        new Input(
            "fragments backwards",
            400,
            units -> {
              List<byte[]> frames = new ArrayList<>();
              for (int at = units; at > 0; at--) {
                frames.add(fragment(at % 8_000, new byte[8]));
              }
              return frames;
            }),
        new Input(
            "flows of one packet",
            3_000,
            units -> connections(units, port -> List.of(up(port, 1, new byte[300])))));
  }

  private record Input(String name, int units, IntFunction<List<byte[]>> generator) {
    List<byte[]> frames(int times) {
      return generator.apply(units * times);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @TempDir static Path folder;
  private static ModelBundle model;

  @BeforeAll
  static void load() throws Exception {
    model = TestModels.load(folder);
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void work_ofHostileInput_growsLikeTheInput(Input input) throws Exception {
    List<byte[]> some = input.frames(1);
    List<byte[]> many = input.frames(TIMES);
    for (int i = 0; i < ROUNDS; i++) {
      cpuNanos(some);
      cpuNanos(many);
    }
    List<Double> growth = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      long before = repeated(some);
      growth.add((double) cpuNanos(many) / before);
    }
    Collections.sort(growth);
    double median = growth.get(ROUNDS / 2);
    System.out.printf(
        Locale.ROOT,
        "growth %-40s %6d frames to %7d: %.1f times the work%n",
        input,
        some.size(),
        many.size(),
        median);

    assertThat(median).isLessThan(LIMIT);
  }

  @Test
  void work_ofRandomFrames_growsLikeTheInput() throws Exception {
    Random random = new Random(3);
    List<byte[]> many = new ArrayList<>();
    for (int i = 0; i < 500 * TIMES; i++) {
      byte[] frame = new byte[200 + random.nextInt(1_200)];
      random.nextBytes(frame);
      frame[12] = 8;
      frame[13] = 0;
      frame[14] = 0x45;
      many.add(frame);
    }
    for (int i = 0; i < ROUNDS; i++) {
      cpuNanos(many);
    }

    assertThat((double) cpuNanos(many) / repeated(many.subList(0, 500))).isLessThan(LIMIT);
  }

  /** The mean of several runs, so that a short input is measured as well as a long one. */
  private long repeated(List<byte[]> frames) throws Exception {
    long sum = 0;
    for (int i = 0; i < TIMES; i++) {
      sum += cpuNanos(frames);
    }
    return sum / TIMES;
  }

  /** CPU time of the frames alone, without what begins and ends an analysis. */
  private long cpuNanos(List<byte[]> frames) throws Exception {
    long[] spent = new long[1];
    GeneratedSource source =
        new GeneratedSource(
            "hostile",
            handler -> {
              long begin = THREADS.getCurrentThreadCpuTime();
              long nanos = 1_700_000_000_000_000_000L;
              for (byte[] frame : frames) {
                nanos += 10_000;
                handler.onFrame(
                    MemorySegment.ofArray(frame),
                    0,
                    frame.length,
                    frame.length,
                    nanos,
                    LinkType.ETHERNET,
                    0);
              }
              spent[0] = THREADS.getCurrentThreadCpuTime() - begin;
            });
    CaptureAnalysis.run(
        source,
        PipelineSettings.offline("growth", PipelineSettings.DEFAULT_WINDOW).anew(),
        model,
        VerdictListener.nobody(),
        handler -> handler);
    return spent[0];
  }

  private static List<byte[]> connections(int count, IntFunction<List<byte[]>> connection) {
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      frames.addAll(connection.apply(1_024 + i));
    }
    return frames;
  }

  private static List<byte[]> opening(int port) {
    List<byte[]> frames = new ArrayList<>();
    frames.add(tcp(port, port == 80 ? 80 : 443, 0, SYN, new byte[0]));
    return frames;
  }

  private static byte[] up(int port, long seq, byte[] payload) {
    return tcp(port, 443, seq, ACK, payload);
  }

  private static byte[] http(long seq, byte[] payload) {
    return tcp(80, 80, seq, ACK, payload);
  }

  /** Ports beyond 65,535 go on with another client. */
  private static byte[] tcp(int port, int serverPort, long seq, int flags, byte[] payload) {
    byte[] segment =
        Frames.tcp(port % 60_000 + 1, serverPort, seq, 1, flags, 0xffff, new byte[0], payload);
    return ethernet(Frames.ipv4(6, CLIENT + port / 60_000, SERVER, new byte[0], 0, segment));
  }

  private static byte[] udp(int from, int to, byte[] payload) {
    return ethernet(Frames.ipv4(17, CLIENT, SERVER, new byte[0], 0, Frames.udp(from, to, payload)));
  }

  private static byte[] fragment(int eights, byte[] payload) {
    return ethernet(Frames.ipv4(17, CLIENT, SERVER, new byte[0], 0x2000 | eights, payload));
  }

  private static byte[] ethernet(byte[] packet) {
    return Frames.ethernet(0x0800, packet);
  }

  private static byte[] pointer(int offset) {
    return new byte[] {(byte) (0xc0 | offset >> 8), (byte) offset};
  }
}
