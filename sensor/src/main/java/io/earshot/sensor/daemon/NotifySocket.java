package io.earshot.sensor.daemon;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager how it goes: datagrams to the socket named by {@code NOTIFY_SOCKET}.
 *
 * <p>The JDK has no datagrams for Unix sockets, so the C library is called. Without a socket every
 * message is nothing. A message that cannot be sent is said once and is in the way for a fifth of a
 * second at most. Owner: the supervising thread. Source: sd_notify(3), unix(7).
 */
final class NotifySocket implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NotifySocket.class);

  // bits/socket.h, Linux
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDTIMEO = 21;

  /** A manager that does not read must not hold up the sensor for longer. */
  private static final long SEND_WITHIN_MICROS = 200_000;

  /** struct sockaddr_un: a family of 16 bits and a path of 108 bytes. */
  private static final int FAMILY_BYTES = 2;

  private static final int LONGEST_PATH = 108;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment address;
  private final MethodHandle sendTo;
  private final int descriptor;
  private boolean failing;

  private NotifySocket(byte[] path) {
    address = arena.allocate(FAMILY_BYTES + path.length, 8);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, FAMILY_BYTES, path.length);
    sendTo = call("sendto", LONG, INT, POINTER, LONG, INT, POINTER, INT);
    MethodHandle socket = call("socket", INT, INT, INT, INT);
    MethodHandle option = call("setsockopt", INT, INT, INT, INT, POINTER, INT);
    MemorySegment time = arena.allocate(LONG, 2);
    time.setAtIndex(LONG, 1, SEND_WITHIN_MICROS);
    try {
      descriptor = (int) socket.invokeExact(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      int unused =
          (int)
              option.invokeExact(descriptor, SOL_SOCKET, SO_SNDTIMEO, time, (int) time.byteSize());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * @param name value of {@code NOTIFY_SOCKET}: a path, or an abstract name behind {@code @}
   * @return null where there is none to talk to
   */
  static @Nullable NotifySocket of(@Nullable String name) {
    if (name == null || name.isEmpty()) {
      return null;
    }
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    if ((path[0] != '/' && path[0] != '@') || path.length >= LONGEST_PATH) {
      LOG.warn("NOTIFY_SOCKET is no socket that can be talked to: {}", name);
      return null;
    }
    if (path[0] == '@') {
      path[0] = 0;
      return new NotifySocket(path);
    }
    byte[] terminated = new byte[path.length + 1];
    System.arraycopy(path, 0, terminated, 0, path.length);
    return new NotifySocket(terminated);
  }

  /** Sends assignments, one per line; true where the manager got them. */
  boolean send(String state) {
    if (descriptor < 0) {
      return false;
    }
    long sent;
    try (Arena local = Arena.ofConfined()) {
      byte[] bytes = state.getBytes(StandardCharsets.UTF_8);
      MemorySegment message = local.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      sent =
          (long)
              sendTo.invokeExact(
                  descriptor,
                  message,
                  (long) bytes.length,
                  MSG_NOSIGNAL,
                  address,
                  (int) address.byteSize());
    } catch (Throwable e) {
      throw unexpected(e);
    }
    if (sent < 0 && !failing) {
      LOG.warn("the service manager does not take messages");
    }
    failing = sent < 0;
    return !failing;
  }

  @Override
  public void close() {
    if (descriptor >= 0) {
      MethodHandle close = call("close", INT, INT);
      try {
        int unused = (int) close.invokeExact(descriptor);
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }
    arena.close();
  }

  private static MethodHandle call(String name, MemoryLayout result, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  /** A method handle declares Throwable, but these calls throw nothing of their own. */
  private static RuntimeException unexpected(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
  }
}
