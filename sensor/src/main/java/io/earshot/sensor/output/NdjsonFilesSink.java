package io.earshot.sensor.output;

import io.earshot.sensor.document.EncodedDocument;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Documents in files, as Zeek keeps its logs: one file per data stream that is written to, {@code
 * logs-earshot.window-default.ndjson}, one document per line; older ones beside it with the time at
 * which they ended in their names, compressed and deleted in time.
 *
 * <p>A document counts as delivered once its line is written; files only ever hold whole lines.
 * When the disk is full the lines wait in memory, a bounded number of bytes of them, and are
 * written when there is room; beyond that new documents are dropped and counted. A file that
 * somebody else moves away, as logrotate does, is made anew within a second, and at once after
 * {@link #reopen}.
 *
 * <p>One owner thread; {@link #stats} and {@link #reopen} from any. Compressing is done by the
 * owner thread when a file ends, about 50 MB a second.
 */
public final class NdjsonFilesSink implements DocumentSink {
  private static final Logger LOG = LoggerFactory.getLogger(NdjsonFilesSink.class);

  private static final String CURRENT = ".ndjson";
  private static final String COMPRESSED = ".ndjson.gz";
  private static final int WRITE_AT_BYTES = 1 << 16;

  /** Lines that wait for the disk, per file. */
  private static final int MOST_WAITING_BYTES = 8 << 20;

  /** A document waits no longer for others once a later one comes. */
  private static final Duration WRITE_EVERY = Duration.ofSeconds(1);

  private static final Duration LOOK_AT_NAME_EVERY = Duration.ofSeconds(1);
  private static final DateTimeFormatter ENDED =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH-mm-ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final Settings settings;
  private final InstantSource clock;
  private final Map<String, OpenFile> files = new TreeMap<>();
  private final DeliveryStats.Ledger ledger = new DeliveryStats.Ledger();
  private volatile boolean reopenWanted;
  private boolean closed;

  /**
   * Where the files are and how long they live.
   *
   * @param directory their folder; made where it is missing
   * @param rotateBytes a file ends when it has this many bytes
   * @param rotateEvery a file ends when it is this old
   * @param compress whether ended files are compressed with gzip
   * @param keepFiles ended files of each data stream beyond this number are deleted, oldest first
   * @param keepFor ended files older than this are deleted
   */
  public record Settings(
      Path directory,
      long rotateBytes,
      Duration rotateEvery,
      boolean compress,
      int keepFiles,
      Duration keepFor) {
    public Settings {
      if (rotateBytes < 1 || rotateEvery.toMillis() < 1 || keepFiles < 0 || keepFor.isNegative()) {
        throw new IllegalArgumentException(
            "files end at a size and an age above zero, and are kept for a number and a time");
      }
    }

    /** Files of 100 MiB or an hour, compressed, 720 of each kind and 30 days at most. */
    public static Settings in(Path directory) {
      return new Settings(
          directory, 100L << 20, Duration.ofHours(1), true, 720, Duration.ofDays(30));
    }
  }

  private NdjsonFilesSink(Settings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Opens the folder; files that an earlier run left are continued.
   *
   * @throws DeliveryException when the folder cannot be made or written
   */
  public static NdjsonFilesSink open(Settings settings, InstantSource clock)
      throws DeliveryException {
    try {
      Files.createDirectories(settings.directory());
    } catch (IOException e) {
      throw new DeliveryException(
          "The folder " + settings.directory() + " cannot be made: " + e.getMessage(), e);
    }
    if (!Files.isWritable(settings.directory())) {
      throw new DeliveryException(
          "The folder " + settings.directory() + " cannot be written; check its rights", null);
    }
    return new NdjsonFilesSink(settings, clock);
  }

  /** One file that is written to, and what is not written yet. */
  private static final class OpenFile {
    private final Path path;
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    private long waitingDocuments;
    private @Nullable FileChannel channel;
    private @Nullable Object key;
    private Instant begun = Instant.EPOCH;
    private Instant nameLookedAt = Instant.EPOCH;
    private Instant written;
    private boolean failing;

    OpenFile(Path path, Instant now) {
      this.path = path;
      this.written = now;
    }
  }

  @Override
  public void deliver(EncodedDocument document) {
    if (closed) {
      throw new IllegalStateException("the sink is closed");
    }
    OpenFile file =
        files.computeIfAbsent(
            document.dataStream(),
            name -> new OpenFile(settings.directory().resolve(name + CURRENT), clock.instant()));
    ledger.made();
    if (file.waiting.size() + document.json().length > MOST_WAITING_BYTES) {
      ledger.dropped(DropReason.WRITE_FAILED, 1);
      return;
    }
    file.waiting.writeBytes(document.json());
    file.waiting.write('\n');
    file.waitingDocuments++;
    Duration sinceWrite = Duration.between(file.written, clock.instant());
    if (file.waiting.size() >= WRITE_AT_BYTES || sinceWrite.compareTo(WRITE_EVERY) >= 0) {
      write(file);
    }
  }

  @Override
  public void flush() throws DeliveryException {
    for (OpenFile file : files.values()) {
      write(file);
      if (file.waitingDocuments > 0) {
        throw new DeliveryException(
            "%s cannot be written; %d documents wait for it, check the space left"
                .formatted(file.path, file.waitingDocuments),
            null);
      }
    }
  }

  /** From now on new files are written, whatever became of the names of the old ones. */
  public void reopen() {
    reopenWanted = true;
  }

  @Override
  public DeliveryStats stats() {
    return ledger.snapshot();
  }

  private void write(OpenFile file) {
    if (file.waiting.size() == 0 && file.channel == null) {
      return;
    }
    file.written = clock.instant();
    try {
      if (reopenWanted) {
        reopenWanted = false;
        for (OpenFile each : files.values()) {
          closeChannel(each);
        }
      }
      FileChannel channel = channel(file);
      if (file.waiting.size() > 0) {
        append(channel, file.waiting.toByteArray());
        ledger.delivered(file.waitingDocuments, 0);
        file.waiting.reset();
        file.waitingDocuments = 0;
      }
      file.failing = false;
      Duration age = Duration.between(file.begun, clock.instant());
      if (channel.size() >= settings.rotateBytes()
          || (age.compareTo(settings.rotateEvery()) >= 0 && channel.size() > 0)) {
        rotate(file);
      }
    } catch (IOException e) {
      if (!file.failing) {
        LOG.error("{} cannot be written: {}; it is tried again", file.path, e.toString());
      }
      file.failing = true;
      closeChannel(file);
    }
  }

  /** All lines or none of them. */
  private static void append(FileChannel channel, byte[] lines) throws IOException {
    long end = channel.size();
    ByteBuffer bytes = ByteBuffer.wrap(lines);
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes, end + bytes.position());
      }
    } catch (IOException e) {
      channel.truncate(end);
      throw e;
    }
  }

  private FileChannel channel(OpenFile file) throws IOException {
    Instant now = clock.instant();
    FileChannel open = file.channel;
    if (open != null
        && Duration.between(file.nameLookedAt, now).compareTo(LOOK_AT_NAME_EVERY) >= 0) {
      file.nameLookedAt = now;
      if (!Objects.equals(file.key, key(file.path))) {
        closeChannel(file); // somebody has moved it away
        open = null;
      }
    }
    if (open == null) {
      open =
          FileChannel.open(
              file.path,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      cutHalfALine(open);
      file.channel = open;
      file.key = key(file.path);
      file.nameLookedAt = now;
      file.begun = open.size() == 0 ? now : begunBefore(file.path, now);
    }
    return open;
  }

  /** A crash or a loss of power may have left one; its document was not counted as delivered. */
  private static void cutHalfALine(FileChannel channel) throws IOException {
    long end = channel.size();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (end > 0) {
      one.clear();
      if (channel.read(one, end - 1) != 1 || one.get(0) == '\n') {
        break;
      }
      end--;
    }
    channel.truncate(end);
  }

  private static Instant begunBefore(Path path, Instant now) throws IOException {
    Instant made = Files.readAttributes(path, BasicFileAttributes.class).creationTime().toInstant();
    return made.isAfter(now) ? now : made;
  }

  private static @Nullable Object key(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException _) {
      return null;
    }
  }

  private void rotate(OpenFile file) throws IOException {
    closeChannel(file);
    String name = file.path.getFileName().toString();
    String stem = name.substring(0, name.length() - CURRENT.length());
    Instant ended = clock.instant();
    Path target = file.path.resolveSibling(stem + '.' + ENDED.format(ended) + CURRENT);
    while (Files.exists(target) || Files.exists(compressed(target))) {
      ended = ended.plusMillis(1);
      target = file.path.resolveSibling(stem + '.' + ENDED.format(ended) + CURRENT);
    }
    Files.move(file.path, target, StandardCopyOption.ATOMIC_MOVE);
    // Others of an earlier run, which ended in between, too.
    for (Path each : ended(stem)) {
      if (settings.compress() && each.toString().endsWith(CURRENT)) {
        compress(each);
      }
    }
    deleteOld(stem);
  }

  private static Path compressed(Path plain) {
    return plain.resolveSibling(plain.getFileName() + ".gz");
  }

  private static void compress(Path plain) throws IOException {
    Path part = plain.resolveSibling(plain.getFileName() + ".part");
    try (InputStream in = Files.newInputStream(plain);
        OutputStream out = new GZIPOutputStream(Files.newOutputStream(part), WRITE_AT_BYTES)) {
      in.transferTo(out);
    } catch (IOException e) {
      Files.deleteIfExists(part);
      LOG.warn("{} cannot be compressed and stays as it is: {}", plain, e.toString());
      return;
    }
    Files.move(part, compressed(plain), StandardCopyOption.ATOMIC_MOVE);
    Files.delete(plain);
  }

  /** Ended files of a data stream, oldest first. */
  private List<Path> ended(String stem) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> all = Files.list(settings.directory())) {
      all.filter(
              path -> {
                String name = path.getFileName().toString();
                return name.startsWith(stem + '.')
                    && !name.equals(stem + CURRENT)
                    && (name.endsWith(CURRENT) || name.endsWith(COMPRESSED));
              })
          .forEach(found::add);
    }
    found.sort(null);
    return found;
  }

  private void deleteOld(String stem) throws IOException {
    List<Path> all = ended(stem);
    Instant oldest = clock.instant().minus(settings.keepFor());
    for (int i = 0; i < all.size(); i++) {
      boolean tooMany = i < all.size() - settings.keepFiles();
      String name = all.get(i).getFileName().toString();
      String time = name.substring(stem.length() + 1, name.indexOf(CURRENT, stem.length()));
      if (tooMany || time.compareTo(ENDED.format(oldest)) < 0) {
        Files.deleteIfExists(all.get(i));
      }
    }
  }

  private static void closeChannel(OpenFile file) {
    FileChannel open = file.channel;
    file.channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOG.debug("Closing {} failed", file.path, e);
      }
    }
  }

  @Override
  public void close() throws DeliveryException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      flush();
    } finally {
      for (OpenFile file : files.values()) {
        if (file.waitingDocuments > 0) {
          ledger.dropped(DropReason.WRITE_FAILED, file.waitingDocuments);
        }
        closeChannel(file);
      }
    }
  }
}
