package io.earshot.kibana;

import io.earshot.kibana.ElasticsearchConnection.Trust;
import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where Kibana is and how to get in.
 *
 * @param url {@code http} or {@code https}, with Kibana's base path where it has one
 * @param space id of the space to install into; {@code default} for the one every Kibana has
 * @param credentials absent for a Kibana without security
 * @param trust whose certificates are believed when the scheme is {@code https}
 */
public record KibanaConnection(
    URI url, String space, @Nullable Credentials credentials, Trust trust) {
  /** The space that every Kibana has. */
  public static final String DEFAULT_SPACE = "default";

  private static final Pattern SPACE = Pattern.compile("[a-z0-9_-]+");

  /**
   * Checks URL and space.
   *
   * @throws IllegalArgumentException with a message for the operator when one cannot be used
   */
  public KibanaConnection {
    boolean usable =
        ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
            && url.getHost() != null
            && url.getRawUserInfo() == null
            && url.getRawQuery() == null
            && url.getRawFragment() == null;
    if (!usable) {
      throw new IllegalArgumentException(
          "\"%s\" is not a Kibana URL: http://host:port or https://host:port is wanted, with the user and password given apart"
              .formatted(url.toString().replaceFirst("//[^/]*@", "//…@")));
    }
    url = URI.create(url.toString().replaceFirst("/+$", ""));
    if (!SPACE.matcher(space).matches()) {
      throw new IllegalArgumentException(
          "\"" + space + "\" is not the id of a space: a-z, 0-9, _ and - are allowed");
    }
  }

  /** The address of an API in the space. */
  URI api(String path) {
    return URI.create(url + (space.equals(DEFAULT_SPACE) ? "" : "/s/" + space) + path);
  }
}
