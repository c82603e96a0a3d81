package io.earshot.sensor.capture;

import io.earshot.sensor.capture.CaptureException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Filters in libpcap's language to instructions for the kernel, compiled by libpcap itself.
 *
 * <p>libpcap compiles for an open interface: only then does it know that the kernel keeps VLAN tags
 * beside the frame, and a filter such as {@code vlan 10} finds them. Source: man 3 pcap_compile.
 */
final class BpfCompiler {
  private static final String LIBRARY = "libpcap.so.0.8";
  private static final String LIBRARY_ELSEWHERE = "libpcap.so.1";
  private static final int ERROR_BYTES = 256;
  private static final int INSTRUCTION_BYTES = 8;
  private static final int READ_TIMEOUT_MILLIS = 100;
  private static final int UNKNOWN_NETMASK = 0xffff_ffff;

  /** BPF_RET | BPF_K, linux/bpf_common.h. */
  private static final short RETURN = 6;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final Linker LINKER = Linker.nativeLinker();

  private BpfCompiler() {}

  /** The filter that takes everything, up to a length; 0 takes nothing. */
  static MemorySegment everything(int snaplenBytes, Arena arena) {
    MemorySegment program = arena.allocate(INSTRUCTION_BYTES, INSTRUCTION_BYTES);
    program.set(ValueLayout.JAVA_SHORT, 0, RETURN);
    program.set(INT, 4, snaplenBytes);
    return program;
  }

  /**
   * Compiles a filter for an interface.
   *
   * @throws CaptureException UNREADABLE where libpcap is missing, BAD_FILTER where the filter is
   *     not valid
   */
  static MemorySegment compile(String interfaceName, String filter, int snaplenBytes, Arena arena)
      throws CaptureException {
    try (Arena local = Arena.ofConfined()) {
      SymbolLookup library = library(local);
      MemorySegment errors = local.allocate(ERROR_BYTES);
      MemorySegment handle =
          (MemorySegment)
              call(
                      library,
                      "pcap_open_live",
                      ValueLayout.ADDRESS,
                      ValueLayout.ADDRESS,
                      INT,
                      INT,
                      INT,
                      ValueLayout.ADDRESS)
                  .invokeExact(
                      local.allocateFrom(interfaceName),
                      snaplenBytes,
                      0,
                      READ_TIMEOUT_MILLIS,
                      errors);
      if (handle.address() == 0) {
        throw invalid(filter, errors.getString(0));
      }
      try {
        return compile(library, handle, filter, local, arena);
      } finally {
        callVoid(library, "pcap_close", ValueLayout.ADDRESS).invokeExact(handle);
      }
    } catch (CaptureException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static MemorySegment compile(
      SymbolLookup library, MemorySegment handle, String filter, Arena local, Arena arena)
      throws Throwable {
    // struct bpf_program { unsigned length; struct bpf_insn *instructions; }
    MemorySegment program = local.allocate(16, 8);
    int result =
        (int)
            call(
                    library,
                    "pcap_compile",
                    INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    INT,
                    INT)
                .invokeExact(handle, program, local.allocateFrom(filter), 1, UNKNOWN_NETMASK);
    if (result != 0) {
      MemorySegment text =
          (MemorySegment)
              call(library, "pcap_geterr", ValueLayout.ADDRESS, ValueLayout.ADDRESS)
                  .invokeExact(handle);
      throw invalid(filter, text.reinterpret(ERROR_BYTES).getString(0));
    }
    long bytes = (long) program.get(INT, 0) * INSTRUCTION_BYTES;
    MemorySegment copy = arena.allocate(bytes, INSTRUCTION_BYTES);
    copy.copyFrom(program.get(ValueLayout.ADDRESS, 8).reinterpret(bytes));
    callVoid(library, "pcap_freecode", ValueLayout.ADDRESS).invokeExact(program);
    return copy;
  }

  private static CaptureException invalid(String filter, String why) {
    return new CaptureException(Kind.BAD_FILTER, "filter '" + filter + "' is not valid: " + why);
  }

  private static SymbolLookup library(Arena arena) throws CaptureException {
    for (String name : new String[] {LIBRARY, LIBRARY_ELSEWHERE}) {
      try {
        return SymbolLookup.libraryLookup(name, arena);
      } catch (IllegalArgumentException e) {
        // Another name on another distribution.
      }
    }
    throw new CaptureException(
        Kind.UNREADABLE, "a filter needs libpcap: install it (Debian: apt-get install libpcap0.8)");
  }

  private static MethodHandle call(
      SymbolLookup library, String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        library.findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  private static MethodHandle callVoid(
      SymbolLookup library, String name, MemoryLayout... arguments) {
    return LINKER.downcallHandle(library.findOrThrow(name), FunctionDescriptor.ofVoid(arguments));
  }
}
