package io.earshot.kibana;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** How the sensor proves who it is. No text form of an instance shows the secret. */
public sealed interface Credentials {
  /** The value of the {@code Authorization} header. */
  String header();

  /**
   * An Elasticsearch API key.
   *
   * @param encoded the key as Elasticsearch gave it out: Base64 of {@code id:key}
   */
  record ApiKey(String encoded) implements Credentials {
    @Override
    public String header() {
      return "ApiKey " + encoded;
    }

    @Override
    public String toString() {
      return "API key";
    }
  }

  /**
   * A user and a password.
   *
   * @param user name of the user
   * @param password the password
   */
  record Basic(String user, String password) implements Credentials {
    @Override
    public String header() {
      byte[] pair = (user + ':' + password).getBytes(StandardCharsets.UTF_8);
      return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    @Override
    public String toString() {
      return "user " + user;
    }
  }
}
