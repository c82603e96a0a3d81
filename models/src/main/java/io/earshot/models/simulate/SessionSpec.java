package io.earshot.models.simulate;

import io.earshot.models.QualityClass;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides what a simulated session looks like; the same spec plays the same bytes.
 *
 * @param seed seed of the data set
 * @param index number of the session within it
 * @param listeners who listens from the client's address; the first one carries the labels
 * @param link access link at the start
 * @param clientAddress textual IPv4 or IPv6 address of the listener
 * @param startNanos time of the first captured instant, nanoseconds since the epoch
 * @param durationNanos length of the capture
 * @param quirks what the capture does to the packets
 * @param foreign traffic of other services beside it
 * @param handOver change of link and address within the capture, or null
 */
public record SessionSpec(
    long seed,
    int index,
    List<Listener> listeners,
    LinkSpec link,
    String clientAddress,
    long startNanos,
    long durationNanos,
    CaptureQuirks quirks,
    List<ForeignKind> foreign,
    @Nullable HandOver handOver) {
  /** Headers only, with the bytes of hellos, DNS and discovery kept. */
  public static final int HEADERS_ONLY = 0;

  public SessionSpec {
    listeners = List.copyOf(listeners);
    foreign = List.copyOf(foreign);
    if (listeners.isEmpty() || durationNanos <= 0) {
      throw new IllegalArgumentException("a session needs a listener and a duration");
    }
  }

  /** The listener whose quality the labels tell. */
  public Listener listener() {
    return listeners.getFirst();
  }

  /** The same session captured in another way. */
  public SessionSpec withQuirks(CaptureQuirks other) {
    return new SessionSpec(
        seed,
        index,
        listeners,
        link,
        clientAddress,
        startNanos,
        durationNanos,
        other,
        foreign,
        handOver);
  }

  /** The same session cut at another length per frame, {@link #HEADERS_ONLY} or bytes. */
  public SessionSpec withSnaplen(int snaplen) {
    return withQuirks(quirks.withSnaplen(snaplen));
  }

  SessionSpec withLink(LinkSpec other) {
    return new SessionSpec(
        seed,
        index,
        listeners,
        other,
        clientAddress,
        startNanos,
        durationNanos,
        quirks,
        foreign,
        handOver);
  }

  /**
   * One audio file quality as set in a client.
   *
   * @param kbps nominal bitrate; 1000 stands for lossless
   * @param label class it was labelled with
   * @param acceptable every class that this bitrate on this client can mean
   */
  public record Quality(int kbps, QualityClass label, List<QualityClass> acceptable) {
    /** Nominal rate that stands for FLAC. */
    public static final int LOSSLESS_KBPS = 1000;

    public Quality {
      acceptable = List.copyOf(acceptable);
    }
  }

  /**
   * One client and how its user behaves.
   *
   * @param cachedShare share of the tracks that need no network, 0–1
   * @param albumShare chance that the next track is of the same album
   * @param skipShare share of the tracks that are skipped
   * @param pausesPerHour mean number of pauses
   * @param seeksPerHour mean number of seeks
   * @param podcast true where episodes are played
   * @param idle true where the client is open but plays nothing
   * @param change change of the quality setting, or null
   */
  public record Listener(
      ClientProfile profile,
      Quality quality,
      double cachedShare,
      double albumShare,
      double skipShare,
      double pausesPerHour,
      double seeksPerHour,
      boolean podcast,
      boolean idle,
      @Nullable QualityChange change) {}

  /**
   * A change of the quality setting.
   *
   * @param afterNanos when, from the start of the capture
   */
  public record QualityChange(long afterNanos, Quality quality) {}

  /**
   * A move to another link, for example from Wi-Fi to a mobile network.
   *
   * @param afterNanos when, from the start of the capture
   */
  public record HandOver(long afterNanos, LinkSpec link, String clientAddress) {}

  /**
   * What the capture does to the packets.
   *
   * @param preludeNanos how long the session had run when the capture started; 0 = from the start
   * @param helloCut true where no TLS client hello was captured
   * @param dnsVisible true where the name look-ups pass the tap
   * @param snaplen bytes kept per frame, or {@link #HEADERS_ONLY}
   * @param tapLoss share of the frames that the tap missed, 0–1
   * @param offload true where the capturing host merged segments into frames of up to 64 kB
   * @param padded true where short frames carry Ethernet padding
   */
  public record CaptureQuirks(
      long preludeNanos,
      boolean helloCut,
      boolean dnsVisible,
      int snaplen,
      double tapLoss,
      boolean offload,
      boolean padded) {
    CaptureQuirks withSnaplen(int bytes) {
      return new CaptureQuirks(preludeNanos, helloCut, dnsVisible, bytes, tapLoss, offload, padded);
    }
  }

  /** Traffic of other services from the same network. */
  public enum ForeignKind {
    /** Web pages: many short connections. */
    WEB,
    /** Adaptive video over TCP. */
    VIDEO,
    /** A voice call over UDP. */
    CALL,
    /** A file over one connection. */
    DOWNLOAD,
    /** Another music service: audio in segments from its own hosts. */
    MUSIC;

    /** Lower-case name. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
