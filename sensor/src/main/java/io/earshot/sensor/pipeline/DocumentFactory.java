package io.earshot.sensor.pipeline;

import io.earshot.enrichment.Cdn;
import io.earshot.enrichment.place.AutonomousSystem;
import io.earshot.enrichment.place.GeoPlace;
import io.earshot.enrichment.place.Subscriber;
import io.earshot.models.QualityClass;
import io.earshot.models.UnknownReason;
import io.earshot.models.classify.FeatureWeight;
import io.earshot.models.classify.ModelIdentity;
import io.earshot.models.classify.Verdict;
import io.earshot.sensor.decode.PacketView;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.document.DocumentId;
import io.earshot.sensor.document.Ecs;
import io.earshot.sensor.document.QualityDocument;
import io.earshot.sensor.document.Spotify;
import io.earshot.sensor.document.StreamDocument;
import io.earshot.sensor.flow.FlowKey;
import io.earshot.sensor.identify.Evidence;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.identify.TlsHandshake;
import io.earshot.sensor.stream.StreamIdentity;
import io.earshot.sensor.window.Hindrances;
import io.earshot.sensor.window.WindowObservation;
import java.net.InetAddress;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Verdicts to documents: the one place that knows both.
 *
 * <p>Holds no state between documents. Any thread.
 */
public final class DocumentFactory {
  private final String sensorName;
  private final String namespace;
  private final @Nullable String site;
  private final List<Ecs.Observer> observers;

  /**
   * @param sensorName the operator's name for the sensor
   * @param namespace last part of the data streams' names
   * @param interfaceName interface the packets came in on, null for a file
   * @param version version of Earshot
   */
  public DocumentFactory(
      String sensorName, String namespace, @Nullable String interfaceName, String version) {
    this(sensorName, namespace, null, List.of(observer(sensorName, interfaceName, version)));
  }

  private DocumentFactory(
      String sensorName, String namespace, @Nullable String site, List<Ecs.Observer> observers) {
    this.sensorName = sensorName;
    this.namespace = namespace;
    this.site = site;
    this.observers = List.copyOf(observers);
  }

  /**
   * For a sensor with several interfaces; a flow's interface is the one with its number.
   *
   * @param site where the sensor stands, null where nobody said so
   */
  public static DocumentFactory live(
      String sensorName,
      String namespace,
      @Nullable String site,
      List<String> interfaceNames,
      String version) {
    return new DocumentFactory(
        sensorName,
        namespace,
        site,
        interfaceNames.stream().map(name -> observer(sensorName, name, version)).toList());
  }

  /** The same for a sensor that stands there. */
  public DocumentFactory at(@Nullable String place) {
    return new DocumentFactory(sensorName, namespace, place, observers);
  }

  private static Ecs.Observer observer(
      String sensorName, @Nullable String interfaceName, String version) {
    return Ecs.Observer.sensor(
        sensorName,
        null,
        version,
        interfaceName == null
            ? null
            : new Ecs.Ingress(new Ecs.NetworkInterface(interfaceName), null));
  }

  private Ecs.Observer observer(FlowDescriptor flow) {
    int number = flow.interfaceId();
    return observers.get(number < observers.size() ? number : 0);
  }

  /** The document of one window. */
  public QualityDocument window(WindowVerdict window) {
    WindowObservation seen = window.observation();
    Instant start = instant(seen.startNanos());
    Instant end = instant(seen.endNanos());
    FlowDescriptor flow = seen.flow();
    FlowKey key = flow.key();
    return new QualityDocument(
        end,
        Ecs.Version.CURRENT,
        Ecs.DataStream.window(namespace),
        Ecs.Event.window(start, end, DocumentId.window(sensorName, seen.stream().id(), start)),
        observer(flow),
        client(seen.stream(), key.clientPort(), window.where()),
        server(flow, window.where()),
        network(flow, seen.bytes(), seen.packets()),
        tls(flow),
        related(seen.stream(), flow),
        labels(window.where()),
        new QualityDocument.Fields(
            stream(seen, seen.sequence()),
            quality(window.verdict(), window.bitrateKbps(), seen),
            new Spotify.Window(
                (seen.endNanos() - seen.startNanos()) / 1e9,
                seen.packets(),
                seen.bytes(),
                seen.packetsDown(),
                seen.packetsUp(),
                seen.bytesDown(),
                seen.bytesUp(),
                (long) seen.flows(),
                null,
                (long) seen.objects(),
                seen.audioBytes()),
            identification(seen),
            cdn(window.where()),
            health(seen),
            capture(seen),
            model(window.model()),
            window.explanation().stream().map(DocumentFactory::explanation).toList()));
  }

  /** The document of one ended stream. */
  public StreamDocument stream(StreamResult result) {
    WindowObservation last = result.last();
    FlowDescriptor flow = last.flow();
    Instant start = instant(result.stream().startNanos());
    Instant end = instant(result.lastNanos());
    return new StreamDocument(
        end,
        Ecs.Version.CURRENT,
        Ecs.DataStream.stream(namespace),
        Ecs.Event.stream(start, end, DocumentId.stream(sensorName, result.stream().id(), start)),
        observer(flow),
        client(result.stream(), null, result.where()),
        server(flow, result.where()),
        network(flow, result.bytes(), result.packets()),
        tls(flow),
        related(result.stream(), flow),
        labels(result.where()),
        new StreamDocument.Fields(
            stream(result.last(), null),
            quality(result.majority(), result.bitrateKbps(), last),
            tally(result.windowsByLabel()),
            result.phases().stream().map(DocumentFactory::phase).toList(),
            identification(last),
            cdn(result.where()),
            health(last),
            capture(last),
            model(result.model())));
  }

  private static Spotify.Stream stream(WindowObservation seen, @Nullable Long sequence) {
    StreamIdentity stream = seen.stream();
    return new Spotify.Stream(
        stream.id(),
        AddressText.of(stream.client()),
        seen.clients(),
        instant(stream.startNanos()),
        sequence);
  }

  private static Ecs.Client client(
      StreamIdentity stream, @Nullable Integer port, Whereabouts where) {
    Subscriber subscriber = where.subscriber();
    return new Ecs.Client(
        stream.client(),
        port,
        subscriber == null || (subscriber.id() == null && subscriber.name() == null)
            ? null
            : new Ecs.User(subscriber.id(), subscriber.name()),
        geo(where.client()),
        system(where.clientSystem()));
  }

  private static Ecs.Server server(FlowDescriptor flow, Whereabouts where) {
    return new Ecs.Server(
        flow.key().serverAddress(),
        flow.identification().serverName(),
        geo(where.server()),
        system(where.serverSystem()));
  }

  private static Ecs.@Nullable Geo geo(@Nullable GeoPlace place) {
    if (place == null) {
      return null;
    }
    Double latitude = place.latitude();
    Double longitude = place.longitude();
    return new Ecs.Geo(
        place.countryIsoCode(),
        place.countryName(),
        place.regionIsoCode(),
        place.regionName(),
        place.cityName(),
        latitude == null || longitude == null ? null : latitude + "," + longitude);
  }

  private static Ecs.@Nullable As system(@Nullable AutonomousSystem system) {
    if (system == null) {
      return null;
    }
    String name = system.organization();
    return new Ecs.As(system.number(), name == null ? null : new Ecs.Organization(name));
  }

  private static Spotify.@Nullable Cdn cdn(Whereabouts where) {
    Cdn cdn = where.cdn();
    return cdn == null ? null : new Spotify.Cdn(cdn.name(), cdn.pop());
  }

  /** The listener's site, or that of the sensor where nothing tells it. */
  private Ecs.@Nullable Labels labels(Whereabouts where) {
    String place = where.site() == null ? site : where.site();
    String key = where.pseudonymKey();
    return place == null && key == null ? null : new Ecs.Labels(place, key);
  }

  private static Ecs.Network network(FlowDescriptor flow, long bytes, long packets) {
    return new Ecs.Network(
        Ecs.Network.SPOTIFY,
        flow.key().networkType(),
        flow.key().transport(),
        protocol(flow),
        null,
        flow.communityId(),
        flow.vlanId() < 0 ? null : Ecs.Vlan.of(flow.vlanId()),
        bytes,
        packets);
  }

  private static @Nullable String protocol(FlowDescriptor flow) {
    return switch (flow.identification().evidence()) {
      case SNI, CERTIFICATE -> "tls";
      case QUIC_SNI -> "quic";
      case HTTP_HOST -> "http";
      case ACCESS_POINT -> "spotify";
      case DNS, LEARNED, PREFIX -> null;
    };
  }

  private static Ecs.@Nullable Tls tls(FlowDescriptor flow) {
    Evidence evidence = flow.identification().evidence();
    boolean hello = evidence == Evidence.SNI || evidence == Evidence.QUIC_SNI;
    TlsHandshake handshake = flow.tls();
    String name = hello ? flow.identification().serverName() : null;
    String ja4 = handshake == null ? null : handshake.ja4();
    int version = handshake == null ? 0 : handshake.version();
    if (name == null && ja4 == null && version == 0) {
      return null;
    }
    return Ecs.Tls.of(name == null && ja4 == null ? null : new Ecs.TlsClient(name, ja4), version);
  }

  private static Ecs.Related related(StreamIdentity stream, FlowDescriptor flow) {
    InetAddress server = flow.key().serverAddress();
    String name = flow.identification().serverName();
    return new Ecs.Related(
        List.of(stream.client(), server), name == null ? List.of() : List.of(name));
  }

  private static Spotify.Quality quality(
      Verdict verdict, @Nullable Integer bitrateKbps, WindowObservation seen) {
    Map<QualityClass, Double> probabilities = new EnumMap<>(QualityClass.class);
    if (!verdict.probabilities().isEmpty()) {
      for (QualityClass quality : QualityClass.values()) {
        probabilities.put(quality, verdict.probability(quality));
      }
    }
    QualityClass label = verdict.label();
    if (label == null) {
      UnknownReason reason = verdict.unknownReason();
      if (reason == null) {
        throw new IllegalStateException("an unknown verdict has a reason");
      }
      return Spotify.Quality.unknown(reason, probabilities);
    }
    return Spotify.Quality.of(
        label,
        verdict.confidence(),
        probabilities,
        bitrateKbps == null ? null : bitrateKbps.doubleValue(),
        CauseRule.of(label, bitrateKbps, seen.context()));
  }

  private static Spotify.Identification identification(WindowObservation seen) {
    List<String> names =
        seen.evidence().stream().sorted().map(e -> e.name().toLowerCase(Locale.ROOT)).toList();
    FlowDescriptor flow = seen.flow();
    return new Spotify.Identification(
        names, flow.identification().confidence(), instant(flow.namedNanos()), seen.echOffered());
  }

  private static Spotify.NetworkHealth health(WindowObservation seen) {
    Hindrances hindrances = seen.hindrances();
    boolean tcp = seen.flow().key().protocol() == PacketView.TCP;
    int vni = seen.flow().vni();
    return new Spotify.NetworkHealth(
        vni < 0 ? null : Integer.toString(vni),
        seen.rttNanos() == 0 ? null : seen.rttNanos() / 1e6,
        seen.flow().initialRttNanos() == 0 ? null : seen.flow().initialRttNanos() / 1e6,
        seen.retransmissionRatio(),
        hindrances.reorderedRatio(),
        hindrances.lossRatio(),
        seen.downloadRateKbps(),
        tcp ? (long) hindrances.zeroWindows() : null,
        tcp ? (long) hindrances.receiverLimited() : null,
        tcp ? (long) hindrances.senderLimited() : null);
  }

  private static Spotify.Capture capture(WindowObservation seen) {
    return new Spotify.Capture(
        seen.oneSided() ? null : seen.captureLossRatio(), seen.oneSided(), seen.offload());
  }

  private static Spotify.Model model(ModelIdentity model) {
    return new Spotify.Model(model.name(), model.version());
  }

  private static Spotify.Explanation explanation(FeatureWeight weight) {
    return new Spotify.Explanation(weight.feature(), weight.value(), weight.weight());
  }

  private static Spotify.Phase phase(VerdictPhase phase) {
    return new Spotify.Phase(
        instant(phase.startNanos()),
        instant(phase.endNanos()),
        phase.label(),
        phase.meanConfidence() > 0 ? phase.meanConfidence() : null,
        phase.windows());
  }

  private static Spotify.WindowTally tally(Map<String, Long> byLabel) {
    Map<QualityClass, Long> byClass = new EnumMap<>(QualityClass.class);
    for (QualityClass quality : QualityClass.values()) {
      byClass.put(quality, byLabel.getOrDefault(quality.label(), 0L));
    }
    return Spotify.WindowTally.of(byClass, byLabel.getOrDefault(Spotify.UNKNOWN, 0L));
  }

  /** Packet time as an instant. */
  public static Instant instant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }
}
