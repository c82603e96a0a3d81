package io.earshot.models.simulate;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Three network namespaces in a row: a server, a router, a client.
 *
 * <p>Server and router are joined by two TUN devices and a forwarder in this process that delays
 * both ways and loses packets towards the client; router and client by a veth pair with {@code tbf}
 * in front of it. A packet socket at the router's end of the pair is the tap: it sees what leaves
 * the queue and what the client answers, with the kernel's times. Needs root. Closing it removes
 * the namespaces and with them everything in them.
 */
@SuppressWarnings("restricted")
final class KernelNetwork implements AutoCloseable {
  static final String SERVER = "10.77.1.1";
  private static final String CLIENT = "10.77.2.2";

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle OPEN =
      handle("open", true, JAVA_INT, ValueLayout.ADDRESS, JAVA_INT);
  private static final MethodHandle CLOSE = handle("close", false, JAVA_INT, JAVA_INT);
  private static final MethodHandle SETNS = handle("setns", false, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle IOCTL =
      handle("ioctl", true, JAVA_INT, JAVA_INT, JAVA_LONG, ValueLayout.ADDRESS);
  private static final MethodHandle READ =
      handle("read", false, JAVA_LONG, JAVA_INT, ValueLayout.ADDRESS, JAVA_LONG);
  private static final MethodHandle WRITE =
      handle("write", false, JAVA_LONG, JAVA_INT, ValueLayout.ADDRESS, JAVA_LONG);
  private static final MethodHandle SOCKET =
      handle("socket", false, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle BIND =
      handle("bind", false, JAVA_INT, JAVA_INT, ValueLayout.ADDRESS, JAVA_INT);
  private static final MethodHandle SETSOCKOPT =
      handle(
          "setsockopt",
          false,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          ValueLayout.ADDRESS,
          JAVA_INT);
  private static final MethodHandle POLL =
      handle("poll", false, JAVA_INT, ValueLayout.ADDRESS, JAVA_LONG, JAVA_INT);

  // linux/fcntl.h, sched.h, linux/if_tun.h, linux/if_packet.h, asm-generic/socket.h
  private static final int O_RDWR = 2;
  private static final int CLONE_NEWNET = 0x4000_0000;
  private static final long TUNSETIFF = 0x4004_54caL;
  private static final short IFF_TUN_NO_PI = 0x1001;
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final short ALL_PROTOCOLS = 0x0300;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUFFORCE = 33;
  private static final long SIOCGSTAMPNS = 0x8907;
  private static final short POLLIN = 1;
  private static final int ETHERNET = 14;

  private final String prefix = "earshot-trains-" + ProcessHandle.current().pid();
  private final Arena arena = Arena.ofShared();
  private final List<Thread> threads = new ArrayList<>();
  private final List<Integer> descriptors = new ArrayList<>();

  /** What the tap saw. */
  final SimulatedFrames tapped = new SimulatedFrames();

  /** What the server sent, before any loss. */
  final SimulatedFrames sent = new SimulatedFrames();

  private volatile boolean closing;

  private record Delayed(long dueNanos, ByteBuffer packet) {}

  private static MethodHandle handle(
      String name, boolean variadic, ValueLayout result, ValueLayout... arguments) {
    Linker.Option[] options =
        variadic ? new Linker.Option[] {Linker.Option.firstVariadicArg(2)} : new Linker.Option[0];
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        options);
  }

  /**
   * Builds it all and starts the forwarder and the tap.
   *
   * @param rate access rate, bits/s
   * @param rttNanos delay of both ways together
   * @param loses asked for each packet towards the client; true = lost
   */
  KernelNetwork(long rate, int queueBytes, long rttNanos, BooleanSupplier loses) throws Exception {
    try {
      for (String name : List.of("s", "r", "c")) {
        run("ip", "netns", "add", prefix + name);
        in(
            name,
            () -> {
              Path ipv4 = Path.of("/proc/sys/net/ipv4");
              Files.writeString(ipv4.resolve("tcp_no_metrics_save"), "1");
              Files.writeString(ipv4.resolve("ip_forward"), "1");
              return 0;
            });
      }
      int server = in("s", () -> tun("s0"));
      int router = in("r", () -> tun("r0"));
      ip("s", "addr", "add", SERVER + "/32", "dev", "s0");
      ip("s", "link", "set", "s0", "txqueuelen", "10000", "up");
      // a namespace may not choose this as its default, a route may
      ip("s", "route", "add", "default", "dev", "s0", "congctl", "cubic");
      ip("r", "addr", "add", "10.77.1.2/24", "dev", "r0");
      ip("r", "link", "set", "r0", "txqueuelen", "10000", "up");
      ip("r", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
      ip("r", "link", "set", "v1", "netns", prefix + "c");
      ip("r", "addr", "add", "10.77.2.1/24", "dev", "v0");
      ip("r", "link", "set", "v0", "up");
      ip("c", "addr", "add", CLIENT + "/24", "dev", "v1");
      ip("c", "link", "set", "v1", "up");
      ip("c", "route", "add", "default", "via", "10.77.2.1");
      run(
          "tc",
          "-n",
          prefix + "r",
          "qdisc",
          "add",
          "dev",
          "v0",
          "root",
          "tbf",
          "rate",
          rate + "bit",
          "burst",
          "3100",
          "limit",
          Integer.toString(queueBytes));
      int tap = in("r", () -> packetSocket("v0"));
      start("tap", () -> capture(tap));
      BlockingQueue<Delayed> down = new LinkedBlockingQueue<>();
      BlockingQueue<Delayed> up = new LinkedBlockingQueue<>();
      start("down-in", () -> take(server, rttNanos / 2, loses, sent, down));
      start("down-out", () -> give(router, down));
      start("up-in", () -> take(router, rttNanos - rttNanos / 2, () -> false, null, up));
      start("up-out", () -> give(server, up));
    } catch (Exception | Error e) {
      close();
      throw e;
    }
  }

  private void start(String name, Runnable task) {
    Thread thread = Thread.ofPlatform().daemon().name("kernel-" + name).start(task);
    threads.add(thread);
  }

  /** Runs on a thread of its own within the namespace {@code s}, {@code r} or {@code c}. */
  <T> FutureTask<T> inBackground(String name, Callable<T> task) {
    FutureTask<T> future =
        new FutureTask<>(
            () -> {
              enter(prefix + name);
              return task.call();
            });
    Thread.ofPlatform().daemon().name("namespace-" + name).start(future);
    return future;
  }

  private <T> T in(String name, Callable<T> task) throws Exception {
    return inBackground(name, task).get();
  }

  private static void enter(String namespace) {
    try (Arena own = Arena.ofConfined()) {
      int fd = call(OPEN, own.allocateFrom("/var/run/netns/" + namespace), 0);
      call(SETNS, fd, CLONE_NEWNET);
      call(CLOSE, fd);
    }
  }

  private int tun(String name) {
    int fd = call(OPEN, arena.allocateFrom("/dev/net/tun"), O_RDWR);
    MemorySegment request = arena.allocate(40, 8);
    request.setString(0, name);
    request.set(JAVA_SHORT, 16, IFF_TUN_NO_PI);
    call(IOCTL, fd, TUNSETIFF, request);
    descriptors.add(fd);
    return fd;
  }

  private int packetSocket(String device) throws IOException {
    int fd = call(SOCKET, AF_PACKET, SOCK_RAW, (int) ALL_PROTOCOLS);
    descriptors.add(fd);
    MemorySegment bytes = arena.allocate(4, 4);
    bytes.set(JAVA_INT, 0, 64 << 20);
    call(SETSOCKOPT, fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes, 4);
    MemorySegment address = arena.allocate(20, 4);
    address.set(JAVA_SHORT, 0, (short) AF_PACKET);
    address.set(JAVA_SHORT, 2, ALL_PROTOCOLS);
    address.set(JAVA_INT, 4, index(device));
    call(BIND, fd, address, 20);
    return fd;
  }

  private int index(String device) throws IOException {
    String line = output("ip", "-n", prefix + "r", "-o", "link", "show", "dev", device);
    return Integer.parseInt(line.substring(0, line.indexOf(':')).strip());
  }

  // ---------------------------------------------------------------- threads

  private boolean readable(int fd, MemorySegment poll) {
    poll.set(JAVA_INT, 0, fd);
    poll.set(JAVA_SHORT, 4, POLLIN);
    return call(POLL, poll, 1L, 50) > 0;
  }

  private void capture(int fd) {
    MemorySegment buffer = arena.allocate(70_000, 8);
    MemorySegment poll = arena.allocate(8, 4);
    MemorySegment time = arena.allocate(16, 8);
    byte[] frame = new byte[70_000];
    while (!closing) {
      if (readable(fd, poll)) {
        int length = (int) callLong(READ, fd, buffer, 70_000L);
        call(IOCTL, fd, SIOCGSTAMPNS, time);
        MemorySegment.copy(buffer, JAVA_BYTE, 0, frame, 0, length);
        long nanos = time.get(JAVA_LONG, 0) * 1_000_000_000L + time.get(JAVA_LONG, 8);
        tcpOnly(tapped, nanos, frame, length);
      }
    }
  }

  private static void tcpOnly(SimulatedFrames sink, long nanos, byte[] frame, int length) {
    if (frame[12] == 8 && frame[13] == 0 && frame[23] == 6) {
      sink.frame(nanos, frame, length, length);
    }
  }

  private void take(
      int fd,
      long delayNanos,
      BooleanSupplier loses,
      @Nullable SimulatedFrames record,
      BlockingQueue<Delayed> queue) {
    MemorySegment buffer = arena.allocate(70_000, 8);
    MemorySegment poll = arena.allocate(8, 4);
    byte[] frame = new byte[70_000];
    while (!closing) {
      if (readable(fd, poll)) {
        int length = (int) callLong(READ, fd, buffer, 70_000L);
        long now = System.nanoTime();
        byte[] packet = new byte[length];
        MemorySegment.copy(buffer, JAVA_BYTE, 0, packet, 0, length);
        if (record != null && packet[0] == 0x45 && packet[9] == 6) {
          System.arraycopy(packet, 0, frame, ETHERNET, length);
          frame[12] = 8;
          tcpOnly(record, now, frame, length + ETHERNET);
        }
        if (!loses.getAsBoolean()) {
          queue.add(new Delayed(now + delayNanos, ByteBuffer.wrap(packet)));
        }
      }
    }
  }

  private void give(int fd, BlockingQueue<Delayed> queue) {
    MemorySegment buffer = arena.allocate(70_000, 8);
    try {
      while (!closing) {
        Delayed next = queue.poll(50, TimeUnit.MILLISECONDS);
        if (next == null) {
          continue;
        }
        long left = next.dueNanos() - System.nanoTime();
        while (left > 0) {
          if (left > 100_000) {
            LockSupport.parkNanos(left - 60_000);
          } else {
            Thread.onSpinWait();
          }
          left = next.dueNanos() - System.nanoTime();
        }
        byte[] packet = next.packet().array();
        MemorySegment.copy(packet, 0, buffer, JAVA_BYTE, 0, packet.length);
        callLong(WRITE, fd, buffer, packet.length);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---------------------------------------------------------------- calls

  private static int call(MethodHandle handle, Object... arguments) {
    int result;
    try {
      result = (int) handle.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    if (result < 0) {
      throw new IllegalStateException("the system call failed: " + handle);
    }
    return result;
  }

  private static long callLong(MethodHandle handle, int fd, MemorySegment buffer, long length) {
    try {
      return (long) handle.invokeExact(fd, buffer, length);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private void ip(String namespace, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip", "-n", prefix + namespace));
    command.addAll(List.of(arguments));
    run(command.toArray(String[]::new));
  }

  private static void run(String... command) throws IOException {
    output(command);
  }

  private static String output(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + text);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return text;
  }

  @Override
  public void close() {
    closing = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
      for (int fd : descriptors) {
        call(CLOSE, fd);
      }
      for (String name : List.of("s", "r", "c")) {
        if (Files.exists(Path.of("/var/run/netns", prefix + name))) {
          run("ip", "netns", "delete", prefix + name);
        }
      }
      arena.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
