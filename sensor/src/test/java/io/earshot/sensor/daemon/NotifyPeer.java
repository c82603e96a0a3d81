package io.earshot.sensor.daemon;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/** The service manager's end: a real Unix datagram socket with a name. */
final class NotifyPeer implements AutoCloseable {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final MemoryLayout POINTER = ValueLayout.ADDRESS;
  private static final int MSG_DONTWAIT = 0x40;

  private final int descriptor;

  /**
   * @param name a path, or an abstract name behind {@code @}
   */
  NotifyPeer(String name) throws Throwable {
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    boolean isAbstract = path[0] == '@';
    path[0] = isAbstract ? 0 : path[0];
    int length = 2 + path.length + (isAbstract ? 0 : 1);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(length + 1L, 8);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
      MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, 2, path.length);
      descriptor = (int) call("socket", INT, INT, INT, INT).invokeExact(1, 2, 0);
      int bound =
          (int) call("bind", INT, INT, POINTER, INT).invokeExact(descriptor, address, length);
      if (bound != 0) {
        throw new IllegalStateException("cannot bind " + name);
      }
    }
  }

  /** The next datagram, empty where none waits. */
  String receive() throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(4096);
      long got =
          (long)
              call("recv", LONG, INT, POINTER, LONG, INT)
                  .invokeExact(descriptor, buffer, 4096L, MSG_DONTWAIT);
      return got <= 0
          ? ""
          : new String(
              buffer.asSlice(0, got).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() {
    try {
      int unused = (int) call("close", INT, INT).invokeExact(descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static MethodHandle call(String name, MemoryLayout result, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }
}
