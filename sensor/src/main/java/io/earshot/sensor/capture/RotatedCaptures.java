package io.earshot.sensor.capture;

import io.earshot.sensor.capture.CaptureException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One capture that a rotating writer cut into the files of a folder: frames of all of them, in the
 * order of {@link PcapDirectory}, as from one source.
 *
 * <p>When following, a file that is still being written is waited for, until a later one is there,
 * and so is the next file, until {@link #stop} or the time limit. A file that cannot be read is
 * named in {@link CaptureStats#damage} and left out. Owner: the thread that calls {@link #run};
 * {@link #stop} may be called from any thread.
 */
public final class RotatedCaptures implements PacketSource {
  private static final long WAIT_NANOS = 50_000_000L;
  private static final long LOOK_NANOS = 500_000_000L;
  private static final long IDLE_NANOS = 1_000_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private final Path folder;
  private final boolean recursive;
  private final boolean follow;
  private final @Nullable Duration maxDuration;
  private final Set<Path> seen = new HashSet<>();
  private long began;
  private long lastFrame;
  private long lastLook;
  private @Nullable FrameHandler handler;

  private volatile boolean stopped;
  private volatile @Nullable PcapFileSource current;
  private volatile CaptureStats before = new CaptureStats(0, 0, 0, 0, 0, null);

  /**
   * @param recursive whether folders inside are searched too
   * @param follow whether to wait for more
   * @param maxDuration how long to follow, null = until {@link #stop}
   */
  public RotatedCaptures(
      Path folder, boolean recursive, boolean follow, @Nullable Duration maxDuration) {
    this.folder = folder;
    this.recursive = recursive;
    this.follow = follow;
    this.maxDuration = maxDuration;
  }

  @Override
  public String name() {
    return folder.toString();
  }

  /**
   * @throws CaptureException UNREADABLE where the folder cannot be listed, or none of its files can
   *     be read
   */
  @Override
  public void run(FrameHandler frames) throws CaptureException {
    handler = frames;
    began = System.nanoTime();
    lastFrame = began;
    CaptureException first = null;
    int read = 0;
    while (!over()) {
      Path next = next();
      if (next == null) {
        if (!follow) {
          break;
        }
        await();
        continue;
      }
      seen.add(next);
      try (PcapFileSource source = open(next)) {
        current = source;
        source.run(frames);
        read++;
        add(source.stats(), next);
      } catch (CaptureException e) {
        first = first == null ? e : first;
        add(new CaptureStats(0, 0, 0, 0, 0, e.getMessage()), next);
      } finally {
        current = null;
      }
    }
    if (read == 0 && first != null) {
      throw first;
    }
  }

  private PcapFileSource open(Path file) throws CaptureException {
    if (!follow || PcapFileSource.isCompressed(file)) {
      return PcapFileSource.open(file);
    }
    try {
      return PcapFileSource.stream(file.toString(), new Growing(file));
    } catch (IOException e) {
      throw new CaptureException(Kind.UNREADABLE, file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private void add(CaptureStats more, Path file) {
    CaptureStats sum = before;
    String damage = sum.damage();
    if (more.damage() != null) {
      String text = String.valueOf(more.damage());
      String named = text.startsWith(file.toString()) ? text : file.getFileName() + ": " + text;
      damage = damage == null ? named : damage + "; " + named;
    }
    boolean none = sum.framesReceived() == 0;
    before =
        new CaptureStats(
            sum.framesReceived() + more.framesReceived(),
            sum.bytesReceived() + more.bytesReceived(),
            0,
            none ? more.firstNanos() : sum.firstNanos(),
            Math.max(sum.lastNanos(), more.lastNanos()),
            damage);
  }

  /** The first file that was not read yet, null where there is none. */
  private @Nullable Path next() throws CaptureException {
    lastLook = System.nanoTime();
    List<Path> files;
    try {
      files = PcapDirectory.list(folder, recursive);
    } catch (CaptureException e) {
      if (follow && java.nio.file.Files.isDirectory(folder)) {
        return null;
      }
      throw e;
    }
    for (Path file : files) {
      if (!seen.contains(file)) {
        return file;
      }
    }
    return null;
  }

  private boolean over() {
    return stopped
        || (follow && maxDuration != null && System.nanoTime() - began >= maxDuration.toNanos());
  }

  /** Waits a little, and tells the next stage when nothing has come for a while. */
  private void await() {
    LockSupport.parkNanos(WAIT_NANOS);
    long now = System.nanoTime();
    FrameHandler frames = handler;
    if (frames != null && now - lastFrame >= IDLE_NANOS) {
      lastFrame = now;
      frames.onIdle(System.currentTimeMillis() * NANOS_PER_MILLI);
    }
  }

  @Override
  public void stop() {
    stopped = true;
    PcapFileSource source = current;
    if (source != null) {
      source.stop();
    }
  }

  @Override
  public CaptureStats stats() {
    CaptureStats done = before;
    PcapFileSource source = current;
    if (source == null) {
      return done;
    }
    CaptureStats now = source.stats();
    return new CaptureStats(
        done.framesReceived() + now.framesReceived(),
        done.bytesReceived() + now.bytesReceived(),
        0,
        done.framesReceived() == 0 ? now.firstNanos() : done.firstNanos(),
        Math.max(done.lastNanos(), now.lastNanos()),
        done.damage());
  }

  @Override
  public void close() {
    stop();
  }

  /** A file whose end is not the end of its bytes while it is the newest. */
  private final class Growing extends InputStream {
    private final FileChannel channel;
    private boolean last;

    Growing(Path file) throws IOException {
      channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      while (true) {
        int count = channel.read(ByteBuffer.wrap(to, offset, length));
        if (count > 0) {
          lastFrame = System.nanoTime();
          return count;
        }
        if (length == 0) {
          return 0;
        }
        if (last || over()) {
          return -1;
        }
        if (System.nanoTime() - lastLook >= LOOK_NANOS && laterFile()) {
          // One more read: the writer may have finished this file just before it began the next.
          last = true;
        } else {
          await();
        }
      }
    }

    private boolean laterFile() {
      try {
        return next() != null;
      } catch (CaptureException e) {
        return false;
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
