package io.earshot.models.simulate;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.earshot.models.QualityClass;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Collects and reads the frames of a played session; makes the specs of the tests. */
final class SimulatedFrames implements FrameSink {
  static final long START = 1_750_000_000_000_000_000L;

  /** One TCP frame over IPv4. */
  record Segment(
      long tsNanos,
      int flow,
      boolean down,
      long sequence,
      long acknowledged,
      int flags,
      int length) {
    boolean syn() {
      return (flags & 2) != 0;
    }

    boolean fin() {
      return (flags & 1) != 0;
    }
  }

  final List<Segment> segments = new ArrayList<>();
  final Map<Integer, String> serverNames = new HashMap<>();
  final List<String> askedNames = new ArrayList<>();
  long frames;
  long wireBytes;
  long lastNanos = Long.MIN_VALUE;
  boolean ordered = true;
  long digest = 0xcbf29ce484222325L;
  int largestFrame;

  @Override
  public void frame(long tsNanos, byte[] buffer, int capturedBytes, int wire) {
    frames++;
    wireBytes += wire;
    largestFrame = Math.max(largestFrame, wire);
    ordered &= tsNanos >= lastNanos && capturedBytes <= wire;
    lastNanos = tsNanos;
    digest = (digest ^ tsNanos) * 0x100000001b3L;
    for (int i = 0; i < capturedBytes; i++) {
      digest = (digest ^ buffer[i]) * 0x100000001b3L;
    }
    ByteBuffer in = ByteBuffer.wrap(buffer, 0, capturedBytes);
    if (in.getShort(12) != 0x0800) {
      return;
    }
    int total = in.getShort(16) & 0xffff;
    int protocol = in.get(23);
    int from = in.getShort(34) & 0xffff;
    int to = in.getShort(36) & 0xffff;
    if (protocol == 17) {
      if (to == 53) {
        askedNames.add(name(buffer, 42 + 12));
      }
      return;
    }
    boolean down = from == 443 || from == 4070 || from == 80;
    int header = ((in.get(46) & 0xf0) >>> 4) * 4;
    int flow = down ? to : from;
    int length = total - 20 - header;
    segments.add(
        new Segment(
            tsNanos,
            flow,
            down,
            in.getInt(38) & 0xffff_ffffL,
            in.getInt(42) & 0xffff_ffffL,
            in.get(47) & 0xff,
            length));
    int payload = 34 + header;
    if (!down && length > 200 && capturedBytes > payload + 60 && buffer[payload] == 22) {
      serverNames.put(flow, sni(in, payload));
    }
  }

  private static String name(byte[] buffer, int start) {
    StringBuilder name = new StringBuilder();
    int at = start;
    while (buffer[at] != 0) {
      name.append(name.isEmpty() ? "" : ".")
          .append(new String(buffer, at + 1, buffer[at], US_ASCII));
      at += buffer[at] + 1;
    }
    return name.toString();
  }

  private static String sni(ByteBuffer in, int payload) {
    int at = payload + 5 + 4 + 2 + 32;
    at += 1 + in.get(at);
    at += 2 + (in.getShort(at) & 0xffff);
    at += 2;
    at += 2;
    while (at + 9 < in.limit()) {
      int type = in.getShort(at) & 0xffff;
      int length = in.getShort(at + 2) & 0xffff;
      if (type == 0) {
        byte[] host = new byte[in.getShort(at + 7) & 0xffff];
        in.get(at + 9, host);
        return new String(host, US_ASCII);
      }
      at += 4 + length;
    }
    return "";
  }

  List<Segment> of(int flow) {
    return segments.stream().filter(s -> s.flow() == flow).toList();
  }

  /** Flows whose server name starts like this. */
  List<Integer> flows(String prefix) {
    return serverNames.entrySet().stream()
        .filter(e -> e.getValue().startsWith(prefix))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** Payload bytes towards the listener, each byte counted once. */
  static long distinctDown(List<Segment> flow) {
    long first = -1;
    long most = 0;
    for (Segment segment : flow) {
      if (segment.down() && segment.syn()) {
        first = segment.sequence() + 1;
      } else if (segment.down() && first >= 0) {
        long end = ((segment.sequence() - first) & 0xffff_ffffL) + segment.length();
        most = Math.max(most, end);
      }
    }
    return most;
  }

  static SessionTruth play(SessionSpec spec, SimulatedFrames frames) {
    return SessionGenerator.play(spec, frames);
  }

  /** A link without loss, jitter and reordering. */
  static LinkSpec clean(long bitsPerSecond, double rttMillis) {
    return new LinkSpec(
        "clean",
        bitsPerSecond,
        bitsPerSecond / 2,
        Math.round(rttMillis * 1e6),
        0,
        0,
        0,
        0,
        0,
        8_000_000,
        0,
        1460,
        2,
        40_000_000L,
        50_000L,
        false);
  }

  static LinkSpec lossy(long bitsPerSecond, double rttMillis, double loss, double afterTap) {
    return new LinkSpec(
        "lossy",
        bitsPerSecond,
        bitsPerSecond / 2,
        Math.round(rttMillis * 1e6),
        loss,
        loss / 3,
        afterTap,
        500_000L,
        0,
        400_000,
        0,
        1460,
        2,
        40_000_000L,
        500_000L,
        false);
  }

  static SessionSpec.Quality quality(int kbps, QualityClass label) {
    return new SessionSpec.Quality(kbps, label, List.of(label));
  }

  static SessionSpec.Listener listener(ClientProfile profile, SessionSpec.Quality quality) {
    return new SessionSpec.Listener(profile, quality, 0, 0, 0, 0, 0, false, false, null);
  }

  static SessionSpec spec(ClientProfile profile, int kbps, LinkSpec link, double seconds) {
    return spec(profile, kbps, link, seconds, UnaryOperator.identity());
  }

  static SessionSpec spec(
      ClientProfile profile,
      int kbps,
      LinkSpec link,
      double seconds,
      UnaryOperator<SessionSpec.Listener> change) {
    QualityClass label =
        switch (kbps) {
          case 24 -> QualityClass.LOW;
          case 96, 128 -> QualityClass.NORMAL;
          case 160 -> QualityClass.HIGH;
          case 256, 320 -> QualityClass.VERY_HIGH;
          default -> QualityClass.LOSSLESS;
        };
    return new SessionSpec(
        11,
        3,
        List.of(change.apply(listener(profile, quality(kbps, label)))),
        link,
        "192.168.7.9",
        START,
        Math.round(seconds * 1e9),
        new SessionSpec.CaptureQuirks(0, false, true, 0, 0, false, false),
        List.of(),
        null);
  }

  static SessionSpec quirks(SessionSpec spec, SessionSpec.CaptureQuirks quirks) {
    return new SessionSpec(
        spec.seed(),
        spec.index(),
        spec.listeners(),
        spec.link(),
        spec.clientAddress(),
        spec.startNanos(),
        spec.durationNanos(),
        quirks,
        spec.foreign(),
        spec.handOver());
  }
}
