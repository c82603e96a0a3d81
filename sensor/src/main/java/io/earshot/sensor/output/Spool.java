package io.earshot.sensor.output;

import io.earshot.sensor.document.EncodedDocument;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Documents that wait for delivery, in a file, first in, first out.
 *
 * <p>A document that was taken is safe from the end of this process after the next commit and from
 * the loss of power after the next sync; both are bounded in time by {@link SpoolSettings} as long
 * as {@link #tick} is called, and {@link #commit} does the first at once. A document leaves the
 * file only when {@link #remove} says so. One that was removed may come back after a crash, never
 * the other way round: what is delivered twice has the same id twice.
 *
 * <p>A full disk, or any other failure to write, is a state and not the end: documents that are not
 * committed are held in memory, at most {@value #GROUP}, further ones find no room, and each {@link
 * #tick} tries the file again. A file that cannot be read is renamed, every whole document in it is
 * moved to a new one, and that is logged.
 *
 * <p>The price: every document is written once and read once; between the two sits the disk's
 * cache.
 *
 * <p>Methods may be called by any thread; {@link #read} and {@link #remove} by one, the shipping
 * thread.
 */
public final class Spool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Spool.class);

  /** Documents after which a commit is made at once. */
  private static final int GROUP = 256;

  /** Name of the file in its folder. */
  static final String FILE = "spool.mv";

  /**
   * Freed parts of the file are not written again before this time: longer than a sync takes to
   * come, so that after a loss of power an older state is still whole.
   */
  private static final int RETENTION_FACTOR = 4;

  private static final int CACHE_MB = 8;

  /** An empty file larger than this is made smaller. */
  private static final long SHRINK_BEYOND_BYTES = 16L << 20;

  private static final int SHRINK_MILLIS = 50;
  private static final long RETRY_FILE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long MAP_WINDOW_BYTES = 256L << 20;
  private static final int SALVAGE_GROUP = 1000;

  private final SpoolSettings settings;
  private final LongSupplier nanoClock;
  private final DeliveryStats.Ledger ledger;
  private final Path file;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();

  // Guarded by the lock.
  private @Nullable MVStore store;
  private @Nullable MVMap<Long, byte[]> documents;
  private @Nullable MVMap<String, String> writeIndices;
  private final Deque<SpooledDocument> uncommitted = new ArrayDeque<>();
  private final Set<Long> uncommittedRemovals = new HashSet<>();
  private long nextSequence;
  private long committedTo;
  private long readTo;
  private long count;
  private long bytes;
  private boolean unsynced;
  private long lastCommitNanos;
  private long lastSyncNanos;
  private long lastFileTryNanos;
  private @Nullable String trouble;
  private boolean closed;

  /** The last document that an earlier run left behind. */
  private long recoveredTo;

  private Spool(
      SpoolSettings settings,
      LongSupplier nanoClock,
      InstantSource clock,
      DeliveryStats.Ledger ledger) {
    this.settings = settings;
    this.nanoClock = nanoClock;
    this.ledger = ledger;
    this.file = settings.directory().resolve(FILE);
    // Numbers never come twice, so that old bytes in the file are not mistaken for new documents.
    this.nextSequence = TimeUnit.MILLISECONDS.toNanos(clock.millis());
    this.lastCommitNanos = nanoClock.getAsLong();
    this.lastSyncNanos = lastCommitNanos;
    this.lastFileTryNanos = lastCommitNanos;
  }

  /**
   * Opens the spool of that folder, or makes one.
   *
   * @param nanoClock time that only goes on, for the bounds
   * @param clock time of day
   * @param ledger where recovered and damaged documents are counted
   * @throws DeliveryException when the folder cannot be used, or another process uses it
   */
  static Spool open(
      SpoolSettings settings,
      LongSupplier nanoClock,
      InstantSource clock,
      DeliveryStats.Ledger ledger)
      throws DeliveryException {
    Spool spool = new Spool(settings, nanoClock, clock, ledger);
    try {
      makeFolder(settings.directory());
      spool.openFile();
    } catch (IOException | UncheckedIOException | MVStoreException e) {
      throw cannotOpen(settings.directory(), e);
    }
    return spool;
  }

  /**
   * Shows every whole document of a spool that no process uses, in order.
   *
   * @throws DeliveryException when it cannot be read, or a process uses it
   */
  static void visit(Path folder, Consumer<EncodedDocument> visitor) throws DeliveryException {
    try (MVStore store =
        new MVStore.Builder().fileName(folder.resolve(FILE).toString()).readOnly().open()) {
      Cursor<Long, byte[]> all = documents(store).cursor(null);
      while (all.hasNext()) {
        all.next();
        SpooledDocument document = SpooledDocument.decode(all.getValue());
        if (document != null) {
          visitor.accept(document.document());
        }
      }
    } catch (MVStoreException e) {
      throw cannotOpen(folder, e);
    }
  }

  private static MVMap<Long, byte[]> documents(MVStore store) {
    return store.openMap(
        "documents",
        new MVMap.Builder<Long, byte[]>()
            .keyType(LongDataType.INSTANCE)
            .valueType(ByteArrayDataType.INSTANCE));
  }

  private static DeliveryException cannotOpen(Path folder, Exception e) {
    boolean locked =
        e instanceof MVStoreException failure
            && failure.getErrorCode() == DataUtils.ERROR_FILE_LOCKED;
    return new DeliveryException(
        locked
            ? "The spool "
                + folder
                + " is in use by another process; end that one or name another folder"
            : "The spool "
                + folder
                + " cannot be used: "
                + oneLine(e)
                + "; check the folder, its rights and the space left",
        e);
  }

  private static void makeFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = folder.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    // The documents hold addresses of listeners.
    if (isPosix()) {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectory(folder);
    }
  }

  private static void makeFile(Path file) throws IOException {
    try {
      if (isPosix()) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
    } catch (FileAlreadyExistsException _) {
      // It keeps the rights it has.
    }
  }

  private static boolean isPosix() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }

  private void openFile() throws IOException {
    makeFile(file);
    try {
      openStore();
      takeStock();
    } catch (MVStoreException e) {
      closeStore();
      if (e.getErrorCode() == DataUtils.ERROR_FILE_LOCKED
          || e.getErrorCode() == DataUtils.ERROR_WRITING_FAILED) {
        throw e;
      }
      salvage(e);
    }
    recoveredTo = nextSequence - 1;
    committedTo = recoveredTo;
    readTo = 0;
    if (count > 0) {
      LOG.info("{} documents of an earlier run wait in {}", count, settings.directory());
    }
    ledger.recovered(count);
  }

  private void openStore() {
    MVStore opened =
        new MVStore.Builder()
            .fileName(file.toString())
            .autoCommitDisabled()
            .cacheSize(CACHE_MB)
            .open();
    opened.setRetentionTime(Math.toIntExact(settings.syncEvery().toMillis() * RETENTION_FACTOR));
    store = opened;
    documents = documents(opened);
    writeIndices =
        opened.openMap(
            "write-indices",
            new MVMap.Builder<String, String>()
                .keyType(StringDataType.INSTANCE)
                .valueType(StringDataType.INSTANCE));
  }

  /** Reads everything once: counts it, and takes out what is damaged. */
  private void takeStock() {
    MVMap<Long, byte[]> map = map();
    List<Long> damaged = new ArrayList<>();
    count = 0;
    bytes = 0;
    Cursor<Long, byte[]> all = map.cursor(null);
    while (all.hasNext()) {
      long sequence = all.next();
      byte[] value = all.getValue();
      SpooledDocument document = SpooledDocument.decode(value);
      if (document == null || document.sequence() != sequence) {
        damaged.add(sequence);
      } else {
        count++;
        bytes += value.length;
      }
      nextSequence = Math.max(nextSequence, sequence + 1);
    }
    if (!damaged.isEmpty()) {
      damaged.forEach(map::remove);
      opened().commit();
      ledger.recovered(damaged.size());
      ledger.dropped(DropReason.DAMAGED, damaged.size());
      LOG.error("{} documents in {} are damaged and are given up", damaged.size(), file);
    }
  }

  /** Sets the file aside and brings every whole document in it into a new one. */
  private void salvage(MVStoreException damage) throws IOException {
    Path aside = setAside();
    LOG.error(
        "The spool {} is damaged ({}); it is kept as {}, and its documents are taken over",
        file,
        oneLine(damage),
        aside);
    makeFile(file);
    openStore();
    long found = bringOver(aside);
    takeStock();
    LOG.warn("{} documents were found in {}, {} different ones", found, aside, count);
  }

  private Path setAside() throws IOException {
    for (int number = 1; ; number++) {
      Path aside = file.resolveSibling(FILE + ".damaged-" + number);
      if (Files.exists(aside)) {
        continue;
      }
      try {
        return Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException _) {
        return Files.move(file, aside);
      }
    }
  }

  private long bringOver(Path aside) throws IOException {
    long found = 0;
    try (FileChannel channel = FileChannel.open(aside, StandardOpenOption.READ)) {
      long size = channel.size();
      for (long base = 0; base < size; base += MAP_WINDOW_BYTES) {
        long length = Math.min(MAP_WINDOW_BYTES + SpooledDocument.LARGEST_BYTES, size - base);
        ByteBuffer window = channel.map(FileChannel.MapMode.READ_ONLY, base, length);
        long end = Math.min(MAP_WINDOW_BYTES, length);
        int at = 0;
        while (at < end && at + Long.BYTES <= length) {
          if (window.get(at) == (byte) (SpooledDocument.MAGIC >>> 56)
              && window.getLong(at) == SpooledDocument.MAGIC) {
            SpooledDocument document = SpooledDocument.decodeNext(window.position(at));
            if (document != null) {
              map().put(document.sequence(), document.encode());
              if (++found % SALVAGE_GROUP == 0) {
                opened().commit();
              }
              at = window.position();
              continue;
            }
          }
          at++;
        }
      }
    }
    opened().commit();
    return found;
  }

  private MVStore opened() {
    MVStore open = store;
    if (open == null) {
      throw new IllegalStateException("the spool's file is not open");
    }
    return open;
  }

  private MVMap<Long, byte[]> map() {
    MVMap<Long, byte[]> open = documents;
    if (open == null) {
      throw new IllegalStateException("the spool's file is not open");
    }
    return open;
  }

  /** What became of a document that was to be taken. */
  enum Taken {
    /** The spool has it. */
    YES,
    /** There is no room; the caller keeps it. */
    NO_ROOM
  }

  /** Takes a document, or says that there is no room for it. */
  Taken add(EncodedDocument document) {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the spool is closed");
      }
      SpooledDocument spooled = new SpooledDocument(nextSequence, document);
      byte[] value = spooled.encode();
      if (count > 0 && bytes + value.length > settings.mostBytes()) {
        return Taken.NO_ROOM;
      }
      if (trouble != null && uncommitted.size() >= GROUP) {
        return Taken.NO_ROOM;
      }
      nextSequence++;
      count++;
      bytes += value.length;
      uncommitted.add(spooled);
      ledger.made();
      if (trouble == null) {
        try {
          map().append(spooled.sequence(), value);
        } catch (MVStoreException e) {
          failed(e);
        }
      }
      if (trouble == null && uncommitted.size() >= GROUP) {
        commitLocked();
      }
      return Taken.YES;
    } finally {
      lock.unlock();
    }
  }

  /** Gives up the oldest document that is not on its way; false where there is none. */
  boolean dropOldest() {
    lock.lock();
    try {
      if (trouble != null) {
        return false;
      }
      Long oldest = map().ceilingKey(readTo + 1);
      if (oldest != null && oldest > committedTo) {
        commitLocked();
      }
      if (oldest == null || trouble != null) {
        return false;
      }
      removeLocked(oldest);
      ledger.dropped(DropReason.SPOOL_FULL_OLDEST, 1);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something has left the spool, at most that long, and sometimes for no reason. */
  @SuppressWarnings("WaitNotInLoop") // callers look again themselves
  void awaitRoom(long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      var _ = room.awaitNanos(nanos);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next documents that were not read yet, in order; only committed ones.
   *
   * @param most how many
   * @param mostBytes at most so many bytes of JSON, but always one document
   */
  List<SpooledDocument> read(int most, long mostBytes) {
    lock.lock();
    try {
      List<SpooledDocument> next = new ArrayList<>();
      if (trouble != null || readTo >= committedTo) {
        return next;
      }
      long taken = 0;
      Cursor<Long, byte[]> cursor = map().cursor(readTo + 1);
      while (next.size() < most && cursor.hasNext()) {
        long sequence = cursor.next();
        if (sequence > committedTo) {
          break;
        }
        SpooledDocument document = SpooledDocument.decode(cursor.getValue());
        if (document == null) {
          readTo = sequence;
          removeLocked(sequence);
          ledger.dropped(DropReason.DAMAGED, 1);
          LOG.error("A document in {} is damaged and is given up", file);
          continue;
        }
        taken += document.document().json().length;
        if (!next.isEmpty() && taken > mostBytes) {
          break;
        }
        next.add(document);
        readTo = sequence;
      }
      return next;
    } catch (MVStoreException e) {
      failed(e);
      return new ArrayList<>();
    } finally {
      lock.unlock();
    }
  }

  /** Whether another process may have sent the document, or this one before it was started anew. */
  boolean isRecovered(SpooledDocument document) {
    return document.sequence() <= recoveredTo;
  }

  /** Whether documents of an earlier run were not read yet. */
  boolean holdsUnreadRecovered() {
    lock.lock();
    try {
      return readTo < recoveredTo && count > 0;
    } finally {
      lock.unlock();
    }
  }

  /** Takes documents out that need not be kept any longer. */
  void remove(List<SpooledDocument> done) {
    lock.lock();
    try {
      for (SpooledDocument document : done) {
        removeLocked(document.sequence());
      }
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void removeLocked(long sequence) {
    uncommittedRemovals.add(sequence);
    if (trouble != null) {
      count--;
      return;
    }
    try {
      byte[] value = map().remove(sequence);
      if (value != null) {
        count--;
        bytes -= value.length;
      }
    } catch (MVStoreException e) {
      count--;
      failed(e);
    }
  }

  /**
   * The index that a data stream wrote to before any document that is not acknowledged was sent;
   * empty when it had none, null when that is not known.
   */
  @Nullable String writeIndex(String dataStream) {
    lock.lock();
    try {
      MVMap<String, String> map = writeIndices;
      return trouble != null || map == null ? null : map.get(dataStream);
    } catch (MVStoreException e) {
      failed(e);
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Remembers {@link #writeIndex}, at once and over the end of this process. */
  void rememberWriteIndex(String dataStream, String index) {
    lock.lock();
    try {
      MVMap<String, String> map = writeIndices;
      if (trouble == null && map != null) {
        map.put(dataStream, index);
        commitLocked();
      }
    } catch (MVStoreException e) {
      failed(e);
    } finally {
      lock.unlock();
    }
  }

  /** Makes everything that was taken safe from the end of this process; false where that fails. */
  boolean commit() {
    lock.lock();
    try {
      if (trouble == null) {
        commitLocked();
      }
      return trouble == null && uncommitted.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private void commitLocked() {
    lastCommitNanos = nanoClock.getAsLong();
    if (uncommitted.isEmpty() && uncommittedRemovals.isEmpty() && !opened().hasUnsavedChanges()) {
      return;
    }
    try {
      opened().commit();
      uncommitted.clear();
      uncommittedRemovals.clear();
      committedTo = nextSequence - 1;
      unsynced = true;
      room.signalAll();
    } catch (MVStoreException e) {
      failed(e);
    }
  }

  /**
   * Commits and syncs what is due, and tries the file again after a failure.
   *
   * @return how much was done, 0 for nothing
   */
  int tick() {
    long now = nanoClock.getAsLong();
    MVStore toSync = null;
    int work = 0;
    lock.lock();
    try {
      if (closed) {
        return 0;
      }
      if (trouble != null) {
        return now - lastFileTryNanos >= RETRY_FILE_NANOS && reopen() ? 1 : 0;
      }
      boolean waits = !uncommitted.isEmpty() || !uncommittedRemovals.isEmpty();
      if (waits && now - lastCommitNanos >= settings.commitEvery().toNanos()) {
        commitLocked();
        shrinkLocked();
        work++;
      }
      if (trouble == null && unsynced && now - lastSyncNanos >= settings.syncEvery().toNanos()) {
        unsynced = false;
        lastSyncNanos = now;
        toSync = store;
      }
    } finally {
      lock.unlock();
    }
    if (toSync != null) {
      work++;
      try {
        toSync.sync();
      } catch (MVStoreException e) {
        lock.lock();
        try {
          failed(e);
        } finally {
          lock.unlock();
        }
      }
    }
    return work;
  }

  /** Gives the disk back what a backlog took. */
  private void shrinkLocked() {
    if (count > 0 || trouble != null) {
      return;
    }
    try {
      if (Files.size(file) > SHRINK_BEYOND_BYTES) {
        opened().compactFile(SHRINK_MILLIS);
      }
    } catch (MVStoreException e) {
      failed(e);
    } catch (IOException e) {
      LOG.debug("The size of {} cannot be read", file, e);
    }
  }

  private void failed(MVStoreException e) {
    if (trouble == null) {
      trouble = oneLine(e);
      LOG.error(
          "The spool {} cannot be written: {}; the file is tried again until it can",
          file,
          trouble);
    }
    lastFileTryNanos = nanoClock.getAsLong();
    closeStore();
  }

  private void closeStore() {
    MVStore open = store;
    store = null;
    documents = null;
    writeIndices = null;
    if (open != null) {
      try {
        open.closeImmediately();
      } catch (MVStoreException e) {
        LOG.debug("Closing {} after a failure failed", file, e);
      }
    }
  }

  /** Opens the file after a failure and repeats what was not committed. */
  private boolean reopen() {
    lastFileTryNanos = nanoClock.getAsLong();
    try {
      openStore();
      MVMap<Long, byte[]> map = map();
      for (SpooledDocument document : uncommitted) {
        if (!uncommittedRemovals.contains(document.sequence())) {
          map.put(document.sequence(), document.encode());
        }
      }
      uncommittedRemovals.forEach(map::remove);
      opened().commit();
      uncommitted.clear();
      uncommittedRemovals.clear();
      committedTo = nextSequence - 1;
      unsynced = true;
      trouble = null;
      recount();
      LOG.info("The spool {} can be written again, {} documents wait", file, count);
      room.signalAll();
      return true;
    } catch (MVStoreException e) {
      LOG.debug("The spool {} still cannot be written", file, e);
      closeStore();
      return false;
    }
  }

  private void recount() {
    count = 0;
    bytes = 0;
    Cursor<Long, byte[]> all = map().cursor(null);
    while (all.hasNext()) {
      all.next();
      count++;
      bytes += all.getValue().length;
    }
  }

  /** Documents that wait, those on their way included. */
  long size() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  /** Why the file cannot be written now; null when it can. */
  @Nullable String trouble() {
    lock.lock();
    try {
      return trouble;
    } finally {
      lock.unlock();
    }
  }

  SpoolSettings settings() {
    return settings;
  }

  /**
   * Commits, syncs and closes the file; an empty one is deleted.
   *
   * @throws DeliveryException when documents could not be written
   */
  @Override
  public void close() throws DeliveryException {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      if (trouble != null) {
        reopen();
      }
      closed = true;
      if (trouble == null) {
        commitLocked();
      }
      MVStore open = store;
      if (trouble != null || open == null) {
        long lost =
            uncommitted.stream()
                .filter(document -> !uncommittedRemovals.contains(document.sequence()))
                .count();
        ledger.dropped(DropReason.WRITE_FAILED, lost);
        count -= lost;
        throw new DeliveryException(
            "%d documents could not be written to the spool %s and are lost: %s"
                .formatted(lost, settings.directory(), trouble),
            null);
      }
      open.sync();
      open.close();
      if (count == 0) {
        Files.deleteIfExists(file);
      }
    } catch (MVStoreException | IOException e) {
      throw new DeliveryException(
          "Closing the spool " + settings.directory() + " failed: " + oneLine(e), e);
    } finally {
      lock.unlock();
    }
  }

  private static String oneLine(Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    if (cause instanceof NoSuchFileException missing) {
      return missing.getFile() + " does not exist";
    }
    if (cause instanceof AccessDeniedException denied) {
      return denied.getFile() + " may not be written";
    }
    String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return message.replaceAll("\\s+", " ").strip();
  }
}
