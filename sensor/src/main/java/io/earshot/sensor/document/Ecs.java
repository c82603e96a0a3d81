package io.earshot.sensor.document;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The field sets of the Elastic Common Schema that the documents share, each field with the type
 * and meaning that ECS 9.0 gives it.
 */
public final class Ecs {
  private Ecs() {}

  /**
   * {@code ecs.*}
   *
   * @param version the ECS version that the document follows
   */
  public record Version(String version) {
    /** The version that all documents follow. */
    public static final Version CURRENT = new Version("9.0.0");
  }

  /**
   * {@code data_stream.*}: the three parts of the data stream's name.
   *
   * @param type {@code logs} or {@code metrics}
   * @param dataset for example {@code earshot.window}
   * @param namespace the operator's name for the environment, for example {@code default}: lower
   *     case, without {@code -} and without the characters that an index name may not have
   */
  public record DataStream(String type, String dataset, String namespace) {
    private static final Pattern PART = Pattern.compile("[a-z0-9][a-z0-9_.]{0,99}");

    public DataStream {
      for (String part : new String[] {type, dataset, namespace}) {
        if (!PART.matcher(part).matches()) {
          throw new IllegalArgumentException(
              "part of a data stream's name must be lower-case letters, digits, _ and ., not \""
                  + part
                  + '"');
        }
      }
    }

    /** One per stream and window. */
    public static DataStream window(String namespace) {
      return new DataStream("logs", "earshot.window", namespace);
    }

    /** One per ended stream. */
    public static DataStream stream(String namespace) {
      return new DataStream("logs", "earshot.stream", namespace);
    }

    /** One per episode that is opened or closed. */
    public static DataStream alert(String namespace) {
      return new DataStream("logs", "earshot.alert", namespace);
    }

    /** The sensor's own figures. */
    public static DataStream sensor(String namespace) {
      return new DataStream("metrics", "earshot.sensor", namespace);
    }

    /** The name that Elasticsearch knows, for example {@code logs-earshot.window-default}. */
    public String name() {
      return type + '-' + dataset + '-' + namespace;
    }
  }

  /**
   * {@code event.*}
   *
   * @param kind {@code event} for windows and streams, {@code alert} for episodes, {@code metric}
   *     for the sensor's own figures
   * @param category always {@code network}
   * @param type {@code info} while a stream goes on, {@code end} for its last document; {@code
   *     start} and {@code end} of an episode
   * @param dataset as in {@code data_stream.dataset}
   * @param module always {@code earshot}
   * @param start first instant that the document speaks of
   * @param end first instant after it; {@code @timestamp} is the same
   * @param duration from start to end, nanoseconds
   * @param id unique and deterministic, see {@link DocumentId}; also the document's {@code _id}
   */
  public record Event(
      String kind,
      List<String> category,
      List<String> type,
      String dataset,
      String module,
      Instant start,
      Instant end,
      long duration,
      String id) {
    public Event {
      category = List.copyOf(category);
      type = List.copyOf(type);
      Require.text("event.id", id);
      Require.count("event.duration", duration);
    }

    /** The event of one window of a stream that goes on. */
    public static Event window(Instant start, Instant end, String id) {
      return of("event", "info", "earshot.window", start, end, id);
    }

    /** The event of a stream that has ended. */
    public static Event stream(Instant start, Instant end, String id) {
      return of("event", "end", "earshot.stream", start, end, id);
    }

    /** The event of an episode that is opened or closed. */
    public static Event alert(boolean opens, Instant start, Instant end, String id) {
      return of("alert", opens ? "start" : "end", "earshot.alert", start, end, id);
    }

    /** The event of one report of the sensor about itself. */
    public static Event sensor(Instant start, Instant end, String id) {
      return of("metric", "info", "earshot.sensor", start, end, id);
    }

    private static Event of(
        String kind, String type, String dataset, Instant start, Instant end, String id) {
      return new Event(
          kind,
          List.of("network"),
          List.of(type),
          dataset,
          "earshot",
          start,
          end,
          Duration.between(start, end).toNanos(),
          id);
    }
  }

  /**
   * {@code observer.*}: the sensor.
   *
   * @param name the operator's name for the sensor
   * @param hostname host that the sensor runs on, absent where it is not wanted in the documents
   * @param type always {@code sensor}
   * @param vendor who makes the sensor
   * @param product always {@code earshot}
   * @param version the sensor's version
   * @param ingress where the packets came in, absent for a capture file that does not say it
   */
  public record Observer(
      String name,
      @Nullable String hostname,
      String type,
      String vendor,
      String product,
      String version,
      @Nullable Ingress ingress) {
    public Observer {
      Require.text("observer.name", name);
    }

    /** The sensor of this name and version. */
    public static Observer sensor(
        String name, @Nullable String hostname, String version, @Nullable Ingress ingress) {
      return new Observer(name, hostname, "sensor", "Earshot", "earshot", version, ingress);
    }
  }

  /**
   * {@code observer.ingress.*}
   *
   * @param networkInterface the interface that was listened on
   * @param vlan outermost VLAN tag that the mirror port added, absent without one
   */
  public record Ingress(
      @JsonProperty("interface") NetworkInterface networkInterface, @Nullable Vlan vlan) {}

  /**
   * {@code observer.ingress.interface.*}
   *
   * @param name name as the operating system or the capture file has it
   */
  public record NetworkInterface(String name) {}

  /**
   * {@code vlan.*}
   *
   * @param id VLAN identifier, 1 to 4094, a keyword in ECS
   */
  public record Vlan(String id) {
    /** The VLAN with this tag. */
    public static Vlan of(int tag) {
      return new Vlan(Integer.toString(tag));
    }
  }

  /**
   * {@code client.*}: the listener's end.
   *
   * @param ip the listener's address, or the pseudonym that stands for it
   * @param port port of the flow that carried most bytes, absent where several flows share the work
   * @param user whose address it is, absent where no directory knows it or pseudonyms are on
   * @param geo where the address is, absent where no database knows it
   * @param as who announces the address, absent where no database knows it
   */
  public record Client(
      InetAddress ip,
      @Nullable Integer port,
      @Nullable User user,
      @Nullable Geo geo,
      @Nullable As as) {
    /** An address of which nothing else is known. */
    public Client(InetAddress ip, @Nullable Integer port) {
      this(ip, port, null, null, null);
    }
  }

  /**
   * {@code server.*}: the service's end, of the flow that carried most bytes.
   *
   * @param ip address of the server or the pseudonym that stands for it, absent when the window had
   *     no packet
   * @param domain name that the flow asked for, absent when unknown
   * @param geo where the address is, absent where no database knows it
   * @param as who announces the address, absent where no database knows it
   */
  public record Server(
      @Nullable InetAddress ip, @Nullable String domain, @Nullable Geo geo, @Nullable As as) {
    /** A server of which nothing else is known. */
    public Server(@Nullable InetAddress ip, @Nullable String domain) {
      this(ip, domain, null, null);
    }
  }

  /**
   * {@code client.user.*}: the subscriber, from the operator's directory.
   *
   * @param id the operator's number for the subscriber
   * @param name what the operator calls the subscriber
   */
  public record User(@Nullable String id, @Nullable String name) {}

  /**
   * {@code geo.*}: where an address is, from the operator's database.
   *
   * @param countryIsoCode ISO 3166-1 code of the country
   * @param countryName name of the country, in English
   * @param regionIsoCode ISO 3166-2 code of the region
   * @param regionName name of the region, in English
   * @param cityName name of the city, in English
   * @param location latitude and longitude in degrees, with a comma between them
   */
  public record Geo(
      @Nullable String countryIsoCode,
      @Nullable String countryName,
      @Nullable String regionIsoCode,
      @Nullable String regionName,
      @Nullable String cityName,
      @Nullable String location) {}

  /**
   * {@code as.*}: the network that announces an address, from the operator's database.
   *
   * @param number number of the autonomous system
   * @param organization who runs it, absent where the database does not say
   */
  public record As(long number, @Nullable Organization organization) {}

  /**
   * {@code as.organization.*}
   *
   * @param name name of that organization
   */
  public record Organization(String name) {}

  /**
   * {@code network.*}
   *
   * @param application always {@code spotify}
   * @param type {@code ipv4} or {@code ipv6}
   * @param transport {@code tcp} or {@code udp}, absent when the window had no packet
   * @param protocol {@code tls}, {@code quic}, {@code http} or {@code spotify} (the access point's
   *     own), absent when unknown
   * @param direction seen from the perimeter: {@code inbound}, {@code outbound}, {@code internal},
   *     {@code external} or {@code unknown}
   * @param communityId Community ID v1 of the flow that carried most bytes
   * @param vlan innermost VLAN tag of that flow
   * @param bytes bytes of all the stream's packets on the wire, both directions
   * @param packets the stream's packets, both directions
   */
  public record Network(
      String application,
      String type,
      @Nullable String transport,
      @Nullable String protocol,
      @Nullable String direction,
      @Nullable String communityId,
      @Nullable Vlan vlan,
      long bytes,
      long packets) {
    /** The value of {@link #application}. */
    public static final String SPOTIFY = "spotify";

    public Network {
      Require.count("network.bytes", bytes);
      Require.count("network.packets", packets);
    }
  }

  /**
   * {@code tls.*}
   *
   * @param client the client's side, absent where its hello was not seen
   * @param version version that the server chose, for example {@code 1.3}; absent while not known
   * @param versionProtocol {@code tls} or {@code ssl}, present with the version
   */
  public record Tls(
      @Nullable TlsClient client, @Nullable String version, @Nullable String versionProtocol) {
    /**
     * What was seen of a handshake.
     *
     * @param chosenVersion the two bytes that the server sent, 0 while not known
     */
    public static Tls of(@Nullable TlsClient client, int chosenVersion) {
      return switch (chosenVersion) {
        case 0x0300 -> new Tls(client, "3.0", "ssl");
        case 0x0301 -> new Tls(client, "1.0", "tls");
        case 0x0302 -> new Tls(client, "1.1", "tls");
        case 0x0303 -> new Tls(client, "1.2", "tls");
        case 0x0304 -> new Tls(client, "1.3", "tls");
        default -> new Tls(client, null, null);
      };
    }
  }

  /**
   * {@code tls.client.*}
   *
   * @param serverName name of the server that the hello asked for (SNI)
   * @param ja4 JA4 fingerprint of the hello; no field of ECS, which only knows JA3, but the name
   *     that others use
   */
  public record TlsClient(@Nullable String serverName, @Nullable String ja4) {}

  /**
   * {@code related.*}: every address and name of the document in one place, for pivoting; without
   * repetition.
   *
   * @param ip addresses, in the order given
   * @param hosts names, sorted; absent when none is known
   */
  public record Related(List<InetAddress> ip, @Nullable List<String> hosts) {
    public Related {
      ip = ip.stream().distinct().toList();
      hosts = hosts == null || hosts.isEmpty() ? null : List.copyOf(new TreeSet<>(hosts));
    }
  }

  /**
   * {@code labels.*}: present where one of them is.
   *
   * @param site the operator's name for the place where the listener is
   * @param pseudonymKey name of the key whose pseudonyms stand for the document's addresses; two
   *     documents with different keys cannot be compared by address
   */
  public record Labels(@Nullable String site, @Nullable String pseudonymKey) {
    /** A place, and addresses as they are. */
    public Labels(String site) {
      this(site, null);
    }
  }
}
