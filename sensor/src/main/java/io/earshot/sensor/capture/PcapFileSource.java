package io.earshot.sensor.capture;

import static io.earshot.sensor.capture.CaptureFormat.unreadable;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Frames of a capture file: pcap (µs and ns) and pcapng, either byte order, also compressed with
 * gzip or zstd, or from standard input or another pipe.
 *
 * <p>Frames are handed out in place from a small buffer that moves over the file, or from several
 * in turn, so memory stays flat whatever the size. Damage does not throw: the frames before it are
 * delivered, {@link CaptureStats#damage} says what was found at which byte, and {@link #run}
 * returns normally. A record that is not complete in the file is not delivered.
 *
 * <p>Owner: the thread that calls {@link #run}; {@link #stop}, {@link #positionBytes} and {@link
 * #close} may be called from any thread. Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
public final class PcapFileSource implements PacketSource {
  /** Largest frame that is believed, as in libpcap; a larger snapshot length raises it. */
  private static final int USUAL_FRAME_BYTES = 262_144;

  /** Largest frame that is believed whatever the file's snapshot length says. */
  static final int MAX_FRAME_BYTES = 16 << 20;

  /** Largest length on the wire that is believed. */
  private static final int MAX_WIRE_BYTES = 64 << 20;

  /** The path that stands for standard input. */
  static final String STANDARD_INPUT = "-";

  private static final int RECORD_HEADER_BYTES = 16;
  private static final int LINK_TYPE_MASK = 0xffff;

  private final String name;
  private final Arena arena;
  private final AutoCloseable input;

  /** The file, for how far it was read; null where there is none. */
  private final @Nullable FileChannel file;

  private final FileWindow window;
  private final long size;
  private final CaptureFormat format;

  private volatile boolean stopped;
  private volatile boolean closed;
  private volatile long position;

  private long frames;
  private long bytes;
  private long firstNanos;
  private long lastNanos;
  private long recordStart;
  private @Nullable String damage;

  private PcapFileSource(
      String name,
      Arena arena,
      AutoCloseable input,
      @Nullable FileChannel file,
      FileWindow window,
      long size,
      CaptureFormat format) {
    this.name = name;
    this.arena = arena;
    this.input = input;
    this.file = file;
    this.window = window;
    this.size = size;
    this.format = format;
  }

  /**
   * Opens the file and reads its header.
   *
   * @param path the file; {@value #STANDARD_INPUT} is standard input
   * @throws CaptureException UNREADABLE with one line for the operator where the file is missing,
   *     empty, or not a capture we read
   */
  public static PcapFileSource open(Path path) throws CaptureException {
    if (path.toString().equals(STANDARD_INPUT)) {
      FileChannel channel = new FileInputStream(FileDescriptor.in).getChannel();
      return stream("standard input", Channels.newInputStream(channel), channel, false);
    }
    if (!Files.exists(path)) {
      throw unreadable(path + " does not exist");
    }
    if (Files.isDirectory(path)) {
      throw unreadable(path + " is a folder, not a capture file");
    }
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      boolean regular = Files.isRegularFile(path);
      if (!regular || isCompressed(channel)) {
        return stream(path.toString(), Channels.newInputStream(channel), channel, regular);
      }
      Arena arena = Arena.ofShared();
      boolean opened = false;
      try {
        PcapFileSource source = of(path, arena, channel);
        opened = true;
        return source;
      } finally {
        if (!opened) {
          try (arena;
              channel) {
            // Nothing was handed out.
          }
        }
      }
    } catch (AccessDeniedException e) {
      throw new CaptureException(
          CaptureException.Kind.UNREADABLE, path + " may not be read: permission denied", e);
    } catch (IOException e) {
      throw new CaptureException(
          CaptureException.Kind.UNREADABLE, path + " cannot be read: " + e.getMessage(), e);
    }
  }

  static boolean isCompressed(Path path) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return isCompressed(channel);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isCompressed(FileChannel channel) throws IOException {
    ByteBuffer magic = ByteBuffer.allocate(4);
    int count = channel.read(magic, 0);
    return count > 0 && StreamInput.isCompressed(Arrays.copyOf(magic.array(), count));
  }

  private static PcapFileSource of(Path path, Arena arena, FileChannel channel)
      throws IOException, CaptureException {
    long size = channel.size();
    if (size == 0) {
      throw unreadable(path + " is empty");
    }
    FileWindow window = new FileWindow(channel::read, arena, size);
    CaptureFormat format = format(path.toString(), window);
    return new PcapFileSource(path.toString(), arena, channel, channel, window, size, format);
  }

  /**
   * Reads a capture of unknown length, compressed or not; closing the source closes the stream.
   *
   * @throws CaptureException UNREADABLE where the stream does not begin like a capture
   */
  public static PcapFileSource stream(String name, InputStream bytes) throws CaptureException {
    return stream(name, bytes, null, false);
  }

  private static PcapFileSource stream(
      String name, InputStream bytes, @Nullable FileChannel channel, boolean measured)
      throws CaptureException {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try {
      StreamInput input = new StreamInput(bytes);
      FileWindow window = new FileWindow(input, arena, FileWindow.UNKNOWN_BYTES);
      CaptureFormat format = format(name, window);
      PcapFileSource source =
          new PcapFileSource(
              name,
              arena,
              channel != null && !measured ? channel : input,
              measured ? channel : null,
              window,
              FileWindow.UNKNOWN_BYTES,
              format);
      opened = true;
      return source;
    } catch (IOException e) {
      throw new CaptureException(
          CaptureException.Kind.UNREADABLE, name + " cannot be read: " + e.getMessage(), e);
    } catch (LinkageError e) {
      throw new CaptureException(
          CaptureException.Kind.UNREADABLE,
          name + " is compressed with zstd, whose library cannot be loaded here: unzstd it first",
          e);
    } finally {
      if (!opened) {
        arena.close();
        closeQuietly(bytes);
      }
    }
  }

  /** As much of the beginning as tells the format, and no more: a pipe may hold only that yet. */
  private static CaptureFormat format(String name, FileWindow window)
      throws IOException, CaptureException {
    int head = window.available(0, CaptureFormat.PCAP_HEADER_BYTES);
    if (head == CaptureFormat.PCAP_HEADER_BYTES
        && window.data().get(CaptureFormat.U32, 0) == CaptureFormat.SECTION_HEADER) {
      head = window.available(0, CaptureFormat.SECTION_HEADER_MIN_BYTES);
    }
    return CaptureFormat.of(name, window.data().asSlice(0, head));
  }

  @Override
  public String name() {
    return name;
  }

  /** Size of the file when it was opened, bytes; 0 where the input has none. */
  public long sizeBytes() {
    if (size != FileWindow.UNKNOWN_BYTES) {
      return size;
    }
    try {
      return file == null ? 0 : file.size();
    } catch (IOException e) {
      return 0;
    }
  }

  /** How far into the file {@link #run} is, bytes; for progress, may lag by a few frames. */
  public long positionBytes() {
    if (size != FileWindow.UNKNOWN_BYTES || file == null) {
      return Math.max(position, window.startBytes());
    }
    try {
      return file.position();
    } catch (IOException e) {
      return 0;
    }
  }

  @Override
  public boolean keepFrames(int changes) {
    window.keep(changes);
    return true;
  }

  @Override
  public void run(FrameHandler handler) throws CaptureException {
    if (closed) {
      throw unreadable(name + " was closed before it was read");
    }
    try {
      if (format.pcapng()) {
        new PcapngReader(this, handler).read();
      } else {
        readPcap(handler);
      }
    } catch (FileWindow.EndOfInputException e) {
      endOfInput(e);
    } catch (ClosedChannelException e) {
      // What stop() does to a read that waits.
      if (!stopped) {
        damage = "reading failed after byte " + positionBytes() + ": closed";
      }
    } catch (IOException e) {
      damage = "reading failed after byte " + positionBytes() + ": " + e.getMessage();
    }
  }

  /** A stream ends well where a record would begin, and only a stream may end before its size. */
  private void endOfInput(FileWindow.EndOfInputException end) {
    long reached = end.at() + end.available();
    if (size != FileWindow.UNKNOWN_BYTES) {
      damage = "the file became shorter while it was read";
    } else if (reached != recordStart && !stopped) {
      damage =
          "truncated: the input ends at byte "
              + reached
              + " within the record that begins at byte "
              + recordStart;
    }
    position = recordStart;
  }

  /*
   * Classic pcap, draft-ietf-opsawg-pcap section 5, fields in the byte order of the file:
   *
   *    0          4               8              12             16
   *   +----------+---------------+--------------+--------------+---------- - -
   *   | seconds  | us or ns part | captured len | original len | frame
   *   +----------+---------------+--------------+--------------+---------- - -
   */
  private void readPcap(FrameHandler handler) throws IOException {
    boolean swapped = format.swapped();
    long nanosPerUnit = format.nanoUnits() ? 1 : 1000;
    long head = window.locate(0, CaptureFormat.PCAP_HEADER_BYTES);
    MemorySegment data = window.data();
    int minor = CaptureFormat.u16(data, head + 6, swapped);
    int limit = frameLimit(CaptureFormat.u32(data, head + 16, swapped));
    int linkType = CaptureFormat.i32(data, head + 20, swapped) & LINK_TYPE_MASK;
    long at = CaptureFormat.PCAP_HEADER_BYTES;
    while (!stopped) {
      recordStart = at;
      long left = size - at;
      if (left < RECORD_HEADER_BYTES) {
        if (left > 0) {
          damage = cutOff("record header", at, RECORD_HEADER_BYTES);
        }
        break;
      }
      long header = window.locate(at, RECORD_HEADER_BYTES);
      data = window.data();
      long seconds = CaptureFormat.u32(data, header, swapped);
      long fraction = CaptureFormat.u32(data, header + 4, swapped);
      long captured = CaptureFormat.u32(data, header + 8, swapped);
      long wire = CaptureFormat.u32(data, header + 12, swapped);
      if (minor <= 3 && captured > wire) {
        // Writers of version 2.3 and older disagreed on the order of the two lengths.
        long other = wire;
        wire = captured;
        captured = other;
      }
      if (!believable(captured, limit, at)) {
        break;
      }
      if (captured > left - RECORD_HEADER_BYTES) {
        damage = cutOff("record", at, RECORD_HEADER_BYTES + captured);
        break;
      }
      long tsNanos =
          Math.min(
              seconds * TimeUnits.NANOS_PER_SECOND + fraction * nanosPerUnit, TimeUnits.MAX_NANOS);
      long record = window.locate(at, RECORD_HEADER_BYTES + (int) captured);
      deliver(
          handler,
          record + RECORD_HEADER_BYTES,
          (int) captured,
          wireBytes(wire, captured, at),
          tsNanos,
          linkType,
          0);
      at += RECORD_HEADER_BYTES + captured;
    }
    position = at;
  }

  /** Hands one frame over that lies completely within the window, from {@code offset} on. */
  void deliver(
      FrameHandler handler,
      long offset,
      int captured,
      int wireBytes,
      long tsNanos,
      int linkType,
      int interfaceId) {
    if (frames == 0) {
      firstNanos = tsNanos;
    }
    frames++;
    bytes += wireBytes;
    if (tsNanos > lastNanos) {
      lastNanos = tsNanos;
    }
    window.handOut();
    handler.onFrame(window.data(), offset, captured, wireBytes, tsNanos, linkType, interfaceId);
  }

  /**
   * Whether the captured length is that of a frame; notes the damage and ends reading when it is
   * not, because then the next record cannot be found.
   */
  boolean believable(long captured, int limit, long at) {
    if (captured <= limit) {
      return true;
    }
    damage = "record at byte " + at + " claims an impossible frame of " + captured + " bytes";
    return false;
  }

  /**
   * The length on the wire, or that of the captured bytes where nobody can believe it. Reading goes
   * on, as the next record does not depend on it.
   */
  int wireBytes(long wire, long captured, long at) {
    if (wire <= MAX_WIRE_BYTES) {
      return (int) Math.max(wire, captured);
    }
    if (damage == null) {
      damage = "record at byte " + at + " claims an impossible " + wire + " bytes on the wire";
    }
    return (int) captured;
  }

  static int frameLimit(long snapLength) {
    return Math.clamp(snapLength, USUAL_FRAME_BYTES, MAX_FRAME_BYTES);
  }

  String cutOff(String what, long at, long needed) {
    return "truncated: the "
        + what
        + " at byte "
        + at
        + " needs "
        + needed
        + " bytes, "
        + (size - at)
        + " are left";
  }

  FileWindow window() {
    return window;
  }

  long size() {
    return size;
  }

  boolean stopRequested() {
    return stopped;
  }

  /** Where in the input the record begins that is read next. */
  void recordStart(long at) {
    recordStart = at;
  }

  void position(long at) {
    position = at;
  }

  void damage(String text) {
    damage = text;
  }

  @Override
  public void stop() {
    stopped = true;
    if (size == FileWindow.UNKNOWN_BYTES && input instanceof FileChannel pipe) {
      // A read that waits for the other end returns when the channel is closed.
      closeQuietly(pipe);
    }
  }

  private static void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      // Read only: nothing can be lost.
    }
  }

  @Override
  public CaptureStats stats() {
    return new CaptureStats(frames, bytes, 0, firstNanos, lastNanos, damage);
  }

  /** Releases the file; further frames cannot be read. Closing twice does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      closeQuietly(input);
      arena.close();
    }
  }
}
