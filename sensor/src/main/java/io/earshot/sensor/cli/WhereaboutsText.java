package io.earshot.sensor.cli;

import io.earshot.enrichment.Cdn;
import io.earshot.enrichment.place.AutonomousSystem;
import io.earshot.enrichment.place.GeoPlace;
import io.earshot.enrichment.place.Subscriber;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.identify.FlowDescriptor;
import io.earshot.sensor.pipeline.StreamResult;
import io.earshot.sensor.pipeline.Whereabouts;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where a listener and a server are, in a few words. */
final class WhereaboutsText {
  private WhereaboutsText() {}

  /** Site, subscriber, place and network of the listener; empty where nothing is known. */
  static String listener(Whereabouts where) {
    List<String> parts = new ArrayList<>();
    if (where.site() != null) {
      parts.add("site " + where.site());
    }
    Subscriber subscriber = where.subscriber();
    if (subscriber != null) {
      parts.add("subscriber " + joined(" ", subscriber.id(), subscriber.name()));
    }
    address(parts, where.client(), where.clientSystem());
    if (where.pseudonymKey() != null) {
      parts.add("addresses are pseudonyms of key " + where.pseudonymKey());
    }
    return String.join(", ", parts);
  }

  /** Delivery network, name and address of the server of a stream's last window. */
  static String server(StreamResult stream) {
    FlowDescriptor flow = stream.last().flow();
    Whereabouts where = stream.where();
    List<String> parts = new ArrayList<>();
    parts.add(
        joined(
            " ", flow.identification().serverName(), AddressText.of(flow.key().serverAddress())));
    Cdn cdn = where.cdn();
    if (cdn != null) {
      parts.add("CDN " + cdn.name());
      if (cdn.pop() != null) {
        parts.add("POP " + cdn.pop());
      }
    }
    address(parts, where.server(), where.serverSystem());
    return String.join(", ", parts);
  }

  private static void address(
      List<String> parts, @Nullable GeoPlace place, @Nullable AutonomousSystem system) {
    if (place != null) {
      String named = joined(" ", place.cityName(), place.countryIsoCode());
      if (!named.isEmpty()) {
        parts.add(named);
      }
    }
    if (system != null) {
      parts.add(joined(" ", "AS" + system.number(), system.organization()));
    }
  }

  private static String joined(String with, @Nullable String... parts) {
    return Stream.of(parts).filter(Objects::nonNull).collect(Collectors.joining(with));
  }
}
