package io.earshot.sensor.bench;

import com.sun.management.ThreadMXBean;
import io.earshot.sensor.capture.Hellos;
import io.earshot.sensor.identify.quic.QuicHandshakeAssembler;
import io.earshot.sensor.identify.quic.QuicInitialParser;
import io.earshot.sensor.identify.tls.AssemblyResult;
import io.earshot.sensor.identify.tls.HandshakeAssembler;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How many client hellos one core reads in a second, from the bytes of a segment or datagram to the
 * server's name: TLS in one segment, TLS in two, QUIC Initials with key derivation and decryption.
 *
 * <p>One line a round on standard output, then the bytes allocated per hello.
 */
final class HelloRates {
  private static final int NAMES = 1_000;
  private static final int WARM_UP = 5;
  private static final long ROUND_NANOS = 500_000_000L;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private HelloRates() {}

  private interface Reader {
    /** Reads the hello and answers how long its name is. */
    int read(MemorySegment message);
  }

  /**
   * Runs the rounds.
   *
   * @param args tls, tls-split or quic, and how many rounds
   */
  public static void main(String[] args) {
    QuicInitialParser parser = new QuicInitialParser();
    Reader reader =
        switch (args[0]) {
          case "tls" -> message -> tls(message, message.byteSize());
          case "tls-split" -> message -> tls(message, message.byteSize() / 2);
          case "quic" -> message -> quic(parser, message);
          default -> throw new IllegalArgumentException("no such hello: " + args[0]);
        };
    List<MemorySegment> messages = new ArrayList<>();
    for (int i = 0; i < NAMES; i++) {
      String name = "server-%05d.example.com".formatted(i);
      byte[] bytes = args[0].equals("quic") ? Hellos.quic(name) : Hellos.tls(name);
      messages.add(MemorySegment.ofArray(Arrays.copyOf(bytes, bytes.length)));
    }
    long hellos = 0;
    long allocated = 0;
    for (int round = -WARM_UP; round < Integer.parseInt(args[1]); round++) {
      long bytes = THREADS.getCurrentThreadAllocatedBytes();
      long begin = System.nanoTime();
      long read = 0;
      long letters = 0;
      while (System.nanoTime() - begin < ROUND_NANOS) {
        for (MemorySegment message : messages) {
          letters += reader.read(message);
        }
        read += messages.size();
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      if (letters != read * "server-00000.example.com".length()) {
        throw new IllegalStateException("a hello was not read");
      }
      if (round >= 0) {
        hellos += read;
        allocated += THREADS.getCurrentThreadAllocatedBytes() - bytes;
        System.out.printf(Locale.ROOT, "rate %.0f%n", read / seconds);
      }
    }
    System.out.printf(Locale.ROOT, "allocated %d%n", allocated / Math.max(1, hellos));
  }

  private static int tls(MemorySegment message, long cut) {
    HandshakeAssembler assembler = new HandshakeAssembler();
    int first = (int) cut;
    int all = (int) message.byteSize();
    assembler.begin(1);
    AssemblyResult result = assembler.offer(1, message, 0, first);
    if (first < all) {
      result = assembler.offer(1 + first, message, first, all - first);
    }
    return result == AssemblyResult.COMPLETE ? length(assembler.hello().serverName()) : 0;
  }

  private static int quic(QuicInitialParser parser, MemorySegment message) {
    QuicHandshakeAssembler assembler = new QuicHandshakeAssembler(parser);
    AssemblyResult result = assembler.offer(message, 0, (int) message.byteSize());
    return result == AssemblyResult.COMPLETE ? length(assembler.hello().serverName()) : 0;
  }

  private static int length(@Nullable String name) {
    return name == null ? 0 : name.length();
  }
}
