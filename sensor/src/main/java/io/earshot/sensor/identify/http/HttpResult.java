package io.earshot.sensor.identify.http;

/** Outcome of {@link HttpHostParser#parse}. */
public sealed interface HttpResult {
  /**
   * The request names its server.
   *
   * @param host host name, lower case, without port
   * @param path request target as sent, at most {@link HttpHostParser#MAX_PATH} characters
   */
  record Named(String host, String path) implements HttpResult {}

  /** Why there is no name. */
  enum Unnamed implements HttpResult {
    /** The header is complete and has no usable host. */
    NONE,
    /** A request so far; the header goes on in the next segment. */
    NEED_MORE,
    /** No request of HTTP/1, or a CONNECT, whose flow belongs to somebody else. */
    NOT_HTTP
  }
}
