package io.earshot.sensor.capture;

import java.io.IOException;
import java.io.Serial;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Map;

/**
 * A Linux packet socket with a TPACKET_V3 ring, through the C library.
 *
 * <p>Receives nothing before {@link #bind}. Every failure is a {@link SocketFailure} with the call
 * and its {@code errno}. Not thread safe. Sources: man 7 packet,
 * Documentation/networking/packet_mmap.rst, linux/if_packet.h.
 */
final class PacketSocket implements AutoCloseable {
  static final int EPERM = 1;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int ENODEV = 19;
  static final int EINVAL = 22;
  static final int ENOPROTOOPT = 92;
  static final int EAFNOSUPPORT = 97;
  static final int ENETDOWN = 100;
  private static final int EINTR = 4;

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final short ETH_P_ALL_BIG_ENDIAN = 0x0300;

  private static final int SOL_SOCKET = 1;
  private static final int SO_ERROR = 4;
  private static final int SO_ATTACH_FILTER = 26;

  private static final int SOL_PACKET = 263;
  private static final int PACKET_ADD_MEMBERSHIP = 1;
  private static final int PACKET_RX_RING = 5;
  private static final int PACKET_STATISTICS = 6;
  private static final int PACKET_VERSION = 10;
  private static final int PACKET_RESERVE = 12;
  private static final int PACKET_TIMESTAMP = 17;
  private static final int PACKET_FANOUT = 18;
  private static final int PACKET_MR_PROMISC = 1;
  private static final int TPACKET_V3 = 2;
  private static final int SOF_TIMESTAMPING_RAW_HARDWARE = 1 << 6;

  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final short POLLIN = 1;
  private static final short POLLERR = 8;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle SOCKET = call("socket", INT, INT, INT, INT);
  private static final MethodHandle SETSOCKOPT =
      call("setsockopt", INT, INT, INT, INT, POINTER, INT);
  private static final MethodHandle GETSOCKOPT =
      call("getsockopt", INT, INT, INT, INT, POINTER, POINTER);
  private static final MethodHandle BIND = call("bind", INT, INT, POINTER, INT);
  private static final MethodHandle MMAP =
      call("mmap", POINTER, POINTER, LONG, INT, INT, INT, LONG);
  private static final MethodHandle MUNMAP = call("munmap", INT, POINTER, LONG);
  private static final MethodHandle POLL = call("poll", INT, POINTER, LONG, INT);
  private static final MethodHandle CLOSE = call("close", INT, INT);
  private static final MethodHandle IF_NAMETOINDEX = call("if_nametoindex", INT, POINTER);

  private static final Map<Integer, String> ERRORS =
      Map.of(
          EPERM, "operation not permitted",
          ENOMEM, "out of memory",
          EACCES, "permission denied",
          ENODEV, "no such device",
          EINVAL, "invalid argument",
          ENOPROTOOPT, "not supported by this kernel",
          EAFNOSUPPORT, "this kernel has no packet sockets",
          ENETDOWN, "network is down");

  /** A call that failed, with its number. */
  static final class SocketFailure extends IOException {
    @Serial private static final long serialVersionUID = 1L;
    private final int errno;

    SocketFailure(String call, int errno) {
      super(call + ": " + ERRORS.getOrDefault(errno, "error " + errno));
      this.errno = errno;
    }

    int errno() {
      return errno;
    }
  }

  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = arena.allocate(CALL_STATE);
  private final MemorySegment scratch = arena.allocate(64, 8);
  private final MemorySegment pollFd = arena.allocate(8, 4);
  private final int fd;

  /**
   * @throws SocketFailure EPERM without the capability CAP_NET_RAW
   */
  PacketSocket() throws SocketFailure {
    boolean opened = false;
    try {
      fd = (int) SOCKET.invokeExact(state, AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
      check("socket", fd);
      opened = true;
    } catch (SocketFailure e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    } finally {
      if (!opened) {
        arena.close();
      }
    }
    pollFd.set(INT, 0, fd);
    pollFd.set(ValueLayout.JAVA_SHORT, 4, (short) (POLLIN | POLLERR));
  }

  /** Loads what the calls need, and what writes addresses into memory. */
  static void load() {
    try (Arena once = Arena.ofConfined()) {
      once.allocate(POINTER).set(POINTER, 0, MemorySegment.NULL);
    }
    int _ = indexOf("lo");
  }

  /** Index of an interface, 0 where there is none of that name. */
  static int indexOf(String interfaceName) {
    try (Arena local = Arena.ofConfined()) {
      return (int)
          IF_NAMETOINDEX.invokeExact(local.allocate(CALL_STATE), local.allocateFrom(interfaceName));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Makes the ring and maps it.
   *
   * @param reserveBytes room before each frame
   * @param retireMillis time after which a block that is not full is handed over
   */
  MemorySegment ring(int blockBytes, int blocks, int frameBytes, int reserveBytes, int retireMillis)
      throws SocketFailure {
    intOption("TPACKET_V3", SOL_PACKET, PACKET_VERSION, TPACKET_V3);
    intOption("PACKET_RESERVE", SOL_PACKET, PACKET_RESERVE, reserveBytes);
    scratch.setAtIndex(INT, 0, blockBytes);
    scratch.setAtIndex(INT, 1, blocks);
    scratch.setAtIndex(INT, 2, frameBytes);
    scratch.setAtIndex(INT, 3, blockBytes / frameBytes * blocks);
    scratch.setAtIndex(INT, 4, retireMillis);
    scratch.setAtIndex(INT, 5, 0);
    scratch.setAtIndex(INT, 6, 0);
    option("PACKET_RX_RING", SOL_PACKET, PACKET_RX_RING, scratch, 28);
    long bytes = (long) blockBytes * blocks;
    try {
      MemorySegment mapped =
          (MemorySegment)
              MMAP.invokeExact(
                  state, MemorySegment.NULL, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0L);
      if (mapped.address() == -1) {
        throw new SocketFailure("mmap", (int) ERRNO.get(state, 0L));
      }
      return mapped.reinterpret(bytes, arena, PacketSocket::unmap);
    } catch (SocketFailure e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static void unmap(MemorySegment mapped) {
    try (Arena local = Arena.ofConfined()) {
      int unused = (int) MUNMAP.invokeExact(local.allocate(CALL_STATE), mapped, mapped.byteSize());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Asks for the card's own time stamps; the kernel's stay where the card has none. */
  void hardwareTime() throws SocketFailure {
    intOption("PACKET_TIMESTAMP", SOL_PACKET, PACKET_TIMESTAMP, SOF_TIMESTAMPING_RAW_HARDWARE);
  }

  /**
   * @param program instructions of 8 bytes, as libpcap compiles them
   */
  void filter(MemorySegment program) throws SocketFailure {
    scratch.set(ValueLayout.JAVA_SHORT, 0, (short) (program.byteSize() / 8));
    scratch.set(POINTER, 8, program);
    option("SO_ATTACH_FILTER", SOL_SOCKET, SO_ATTACH_FILTER, scratch, 16);
  }

  /** From now on frames of the interface arrive. */
  void bind(int interfaceIndex) throws SocketFailure {
    scratch.fill((byte) 0);
    scratch.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
    scratch.set(ValueLayout.JAVA_SHORT, 2, ETH_P_ALL_BIG_ENDIAN);
    scratch.set(INT, 4, interfaceIndex);
    try {
      check("bind", (int) BIND.invokeExact(state, fd, scratch, 20));
    } catch (SocketFailure e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  void promiscuous(int interfaceIndex) throws SocketFailure {
    scratch.fill((byte) 0);
    scratch.set(INT, 0, interfaceIndex);
    scratch.set(ValueLayout.JAVA_SHORT, 4, (short) PACKET_MR_PROMISC);
    option("PACKET_ADD_MEMBERSHIP", SOL_PACKET, PACKET_ADD_MEMBERSHIP, scratch, 16);
  }

  /** Shares the interface's frames with the other sockets of the group; after {@link #bind}. */
  void fanOut(int group, int mode) throws SocketFailure {
    intOption("PACKET_FANOUT", SOL_PACKET, PACKET_FANOUT, (group & 0xffff) | (mode << 16));
  }

  /** Frames dropped since the last call. */
  long dropped() throws SocketFailure {
    readOption("PACKET_STATISTICS", SOL_PACKET, PACKET_STATISTICS, 12);
    return Integer.toUnsignedLong(scratch.get(INT, 4));
  }

  /** The pending error of the socket, 0 without; reading it clears it. */
  int pendingError() throws SocketFailure {
    readOption("SO_ERROR", SOL_SOCKET, SO_ERROR, 4);
    return scratch.get(INT, 0);
  }

  /**
   * Waits for a block of frames.
   *
   * @return true where the socket reports an error: ask {@link #pendingError}
   */
  boolean poll(int timeoutMillis) throws SocketFailure {
    pollFd.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
    try {
      int ready = (int) POLL.invokeExact(state, pollFd, 1L, timeoutMillis);
      if (ready < 0 && (int) ERRNO.get(state, 0L) != EINTR) {
        check("poll", ready);
      }
    } catch (SocketFailure e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
    return (pollFd.get(ValueLayout.JAVA_SHORT, 6) & ~POLLIN) != 0;
  }

  private void intOption(String name, int level, int option, int value) throws SocketFailure {
    scratch.set(INT, 0, value);
    option(name, level, option, scratch, 4);
  }

  private void option(String name, int level, int option, MemorySegment value, int bytes)
      throws SocketFailure {
    try {
      check(name, (int) SETSOCKOPT.invokeExact(state, fd, level, option, value, bytes));
    } catch (SocketFailure e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private void readOption(String name, int level, int option, int bytes) throws SocketFailure {
    MemorySegment length = scratch.asSlice(32, 4);
    length.set(INT, 0, bytes);
    try {
      check(name, (int) GETSOCKOPT.invokeExact(state, fd, level, option, scratch, length));
    } catch (SocketFailure e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private void check(String name, int result) throws SocketFailure {
    if (result < 0) {
      throw new SocketFailure(name, (int) ERRNO.get(state, 0L));
    }
  }

  /** Closes the socket and unmaps its ring. */
  @Override
  public void close() {
    try {
      int unused = (int) CLOSE.invokeExact(state, fd);
    } catch (Throwable e) {
      throw unexpected(e);
    }
    arena.close();
  }

  private static MethodHandle call(String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"));
  }

  /** A method handle declares Throwable, but these calls throw nothing of their own. */
  private static RuntimeException unexpected(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
  }
}
