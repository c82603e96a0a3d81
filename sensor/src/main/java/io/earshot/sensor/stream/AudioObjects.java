package io.earshot.sensor.stream;

import io.earshot.models.feature.Direction;
import io.earshot.models.feature.FetchedObject;
import io.earshot.models.feature.StreamContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the audio objects of one listener in the requests and bytes of its audio flows.
 *
 * <p>A range is what one request brings; an object is the ranges of one file. Ranges belong
 * together where the one before was cut at a known chunk size, was the short first piece that
 * clients ask for, or where the request grew as a range that starts above zero makes it grow, on
 * whichever of the client's connections; ranges that are merely close in time do not, because
 * clients fetch the current and the next track back to back. Sizes are those of the wire notes
 * (sections 1 and 2), with room for record and header overhead.
 *
 * <p>Owner: the analysis thread. Nothing allocates per packet; a range and an object do.
 */
final class AudioObjects {
  /** Silence after which an object is complete. */
  static final long COMPLETE_NANOS = 2_000_000_000L;

  /** Ranges farther apart than this are not of one object. */
  private static final long RANGE_GAP_NANOS = 1_500_000_000L;

  /** A client that keeps two requests open asks for more as soon as it has none left. */
  private static final long RUN_OUT_NANOS = 60_000_000L;

  /** Bytes without a request of their own go on with the object before for as long. */
  private static final long STALL_NANOS = 30_000_000_000L;

  /** Client bytes below this are acknowledgements, window updates, pings or a Finished. */
  private static final int MIN_REQUEST_BYTES = 90;

  /** Server bytes before the first request: the handshake flight. */
  private static final int MAX_HANDSHAKE_BYTES = 16_384;

  /** First pieces that clients ask for before the rest: 6 KiB; longer ones are chunks. */
  private static final int MAX_FIRST_PIECE_BYTES = 10_000;

  /** HTTP/1 requests are longer than this; HPACK hides how the shorter ones differ. */
  private static final int MIN_PLAIN_REQUEST_BYTES = 170;

  /** The web player's are longer, and each of them asks for a segment. */
  private static final int MAX_PLAIN_REQUEST_BYTES = 600;

  /** {@code bytes=N-M} with N above zero is longer by at least this than with zero. */
  private static final int RANGE_HEADER_GROWTH = 3;

  private static final int SMALLEST_OBJECT_BYTES = 2_000;

  /** Requests of one listener that may be open at once; clients hold a handful. */
  private static final int MAX_OPEN_RANGES = 64;

  /** Chunk sizes of clients: 9 MiB, 512 KiB, 128 KiB, 64 KiB. */
  private static final long[] CHUNKS = {9_437_184, 524_288, 131_072, 65_536};

  /** Records add one byte in 700 to a chunk, datagrams and their headers one in 45. */
  private static final int CHUNK_OVERHEAD = 30;

  /** Files that are fetched in ranges of growing size begin with one of 64 KiB (librespot). */
  static final long FIRST_PIECE = 65_536;

  private final List<AudioRange> openRanges = new ArrayList<>();
  private final ArrayDeque<AudioObject> completed = new ArrayDeque<>();
  private @Nullable AudioObject open;
  private int completedTotal;
  private long audioBytes;
  private long lastAudioNanos;

  /** Recent audio bytes in one-second bins. */
  private final long[] recent = new long[StreamContext.RECENT_SECONDS];

  private long recentSecond = Long.MIN_VALUE;

  /**
   * Takes one packet of an audio flow.
   *
   * @param missedBytes payload that the listener acknowledged although the capture never held it:
   *     it belongs to the object all the same
   */
  void sample(
      long flowId,
      long tsNanos,
      int payloadBytes,
      int newBytes,
      long missedBytes,
      Direction direction,
      boolean hello) {
    completeIdle(tsNanos);
    if (missedBytes > 0) {
      bytes(flowId, tsNanos, missedBytes);
    }
    if (direction == Direction.UP) {
      if (payloadBytes >= MIN_REQUEST_BYTES && newBytes > 0 && !hello) {
        request(flowId, tsNanos, payloadBytes);
      }
      return;
    }
    if (newBytes > 0) {
      bytes(flowId, tsNanos, newBytes);
    }
  }

  private void request(long flowId, long tsNanos, int payloadBytes) {
    AudioRange range = range(flowId);
    if (range.bytes > 0) {
      boolean handshake = !range.requested() && range.bytes <= MAX_HANDSHAKE_BYTES;
      if (handshake) {
        audioBytes -= range.bytes;
      } else {
        finish(range);
      }
      openRanges.remove(range);
      range = handshake ? new AudioRange(flowId) : AudioRange.after(range);
      openRanges.add(range);
    }
    if (!range.requested()) {
      range.requestNanos = tsNanos;
    }
    range.requestBytes += payloadBytes;
  }

  private void bytes(long flowId, long tsNanos, long newBytes) {
    AudioRange range = range(flowId);
    if (range.bytes == 0) {
      range.begins(tsNanos);
    }
    range.bytes += newBytes;
    range.lastNanos = Math.max(range.lastNanos, tsNanos);
    audioBytes += newBytes;
    lastAudioNanos = Math.max(lastAudioNanos, tsNanos);
    long second = tsNanos / 1_000_000_000L;
    clearRecent(second);
    recent[(int) Math.floorMod(second, (long) recent.length)] += newBytes;
  }

  private void clearRecent(long second) {
    if (second <= recentSecond) {
      return;
    }
    long from = Math.max(recentSecond + 1, second - recent.length + 1);
    for (long s = from; s <= second; s++) {
      recent[(int) Math.floorMod(s, (long) recent.length)] = 0;
    }
    recentSecond = second;
  }

  private AudioRange range(long flowId) {
    for (int i = 0; i < openRanges.size(); i++) {
      if (openRanges.get(i).flowId == flowId) {
        return openRanges.get(i);
      }
    }
    if (openRanges.size() >= MAX_OPEN_RANGES) {
      forgetUnanswered();
    }
    AudioRange range = new AudioRange(flowId);
    openRanges.add(range);
    return range;
  }

  /** Makes room: requests that got no answer go first, else the range that began first ends. */
  private void forgetUnanswered() {
    if (!openRanges.removeIf(range -> range.bytes == 0)) {
      finish(openRanges.removeFirst());
    }
  }

  /** Ends what has been silent for long enough at that time. */
  void completeIdle(long nowNanos) {
    for (AudioRange range = earliestIdle(nowNanos); range != null; range = earliestIdle(nowNanos)) {
      openRanges.remove(range);
      boolean handshake = !range.requested() && range.bytes <= MAX_HANDSHAKE_BYTES;
      boolean continues = open != null && open.flowId == range.flowId;
      if (handshake && !continues) {
        audioBytes -= range.bytes;
      } else {
        finish(range);
      }
    }
    if (open != null && nowNanos - open.lastNanos > COMPLETE_NANOS && !arriving()) {
      complete();
    }
  }

  /** Ranges that fell idle together are finished in the order in which they began. */
  private @Nullable AudioRange earliestIdle(long nowNanos) {
    AudioRange earliest = null;
    for (int i = 0; i < openRanges.size(); i++) {
      AudioRange range = openRanges.get(i);
      if (range.bytes > 0
          && nowNanos - range.lastNanos > COMPLETE_NANOS
          && (earliest == null || range.startNanos() < earliest.startNanos())) {
        earliest = range;
      }
    }
    return earliest;
  }

  /** The flow is over: a request that was never answered is forgotten. */
  void flowClosed(long flowId) {
    openRanges.removeIf(range -> range.flowId == flowId && range.bytes == 0);
  }

  private boolean arriving() {
    for (int i = 0; i < openRanges.size(); i++) {
      if (openRanges.get(i).bytes > 0) {
        return true;
      }
    }
    return false;
  }

  private void finish(AudioRange range) {
    if (open != null && sameObject(open, range)) {
      open.add(range);
      return;
    }
    AudioObject last = completed.peekLast();
    if (open == null
        && last != null
        && !range.requested()
        && last.flowId == range.flowId
        && range.firstNanos - last.lastNanos < STALL_NANOS) {
      last.add(range);
      return;
    }
    if (open != null) {
      complete();
    }
    open = new AudioObject(range);
  }

  private void complete() {
    if (open != null && open.bytes >= SMALLEST_OBJECT_BYTES) {
      completed.addLast(open);
      completedTotal++;
      if (completed.size() > StreamContext.MAX_OBJECTS) {
        completed.removeFirst();
      }
    }
    open = null;
  }

  private static boolean sameObject(AudioObject object, AudioRange range) {
    long gap = range.startNanos() - object.lastNanos;
    if (!range.requested()) {
      return range.flowId == object.flowId && gap < STALL_NANOS;
    }
    if (gap > RANGE_GAP_NANOS) {
      return false;
    }
    if (range.flowId == object.flowId
        && range.requestBytes < MIN_PLAIN_REQUEST_BYTES
        && (range.pipelined() || (object.pipelined && gap < RUN_OUT_NANOS))) {
      return true;
    }
    if (object.bytes < MAX_FIRST_PIECE_BYTES || isChunk(object.lastRangeBytes)) {
      return true;
    }
    boolean further = isFurther(object.requestBytes, range.requestBytes);
    boolean hidden = object.requestBytes < MIN_PLAIN_REQUEST_BYTES;
    if (hidden && object.ranges == 1 && isPiece(object.bytes + range.bytes, FIRST_PIECE)) {
      return true;
    }
    if (isPiece(object.openingBytes, FIRST_PIECE)) {
      boolean asked = hidden || object.flowId == range.flowId;
      if ((further && !hidden) || (asked && !isFirst(object, range))) {
        return true;
      }
    }
    if (object.ranges >= 2 && near(range.bytes, object.lastRangeBytes, 0.03)) {
      return true;
    }
    return further
        && object.requestBytes >= MIN_PLAIN_REQUEST_BYTES
        && object.requestBytes <= MAX_PLAIN_REQUEST_BYTES;
  }

  /** The request is longer by the digits of a range that does not start at zero. */
  private static boolean isFurther(int firstRequestBytes, int requestBytes) {
    int growth = requestBytes - firstRequestBytes;
    return growth >= RANGE_HEADER_GROWTH && growth <= 4 * RANGE_HEADER_GROWTH;
  }

  /** A slow link keeps the ranges of one file at the size of its first. */
  private static boolean isFirst(AudioObject object, AudioRange range) {
    return isPiece(range.bytes, FIRST_PIECE) && object.lastRangeBytes > 2 * FIRST_PIECE;
  }

  private static boolean isChunk(long bytes) {
    for (long chunk : CHUNKS) {
      if (isPiece(bytes, chunk)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPiece(long bytes, long size) {
    return bytes >= size && bytes <= size + size / CHUNK_OVERHEAD + 3_000;
  }

  private static boolean near(long a, long b, double share) {
    return Math.abs(a - b) <= share * b;
  }

  /** Audio payload so far, each byte once. */
  long audioBytes() {
    return audioBytes;
  }

  /** Time of the last audio byte, nanoseconds since the epoch; 0 while there was none. */
  long lastAudioNanos() {
    return lastAudioNanos;
  }

  int completedTotal() {
    return completedTotal;
  }

  long recentBytes(long nowNanos) {
    clearRecent(nowNanos / 1_000_000_000L);
    long sum = 0;
    for (long bytes : recent) {
      sum += bytes;
    }
    return sum;
  }

  /** Bytes that have come and belong to no completed object. */
  long openBytes() {
    long sum = open == null ? 0 : open.bytes;
    for (int i = 0; i < openRanges.size(); i++) {
      sum += openRanges.get(i).bytes;
    }
    return sum;
  }

  /** The completed objects that are kept, oldest first. */
  List<FetchedObject> evidence(long streamStartNanos) {
    List<FetchedObject> list = new ArrayList<>(completed.size());
    for (AudioObject object : completed) {
      list.add(object.toEvidence(streamStartNanos));
    }
    return list;
  }
}
