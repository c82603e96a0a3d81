package io.earshot.kibana;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where Elasticsearch is and how to get in.
 *
 * @param urls nodes of one cluster, tried in turn; {@code http} or {@code https}, all with the same
 *     path or none, the port is 9200 where it is left out
 * @param credentials absent for a server without security
 * @param caFile certificates in PEM that sign the servers' ones, absent where the Java platform's
 *     own will do
 */
public record ElasticsearchConnection(
    List<URI> urls, @Nullable Credentials credentials, @Nullable Path caFile) {
  private static final int DEFAULT_PORT = 9200;

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
    return new ElasticsearchConnection(List.of(URI.create(url)), null, null);
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
