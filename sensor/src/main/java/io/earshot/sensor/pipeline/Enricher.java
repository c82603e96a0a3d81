package io.earshot.sensor.pipeline;

import io.earshot.enrichment.AddressPseudonyms;
import io.earshot.enrichment.PseudonymKey;
import io.earshot.enrichment.ServiceCatalogue;
import io.earshot.enrichment.place.Places;
import io.earshot.enrichment.place.Subscriber;
import io.earshot.sensor.flow.FlowKey;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.stream.StreamIdentity;
import io.earshot.sensor.window.WindowObservation;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Tells with every verdict where its listener and its server are, and puts pseudonyms in the place
 * of their addresses where that is wanted.
 *
 * <p>Whatever comes after it, documents, alerts, text and reports, never sees an address that is to
 * be hidden, and so cannot show it. What is derived from addresses is derived from the pseudonyms:
 * the id of the stream and the Community ID, since both could be undone by trying all addresses.
 * Places are looked up before; a subscriber is not told together with pseudonyms, for the name
 * would say what the pseudonym hides. Owner: the analysis thread.
 */
public final class Enricher implements VerdictListener {
  private static final long V4_MAPPED = 0xffffL << 32;
  private static final int IPV4_BYTES = 4;

  /** Half of a SHA-256, as long as the ids that it stands for. */
  private static final int ID_BYTES = 16;

  private final String sensorName;
  private final ServiceCatalogue catalogue;
  private final Enrichment enrichment;
  private final @Nullable AddressPseudonyms pseudonyms;
  private final @Nullable String keyId;
  private final VerdictListener next;

  /**
   * @param next told of the verdicts as they may be shown
   */
  public Enricher(PipelineSettings settings, VerdictListener next) {
    sensorName = settings.sensorName();
    catalogue = settings.catalogue();
    enrichment = settings.enrichment();
    PseudonymKey key = enrichment.pseudonyms();
    pseudonyms = key == null ? null : new AddressPseudonyms(key);
    keyId = key == null ? null : key.id();
    this.next = next;
  }

  @Override
  public void window(WindowVerdict window) {
    WindowObservation seen = window.observation();
    next.window(
        new WindowVerdict(
            shown(seen),
            window.verdict(),
            window.model(),
            window.explanation(),
            window.bitrateKbps(),
            whereabouts(seen, seen.endNanos())));
  }

  @Override
  public void ended(StreamResult stream) {
    next.ended(
        stream.shown(
            shown(stream.stream()),
            shown(stream.last()),
            whereabouts(stream.last(), stream.lastNanos())));
  }

  private Whereabouts whereabouts(WindowObservation seen, long atNanos) {
    return enrichment.places().ask(places -> whereabouts(places, seen, atNanos));
  }

  private Whereabouts whereabouts(Places places, WindowObservation seen, long atNanos) {
    StreamIdentity stream = seen.stream();
    InetAddress client = stream.client();
    InetAddress server = seen.flow().key().serverAddress();
    Instant at = DocumentFactory.instant(atNanos);
    Subscriber subscriber = places.subscriber(client, at).orElse(null);
    String site = subscriber == null ? null : subscriber.site();
    return new Whereabouts(
        site == null ? places.site(client, stream.vlanId(), seen.flow().vni()).orElse(null) : site,
        pseudonyms == null ? subscriber : null,
        places.place(client).orElse(null),
        places.autonomousSystem(client).orElse(null),
        places.place(server).orElse(null),
        places.autonomousSystem(server).orElse(null),
        catalogue.cdn(seen.flow().identification().serverName(), server).orElse(null),
        keyId);
  }

  private WindowObservation shown(WindowObservation seen) {
    return pseudonyms == null ? seen : seen.shownAs(shown(seen.stream()), shown(seen.flow()));
  }

  private StreamIdentity shown(StreamIdentity stream) {
    if (pseudonyms == null) {
      return stream;
    }
    InetAddress client = pseudonyms.of(stream.client());
    return new StreamIdentity(
        id(client, stream), client, stream.vlanId(), stream.startNanos(), stream.sequence());
  }

  private FlowDescriptor shown(FlowDescriptor flow) {
    if (pseudonyms == null) {
      return flow;
    }
    FlowKey key = flow.key();
    ByteBuffer client = mapped(pseudonyms.of(key.clientAddress()));
    ByteBuffer server = mapped(pseudonyms.of(key.serverAddress()));
    return new FlowDescriptor(
        flow.id(),
        new FlowKey(
            client.getLong(),
            client.getLong(),
            key.clientPort(),
            server.getLong(),
            server.getLong(),
            key.serverPort(),
            key.protocol()),
        flow.startNanos(),
        flow.vlanId(),
        flow.vni(),
        flow.interfaceId(),
        flow.identification(),
        flow.namedNanos(),
        flow.initialRttNanos(),
        flow.tls());
  }

  private static ByteBuffer mapped(InetAddress address) {
    byte[] octets = address.getAddress();
    ByteBuffer both = ByteBuffer.allocate(2 * Long.BYTES);
    if (octets.length == IPV4_BYTES) {
      both.putLong(0).putLong(V4_MAPPED | (ByteBuffer.wrap(octets).getInt() & 0xffff_ffffL));
    } else {
      both.put(octets);
    }
    return both.flip();
  }

  /** As ids are made, from the pseudonym instead of the address. */
  private String id(InetAddress client, StreamIdentity stream) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(sensorName.getBytes(StandardCharsets.UTF_8));
      digest.update(mapped(client));
      digest.update(
          ByteBuffer.allocate(Integer.BYTES + Long.BYTES)
              .putInt(stream.vlanId())
              .putLong(stream.startNanos())
              .flip());
      return HexFormat.of().formatHex(digest.digest(), 0, ID_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
