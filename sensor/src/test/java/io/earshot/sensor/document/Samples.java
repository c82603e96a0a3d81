package io.earshot.sensor.document;

import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Documents with every field filled, and with as few as there can be. */
public final class Samples {
  private static final Instant START = Instant.parse("2026-03-01T20:00:00Z");
  private static final String STREAM_ID = "AAECAwQFBgcICQoLDA0ODw";

  private Samples() {}

  /** A window with every field. */
  public static QualityDocument window() {
    return window(0);
  }

  /** The {@code sequence}th window of a stream, with every field. */
  public static QualityDocument window(int sequence) {
    Instant start = START.plusSeconds(10L * sequence);
    Instant end = start.plusSeconds(10);
    InetAddress client = address("192.0.2.17");
    InetAddress server = address("2001:db8::5");
    return new QualityDocument(
        end,
        Ecs.Version.CURRENT,
        Ecs.DataStream.window("default"),
        Ecs.Event.window(start, end, DocumentId.window("north-1", STREAM_ID, start)),
        observer(),
        client(client),
        new Ecs.Server(server, "audio-fa.scdn.co", geo(), as()),
        network(),
        Ecs.Tls.of(
            new Ecs.TlsClient("audio-fa.scdn.co", "t13d1516h2_8daaf6152771_b186095e22b6"), 0x0304),
        new Ecs.Related(
            List.of(client, server, client),
            List.of("guc3-spclient.spotify.com", "audio-fa.scdn.co", "audio-fa.scdn.co")),
        new Ecs.Labels("North", "0a1b2c3d"),
        new QualityDocument.Fields(
            stream(Long.valueOf(sequence)),
            quality(),
            new Spotify.Window(
                10, 812, 901_233, 610L, 202L, 880_001L, 21_232L, 3L, 4L, 1L, 854_123L),
            identification(),
            new Spotify.Cdn("Fastly", "HAM"),
            health(),
            new Spotify.Capture(0.001, false, false),
            new Spotify.Model("earshot-streams", "1.0.0"),
            List.of(
                new Spotify.Explanation("object_bytes_per_second", 40_123.5, 0.41),
                new Spotify.Explanation("objects", 4, 0.12),
                new Spotify.Explanation("gap_max_s", 9.1, -0.05))));
  }

  /** A window without a packet, of which little can be said. */
  static QualityDocument silentWindow() {
    Instant end = START.plusSeconds(10);
    InetAddress client = address("192.0.2.17");
    return new QualityDocument(
        end,
        Ecs.Version.CURRENT,
        Ecs.DataStream.window("default"),
        Ecs.Event.window(START, end, DocumentId.window("north-1", STREAM_ID, START)),
        Ecs.Observer.sensor("north-1", null, "0.1.0", null),
        new Ecs.Client(client, null),
        null,
        new Ecs.Network(Ecs.Network.SPOTIFY, "ipv4", null, null, null, null, null, 0, 0),
        null,
        new Ecs.Related(List.of(client), List.of()),
        null,
        new QualityDocument.Fields(
            stream(0L),
            Spotify.Quality.unknown(UnknownReason.NO_AUDIO, Map.of()),
            new Spotify.Window(10, 0, 0, null, null, null, null, null, null, null, null),
            new Spotify.Identification(List.of("sni"), null, null, false),
            null,
            null,
            new Spotify.Capture(null, false, false),
            null,
            List.of()));
  }

  /** An ended stream with every field. */
  public static StreamDocument stream() {
    Instant end = START.plusSeconds(120);
    InetAddress client = address("192.0.2.17");
    InetAddress server = address("198.51.100.9");
    return new StreamDocument(
        end,
        Ecs.Version.CURRENT,
        Ecs.DataStream.stream("default"),
        Ecs.Event.stream(START, end, DocumentId.stream("north-1", STREAM_ID, START)),
        observer(),
        client(client),
        new Ecs.Server(server, "audio-fa.scdn.co", geo(), as()),
        network(),
        Ecs.Tls.of(
            new Ecs.TlsClient("audio-fa.scdn.co", "t13d1516h2_8daaf6152771_b186095e22b6"), 0x0304),
        new Ecs.Related(List.of(client, server), List.of("audio-fa.scdn.co")),
        new Ecs.Labels("North", "0a1b2c3d"),
        new StreamDocument.Fields(
            stream(null),
            quality(),
            Spotify.WindowTally.of(Map.of(QualityClass.HIGH, 8L, QualityClass.NORMAL, 1L), 3),
            List.of(
                new Spotify.Phase(START, START.plusSeconds(30), Spotify.UNKNOWN, null, 3),
                new Spotify.Phase(START.plusSeconds(30), end, "high", 0.88, 9)),
            identification(),
            new Spotify.Cdn("Fastly", "HAM"),
            health(),
            new Spotify.Capture(0.001, false, false),
            new Spotify.Model("earshot-streams", "1.0.0")));
  }

  /** An alert with every field, more than any real one has. */
  public static AlertDocument alert() {
    Instant end = START.plusSeconds(300);
    InetAddress client = address("192.0.2.17");
    return new AlertDocument(
        end,
        Ecs.Version.CURRENT,
        Ecs.DataStream.alert("default"),
        Ecs.Event.alert(false, START, end, DocumentId.alert("north-1", "stream/closed", START)),
        observer(),
        client(client),
        new Ecs.Related(List.of(client), List.of("audio-fa.scdn.co")),
        new Ecs.Labels("North", "0a1b2c3d"),
        new AlertDocument.Fields(
            stream(30L),
            quality(),
            new Spotify.Alert(
                DocumentId.alert("north-1", "stream", START),
                Spotify.AlertScope.STREAM,
                Spotify.AlertState.CLOSED,
                Spotify.AlertEnd.RECOVERED,
                START,
                300,
                0.6,
                30L,
                18L,
                9L,
                4L)));
  }

  /** A report of the sensor with every field. */
  public static SensorDocument sensor() {
    Instant end = START.plusSeconds(60);
    return new SensorDocument(
        end,
        Ecs.Version.CURRENT,
        Ecs.DataStream.sensor("default"),
        Ecs.Event.sensor(START, end, DocumentId.sensor("north-1", end)),
        observer(),
        new Ecs.Labels("North", "0a1b2c3d"),
        new SensorDocument.Fields(
            new SensorDocument.Capture(
                1000,
                900_000,
                0,
                990,
                8,
                2,
                1,
                List.of(new SensorDocument.Weird("truncated_tcp", 2)),
                List.of("truncated_tcp")),
            new SensorDocument.Flows(40, 12, 3, 0),
            new SensorDocument.Windows(9, 6, 3, 0, 2),
            new SensorDocument.Documents(10, 8, 1, 1, 1, 0, 0, 1.5),
            new SensorDocument.Model(
                "earshot",
                "1",
                12,
                1,
                0.3,
                List.of(new SensorDocument.Drift("bytes", 0.3)),
                List.of("bytes"))));
  }

  private static Ecs.Observer observer() {
    return Ecs.Observer.sensor(
        "north-1",
        "sensor-north-1",
        "0.1.0",
        new Ecs.Ingress(new Ecs.NetworkInterface("span0"), Ecs.Vlan.of(300)));
  }

  private static Ecs.Network network() {
    return new Ecs.Network(
        Ecs.Network.SPOTIFY,
        "ipv4",
        "tcp",
        "tls",
        "outbound",
        "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
        Ecs.Vlan.of(17),
        901_233,
        812);
  }

  private static Spotify.Stream stream(@Nullable Long sequence) {
    return new Spotify.Stream(STREAM_ID, "192.0.2.17", 1, START.plusNanos(123_456_789), sequence);
  }

  private static Spotify.Quality quality() {
    return Spotify.Quality.of(
        QualityClass.NORMAL,
        0.7,
        Map.of(
            QualityClass.LOW, 0.2,
            QualityClass.NORMAL, 0.7,
            QualityClass.HIGH, 0.1,
            QualityClass.VERY_HIGH, 0.0,
            QualityClass.LOSSLESS, 0.0),
        96.0,
        Spotify.Cause.CLIENT_SETTING);
  }

  private static Spotify.Identification identification() {
    return new Spotify.Identification(List.of("sni", "dns"), 0.99, START, true);
  }

  private static Spotify.NetworkHealth health() {
    return new Spotify.NetworkHealth(
        "5010", 23.4, 31.5, 1.0 / 3, 0.01, 0.002, 12_345.6, 1L, 2L, 3L);
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(text + " is a literal address", e);
    }
  }

  private static Ecs.Client client(InetAddress address) {
    return new Ecs.Client(address, 50_412, new Ecs.User("4711", "Ada"), geo(), as());
  }

  private static Ecs.Geo geo() {
    return new Ecs.Geo("DE", "Germany", "DE-HH", "Hamburg", "Hamburg", "53.55,9.99");
  }

  private static Ecs.As as() {
    return new Ecs.As(64500, new Ecs.Organization("Example Net"));
  }
}
