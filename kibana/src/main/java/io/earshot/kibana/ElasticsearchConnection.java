package io.earshot.kibana;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where Elasticsearch is and how to get in.
 *
 * @param urls nodes of one cluster, tried in turn; {@code http} or {@code https}, all with the same
 *     path or none, the port is 9200 where it is left out
 * @param credentials absent for a server without security
 * @param trust whose certificates are believed
 * @param proxy HTTP proxy on the way, absent for none
 * @param compress whether requests are sent with gzip
 * @param answerWithin how long to wait for an answer
 */
public record ElasticsearchConnection(
    List<URI> urls,
    @Nullable Credentials credentials,
    Trust trust,
    @Nullable URI proxy,
    boolean compress,
    Duration answerWithin) {
  /** How long an answer may take unless said otherwise. */
  public static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);

  private static final int DEFAULT_PORT = 9200;
  private static final int FINGERPRINT_BYTES = 32;

  /** Whose certificates are believed when the scheme is {@code https}. */
  public sealed interface Trust {
    /** The authorities that the Java platform knows. */
    record Platform() implements Trust {}

    /**
     * Only the authorities in a file.
     *
     * @param file their certificates in PEM
     */
    record CaFile(Path file) implements Trust {}

    /**
     * Only the authority with this certificate, as Elasticsearch prints it at its first start.
     *
     * @param sha256 SHA-256 of the certificate in hexadecimal, with or without colons
     */
    record CaFingerprint(String sha256) implements Trust {
      public CaFingerprint {
        String plain = sha256.replace(":", "").toLowerCase(Locale.ROOT);
        if (!plain.matches("[0-9a-f]{" + 2 * FINGERPRINT_BYTES + "}")) {
          throw new IllegalArgumentException(
              "a CA fingerprint is the SHA-256 of the certificate, 64 hexadecimal digits, not \""
                  + sha256
                  + '"');
        }
      }
    }
  }

  /**
   * Checks the URLs.
   *
   * @throws IllegalArgumentException with a message for the operator when one cannot be used
   */
  public ElasticsearchConnection {
    if (urls.isEmpty()) {
      throw new IllegalArgumentException("no Elasticsearch URL given");
    }
    urls = urls.stream().map(ElasticsearchConnection::checked).toList();
    if (answerWithin.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("the time for an answer must be positive");
    }
    if (proxy != null && (!"http".equals(proxy.getScheme()) || proxy.getHost() == null)) {
      throw new IllegalArgumentException("a proxy is given as http://host:port");
    }
    Set<String> paths = new HashSet<>();
    urls.forEach(url -> paths.add(url.getPath()));
    if (paths.size() > 1) {
      throw new IllegalArgumentException(
          "the Elasticsearch URLs must all have the same path: " + urls);
    }
  }

  /**
   * A server without security, for example {@code http://127.0.0.1:9200}.
   *
   * @throws IllegalArgumentException with a message for the operator when the URL cannot be used
   */
  public static ElasticsearchConnection of(String url) {
    return of(List.of(URI.create(url)), null, new Trust.Platform());
  }

  /**
   * Servers without a proxy, uncompressed, with the usual patience.
   *
   * @throws IllegalArgumentException with a message for the operator when a URL cannot be used
   */
  public static ElasticsearchConnection of(
      List<URI> urls, @Nullable Credentials credentials, Trust trust) {
    return new ElasticsearchConnection(urls, credentials, trust, null, false, ANSWER_WITHIN);
  }

  /** The same servers, with another time to wait for an answer. */
  public ElasticsearchConnection answering(Duration within) {
    return new ElasticsearchConnection(urls, credentials, trust, proxy, compress, within);
  }

  /** The path in front of every request, empty for none. */
  String pathPrefix() {
    return urls.getFirst().getPath();
  }

  /** The URLs as an operator reads them. */
  String text() {
    return urls.stream().map(URI::toString).collect(Collectors.joining(", "));
  }

  private static URI checked(URI url) {
    String scheme = url.getScheme();
    boolean usable =
        ("http".equals(scheme) || "https".equals(scheme))
            && url.getHost() != null
            && url.getRawUserInfo() == null
            && url.getRawQuery() == null
            && url.getRawFragment() == null;
    if (!usable) {
      // Without the URL's user part, which may be a password.
      String shown = url.toString().replaceFirst("//[^/]*@", "//…@");
      throw new IllegalArgumentException(
          "\""
              + shown
              + "\" is not an Elasticsearch URL: http://host:port or https://host:port is wanted,"
              + " with the user and password given apart");
    }
    String path = url.getRawPath() == null ? "" : url.getRawPath();
    String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    int port = url.getPort() < 0 ? DEFAULT_PORT : url.getPort();
    return URI.create(scheme + "://" + url.getHost() + ':' + port + trimmed);
  }
}
